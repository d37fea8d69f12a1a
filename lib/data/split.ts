import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import type { Rng } from "../random.ts";
import { compareGroups } from "./education/degree_level.ts";
import { checkAttributes, type Example, labelClass, type SplitName, SPLITS, textId } from "./example.ts";

/** Examples in three parts, each in the order of the input. */
export interface Split extends Record<SplitName, Example[]> {
  /** What each part holds, by attribute, group and label. */
  distribution: SplitCount[];
  /** What a person should know before trusting results on the parts. */
  notes: string[];
}

/**
 * Divides examples into training, validation and test parts, of fractions such as 0.15 and 0.2; the rest is for
 * training.
 *
 * No candidate and no résumé text is in two parts (jobs may be). Under that condition every combination of label class
 * and groups is spread in the wanted proportions, the rarest first: iterative stratification (Sechidis, Tsoumakas and
 * Vlahavas, "On the stratification of multi-label data", 2011) on candidates. If the examples bring a split of their
 * own, that is kept.
 * @throws {InputError} If an own split is incomplete, or has a candidate or text on both sides; if an attribute is
 * unknown; or, for training, if a part would be empty or hold one label class only.
 */
export function splitExamples(
  examples: readonly Example[],
  { stratifyBy = [], ...options }: Omit<SplitOptions, "toTrain"> & {
    readonly stratifyBy?: readonly string[];
    readonly toTrain?: boolean;
  },
): Split {
  checkAttributes("Split", examples, stratifyBy);
  const columns = new SplitColumns(stratifyBy);
  for (const example of examples) columns.add(example);
  const { parts, ...split } = splitColumns(columns, { toTrain: true, ...options });
  return { ...partsOf((part) => examples.filter((_, i) => parts[i] === part)), ...split };
}

const partsOf = <T>(of: (part: number) => T): Record<SplitName, T> => ({
  train: of(0),
  validation: of(1),
  test: of(2),
});

/** How to split. */
export interface SplitOptions {
  readonly validation: number;
  readonly test: number;
  readonly rng: Rng;
  /** Whether the parts must serve for training; otherwise what stands against it is a note. */
  readonly toTrain: boolean;
}

/** Numbers texts in the order in which they first come, by 64 bits of their SHA-256: some 30 bytes for each. */
export class TextNumbers {
  #words = new Uint32Array(2 << 10);
  #numbers = new Int32Array(1 << 10).fill(-1);
  size = 0;

  numberOf(text: string): number {
    return this.numberOfId(createHash("sha256").update(text).digest("hex"));
  }

  /** The same of what 16 hexadecimal digits name, such as a {@linkcode textId}. */
  numberOfId(id: string): number {
    return this.numberOfKey(parseInt(id.slice(0, 8), 16), parseInt(id.slice(8, 16), 16));
  }

  /** The same of what two words name. */
  numberOfKey(a: number, b: number): number {
    if (2 * this.size >= this.#numbers.length) this.#grow();
    const at = this.#placeOf(a, b);
    if (this.#numbers[at] === -1) this.#put(at, a, b, this.size++);
    return this.#numbers[at]!;
  }

  #placeOf(a: number, b: number): number {
    const last = this.#numbers.length - 1;
    let at = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0x9e3779b1) >>> 0 & last;
    while (this.#numbers[at] !== -1 && (this.#words[2 * at] !== a || this.#words[2 * at + 1] !== b)) at = at + 1 & last;
    return at;
  }

  #put(at: number, a: number, b: number, number: number): void {
    this.#words[2 * at] = a;
    this.#words[2 * at + 1] = b;
    this.#numbers[at] = number;
  }

  #grow(): void {
    const [words, numbers] = [this.#words, this.#numbers];
    this.#words = new Uint32Array(2 * words.length);
    this.#numbers = new Int32Array(2 * numbers.length).fill(-1);
    numbers.forEach((number, at) => {
      if (number === -1) return;
      const [a, b] = [words[2 * at]!, words[2 * at + 1]!];
      this.#put(this.#placeOf(a, b), a, b, number);
    });
  }
}

