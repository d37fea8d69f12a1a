/** The columns of a scored table. */
import { closestString } from "@std/text/closest-string";
import {
  type CellReader,
  cellReader,
  cleanName,
  countsText,
  LabelColumn,
  mergesOf,
  readTable,
  similarNotes,
  tableOptions,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { EvaluationInput, ModelColumns } from "../evaluate/mod.ts";
import { type Grouping, groupRows } from "../metrics/mod.ts";
import type { MetricsOptions } from "./metrics.ts";

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
 * names that are stored once, so a million rows with long texts need some tens of megabytes. Throws an InputError, naming row and column of a missing or wrong value.
 */
export async function readColumns(path: string, options: ColumnOptions): Promise<EvaluationInput> {
  const { score, group, label, weight, rankBy, counterfactualScore = [], control, cluster } = options;
  const cell = cellReader(tableOptions(options));
  const column = <T>(name: string, parse: Column<T>["parse"]): Column<T> => ({ name, parse, values: [] });
  const number = numberParser(cell);
  const scores = score.map((name) => column(name, number));
  const counterfactuals = counterfactualScore.map((name) => column(name, number));
  const labels = label === undefined ? null : labelColumn(path, label, { cell, options });
  const weights = weight === undefined ? null : column(weight, weightParser(number));
  // A column may serve several purposes; it is read and encoded once.
  const names = [...new Set([...group, rankBy, control, cluster].filter((name) => name !== undefined))];
  const merges = mergesOf(options.merge ?? [], [...group, ...(control === undefined ? [] : [control])]);
  const texts = names.map((name) =>
    new NameColumn(name, cell, [...group, control].includes(name) ? merges(name) : null)
  );
  const numbers = [...scores, ...counterfactuals, ...(labels ? [labels.column] : []), ...(weights ? [weights] : [])];
  const { notes, ...left } = await readRows(path, [...numbers, ...texts], options);

  if (weights !== null && weights.values.length > 0 && !weights.values.some((value) => value > 0)) {
    throw new InputError(`${path}, column "${weight}": expected a weight above 0 in some row, found it in none`);
  }
  checkMerges(options.merge ?? [], texts);
  const groupings = new Map<string | undefined, Grouping>(texts.map(({ name, values }) => [name, groupRows(values)]));
  const floats = (column: Column<number> | undefined) => column && Float64Array.from(column.values);
  const models = scores.map((own, i): [string, ModelColumns] => [
    own.name,
    { scores: floats(own)!, counterfactual: floats(counterfactuals[i]) ?? null },
  ]);
  const columns = { label, weight, query: rankBy, control, cluster, counterfactual: counterfactualScore[0] };
  return {
    source: path,
    scores: Object.fromEntries(models),
    labels: labels?.labels() ?? null,
    weights: floats(weights ?? undefined) ?? null,
    groups: Object.fromEntries(group.map((name) => [name, groupings.get(name)!])),
    queries: groupings.get(rankBy) ?? null,
    control: groupings.get(control) ?? null,
    clusters: groupings.get(cluster) ?? null,
    columns: Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined)),
    notes: [
      ...notes,
      ...texts.filter(({ name }) => group.includes(name) || name === control).flatMap((own) => own.notes()),
    ],
    ...left,
  };
}

/** Fills the columns, and counts the rows that are left out. */
async function readRows(
  path: string,
  columns: readonly (Column<number> | Column<string>)[],
  options: ColumnOptions,
): Promise<{ dropped: number; missing: Record<string, number>; notes: string[] }> {
  let dropped = 0;
  const missing: Record<string, number> = {};
  const notes: string[] = [];
  const { delimiter, encoding } = tableOptions(options);
  const syntax = { delimiter, encoding, note: (sentence: string) => notes.push(sentence) };
  for await (const { row, values } of readTable(path, { ...syntax, used: columns.map(({ name }) => name) })) {
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
    if (!options.dropMissing) {
      const [{ name }] = absent as [Column<unknown>];
      const kept = values[name]!.trim() === "" ? "" : "; --missing names what else stands for missing values";
      throw new InputError(
        `${path}, row ${row}, column "${name}": expected a value, found "${values[name]}"; ` +
          `--drop-missing leaves such rows out and counts them${kept}`,
      );
    }
    dropped++;
    for (const { name } of absent) missing[name] = (missing[name] ?? 0) + 1;
  }
  return { dropped, missing, notes };
}

