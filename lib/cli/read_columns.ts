/** The columns of a scored table. */
import { readHeader, readTable, requireColumns } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { EvaluationInput } from "../evaluate/mod.ts";
import type { MetricsOptions } from "./metrics.ts";
import { type Grouping, groupRows } from "../metrics/mod.ts";

/** Which columns of a file mean what, and how it is read. */
type ColumnOptions =
  & Pick<MetricsOptions, "score" | "group">
  & Partial<Omit<MetricsOptions, "score" | "group">>;

/** A value, `null` for a missing one, or what was expected instead. */
type Parsed<T> = T | null | { readonly expected: string };

/** How a column is read, and its values so far. */
interface Column<T> {
  readonly name: string;
  readonly parse: (text: string) => Parsed<T>;
  readonly values: T[];
}

/**
 * Reads the columns of an evaluation from a table. Rows stream through; only the columns named are kept, as numbers and
 * names that are stored once, so a million rows with long texts need some tens of megabytes. Throws an InputError,
 * naming row and column of a missing or wrong value.
 */
export async function readColumns(path: string, options: ColumnOptions): Promise<EvaluationInput> {
  const { score, group, label, positive, weight, rankBy, counterfactualScore, control, cluster } = options;
  const column = <T>(name: string, parse: Column<T>["parse"]): Column<T> => ({ name, parse, values: [] });
  const scores = column(score, parseNumber);
  const counterfactual = counterfactualScore === undefined ? null : column(counterfactualScore, parseNumber);
  const labels = label === undefined ? null : column(label, labelParser(positive));
  const weights = weight === undefined ? null : column(weight, parseWeight);
  // A column may serve several purposes; it is read and encoded once.
  const names = new Set([...group, rankBy, control, cluster].filter((name) => name !== undefined));
  const texts = [...names].map((name) => column(name, textParser()));
  const numbers = [scores, labels, weights, counterfactual].filter((column) => column !== null);
  const left = await readRows(path, [...numbers, ...texts], options);

  if (weights !== null) requireSome(path, weights, "a weight above 0");
  if (labels !== null && positive !== undefined) requireSome(path, labels, `the positive value "${positive}"`);
  const groupings = new Map<string | undefined, Grouping>(texts.map(({ name, values }) => [name, groupRows(values)]));
  const floats = (column: Column<number> | null) => column && Float64Array.from(column.values);
  const columns = { label, weight, query: rankBy, control, cluster, counterfactual: counterfactualScore };
  return {
    source: path,
    scores: { [score]: { scores: floats(scores)!, counterfactual: floats(counterfactual) } },
    labels: floats(labels),
    weights: floats(weights),
    groups: Object.fromEntries(group.map((name) => [name, groupings.get(name)!])),
    queries: groupings.get(rankBy) ?? null,
    control: groupings.get(control) ?? null,
    clusters: groupings.get(cluster) ?? null,
    columns: Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined)),
    ...left,
  };
}

/** Fills the columns, and counts the rows that are left out. */
async function readRows(
  path: string,
  columns: readonly (Column<number> | Column<string>)[],
  { dropMissing, delimiter }: ColumnOptions,
): Promise<{ dropped: number; missing: Record<string, number> }> {
  const tableOptions = delimiter === undefined ? {} : { delimiter };
  requireColumns(path, await readHeader(path, tableOptions), columns.map(({ name }) => name));
  let dropped = 0;
  const missing: Record<string, number> = {};
  for await (const { row, values } of readTable(path, tableOptions)) {
    const parsed = columns.map(({ name, parse }) => {
      const value = parse(values[name]!);
      if (typeof value !== "object" || value === null) return value;
      throw new InputError(
        `${path}, row ${row}, column "${name}": expected ${value.expected}, found "${values[name]}"`,
      );
    });
    const absent = columns.filter((_, j) => parsed[j] === null);
    if (absent.length === 0) {
      columns.forEach(({ values }: Column<unknown>, j) => values.push(parsed[j]));
      continue;
    }
    if (!dropMissing) {
      throw new InputError(
        `${path}, row ${row}, column "${absent[0]!.name}": expected a value, found "${values[absent[0]!.name]}"; ` +
          "--drop-missing leaves such rows out and counts them",
      );
    }
    dropped++;
    for (const { name } of absent) missing[name] = (missing[name] ?? 0) + 1;
  }
  return { dropped, missing };
}

function requireSome(path: string, { name, values }: Column<number>, expected: string): void {
  if (values.length > 0 && !values.some((value) => value > 0)) {
    throw new InputError(`${path}, column "${name}": expected ${expected} in some row, found it in none`);
  }
}

/** What pandas, R and people write where a number is missing. */
const MISSING_NUMBERS = new Set(["", "na", "n/a", "nan", "null", "none"]);

function parseNumber(text: string): Parsed<number> {
  const value = Number(text);
  // The common case first: a million rows pass through here.
  if (Number.isFinite(value) && text.trim() !== "") return value;
  return MISSING_NUMBERS.has(text.trim().toLowerCase()) ? null : { expected: "a finite number" };
}

function parseWeight(text: string): Parsed<number> {
  const value = parseNumber(text);
  return typeof value === "number" && value < 0 ? { expected: "a weight ≥ 0" } : value;
}

function labelParser(positive: string | undefined): (text: string) => Parsed<number> {
  if (positive !== undefined) return (text) => text.trim() === "" ? null : text.trim() === positive ? 1 : 0;
  return (text) => {
    const value = parseNumber(text);
    if (value === 0 || value === 1 || value === null) return value;
    const word = text.trim().toLowerCase();
    if (word === "true" || word === "false") return word === "true" ? 1 : 0;
    return { expected: "0 or 1, or a positive value named with --positive" };
  };
}

/** Equal texts become one string, so that a row does not keep its own copy. */
function textParser(): (text: string) => Parsed<string> {
  const known = new Map<string, string>();
  return (text) => {
    const name = text.trim();
    if (name === "") return null;
    if (!known.has(name)) known.set(name, name);
    return known.get(name)!;
  };
}
