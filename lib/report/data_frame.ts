/** danfo DataFrames, which work like pandas, of whatever has rows here; shown in notebooks without a call. */
import type { DataFrame } from "danfojs-node";
import { type Dataset, readTable, SPLITS } from "../data/mod.ts";
import {
  type Evaluation,
  evaluationCsv,
  type EvaluationInput,
  inputRows,
  predictionRows,
  type Predictions,
} from "../evaluate/mod.ts";
import { JUPYTER_DISPLAY, showFrame, type TableFrame } from "./show.ts";
import type { TableValue } from "./table.ts";

/** Rows of values. A nested record, such as an example's groups, is spread over columns of its own. */
export type FrameRecords = readonly object[];

/** What has rows: records, a table file, a data set, predictions, what was evaluated, and what an evaluation found. */
export type FrameSource = FrameRecords | string | Dataset | Predictions | EvaluationInput | Evaluation;

/**
 * Makes a danfo DataFrame, for notebooks. A data set gives its examples with the `part` that they belong to, an
 * evaluation one number a row, as `evaluation.csv` does, a path the table in the file. Undefined numbers are NaN, as
 * danfo wants it. danfo takes seconds to load, so it is loaded at the first call.
 *
 * @throws {RangeError} When there are no rows, or their keys differ: danfo would shift the cells of such rows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { toDataFrame } from "@fair-embeddings/lib";
 *
 * const frame = await toDataFrame([{ group: "BA", label: 1 }, { group: "BA", label: 0 }, { group: "PhD", label: 1 }]);
 * assertEquals(frame.groupby(["group"]).col(["label"]).mean().values, [["BA", 0.5], ["PhD", 1]]);
 * ```
 */
export async function toDataFrame(source: FrameSource): Promise<DataFrame> {
  const rows = (await rowsOf(source)).map(spread);
  const [first] = rows;
  if (!first) throw new RangeError("Expected at least one row for a DataFrame");
  const columns = Object.keys(first);
  const odd = rows.findIndex((row) => Object.keys(row).join("\0") !== columns.join("\0"));
  if (odd >= 0) {
    throw new RangeError(`Expected the columns ${columns.join(", ")} in row ${odd}, found ${Object.keys(rows[odd]!)}`);
  }
  const numeric = columns.map((name) =>
    rows.every((row) => row[name] === null || typeof row[name] === "number") &&
    rows.some((row) => row[name] !== null)
  );
  const { DataFrame } = await loadDanfo();
  const cells = (row: Record<string, TableValue>) =>
    columns.map((name, c) => numeric[c] ? row[name] ?? NaN : row[name]!);
  return new DataFrame(rows.map(cells), { columns });
}

async function rowsOf(source: FrameSource): Promise<FrameRecords> {
  if (typeof source === "string") return await fileRows(source);
  if (Array.isArray(source)) return source;
  if ("train" in source) return SPLITS.flatMap((part) => source[part].map((example) => ({ part, ...example })));
  if ("comparisons" in source) return evaluationCsv(source)[0]!.rows;
  return "people" in source ? predictionRows(source) : inputRows(source as EvaluationInput);
}

/** As JSON writes numbers: `007` is a name. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

async function fileRows(path: string): Promise<FrameRecords> {
  const rows = await Array.fromAsync(readTable(path, { requireRows: true }), ({ values }) => values);
  const columns = Object.keys(rows[0]!);
  const numeric = new Set(columns.filter((name) => rows.every((row) => row[name] === "" || NUMBER.test(row[name]!))));
  const cell = (name: string, text: string) => text === "" ? null : numeric.has(name) ? Number(text) : text;
  return rows.map((row) => Object.fromEntries(columns.map((name) => [name, cell(name, row[name]!)])));
}

function spread(row: object): Record<string, TableValue> {
  const entries = Object.entries(row).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? Object.entries(value) : [[name, value]]
  );
  return Object.fromEntries(entries) as Record<string, TableValue>;
}

/** danfo, whose frames and series show as tables when they are the last of a cell. */
async function loadDanfo(): Promise<typeof import("danfojs-node")> {
  const danfo = await import("danfojs-node");
  // The class of all of them, which danfo does not export; what groups and filters give is of others than DataFrame.
  let base = danfo.DataFrame.prototype as object;
  while (Object.getPrototypeOf(base) !== Object.prototype) base = Object.getPrototypeOf(base);
  Object.defineProperty(base, JUPYTER_DISPLAY, {
    configurable: true,
    value(this: TableFrame) {
      return showFrame(this)[JUPYTER_DISPLAY]();
    },
  });
  return danfo;
}
