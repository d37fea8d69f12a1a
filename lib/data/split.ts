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
  { validation, test, stratifyBy = [], rng, toTrain = true }: {
    validation: number;
    test: number;
    stratifyBy?: readonly string[];
    rng: Rng;
    /** Whether the parts must serve for training; otherwise what stands against it is a note. */
    toTrain?: boolean;
  },
): Split {
  if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
    throw new InputError(
      `Split: expected fractions from 0 that leave some for training, found ${validation} and ${test}`,
    );
  }
  checkAttributes("Split", examples, stratifyBy);
  const units = connectedComponents(
    examples.values().map(({ candidateId, resume }) => [`c${candidateId}`, `t${textId(resume)}`]),
  );
  const given = examples.filter(({ split }) => split !== null).length;
  if (given > 0 && given < examples.length) {
    const row = examples.find(({ split }) => split === null)!.row;
    throw new InputError(`Split: expected a split for every row or for none, row ${row} has none`);
  }
  const fractions = { train: 1 - validation - test, validation, test };
  const names = given > 0 ? ownSplit(examples, units) : stratify(examples, units, { stratifyBy, fractions, rng });
  const part = (name: SplitName) => examples.filter((_, i) => names[i] === name);
  const parts = { train: part("train"), validation: part("validation"), test: part("test") };
  const faults = SPLITS.filter((name) => given > 0 || fractions[name] > 0)
    .flatMap((name) => partFault(name, parts[name], given > 0) ?? []);
  if (toTrain && faults.length > 0) throw new InputError(`Split: ${faults[0]}`);
  const distribution = splitDistribution(parts, stratifyBy);
  const notes = absences(distribution, SPLITS.filter((name) => parts[name].length > 0));
  return {
    ...parts,
    distribution,
    notes: [...faults.slice(0, 1).map((fault) => `This split cannot be trained on: ${fault}`), ...notes],
  };
}

/** The split that the examples bring, checked for candidates and texts that are on two sides. */
function ownSplit(examples: readonly Example[], units: readonly number[]): SplitName[] {
  const first = new Map<number, Example>();
  for (const [i, example] of examples.entries()) {
    const other = first.get(units[i]!);
    if (other === undefined) first.set(units[i]!, example);
    else if (other.split !== example.split) {
      throw new InputError(
        `Split: expected a candidate and a résumé text in one part only, row ${other.row} is in ${other.split} and ` +
          `row ${example.row}, of the same candidate or text, in ${example.split}`,
      );
    }
  }
  return examples.map(({ split }) => split!);
}

function stratify(
  examples: readonly Example[],
  unitOf: readonly number[],
  { stratifyBy, fractions, rng }: {
    stratifyBy: readonly string[];
    fractions: Record<SplitName, number>;
    rng: Rng;
  },
): SplitName[] {
  const strata = examples.map((example) =>
    JSON.stringify([classOf(example), ...stratifyBy.map((a) => example.groups[a])])
  );
  const units: number[][] = [];
  for (const [i, unit] of unitOf.entries()) (units[unit] ??= []).push(i);

  const members = new Map<string, Set<number>>();
  const wanted = new Map<string, Record<SplitName, number>>();
  for (const [i, stratum] of strata.entries()) {
    members.set(stratum, (members.get(stratum) ?? new Set()).add(unitOf[i]!));
    const want = wanted.get(stratum) ?? { train: 0, validation: 0, test: 0 };
    for (const name of SPLITS) want[name] += fractions[name];
    wanted.set(stratum, want);
  }
  const total = { train: 0, validation: 0, test: 0 };
  for (const name of SPLITS) total[name] = fractions[name] * examples.length;

  const names: SplitName[] = new Array(examples.length);
  const rarestFirst = [...members].sort(([a, x], [b, y]) => x.size - y.size || (a < b ? -1 : 1));
  for (const [stratum, ids] of rarestFirst) {
    // Large units first: what is left over by them, the small ones can level out.
    const shuffled = rng.shuffle([...ids].filter((unit) => names[units[unit]![0]!] === undefined));
    const here = (unit: number) => units[unit]!.filter((i) => strata[i] === stratum).length;
    for (const unit of shuffled.map((u) => ({ u, n: here(u) })).sort((a, b) => b.n - a.n).map(({ u }) => u)) {
      const want = wanted.get(stratum)!;
      const open = SPLITS.filter((name) => fractions[name] > 0);
      const best = open.reduce((a, b) => want[b] > want[a] || want[b] === want[a] && total[b] > total[a] ? b : a);
      for (const i of units[unit]!) {
        names[i] = best;
        wanted.get(strata[i]!)![best]--;
        total[best]--;
      }
    }
  }
  return names;
}

function classOf(example: Example): 0 | 1 | null {
  return example.label === null ? null : labelClass(example);
}

/** Why nobody can train or measure on a part, or null. */
function partFault(name: SplitName, examples: readonly Example[], isOwn: boolean): string | null {
  const advice = isOwn ? "change the split column or do without it" : "give more rows or a larger fraction";
  if (examples.length === 0) return `expected examples in every part, the ${name} part is empty; ${advice}`;
  const classes = new Set(examples.map(classOf));
  if (classes.has(null) || classes.size === 2) return null;
  const side = classes.has(0) ? "below" : "at or above";
  return `expected labels on both sides of 0.5 in the ${name} part, all ${examples.length} are ${side} it; ${advice}`;
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
  return (attributes.length === 0 ? ["all"] : attributes).flatMap((attribute) => {
    const rows = new Map<string, SplitCount>();
    for (const name of SPLITS) {
      for (const example of parts[name]) {
        const group = attributes.length === 0 ? "all" : example.groups[attribute]!;
        const label = example.label === null ? null : labelClass(example);
        const key = `${label} ${group}`;
        if (!rows.has(key)) rows.set(key, { attribute, group, label, train: 0, validation: 0, test: 0 });
        rows.get(key)![name]++;
      }
    }
    return [...rows.values()].sort((a, b) => compareGroups(a.group, b.group) || (a.label ?? -1) - (b.label ?? -1));
  });
}

/**
 * Numbers the connected components of items that share a key: two items belong together if they have a key in common,
 * or if a chain of such items joins them (union–find with path halving).
 */
export function connectedComponents(keys: Iterable<readonly string[]>): number[] {
  const parent: number[] = [];
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  const holder = new Map<string, number>();
  for (const own of keys) {
    const i = parent.push(parent.length) - 1;
    for (const key of own) {
      const other = holder.get(key);
      if (other === undefined) holder.set(key, i);
      else parent[find(i)] = find(other);
    }
  }
  const numbers = new Map<number, number>();
  return Array.from(parent.keys(), (i) => {
    const root = find(i);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root)!;
  });
}
