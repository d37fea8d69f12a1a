/** The columns of a scored table. */
import { cellReader, cleanName, countsText, decimalOf, detached, KnownTexts, LabelColumn } from "../data/mod.ts";
import { mergesOf, similarNotes, tableOptions, takeValues } from "../data/mod.ts";
import type { CellReader } from "../data/mod.ts";
import { InputError, listed, nearName } from "../errors.ts";
import { binMiddle, checkBinning, RowCounts } from "../evaluate/mod.ts";
import type { EvaluationInput, ModelColumns } from "../evaluate/mod.ts";
import type { Grouping } from "../metrics/mod.ts";
import { type Progress, showCount, showLate } from "../progress.ts";
import type { MetricsOptions } from "./metrics.ts";

/** Which columns of a file mean what, and how it is read. */
type ColumnOptions =
  & Pick<MetricsOptions, "score" | "group">
  & Partial<Omit<MetricsOptions, "score" | "group">>;

/** A value, `null` for a missing one, or what was expected instead. */
type Parsed = number | null | { readonly expected: string };

/** Where the bytes of a value are. */
interface ByteCell {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** How a column is read, and its values so far. */
interface Column {
  readonly name: string;
  readonly parse: (text: string) => Parsed;
  /** Puts what bytes mean where it is wanted; `false` where their text has to be asked. */
  readonly parseBytes: (cell: ByteCell, into: Float64Array, j: number) => boolean;
  /** What texts meant, for columns of few; numbers are read anew. */
  readonly known: KnownTexts | null;
  readonly values: number[];
}

/**
 * Reads the columns of an evaluation from a table. Rows stream through; only the columns named are kept, as numbers and
 * names that are stored once, so a million rows with long texts need some tens of megabytes.
 * @throws {InputError} If a value is missing or wrong; the message names row and column.
 */
export async function readColumns(path: string, options: ColumnOptions): Promise<EvaluationInput> {
  const { score, group, label, weight, rankBy, counterfactualScore = [], control, cluster, counts, binWidth } = options;
  const binning = binWidth === undefined ? undefined : {
    width: binWidth,
    threshold: [options.threshold ?? 0.5].flat()[0]!,
  };
  if (binning !== undefined) checkBinning(binning);
  const cell = cellReader(tableOptions(options));
  const column = numberColumns(options);
  const scores = score.map((name) => column(name, binning && ((value) => binMiddle(value, binning))));
  const counterfactuals = counterfactualScore.map((name) => column(name));
  const labels = label === undefined ? null : labelColumn(path, label, { cell, options });
  const weights = weight === undefined ? null : column(weight, (x) => x < 0 ? { expected: "a weight ≥ 0" } : x);
  // A column may serve several purposes; it is read and encoded once.
  const names = [...new Set([...group, rankBy, control, cluster].filter((name) => name !== undefined))];
  const merges = mergesOf(options.merge ?? [], [...group, ...(control === undefined ? [] : [control])]);
  const texts = names.map((name) =>
    new NameColumn(name, cell, [...group, control].includes(name) ? merges(name) : null)
  );
  const numbers = [...scores, ...counterfactuals, ...(labels ? [labels.column] : []), ...(weights ? [weights] : [])];
  const rows = counts === undefined && binning === undefined ? null : new RowCounts();
  const progress = showLate(() => showCount(`reading ${path}`, "rows"));
  const { notes, ...left } = await readRows(path, { columns: [...numbers, ...texts], rows, progress }, options)
    .finally(() => progress.stop());

  if (weights !== null && weights.values.length > 0 && !weights.values.some((value) => value > 0)) {
    throw new InputError(`${path}, column "${weight}": expected a weight above 0 in some row, found it in none`);
  }
  checkMerges(options.merge ?? [], texts);
  const groupings = new Map<string | undefined, Grouping>(texts.map((own) => [own.name, own.grouping()]));
  const floats = (column: Column | undefined) => column && new Float64Array(column.values);
  const models = scores.map((own, i): [string, ModelColumns] => [
    own.name,
    { scores: floats(own)!, counterfactual: floats(counterfactuals[i]) ?? null },
  ]);
  const columns = { label, weight, counts, query: rankBy, control, cluster, counterfactual: counterfactualScore[0] };
  return {
    source: path,
    scores: Object.fromEntries(models),
    labels: labels?.labels(rows?.counts) ?? null,
    weights: floats(weights ?? undefined) ?? null,
    counts: rows && Float64Array.from(rows.counts),
    binWidth,
    groups: Object.fromEntries(group.map((name) => [name, groupings.get(name)!])),
    queries: groupings.get(rankBy) ?? null,
    control: groupings.get(control) ?? null,
    clusters: groupings.get(cluster) ?? null,
    columns: Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined)),
    notes: [
      ...notes,
      ...texts.filter(({ name }) => group.includes(name) || name === control).flatMap((own) => own.notes(rows?.counts)),
    ],
    ...left,
  };
}