/** What a split reads of examples, as numbers: a million of them need some hundred megabytes, whatever their texts. */
export class SplitColumns {
  readonly rows: number[] = [];
  readonly candidates: number[] = [];
  readonly texts: number[] = [];
  /** 0 or 1, −1 without a label. */
  readonly classes: number[] = [];
  /** Where the table says that they belong, in the order of {@linkcode SPLITS}; −1 where it does not. */
  readonly splits: number[] = [];
  readonly attributes: readonly { name: string; codes: number[]; codeOf: Map<string, number> }[];
  readonly #candidates = new TextNumbers();
  readonly #texts = new TextNumbers();

  constructor(attributes: readonly string[]) {
    this.attributes = attributes.map((name) => ({ name, codes: [], codeOf: new Map() }));
  }

  /** Adds an example; `text` is the number of its résumé where that is known. */
  add(example: Example, text: number = this.#texts.numberOfId(textId(example.resume))): void {
    this.rows.push(example.row);
    this.candidates.push(this.#candidates.numberOf(example.candidateId));
    this.texts.push(text);
    this.classes.push(example.label === null ? -1 : labelClass(example));
    this.splits.push(example.split === null ? -1 : SPLITS.indexOf(example.split));
    for (const { name, codes, codeOf } of this.attributes) {
      const group = example.groups[name]!, code = codeOf.get(group) ?? codeOf.size;
      codeOf.set(group, code);
      codes.push(code);
    }
  }
}

/** A split of columns: the part of each row, in the order of {@linkcode SPLITS}. */
export interface ColumnsSplit extends Pick<Split, "distribution" | "notes"> {
  readonly parts: Uint8Array;
}

/** {@linkcode splitExamples} of their columns. */
export function splitColumns(columns: SplitColumns, { validation, test, rng, toTrain }: SplitOptions): ColumnsSplit {
  if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
    throw new InputError(
      `Split: expected fractions from 0 that leave some for training, found ${validation} and ${test}`,
    );
  }
  const { rows, splits } = columns;
  const units = connectedComponents([columns.candidates, columns.texts]);
  const given = splits.reduce((count, split) => count + Number(split >= 0), 0);
  if (given > 0 && given < rows.length) {
    throw new InputError(`Split: expected a split for every row or for none, row ${rows[splits.indexOf(-1)]} has none`);
  }
  const fractions = [1 - validation - test, validation, test];
  const parts = given > 0 ? ownSplit(columns, units) : stratify(columns, units, { fractions, rng });
  const counts = countClasses(columns, parts);
  const faults = SPLITS.flatMap((name, part) =>
    given > 0 || fractions[part]! > 0 ? partFault(name, counts[part]!, given > 0) ?? [] : []
  );
  if (toTrain && faults.length > 0) throw new InputError(`Split: ${faults[0]}`);
  const distribution = distributionOf(columns, parts);
  const notes = absences(distribution, SPLITS.filter((_, part) => counts[part]!.some((count) => count > 0)));
  return {
    parts,
    distribution,
    notes: [...faults.slice(0, 1).map((fault) => `This split cannot be trained on: ${fault}`), ...notes],
  };
}

/** The split that the examples bring, checked for candidates and texts that are on two sides. */
function ownSplit({ rows, splits }: SplitColumns, units: Int32Array): Uint8Array {
  const first = new Int32Array(rows.length).fill(-1);
  units.forEach((unit, i) => {
    if (first[unit] === -1) first[unit] = i;
    const other = first[unit]!;
    if (splits[other] === splits[i]) return;
    throw new InputError(
      `Split: expected a candidate and a résumé text in one part only, row ${rows[other]} is in ` +
        `${SPLITS[splits[other]!]} and row ${rows[i]}, of the same candidate or text, in ${SPLITS[splits[i]!]}`,
    );
  });
  return Uint8Array.from(splits);
}

