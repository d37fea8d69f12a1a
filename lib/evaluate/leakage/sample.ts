/** Who takes part in a probe, in which fold, and what a classifier is given of them. */
import { Matrix } from "ml-matrix";
import { InputError } from "../../errors.ts";
import { type ExcludedGroup, groupRows } from "../../metrics/mod.ts";
import type { Rng } from "../../random.ts";

/** The rows of the people that take part. */
export interface Sample {
  readonly rows: Int32Array; // [n] their indices in the input
  readonly names: readonly string[]; // of the groups, sorted
  readonly people: readonly number[]; // [names.length] of each group
  readonly codes: Int32Array; // [n] group of each row
  readonly person: Int32Array; // [n] person of each row, 0 to the number of people − 1
  readonly groupOf: Int32Array; // [people] group of each person
  readonly fold: Int32Array; // [n] of each row, one for all of a person; all 0 with fewer than two groups
  readonly excluded: readonly ExcludedGroup[];
  readonly ambiguous: number; // people left out because their rows are of several groups
}

/**
 * Leaves out people of several groups and groups with fewer people than folds, and deals the other people into folds.
 * Throws an InputError if a name is missing. Throws a RangeError if lengths differ.
 */
export function drawSample(
  { groups, clusters }: { readonly groups: readonly string[]; readonly clusters?: readonly string[] | undefined },
  folds: number,
  rng: Rng,
): Sample {
  if (clusters !== undefined && clusters.length !== groups.length) {
    throw new RangeError(`Expected ${groups.length} people, one per row, found ${clusters.length}`);
  }
  const missing = clusters?.indexOf("") ?? -1;
  if (missing >= 0) throw new InputError(`clusters[${missing}]: expected a person, found none`);
  const all = groupRows(groups);
  // People as they come, so that folds do not depend on what they are called.
  const everybody = [...Map.groupBy(groups.keys(), (i) => clusters?.[i] ?? String(i)).values()];
  const unambiguous = everybody.filter((rows) => new Set(rows.map((i) => all.codes[i])).size === 1);
  const counts = all.names.map((_, code) => unambiguous.filter(([i]) => all.codes[i!] === code).length);
  const kept = [...counts.keys()].filter((code) => counts[code]! >= folds);
  const members = unambiguous.filter(([i]) => kept.includes(all.codes[i!]!));
  const groupOf = Int32Array.from(members, ([i]) => kept.indexOf(all.codes[i!]!));
  const foldOf = kept.length < 2 ? groupOf.map(() => 0) : stratifiedFolds(groupOf, folds, rng);

  const personOf = new Map(members.flatMap((rows, p) => rows.map((i) => [i, p] as const)));
  const rows = Int32Array.from(personOf.keys()).sort();
  const person = rows.map((i) => personOf.get(i)!);
  return {
    rows,
    names: kept.map((code) => all.names[code]!),
    people: kept.map((code) => counts[code]!),
    codes: person.map((p) => groupOf[p]!),
    person,
    groupOf,
    fold: person.map((p) => foldOf[p]!),
    excluded: all.names.flatMap((group, code) => {
      const reason = `${counts[code]} ${counts[code] === 1 ? "person" : "people"}, fewer than the ${folds} folds`;
      return kept.includes(code) ? [] : [{ group, reason }];
    }),
    ambiguous: everybody.length - unambiguous.length,
  };
}

/**
 * The fold of each person, every fold having its share of every group: each group is shuffled and dealt one by one, and
 * the next goes on where the last one ended, so that the folds' sizes differ by one at most. `codes`: `[people]` group
 * of each person, 0 to the number of groups − 1. Throws a RangeError if a group has fewer people than there are folds.
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
 * Some rows of embeddings as a matrix. `name`: What they are called in errors. Throws an InputError if a number is not
 * finite. Throws a RangeError if lengths differ.
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
  readonly x: Matrix; // [n, d] embeddings
  readonly codes: Int32Array; // [n] group of each row, 0 to `groups − 1`
  readonly groups: number;
  readonly fold: Int32Array; // [n] of each row, 0 to `folds − 1`
  readonly folds: number; // at least 3: one to predict, one to choose on, one to learn from
}

/** Rows to learn from or to test on: `[n, d]` features and `[n]` classes. */
export interface LabelledRows {
  readonly x: Matrix;
  readonly labels: readonly number[];
}

/** What a classifier says of people whom it has not seen. */
export interface OutOfFold {
  readonly probabilities: readonly ArrayLike<number>[]; // [n][groups], each row adding up to 1
  readonly chosen: readonly number[]; // [folds] C or epochs, chosen among the people that a fold is predicted from
}

// A deviation below this share of the mean is rounding: a constant does not become a feature by being divided by it.
const CONSTANT = 1e-12;

/**
 * Mean and standard deviation of every feature, as scikit-learn's `StandardScaler`: population form, 1 where it is
 * constant.
 */
export function standardiser(x: Matrix): { means: number[]; scales: number[] } {
  const means = x.mean("column");
  const deviations = x.standardDeviation("column", { mean: means, unbiased: false });
  return { means, scales: deviations.map((s, j) => s > CONSTANT * Math.abs(means[j]!) ? s : 1) };
}

/**
 * The rows of some folds to learn from and those of others to test on, all standardised by the former, and what a
 * mistake about a row of each group costs, so that groups weigh alike.
 */
export function divide(
  { x, codes, groups, fold }: FoldedData,
  isTest: (fold: number) => boolean,
  isTrain: (fold: number) => boolean = (fold) => !isTest(fold),
) {
  const [train, test] = [isTrain, isTest].map((chosen) => [...fold.keys()].filter((i) => chosen(fold[i]!)));
  const { means, scales } = standardiser(x.subMatrixRow(train!));
  const part = (rows: number[]) => ({
    rows,
    x: x.subMatrixRow(rows).center("column", { center: means }).scale("column", { scale: scales }),
    labels: rows.map((i) => codes[i]!),
  });
  const costs = Array.from(
    { length: groups },
    (_, c) => train!.length / (groups * train!.filter((i) => codes[i] === c).length),
  );
  return { train: part(train!), test: part(test!), costs };
}

/** What is predicted of the rows of one fold, and what was chosen for it. */
interface Predicted {
  readonly rows: readonly number[];
  readonly predicted: readonly ArrayLike<number>[];
  readonly choice: number;
}

/** Puts predictions of every fold together. */
export async function predictFolds(
  { x, folds }: FoldedData,
  predict: (fold: number) => Promise<Predicted> | Predicted,
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