/** Fills the columns, and counts the rows that are left out. */
async function readRows(
  path: string,
  { columns, rows: kinds, progress }: {
    readonly columns: readonly Column[];
    readonly rows: RowCounts | null;
    readonly progress: Progress;
  },
  options: ColumnOptions,
): Promise<{ dropped: number; missing: Record<string, number>; notes: string[] }> {
  let dropped = 0;
  const missing: Record<string, number> = {};
  const notes: string[] = [];
  const { delimiter, encoding } = tableOptions(options);
  const syntax = { delimiter, encoding, note: (sentence: string) => notes.push(sentence) };
  const parsed = new Float64Array(columns.length), counted = Float64Array.of(1), absent: number[] = [];
  const times = options.counts === undefined ? null : timesColumn(path, options.counts, options);
  const used = [...columns, ...(times === null ? [] : [times])].map(({ name }) => name);
  const keep = (count: number) => {
    if (count === 0 || (kinds !== null && !kinds.add(parsed, count))) return;
    for (let j = 0; j < columns.length; j++) columns[j]!.values.push(parsed[j]!);
  };
  const cell: ByteCell = { bytes: new Uint8Array(0), from: 0, to: 0 };
  // The row whose bytes were looked at last.
  let seen = 0, seenBounds: Int32Array = new Int32Array(0);
  await takeValues(path, { ...syntax, used }, {
    bytes: (row, bytes, bounds) => {
      if (row % 65536 === 0) progress.update(row);
      cell.bytes = bytes;
      seen = row;
      seenBounds = bounds;
      for (let j = 0; j < used.length; j++) {
        cell.from = bounds[2 * j]!;
        cell.to = bounds[2 * j + 1]!;
        const isTaken = columns[j]?.parseBytes(cell, parsed, j) ?? times!.parseBytes(cell, counted, 0);
        if (!isTaken) return false;
      }
      keep(counted[0]!);
      return true;
    },
    texts: (row, values) => {
      if (row % 65536 === 0) progress.update(row);
      const count = times === null ? 1 : times.parse(row, values[columns.length]!);
      if (count === 0) return;
      absent.length = 0;
      for (let j = 0; j < columns.length; j++) {
        const { name, parse, known } = columns[j]!, value = parse(values[j]!);
        if (typeof value === "number") parsed[j] = value;
        else if (value === null) absent.push(j);
        else throw wrongValue(path, { row, column: name }, `${value.expected}, found "${values[j]}"`);
        if (known !== null && seen === row && typeof value === "number") {
          known.add(cell.bytes, seenBounds[2 * j]!, seenBounds[2 * j + 1]!, value);
        }
      }
      if (absent.length === 0) return keep(count);
      if (!options.dropMissing) {
        const [j] = absent as [number];
        const kept = values[j]!.trim() === "" ? "" : "; --missing names what else stands for missing values";
        const advice = `--drop-missing leaves such rows out and counts them${kept}`;
        throw wrongValue(path, { row, column: columns[j]!.name }, `a value, found "${values[j]}"; ${advice}`);
      }
      dropped += count;
      for (const j of absent) missing[columns[j]!.name] = (missing[columns[j]!.name] ?? 0) + count;
    },
  });
  return { dropped, missing, notes };
}

function wrongValue(path: string, { row, column }: { row: number; column: string }, expected: string): InputError {
  return new InputError(`${path}, row ${row}, column "${column}": expected ${expected}`);
}

/** How many rows a line stands for. */
function timesColumn(path: string, name: string, options: ColumnOptions) {
  const { number } = cellReader(tableOptions(options)), point = pointOf(options);
  const isCount = (count: number | null | undefined): count is number => Number.isSafeInteger(count) && count! >= 0;
  return {
    name,
    parse: (row: number, text: string): number => {
      const count = number(text);
      if (isCount(count)) return count;
      throw wrongValue(path, { row, column: name }, `a whole number of rows, found "${text}"`);
    },
    parseBytes: ({ bytes, from, to }: ByteCell, into: Float64Array, j: number) =>
      isCount(into[j] = decimalOf(bytes, from, to, point)),
  };
}

const pointOf = (options: ColumnOptions) => (tableOptions(options).decimal ?? ".").charCodeAt(0);

/** Makes columns of numbers, each of which may be made something else, or refused. */
function numberColumns(options: ColumnOptions) {
  const { number, numberWords } = cellReader(tableOptions(options)), point = pointOf(options);
  return (name: string, made?: (value: number) => Parsed): Column => ({
    name,
    parse: (text) => {
      const value = number(text);
      return value === undefined
        ? { expected: numberWords(text) }
        : value === null || made === undefined
        ? value
        : made(value);
    },
    parseBytes: ({ bytes, from, to }, into, j) => {
      const value = decimalOf(bytes, from, to, point);
      if (Number.isNaN(value)) return false;
      const own = made === undefined ? value : made(value);
      return typeof own === "number" && ((into[j] = own), true);
    },
    known: null,
    values: [],
  });
}

