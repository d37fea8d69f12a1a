import { groupRows, type Groups } from "../groups.ts";
import type { ClusterKinds } from "./resampling.ts";
import { checkGroupLength } from "../rows.ts";

/**
 * Reduces clusters of rows that belong together, such as all pairs of one candidate, to their distinct kinds: clusters with the same
 * rows are one kind with a count.
 *
 * Rows of one candidate resemble each other, so resampling them one by one pretends to more information than there is, and
 * the intervals come out too narrow. Whole clusters are drawn instead (Davison & Hinkley 1997, §3.8). A stratum holds the
 * clusters of one group, so every group keeps its number of clusters; clusters that span groups have strata of their own.
 *
 * @param clusters `[n]` name of each row's cluster.
 * @param kindOf `[n]` kind of each row.
 * @param groupOf `[K]` group of each kind of row.
 * @param stratified Whether each group keeps its number of clusters.
 * @returns The kinds of clusters.
 * @throws {InputError} If a name is missing.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { clusterKinds } from "./clusters.ts";
 *
 * const { counts, kind, times } = clusterKinds(["ann", "ann", "bob", "bob"], [0, 1, 1, 0], [0, 0], true);
 * assertEquals([counts, kind, times], [Float64Array.of(2), Int32Array.of(0, 1), Float64Array.of(1, 1)]);
 * ```
 */
export function clusterKinds(
  clusters: Groups,
  kindOf: ArrayLike<number>,
  groupOf: ArrayLike<number>,
  stratified: boolean,
): ClusterKinds {
  const n = kindOf.length;
  checkGroupLength(clusters, n);
  const { names, codes } = groupRows(clusters);
  const rows = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) =>
    codes[a]! - codes[b]! || kindOf[a]! - kindOf[b]!
  );
  const distinct = new Map<string, { parts: number[]; count: number }>();
  for (let start = 0, c = 0; c < names.length; c++) {
    const parts: number[] = [];
    let end = start;
    for (; end < n && codes[rows[end]!] === c; end++) {
      const kind = kindOf[rows[end]!]!;
      if (parts.length > 0 && parts[parts.length - 2] === kind) parts[parts.length - 1]! += 1;
      else parts.push(kind, 1);
    }
    start = end;
    if (parts.length === 0) continue;
    const key = parts.join();
    const own = distinct.get(key) ?? { parts, count: 0 };
    own.count++;
    distinct.set(key, own);
  }
  // In an order of their content, so that a seed gives the same interval whatever the names and the order of the rows.
  const kinds = [...distinct].sort(([a], [b]) => a < b ? -1 : 1).map(([, own]) => own);
  const offsets = new Int32Array(kinds.length + 1);
  kinds.forEach(({ parts }, c) => offsets[c + 1] = offsets[c]! + parts.length / 2);
  const flat = (from: 0 | 1) => kinds.flatMap(({ parts }) => parts.filter((_, j) => j % 2 === from));
  const strata = new Map<string, number[]>();
  kinds.forEach(({ parts }, c) => {
    const groups = new Set(parts.filter((_, j) => j % 2 === 0).map((kind) => groupOf[kind]!));
    const key = stratified ? [...groups].sort().join() : "";
    strata.set(key, [...(strata.get(key) ?? []), c]);
  });
  return {
    counts: Float64Array.from(kinds, ({ count }) => count),
    strata: [...strata.values()].map((list) => Int32Array.from(list)),
    offsets,
    kind: Int32Array.from(flat(0)),
    times: Float64Array.from(flat(1)),
  };
}