function numberParser({ number, numberWords }: CellReader): (text: string) => Parsed<number> {
  return (text) => {
    const value = number(text);
    return value === undefined ? { expected: numberWords(text) } : value;
  };
}

function weightParser(number: (text: string) => Parsed<number>): (text: string) => Parsed<number> {
  return (text) => {
    const value = number(text);
    return typeof value === "number" && value < 0 ? { expected: "a weight ≥ 0" } : value;
  };
}

/** A column of labels, whose values are codes until all of them are known; NaN where the label is missing. */
function labelColumn(path: string, name: string, { cell, options }: { cell: CellReader; options: ColumnOptions }) {
  const { positive = [], negative = [] } = options;
  const own = new LabelColumn(`${path}, column "${name}"`, cell, { positive, negative });
  const column: Column<number> = { name, parse: (text) => own.code(text) ?? NaN, values: [] };
  return {
    column,
    labels: () => {
      const known = column.values.filter((code) => !Number.isNaN(code));
      if (known.length === 0 && column.values.length > 0) {
        throw new InputError(`${path}, column "${name}": expected a label in some row, found it in none`);
      }
      for (const code of known) own.count(code);
      const meanings = own.meanings();
      return Float64Array.from(column.values, (code) => Number.isNaN(code) ? NaN : meanings[code]!);
    },
  };
}

/** A column of names: equal texts become one string, so that a row does not keep its own copy. */
class NameColumn implements Column<string> {
  readonly name: string;
  readonly values: string[] = [];
  readonly parse: (text: string) => string | null;
  /** Text as it stands → group. */
  readonly #known = new Map<string, string | null>();
  /** One string for names that are equal, however their texts differ. */
  readonly #same = new Map<string, string>();
  /** What is merged, and what of it occurred. */
  readonly merged = new Set<string>();
  readonly #missing = new Map<string, number>();

  constructor(name: string, cell: CellReader, merges: ReadonlyMap<string, string> | null) {
    this.name = name;
    this.parse = (text) => {
      let known = this.#known.get(text);
      if (known === undefined) {
        const own = cleanName(text), other = merges?.get(own);
        if (other !== undefined) this.merged.add(own);
        // A group that somebody names is meant, whatever it looks like.
        known = other === undefined && cell.isMissing(text) ? null : this.#same.get(other ?? own) ?? other ?? own;
        if (known !== null) this.#same.set(known, known);
        this.#known.set(text, known);
      }
      if (known === null && text.trim() !== "") {
        this.#missing.set(text.trim(), (this.#missing.get(text.trim()) ?? 0) + 1);
      }
      return known;
    };
  }

  get names(): string[] {
    return [...this.#known.keys()].map(cleanName);
  }

  /** What a person should know of the groups' names. */
  notes(): string[] {
    const counts = new Map<string, number>();
    for (const value of this.values) counts.set(value, (counts.get(value) ?? 0) + 1);
    const spelled = this.#missing.size === 0 ? [] : [
      `Column "${this.name}": ${countsText(this.#missing)} stand for missing values; --missing names other spellings`,
    ];
    return [...spelled, ...similarNotes(this.name, counts)];
  }
}

function checkMerges(merges: readonly string[], columns: readonly NameColumn[]): void {
  for (const merge of merges) {
    const parsed = columns.map(({ name, merged, names }) => ({
      from: [...mergesOf([merge], columns.map(({ name }) => name))(name).keys()],
      merged,
      names,
    }));
    if (parsed.some(({ from, merged }) => from.some((name) => merged.has(name)))) continue;
    const names = [...new Set(columns.flatMap(({ names }) => names))];
    const from = parsed.flatMap(({ from }) => from)[0]!;
    const near = names.length === 0 ? "" : `, did you mean "${closestString(from, names, { caseSensitive: true })}"`;
    throw new InputError(`--merge ${merge}: expected a group that occurs, found "${from}" in no row${near}`);
  }
}