const knownBytes = (known: KnownTexts): Column["parseBytes"] => ({ bytes, from, to }, into, j) => {
  const entry = known.find(bytes, from, to);
  return entry !== -1 && ((into[j] = known.values[entry]!), true);
};

/** A column of labels, whose values are codes until all of them are known; NaN where the label is missing. */
function labelColumn(path: string, name: string, { cell, options }: { cell: CellReader; options: ColumnOptions }) {
  const { positive = [], negative = [] } = options;
  const own = new LabelColumn(`${path}, column "${name}"`, cell, { positive, negative });
  const known = new KnownTexts();
  const column: Column = {
    name,
    parse: (text) => own.code(text) ?? NaN,
    parseBytes: knownBytes(known),
    known,
    values: [],
  };
  return {
    column,
    labels: (times?: readonly number[]) => {
      let known = 0;
      column.values.forEach((code, i) => {
        if (Number.isNaN(code)) return;
        known++;
        own.count(code, times?.[i]);
      });
      if (known === 0 && column.values.length > 0) {
        throw new InputError(`${path}, column "${name}": expected a label in some row, found it in none`);
      }
      const meanings = own.meanings();
      const labels = new Float64Array(column.values);
      for (let i = 0; i < labels.length; i++) if (!Number.isNaN(labels[i]!)) labels[i] = meanings[labels[i]!]!;
      return labels;
    },
  };
}

/** A column of names: a code for each name, however its texts differ. */
class NameColumn implements Column {
  readonly name: string;
  /** Codes of the rows that are kept. */
  readonly values: number[] = [];
  readonly parse: (text: string) => number | null;
  readonly known = new KnownTexts();
  readonly parseBytes = knownBytes(this.known);
  /** Text as it stands → code, −1 where it stands for a missing value. */
  readonly #known = new Map<string, number>();
  readonly #codes = new Map<string, number>();
  /** What is merged, and what of it occurred. */
  readonly merged = new Set<string>();
  readonly #missing = new Map<string, number>();

  constructor(name: string, cell: CellReader, merges: ReadonlyMap<string, string> | null) {
    this.name = name;
    this.parse = (text) => {
      const code = this.#known.get(text) ?? this.#learn(text, cell, merges);
      if (code >= 0) return code;
      if (text.trim() !== "") this.#missing.set(text.trim(), (this.#missing.get(text.trim()) ?? 0) + 1);
      return null;
    };
  }

  #learn(text: string, cell: CellReader, merges: ReadonlyMap<string, string> | null): number {
    const own = cleanName(text), other = merges?.get(own);
    if (other !== undefined) this.merged.add(own);
    const name = other ?? own;
    // A group that somebody names is meant, whatever it looks like.
    const code = other === undefined && cell.isMissing(text) ? -1 : this.#codes.get(name) ?? this.#codes.size;
    if (code === this.#codes.size) this.#codes.set(detached(name), code);
    this.#known.set(detached(text), code);
    return code;
  }

  get names(): string[] {
    return [...this.#known.keys()].map(cleanName);
  }

  /** The rows of each name. */
  #counts(times?: readonly number[]): Map<string, number> {
    const counts = new Float64Array(this.#codes.size);
    this.values.forEach((code, i) => counts[code]! += times?.[i] ?? 1);
    return new Map([...this.#codes].flatMap(([name, code]) => counts[code]! > 0 ? [[name, counts[code]!]] : []));
  }

  /** The names that rows have, sorted, and the code of each row. */
  grouping(): Grouping {
    const names = [...this.#counts().keys()].sort();
    const sorted = new Int32Array(this.#codes.size);
    names.forEach((name, code) => sorted[this.#codes.get(name)!] = code);
    const codes = new Int32Array(this.values);
    for (let i = 0; i < codes.length; i++) codes[i] = sorted[codes[i]!]!;
    return { names, codes };
  }

  /** What a person should know of the groups' names. */
  notes(times?: readonly number[]): string[] {
    const spelled = this.#missing.size === 0 ? [] : [
      `Column "${this.name}": ${countsText(this.#missing)} stand for missing values; --missing names other spellings`,
    ];
    return [...spelled, ...similarNotes(this.name, this.#counts(times))];
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
    const near = nearName(from, names);
    throw new InputError(
      `--merge ${merge}: expected a group that occurs, found "${from}" in no row` +
        (near === undefined ? `; there are ${listed(names)}` : `, did you mean "${near}"`),
    );
  }
}
