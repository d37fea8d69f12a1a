import type { Rng } from "../../random.ts";
import { binomial } from "./discrete.ts";

/**
 * Rows reduced to their distinct kinds: rows that no statistic can tell apart are one kind with a count.
 *
 * Drawing n rows with replacement and counting kinds gives, by definition, a multinomial draw with n trials and the kinds'
 * shares as chances. So resampling the counts of kinds *is* the bootstrap over rows, not an approximation of it, and where
 * there are few kinds (group × label × prediction) its cost does not depend on n.
 */
export interface RowKinds {
  /** `[K]` rows of each kind. */
  readonly counts: Float64Array;
  /** Kinds resampled among themselves, each stratum keeping its number of rows. */
  readonly strata: readonly Int32Array[];
  /** How the rows hang together, where they are not independent; then clusters are resampled instead. */
  readonly clusters?: ClusterKinds | undefined;
}

/** Clusters of rows reduced to their distinct kinds, as rows are: `clusterKinds` makes them. */
export interface ClusterKinds {
  /** `[C]` clusters of each kind. */
  readonly counts: Float64Array;
  /** Kinds of clusters resampled among themselves. */
  readonly strata: readonly Int32Array[];
  /** `[C + 1]` where the rows of each kind of cluster start in `kind` and `times`. */
  readonly offsets: Int32Array;
  /** Kinds of the rows of a cluster. */
  readonly kind: Int32Array;
  /** How many rows of that kind a cluster has. */
  readonly times: Float64Array;
}

/**
 * Splits kinds into strata by group, so that every group keeps its rows in every resample; or puts all into one.
 *
 * @param codes `[K]` group of each kind.
 * @param groups Number of groups.
 * @param stratified Whether to keep group sizes.
 * @returns The kinds of each stratum.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { strataOf } from "./resampling.ts";
 *
 * assertEquals(strataOf(Int32Array.of(0, 1, 0), 2, true), [Int32Array.of(0, 2), Int32Array.of(1)]);
 * assertEquals(strataOf(Int32Array.of(0, 1, 0), 2, false), [Int32Array.of(0, 1, 2)]);
 * ```
 */
export function strataOf(codes: Int32Array, groups: number, stratified: boolean): Int32Array[] {
  if (!stratified) return [Int32Array.from(codes, (_, k) => k)];
  const members: number[][] = Array.from({ length: groups }, () => []);
  codes.forEach((code, k) => members[code]!.push(k));
  return members.map((list) => Int32Array.from(list));
}

// A binomial draw costs about as much as this many rows drawn one by one.
const ROWS_PER_BINOMIAL = 8;

/**
 * Prepares the drawing of resamples.
 *
 * @param kinds Rows by kind.
 * @returns A function that fills `[K]` counts of one resample; within a stratum it draws rows one by one or kinds by
 *   conditional binomials, whichever is cheaper.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { resampler } from "./resampling.ts";
 *
 * const draw = resampler({ counts: Float64Array.of(600, 400, 7), strata: [Int32Array.of(0, 1), Int32Array.of(2)] });
 * const counts = new Float64Array(3);
 * draw(new Rng(1), counts);
 * assertEquals([counts[0]! + counts[1]!, counts[2]], [1000, 7]);
 * ```
 */
export function resampler(kinds: RowKinds): (rng: Rng, out: Float64Array) => void {
  const draws = kinds.strata.map((members) => {
    const present = members.filter((k) => kinds.counts[k]! > 0);
    const total = present.reduce((sum, k) => sum + kinds.counts[k]!, 0);
    if (total > ROWS_PER_BINOMIAL * present.length) return multinomial(present, kinds.counts, total);
    const owner = Int32Array.from(present);
    if (total === present.length) return byRow(owner);
    return byRow(Int32Array.from([...present].flatMap((k) => Array<number>(kinds.counts[k]!).fill(k))));
  });
  return (rng, out) => {
    out.fill(0);
    for (const draw of draws) draw(rng, out);
  };
}

/**
 * Turns counts of clusters into counts of rows.
 *
 * @param clusters The kinds of clusters.
 * @param kinds Number of kinds of rows.
 * @returns A function from `[C]` counts of clusters to `[K]` counts of rows, which the next call reuses.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { clusterKinds } from "./clusters.ts";
 * import { rowsOfClusters } from "./resampling.ts";
 *
 * const clusters = clusterKinds(["ann", "ann", "bob"], [0, 1, 1], [0, 0], true);
 * assertEquals(rowsOfClusters(clusters, 2)(Float64Array.of(2, 0)), Float64Array.of(2, 2));
 * ```
 */
export function rowsOfClusters(clusters: ClusterKinds, kinds: number): (counts: Float64Array) => Float64Array {
  const { offsets, kind, times } = clusters;
  const rows = new Float64Array(kinds);
  return (counts) => {
    rows.fill(0);
    for (let c = 0; c < counts.length; c++) {
      const drawn = counts[c]!;
      if (drawn === 0) continue;
      for (let j = offsets[c]!; j < offsets[c + 1]!; j++) rows[kind[j]!]! += drawn * times[j]!;
    }
    return rows;
  };
}

function byRow(owner: Int32Array): (rng: Rng, out: Float64Array) => void {
  return (rng, out) => {
    for (let i = 0; i < owner.length; i++) out[owner[rng.int(owner.length)]!]! += 1;
  };
}

function multinomial(members: Int32Array, counts: Float64Array, total: number) {
  return (rng: Rng, out: Float64Array) => {
    let trials = total;
    let rows = total;
    for (let j = 0; j < members.length && trials > 0; j++) {
      const k = members[j]!;
      const drawn = j === members.length - 1 ? trials : binomial(trials, counts[k]! / rows, rng);
      out[k] = drawn;
      trials -= drawn;
      rows -= counts[k]!;
    }
  };
}
