/** Who takes part in a probe, in which fold, and what a classifier is given of them. */
import { Matrix } from "ml-matrix";
import { InputError } from "../../errors.ts";
import { type ExcludedGroup, groupRows } from "../../metrics/mod.ts";
import type { Rng } from "../../random.ts";

/** The rows of the people that take part. */
export interface Sample {
  /** `[n]` their indices in the input. */
  readonly rows: Int32Array;
  /** Names of the groups, sorted. */
  readonly names: readonly string[];
  /** `[names.length]` people of each group. */
  readonly people: Int32Array;
  /** `[n]` group of each row. */
  readonly codes: Int32Array;
  /** `[n]` person of each row, 0 to the number of people − 1. */
  readonly person: Int32Array;
  /** `[people]` group of each person. */
  readonly groupOf: Int32Array;
  /** `[n]` fold of each row; a person is in one. All 0 with fewer than two groups. */
  readonly fold: Int32Array;
  /** Groups left out. */
  readonly excluded: readonly ExcludedGroup[];
  /** People left out because their rows are of several groups. */
  readonly ambiguous: number;
}

/**
 * Leaves out people of several groups and groups with fewer people than folds, and deals the other people into folds.
 *
 * @throws {InputError} If a name is missing.
 * @throws {RangeError} If lengths differ.
 */
export function drawSample(
  { groups, clusters }: { readonly groups: readonly string[]; readonly clusters?: readonly string[] | undefined },
  folds: number,
  rng: Rng,
): Sample {
  if (clusters !== undefined && clusters.length !== groups.length) {
    throw new RangeError(`Expected ${groups.length} people, one per row, found ${clusters.length}`);
  }
  const all = groupRows(groups);
  const nameOf = (i: number) => clusters === undefined ? String(i) : clusters[i]!;
  const groupsOf = new Map<string, Set<number>>();
  all.codes.forEach((code, i) => {
    const name = nameOf(i);
    if (name === "") throw new InputError(`clusters[${i}]: expected a person, found none`);
    groupsOf.set(name, (groupsOf.get(name) ?? new Set()).add(code));
  });
  const people = new Int32Array(all.names.length);
  for (const [only, ...others] of groupsOf.values()) if (others.length === 0) people[only!]! += 1;

  const kept = [...people.keys()].filter((code) => people[code]! >= folds);
  const rows = Int32Array.from(all.codes.keys()).filter((i) =>
    kept.includes(all.codes[i]!) && groupsOf.get(nameOf(i))!.size === 1
  );
  const codes = Int32Array.from(rows, (i) => kept.indexOf(all.codes[i]!));
  // Numbered as they come, so that folds do not depend on what people are called.
  const numbers = new Map<string, number>();
  for (const i of rows) if (!numbers.has(nameOf(i))) numbers.set(nameOf(i), numbers.size);
  const person = Int32Array.from(rows, (i) => numbers.get(nameOf(i))!);
  const groupOf = new Int32Array(numbers.size);
  person.forEach((p, r) => groupOf[p] = codes[r]!);
  const foldOf = kept.length < 2 ? groupOf.map(() => 0) : stratifiedFolds(groupOf, folds, rng);
  return {
    rows,
    names: kept.map((code) => all.names[code]!),
    people: Int32Array.from(kept, (code) => people[code]!),
    codes,
    person,
    groupOf,
    fold: person.map((p) => foldOf[p]!),
    excluded: all.names.flatMap((group, code) => {
      const count = people[code]!;
      const reason = `${count} ${count === 1 ? "person" : "people"}, fewer than the ${folds} folds`;
      return kept.includes(code) ? [] : [{ group, reason }];
    }),
    ambiguous: [...groupsOf.values()].filter(({ size }) => size > 1).length,
  };
}

/**
 * The fold of each person, every fold having its share of every group: each group is shuffled and dealt one by one, and the next
 * goes on where the last one ended, so that the folds' sizes differ by one at most.
 *
 * @param codes `[people]` group of each person, 0 to the number of groups − 1.
 * @throws {RangeError} If a group has fewer people than there are folds.
 */
export function stratifiedFolds(codes: ArrayLike<number>, folds: number, rng: Rng): Int32Array {
  const members: number[][] = [];
  for (let i = 0; i < codes.length; i++) (members[codes[i]!] ??= []).push(i);
  const fold = new Int32Array(codes.length);
  let next = 0;
  for (const [group, people] of members.entries()) {
    if (people.length < folds) {
      throw new RangeError(`Expected at least ${folds} people in a group, found ${people.length} in group ${group}`);
    }
    for (const i of rng.shuffle(people)) fold[i] = next++ % folds;
  }
  return fold;
}