const UNDECIDED = 255;

function stratify(
  columns: SplitColumns,
  unitOf: Int32Array,
  { fractions, rng }: { readonly fractions: readonly number[]; readonly rng: Rng },
): Uint8Array {
  const { names, strata } = strataOf(columns);
  const [ofStratum, ofUnit] = [rowLists(strata, names.length), rowLists(unitOf, unitOf.length)];
  const wanted = names.map(() => fractions.map(() => 0));
  for (const stratum of strata) fractions.forEach((fraction, part) => wanted[stratum]![part]! += fraction);
  const total = fractions.map((fraction) => fraction * strata.length);
  const open = [...fractions.keys()].filter((part) => fractions[part]! > 0);

  const parts = new Uint8Array(strata.length).fill(UNDECIDED);
  const here = new Int32Array(unitOf.length);
  /** The units of a stratum in the order in which they come, and how many rows each has in it. */
  const unitsIn = (stratum: number): number[] => {
    const rows = ofStratum(stratum), units: number[] = [];
    for (const i of rows) here[unitOf[i]!] = 0;
    for (const i of rows) if (here[unitOf[i]!]!++ === 0) units.push(unitOf[i]!);
    return units;
  };
  const sizes = names.map((_, stratum) => unitsIn(stratum).length);
  const rarestFirst = [...names.keys()].sort((a, b) => sizes[a]! - sizes[b]! || (names[a]! < names[b]! ? -1 : 1));
  for (const stratum of rarestFirst) {
    // Large units first: what is left over by them, the small ones can level out.
    const shuffled = rng.shuffle(unitsIn(stratum).filter((unit) => parts[ofUnit(unit)[0]!] === UNDECIDED));
    for (const unit of shuffled.sort((a, b) => here[b]! - here[a]!)) {
      const want = wanted[stratum]!;
      const best = open.reduce((a, b) => want[b]! > want[a]! || want[b] === want[a] && total[b]! > total[a]! ? b : a);
      for (const i of ofUnit(unit)) {
        parts[i] = best;
        wanted[strata[i]!]![best]! -= 1;
        total[best]! -= 1;
      }
    }
  }
  return parts;
}

/** The stratum of each row: its label class and groups. */
function strataOf({ classes, attributes }: SplitColumns): { names: string[]; strata: Int32Array } {
  const known = new Map<string, number>();
  const groups = attributes.map(({ codeOf }) => [...codeOf.keys()]);
  const strata = Int32Array.from(classes, (own, i) => {
    const key = [own, ...attributes.map(({ codes }) => codes[i]!)].join();
    const stratum = known.get(key) ?? known.size;
    known.set(key, stratum);
    return stratum;
  });
  const names = Array.from(known.keys(), (key) => {
    const [own, ...codes] = key.split(",").map(Number);
    return JSON.stringify([own === -1 ? null : own, ...codes.map((code, a) => groups[a]![code])]);
  });
  return { names, strata };
}

/** The rows of each list, rising, where `of` says in which list a row is. */
function rowLists(of: Int32Array, lists: number): (list: number) => Int32Array {
  const starts = new Int32Array(lists + 1);
  for (const list of of) starts[list + 1]! += 1;
  for (let list = 0; list < lists; list++) starts[list + 1]! += starts[list]!;
  const next = starts.slice(), rows = new Int32Array(of.length);
  of.forEach((list, i) => rows[next[list]!++] = i);
  return (list) => rows.subarray(starts[list]!, starts[list + 1]!);
}

/** Rows of each part without a label, and of each label class. */
function countClasses({ classes }: SplitColumns, parts: Uint8Array): number[][] {
  const counts = SPLITS.map(() => [0, 0, 0]);
  parts.forEach((part, i) => counts[part]![classes[i]! + 1]! += 1);
  return counts;
}

