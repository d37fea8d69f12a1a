/** danfo DataFrames, which work like pandas, of whatever has rows here; shown in notebooks without a call. */
import type { DataFrame } from "danfojs-node";
import type { Data } from "plotly.js-dist-min";
import { type Dataset, readTable, SPLITS } from "../data/mod.ts";
import { evaluationCsv, inputRows, predictionRows } from "../evaluate/mod.ts";
import type { Evaluation, EvaluationInput, Predictions } from "../evaluate/mod.ts";
import { figureName, makeFigure } from "./figures/figure.ts";
import { plotText } from "./figures/plot_text.ts";
import { number } from "./format.ts";
import { type Displayable, JUPYTER_DISPLAY, show, showFrame, type TableFrame } from "./show.ts";
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
  patch(danfo.DataFrame.prototype as unknown as Patched);
  return danfo;
}

type Mask = readonly unknown[] | { readonly values: readonly unknown[] };

/** What of danfo's frames is mended. */
interface Patched extends TableFrame {
  readonly query: (this: Patched, condition: Mask, options?: unknown) => unknown;
  readonly iloc: (this: Patched, selection: { readonly rows: readonly number[] }) => unknown;
  readonly sortValues: (
    this: Patched,
    column: string,
    options?: { readonly ascending?: boolean; readonly inplace?: boolean },
  ) => unknown;
  readonly plot: (this: TableFrame, options: PlotOptions) => Displayable;
  readonly isPatched?: boolean;
}

/** What `frame.plot()` draws, as pandas takes it. */
interface PlotOptions {
  readonly kind?: "bar" | "line" | "scatter";
  /** The column along the axis. */
  readonly x: string;
  /** The columns whose values are drawn. */
  readonly y: string | readonly string[];
  readonly title?: string;
}

/** Columns of a frame as a figure that a notebook shows. danfo's own `plot` needs the element of a page. */
function plot(this: TableFrame, { kind = "bar", x, y, title }: PlotOptions): Displayable {
  const drawn = [y].flat();
  const valuesOf = (name: string) => {
    const at = this.columns.indexOf(name);
    if (at < 0) throw new RangeError(`Expected a column of ${this.columns.join(", ")}, found ${name}`);
    return this.values.map((row) => Array.isArray(row) ? row[at] : row);
  };
  const type = kind === "bar" ? { type: kind } : { type: "scatter", mode: kind === "line" ? "lines" : "markers" };
  const along = valuesOf(x).map((value) => typeof value === "string" ? plotText(value) : value);
  const heading = title ?? `${drawn.join(", ")} by ${x}`;
  const said = (value: TableValue) => typeof value === "number" && !Number.isInteger(value) ? number(value) : value;
  const columns = [x, ...drawn].map((name) => [name, valuesOf(name)] as const);
  const rows = this.values.map((_, i) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[i] as TableValue]))
  );
  return show(makeFigure({
    name: figureName("plot", heading),
    title: heading,
    subtitle: `${drawn.join(", ")} along ${x}.`,
    alt: rows.slice(0, 20).map((row) => Object.entries(row).map(([name, value]) => `${name} ${said(value)}`).join(", "))
      .join("; "),
    rows,
    data: drawn.map((name) => ({ ...type, name: plotText(name), x: along, y: valuesOf(name) }) as Data),
    layout: { xaxis: { title: { text: plotText(x) } }, yaxis: { title: { text: plotText(drawn.join(", ")) } } },
  }));
}

/** Mends what is wrong, or too slow for 100,000 rows, in danfo 1.1.2. */
function patch(frame: Patched): void {
  // On the class that has it: what a filter gives is of that class, and not of the one that danfo exports.
  while (!Object.hasOwn(frame, "query")) frame = Object.getPrototypeOf(frame);
  if (frame.isPatched) return;
  const { query, sortValues } = frame;
  const mended: Pick<Patched, "query" | "sortValues" | "plot" | "isPatched"> = {
    isPatched: true,
    plot,
    // It takes the labels of a mask's rows for their places: filtering what was filtered would give other rows.
    query(condition, options) {
      const mask = Array.isArray(condition) ? condition : (condition as TableFrame).values;
      if (mask.length !== this.values.length) {
        throw new RangeError(`Expected a mask of ${this.values.length} rows, found ${mask.length}`);
      }
      return query.call(this, mask.flatMap((keep, i) => keep === true || keep === 1 ? [i] : []), options);
    },
    // It searches the whole column for each value.
    sortValues(column, options = {}) {
      const at = this.columns.indexOf(column);
      if (at < 0 || options.inplace) return sortValues.call(this, column, options);
      const values = (this.values as (TableValue | TableValue[])[]).map((row) => Array.isArray(row) ? row[at]! : row);
      const sign = options.ascending === false ? -1 : 1;
      const rows = values.map((_, i) => i).sort((i, j) =>
        Number(isUndefined(values[i]!)) - Number(isUndefined(values[j]!)) ||
        sign * compare(values[i]!, values[j]!) || i - j
      );
      return this.iloc({ rows });
    },
  };
  Object.assign(frame, mended);
}

const isUndefined = (value: TableValue) => value === null || value === undefined || Number.isNaN(value);

/** Numbers by size, all else as text. */
function compare(a: TableValue, b: TableValue): number {
  if (isUndefined(a) && isUndefined(b)) return 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return a === b ? 0 : String(a) < String(b) ? -1 : 1;
}
