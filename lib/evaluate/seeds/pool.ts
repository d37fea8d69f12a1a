/** Predictions of several runs taken together: who was decided about, and which run decided. */
import {
  type ConfusionInput,
  type ConfusionTable,
  confusionTable,
  type CrossedFactor,
  groupRows,
} from "../../metrics/mod.ts";
import type { ModelName, Predictions } from "./predictions.ts";

/** Predictions of one point of a sweep, seed by seed. */
export type BySeed = ReadonlyMap<number, Predictions>;

/** The label that decisions are held against. */
export type Truth = "label" | "groundTruth";

/**
 * The decisions of all runs of a point, as if they were one: each at the threshold of its own run. Rows of a candidate, who
 * may be in the test splits of several seeds, stay together as a cluster.
 *
 * @param runs The predictions of each seed.
 * @param model Whose decisions.
 * @param attribute Whose groups.
 * @param truth Which label.
 * @returns Columns over all rows of all seeds.
 */
export function pooledRows(runs: BySeed, model: ModelName, attribute: string, truth: Truth): Required<
  Pick<ConfusionInput, "labels" | "predictions" | "groups" | "clusters">
> {
  const all = [...runs.values()];
  return {
    labels: all.flatMap(({ labels, groundTruth }) => [...truth === "groundTruth" ? groundTruth! : labels]),
    predictions: all.flatMap(({ models }) => [...models[model].decisions]),
    groups: all.flatMap(({ attributes }) => [...attributes[attribute]!]),
    clusters: all.flatMap(({ candidates }) => [...candidates]),
  };
}

/**
 * The two things that rows of several runs have in common with others: their candidate and their run.
 *
 * @param runs The predictions of each seed.
 * @param attribute Candidates of each of its groups are drawn among themselves; `null` draws among all.
 * @returns Factors for `crossedDraws`; the second one's levels are the seeds in their order.
 */
export function candidatesAndSeeds(runs: BySeed, attribute: string | null): [CrossedFactor, CrossedFactor] {
  const all = [...runs.values()];
  const { names, codes } = groupRows(all.flatMap(({ candidates }) => [...candidates]));
  const groups = attribute === null ? null : groupRows(all.flatMap(({ attributes }) => [...attributes[attribute]!]));
  // A candidate of several groups counts among those of the first.
  const strata = new Int32Array(names.length).fill(-1);
  codes.forEach((code, i) => strata[code] = strata[code]! < 0 ? groups?.codes[i] ?? 0 : strata[code]!);
  return [
    { codes, strata },
    { codes: Int32Array.from(all.flatMap(({ rows }, seed) => rows.map(() => seed))) },
  ];
}

/**
 * Prepares confusion counts of weighted rows.
 *
 * @param input Columns of length `n`.
 * @returns From `[n]` weights to the counts of every group; the table is reused by the next call.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { weightedTable } from "./pool.ts";
 *
 * const table = weightedTable({ labels: [1, 0], predictions: [1, 1], groups: ["a", "a"] });
 * assertEquals(table(Float64Array.of(3, 2)).cells, Float64Array.of(0, 2, 0, 3));
 * ```
 */
export function weightedTable(
  { labels, predictions, groups }: Pick<ConfusionInput, "labels" | "predictions" | "groups">,
): (weights: Float64Array) => ConfusionTable {
  const { names, codes } = groupRows(groups);
  const table = confusionTable({ labels, predictions, groups: { names, codes } });
  const cells = new Float64Array(table.cells.length);
  const cell = Int32Array.from(codes, (code, i) => 4 * code + 2 * (labels?.[i] ?? 0) + predictions[i]!);
  return (weights) => {
    cells.fill(0);
    for (let i = 0; i < cell.length; i++) cells[cell[i]!]! += weights[i]!;
    return { ...table, cells };
  };
}

/**
 * The seeds that two points share with the same rows in the same order, so that their decisions can be compared one by one.
 *
 * @param a Predictions of one point.
 * @param b Predictions of the other.
 * @returns Both, without the other seeds.
 */
export function pairedRuns(a: BySeed, b: BySeed): [BySeed, BySeed] {
  const shared = [...a.keys()].filter((seed) => {
    const [one, other] = [a.get(seed)!.rows, b.get(seed)?.rows];
    return one.length === other?.length && one.every((row, i) => row === other[i]);
  });
  const only = (runs: BySeed) => new Map(shared.map((seed) => [seed, runs.get(seed)!]));
  return [only(a), only(b)];
}
