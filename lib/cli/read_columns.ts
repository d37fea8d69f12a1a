import { readHeader, readTable, requireColumns } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { EvaluationInput } from "../evaluate/mod.ts";
import { type Grouping, groupRows } from "../metrics/mod.ts";

/** Which columns of a file mean what. */
export interface ColumnNames {
  readonly score: string;
  readonly groups: readonly string[];
  readonly label?: string | undefined;
  /** The value of the label column that counts as 1; 1, 1.0 and true if absent. */
  readonly positive?: string | undefined;
  readonly weight?: string | undefined;
  readonly job?: string | undefined;
  readonly counterfactualScore?: string | undefined;
  readonly control?: string | undefined;
  readonly cluster?: string | undefined;
}

/** How a file is read. */
export interface ReadColumnsOptions {
  /** Leaves rows with a missing value out and counts them, instead of refusing the file. */
  readonly dropMissing?: boolean | undefined;
  /** Field delimiter; by extension if absent. */
  readonly delimiter?: string | undefined;
}

/** What pandas, R and people write where a number is missing. */
const MISSING_NUMBERS = new Set(["", "na", "n/a", "nan", "null", "none"]);

/**
 * Reads the columns of an audit from a table. Rows stream through; only the columns named are kept, as numbers and codes, so a
 * million rows with long texts need some tens of megabytes.
 *
 * @throws {InputError} Naming row and column of a missing or wrong value.
 */
export async function readColumns(
  path: string,
  names: ColumnNames,
  options: ReadColumnsOptions = {},
): Promise<EvaluationInput> {
  const tableOptions = options.delimiter === undefined ? {} : { delimiter: options.delimiter };
  const wanted = [
    names.score,
    names.label,
    names.weight,
    names.counterfactualScore,
    ...names.groups,
    names.job,
    names.control,
    names.cluster,
  ].filter((name) => name !== undefined);
  requireColumns(path, await readHeader(path, tableOptions), wanted);

  const number = (name: string) => ({ name, column: new NumberBuilder(), parse: parseNumber });
  const numbers = [
    number(names.score),
    ...(names.label === undefined
      ? []
      : [{ name: names.label, column: new NumberBuilder(), parse: labelParser(names.positive) }]),
    ...(names.weight === undefined ? [] : [{ ...number(names.weight), parse: parseWeight }]),
    ...(names.counterfactualScore === undefined ? [] : [number(names.counterfactualScore)]),
  ];
  const textNames = [...new Set([...names.groups, names.job, names.control, names.cluster])].filter((name) =>
    name !== undefined
  );
  const texts = textNames.map((name) => ({ name, column: new CodeBuilder() }));

  let dropped = 0;
  const missing: Record<string, number> = {};
  const parsed = new Float64Array(numbers.length);
  for await (const { row, values } of readTable(path, tableOptions)) {
    const absent: string[] = [];
    numbers.forEach(({ name, parse }, j) => {
      const value = parse(values[name]!);
      if (value === null) absent.push(name);
      else if (typeof value === "string") {
        throw new InputError(`${path}, row ${row}, column "${name}": expected ${value}, found "${values[name]}"`);
      } else parsed[j] = value;
    });
    for (const { name } of texts) if (values[name]!.trim() === "") absent.push(name);
    if (absent.length > 0) {
      if (!options.dropMissing) {
        throw new InputError(
          `${path}, row ${row}, column "${absent[0]}": expected a value, found "${values[absent[0]!]}"; ` +
            "--drop-missing leaves such rows out and counts them",
        );
      }
      dropped++;
      for (const name of absent) missing[name] = (missing[name] ?? 0) + 1;
      continue;
    }
    numbers.forEach(({ column }, j) => column.push(parsed[j]!));
    for (const { name, column } of texts) column.push(values[name]!.trim());
  }

  const groups = new Map(texts.map(({ name, column }) => [name, column.finish()]));
  const columns = new Map(numbers.map(({ name, column }) => [name, column.finish()]));
  const someAbove0 = (name: string | undefined, wanted: string) => {
    const values = name === undefined ? [] : columns.get(name)!;
    if (values.length > 0 && !values.some((value) => value > 0)) {
      throw new InputError(`${path}, column "${name}": expected ${wanted} in some row, found it in none`);
    }
  };
  someAbove0(names.weight, "a weight above 0");
  if (names.positive !== undefined) someAbove0(names.label, `the positive value "${names.positive}"`);
  const optional = <T>(map: Map<string, T>, name: string | undefined) => name === undefined ? null : map.get(name)!;
  const named = {
    label: names.label,
    weight: names.weight,
    query: names.job,
    control: names.control,
    cluster: names.cluster,
    counterfactual: names.counterfactualScore,
  };
  return {
    source: path,
    scores: {
      [names.score]: {
        scores: columns.get(names.score)!,
        counterfactual: optional(columns, names.counterfactualScore),
      },
    },
    labels: optional(columns, names.label),
    weights: optional(columns, names.weight),
    groups: Object.fromEntries(names.groups.map((name) => [name, groups.get(name)!])),
    queries: optional(groups, names.job),
    control: optional(groups, names.control),
    clusters: optional(groups, names.cluster),
    columns: Object.fromEntries(Object.entries(named).filter(([, name]) => name !== undefined)),
    dropped,
    missing,
  };
}

/** A number, `null` for a missing one, or what was expected instead. */
type Parsed = number | null | string;

function parseNumber(text: string): Parsed {
  const value = Number(text);
  // The common case first: a million rows pass through here.
  if (Number.isFinite(value) && text.trim() !== "") return value;
  return MISSING_NUMBERS.has(text.trim().toLowerCase()) ? null : "a finite number";
}

function parseWeight(text: string): Parsed {
  const value = parseNumber(text);
  return typeof value === "number" && value < 0 ? "a weight ≥ 0" : value;
}

function labelParser(positive: string | undefined): (text: string) => Parsed {
  if (positive !== undefined) {
    return (text) => text.trim() === "" ? null : text.trim() === positive ? 1 : 0;
  }
  return (text) => {
    const value = parseNumber(text);
    if (value === 0 || value === 1 || value === null) return value;
    const word = text.trim().toLowerCase();
    if (word === "true" || word === "false") return word === "true" ? 1 : 0;
    return "0 or 1, or a positive value named with --positive";
  };
}

/** A column of numbers that grows: a million rows pass through here. */
class NumberBuilder {
  #values = new Float64Array(1024);
  #length = 0;

  /** Appends a number. */
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The numbers. */
  finish(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}

/** A column of names that grows, each name stored once. */
class CodeBuilder {
  readonly #codes = new NumberBuilder();
  readonly #codeOf = new Map<string, number>();

  /** Appends a name. */
  push(name: string): void {
    let code = this.#codeOf.get(name);
    if (code === undefined) this.#codeOf.set(name, code = this.#codeOf.size);
    this.#codes.push(code);
  }

  /** The names, sorted, and the codes. */
  finish(): Grouping {
    const seen = [...this.#codeOf.keys()];
    const { names, codes } = groupRows(seen);
    return { names, codes: Int32Array.from(this.#codes.finish(), (code) => codes[code]!) };
  }
}