/**
 * Some rows of embeddings as a matrix.
 *
 * @param name What they are called in errors.
 * @throws {InputError} If a number is not finite.
 * @throws {RangeError} If lengths differ.
 */
export function embeddingMatrix(
  embeddings: readonly ArrayLike<number>[],
  rows: ArrayLike<number>,
  name: string,
): Matrix {
  const columns = embeddings[0]?.length ?? 0;
  if (columns === 0) throw new InputError(`${name}: expected embeddings with at least one number, found none`);
  embeddings.forEach((embedding, i) => {
    if (embedding.length !== columns) {
      throw new RangeError(`${name}[${i}]: expected ${columns} numbers, found ${embedding.length}`);
    }
    for (let j = 0; j < columns; j++) {
      if (!Number.isFinite(embedding[j])) {
        throw new InputError(`${name}[${i}][${j}]: expected a finite number, found ${embedding[j]}`);
      }
    }
  });
  return new Matrix(Array.from(rows, (i) => Array.from(embeddings[i]!)));
}

/** People in folds. */
export interface FoldedData {
  /** `[n, d]` embeddings. */
  readonly x: Matrix;
  /** `[n]` group of each row, 0 to `groups − 1`. */
  readonly codes: Int32Array;
  readonly groups: number;
  /** `[n]` fold of each row, 0 to `folds − 1`. */
  readonly fold: Int32Array;
  /** At least 3: one to predict, one to choose on, one to learn from. */
  readonly folds: number;
}

/** Rows to learn from or to test on. */
export interface LabelledRows {
  /** `[n, d]` features. */
  readonly x: Matrix;
  /** `[n]` class of each row. */
  readonly labels: readonly number[];
}

/** What a classifier says of people whom it has not seen. */
export interface OutOfFold {
  /** `[n][groups]`, each row adding up to 1. */
  readonly probabilities: readonly ArrayLike<number>[];
  /** `[folds]` what was chosen among the people that a fold is predicted from: C or epochs. */
  readonly chosen: readonly number[];
}

// A spread below this share of a feature's size is rounding: a constant does not become a feature by being divided by it.
const CONSTANT = 1e-12;

/** Mean and standard deviation of every feature, as scikit-learn's `StandardScaler`: population form, 1 where it is constant. */
export function standardiser(x: Matrix): { means: number[]; scales: number[] } {
  const means = x.mean("column");
  const deviations = x.standardDeviation("column", { mean: means, unbiased: false });
  return { means, scales: deviations.map((s, j) => s > CONSTANT * Math.abs(means[j]!) ? s : 1) };
}

/**
 * The rows of some folds to learn from and those of others to test on, all standardised by the former, and what a mistake about a
 * row of each group costs, so that groups weigh alike.
 */
export function divide(
  { x, codes, groups, fold }: FoldedData,
  isTest: (fold: number) => boolean,
  isTrain = not(isTest),
) {
  const rowsOf = (chosen: (fold: number) => boolean) => [...fold.keys()].filter((i) => chosen(fold[i]!));
  const [train, test] = [rowsOf(isTrain), rowsOf(isTest)];
  const { means, scales } = standardiser(x.subMatrixRow(train));
  const part = (rows: number[]) => ({
    rows,
    x: x.subMatrixRow(rows).center("column", { center: means }).scale("column", { scale: scales }),
    labels: rows.map((i) => codes[i]!),
  });
  const counts = new Array<number>(groups).fill(0);
  for (const i of train) counts[codes[i]!]! += 1;
  return { train: part(train), test: part(test), costs: counts.map((count) => train.length / (groups * count)) };
}

/** Puts predictions of every fold together. */
export async function predictFolds(
  { x, folds }: FoldedData,
  predict: (
    fold: number,
  ) => Promise<{ rows: readonly number[]; predicted: readonly ArrayLike<number>[]; choice: number }>,
): Promise<OutOfFold> {
  const probabilities = new Array<ArrayLike<number>>(x.rows);
  const chosen: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const { rows, predicted, choice } = await predict(fold);
    rows.forEach((i, r) => probabilities[i] = predicted[r]!);
    chosen.push(choice);
  }
  return { probabilities, chosen };
}

const not = (chosen: (fold: number) => boolean) => (fold: number) => !chosen(fold);