/** Why nobody can train or measure on a part, or null. */
function partFault(name: SplitName, [unlabelled, below, above]: readonly number[], isOwn: boolean): string | null {
  const advice = isOwn ? "change the split column or do without it" : "give more rows or a larger fraction";
  const all = unlabelled! + below! + above!;
  if (all === 0) return `expected examples in every part, the ${name} part is empty; ${advice}`;
  if (unlabelled! > 0 || (below! > 0 && above! > 0)) return null;
  const side = below! > 0 ? "below" : "at or above";
  return `expected labels on both sides of 0.5 in the ${name} part, all ${all} are ${side} it; ${advice}`;
}

function absences(distribution: readonly SplitCount[], used: readonly SplitName[]): string[] {
  const totals = new Map<string, Record<SplitName, number>>();
  for (const { attribute, group, ...counts } of distribution) {
    const key = `${attribute} "${group}"`;
    const total = totals.get(key) ?? { train: 0, validation: 0, test: 0 };
    for (const name of SPLITS) total[name] += counts[name];
    totals.set(key, total);
  }
  return [...totals].flatMap(([who, total]) => {
    const all = total.train + total.validation + total.test;
    return used.filter((name) => total[name] === 0)
      .map((name) => `Nobody with ${who} is in the ${name} part (${all} example${all === 1 ? "" : "s"} in all)`);
  });
}

/** How many examples of one group and label class each part holds. */
export interface SplitCount extends Record<SplitName, number> {
  /** Name of the attribute. */
  attribute: string;
  /** One of its groups. */
  group: string;
  /** 1 for labels from 0.5, 0 for others, `null` without label. */
  label: 0 | 1 | null;
}

/** Counts the examples of each part by attribute, group and label class. */
export function splitDistribution(
  parts: Record<SplitName, readonly Example[]>,
  attributes: readonly string[],
): SplitCount[] {
  const columns = new SplitColumns(attributes);
  for (const name of SPLITS) for (const example of parts[name]) columns.add(example);
  return distributionOf(columns, Uint8Array.from(SPLITS.flatMap((name, part) => parts[name].map(() => part))));
}

function distributionOf({ rows, classes, attributes }: SplitColumns, parts: Uint8Array): SplitCount[] {
  const everybody = { name: "all", codes: rows.map(() => 0), codeOf: new Map([["all", 0]]) };
  return (attributes.length === 0 ? [everybody] : attributes).flatMap(({ name: attribute, codes, codeOf }) => {
    const cells = Array.from({ length: 3 * codeOf.size }, () => partsOf(() => 0));
    parts.forEach((part, i) => cells[3 * codes[i]! + classes[i]! + 1]![SPLITS[part]!]++);
    return [...codeOf.keys()].flatMap((group, code) =>
      ([null, 0, 1] as const).map((label, at): SplitCount => ({ attribute, group, label, ...cells[3 * code + at]! }))
    ).filter(({ train, validation, test }) => train + validation + test > 0)
      .sort((a, b) => compareGroups(a.group, b.group) || (a.label ?? -1) - (b.label ?? -1));
  });
}

/**
 * Numbers the connected components of items that share a number in a column: two items belong together if they do, or
 * if a chain of such items joins them (union–find with path halving).
 */
export function connectedComponents(columns: readonly (readonly number[])[]): Int32Array {
  const parent = Int32Array.from(columns[0]!, (_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  for (const column of columns) {
    const holder = new Int32Array(column.reduce((most, own) => Math.max(most, own), -1) + 1).fill(-1);
    column.forEach((own, i) => {
      if (holder[own] === -1) holder[own] = i;
      else parent[find(i)] = find(holder[own]!);
    });
  }
  const numbers = new Int32Array(parent.length).fill(-1);
  let components = 0;
  return parent.map((_, i) => {
    const root = find(i);
    if (numbers[root] === -1) numbers[root] = components++;
    return numbers[root]!;
  });
}
