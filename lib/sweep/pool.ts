/** Predictions of several runs taken together. */
import type { ConfusionInput } from "../metrics/confusion.ts";
import type { ModelName, Predictions } from "./predictions.ts";
import type { SweepGap } from "./trial_metrics.ts";

/** Predictions of one point of a sweep, seed by seed. */
export type BySeed = ReadonlyMap<number, Predictions>;

/**
 * The decisions of all runs of a point, as if they were one: each at the threshold of its own run. Rows of a candidate, who
 * may be in the test splits of several seeds, stay together as a cluster.
 *
 * @param runs The predictions of each seed.
 * @param model Whose decisions.
 * @param attribute Whose groups.
 * @param gap Which label is needed.
 * @returns Columns over all rows of all seeds.
 */
export function pooledRows(
  runs: BySeed,
  model: ModelName,
  attribute: string,
  { against }: SweepGap,
): ConfusionInput & { readonly groups: string[]; readonly predictions: number[] } {
  const all = [...runs.values()];
  return {
    labels: all.flatMap(({ labels, merit }) => [...against === "merit" ? merit! : labels]),
    predictions: all.flatMap(({ models }) => [...models[model].decisions]),
    groups: all.flatMap(({ attributes }) => [...attributes[attribute]!]),
    clusters: all.flatMap(({ candidates }) => [...candidates]),
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
