import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import { clusterKinds } from "../inference/clusters.ts";
import { type ConfusionInput, type ConfusionTable, confusionTable } from "./confusion.ts";
import { groupRows } from "../groups.ts";
import { type RowKinds, strataOf } from "../inference/resampling.ts";
import type { Interval, Value } from "../value.ts";

/** A value with its interval. */
export interface Estimate {
  readonly estimate: Value;
  readonly interval: Interval;
}

/** The kinds of rows that metrics of decisions can tell apart, and how counts of kinds become a table. */
export interface ConfusionKinds extends RowKinds {
  /** `[K]` cell of each kind, `4·group + 2·label + prediction`. */
  readonly cell: Int32Array;
  /** `[K]` sample weight of each kind. */
  readonly weight: Float64Array;
  /** The table of the data. */
  readonly table: ConfusionTable;
}

/**
 * Reduces rows to the kinds that matter to metrics of decisions: group × label × prediction, and × weight where rows are
 * weighted. Without weights there are `4G` kinds however many rows. Clusters of rows are reduced in the same way.
 *
 * @param input Columns of length `n`.
 * @param stratified Whether each group keeps its number of rows.
 * @returns The kinds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionKinds } from "./confusion_bootstrap.ts";
 *
 * const kinds = confusionKinds({ labels: [1, 1, 0], predictions: [1, 1, 0], groups: ["a", "a", "a"] }, true);
 * assertEquals(kinds.counts, Float64Array.of(1, 2));
 * assertEquals(kinds.cell, Int32Array.of(0, 3));
 * ```
 */
export function confusionKinds(input: ConfusionInput, stratified: boolean): ConfusionKinds {
  const groups = groupRows(input.groups);
  const table = confusionTable({ ...input, groups });
  const { labels, predictions, weights } = input;
  const kindOf = new Map<number, Map<number, number>>();
  const own = new Int32Array(input.clusters === undefined ? 0 : predictions.length);
  const counts: number[] = [], cell: number[] = [], weight: number[] = [];
  for (let i = 0; i < predictions.length; i++) {
    const at = 4 * groups.codes[i]! + 2 * (labels?.[i] ?? 0) + predictions[i]!;
    const w = weights?.[i] ?? 1;
    let byWeight = kindOf.get(at);
    if (byWeight === undefined) kindOf.set(at, byWeight = new Map());
    let kind = byWeight.get(w);
    if (kind === undefined) {
      byWeight.set(w, kind = counts.length);
      counts.push(0);
      cell.push(at);
      weight.push(w);
    }
    counts[kind]! += 1;
    if (input.clusters !== undefined) own[i] = kind;
  }
  // In order of cells, so that a seed gives the same interval whatever the order of the rows.
  const order = Int32Array.from(cell, (_, k) => k).sort((a, b) => cell[a]! - cell[b]! || weight[a]! - weight[b]!);
  const cells = order.map((k) => cell[k]!);
  const codes = cells.map((at) => at >> 2);
  const place = new Int32Array(order.length);
  order.forEach((k, j) => place[k] = j);
  return {
    counts: Float64Array.from(order, (k) => counts[k]!),
    strata: strataOf(codes, table.names.length, stratified),
    clusters: input.clusters && clusterKinds(input.clusters, own.map((k) => place[k]!), codes, stratified),
    cell: cells,
    weight: Float64Array.from(order, (k) => weight[k]!),
    table,
  };
}

/**
 * Turns counts of kinds into a table; the table is reused by the next call.
 *
 * @param kinds The kinds of the data.
 * @returns A function from `[K]` counts to their table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionKinds, tableMaker } from "./confusion_bootstrap.ts";
 *
 * const kinds = confusionKinds({ labels: [1, 0], predictions: [1, 0], groups: ["a", "a"] }, true);
 * assertEquals(tableMaker(kinds)(Float64Array.of(2, 0)).cells, Float64Array.of(2, 0, 0, 0));
 * ```
 */
export function tableMaker(kinds: ConfusionKinds): (counts: Float64Array) => ConfusionTable {
  const table = {
    ...kinds.table,
    rows: new Float64Array(kinds.table.rows.length),
    cells: new Float64Array(kinds.table.cells.length),
  };
  return (counts) => {
    table.rows.fill(0);
    table.cells.fill(0);
    for (let k = 0; k < counts.length; k++) {
      const at = kinds.cell[k]!;
      table.rows[at >> 2]! += counts[k]!;
      table.cells[at]! += counts[k]! * kinds.weight[k]!;
    }
    return table;
  };
}

/**
 * Bootstrap intervals of anything computed from confusion counts; for gaps between groups `confusionGaps` gives better ones and
 * a test. After one pass over the rows the cost is that of `4G` kinds per resample, whatever the number of rows, and yet
 * the same distribution as resampling rows (see {@linkcode RowKinds}).
 *
 * @param input Columns of length `n`.
 * @param statistics Values of a table by name, such as `{ dp: demographicParityDifference }`.
 * @param options How to bootstrap.
 * @returns Each value with its interval.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { bootstrapConfusion } from "./confusion_bootstrap.ts";
 * import { demographicParityDifference } from "../fairness/disparities.ts";
 *
 * const rows = Array.from({ length: 400 }, (_, i) => i);
 * const { dp } = bootstrapConfusion(
 *   { predictions: rows.map((i) => i % 8 < 3 ? 1 : 0), groups: rows.map((i) => i % 2 === 0 ? "BA" : "PhD") },
 *   { dp: demographicParityDifference },
 *   { rng: new Rng(7) },
 * );
 * assertEquals(dp!.estimate.value, 0.25);
 * assert(dp!.interval.low! > 0.1 && dp!.interval.high! < 0.4);
 * ```
 */
export function bootstrapConfusion<Name extends string>(
  input: ConfusionInput,
  statistics: Readonly<Record<Name, (table: ConfusionTable) => Value>>,
  options: BootstrapOptions,
): Record<Name, Estimate> {
  const kinds = confusionKinds(input, options.stratified ?? true);
  const names = Object.keys(statistics) as Name[];
  const make = tableMaker(kinds);
  const { intervals } = bootstrap(kinds, (counts) => {
    const table = make(counts);
    return names.map((name) => statistics[name](table).value ?? NaN);
  }, options);
  return Object.fromEntries(
    names.map((name, s) => [name, { estimate: statistics[name](kinds.table), interval: intervals[s]! }]),
  ) as Record<Name, Estimate>;
}
