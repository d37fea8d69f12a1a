/**
 * Balancing as a configuration asks for it: which rows are trained on, what they weigh, and how batches are composed.
 */
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import type { Example } from "../example.ts";
import type { BalanceSettings, DataSettings } from "../settings.ts";
import { balancedBatches, type BatchedCell, populationWeights } from "./balanced_batches.ts";
import { type Cell, type CellCount, countCells, exampleCells, oversample, undersample } from "./cells.ts";

/** The parts of a configuration that say how data are balanced. */
export interface BalancingSettings {
  readonly balance: BalanceSettings;
  readonly data: Pick<DataSettings, "groups">;
  readonly training: { readonly seed: number; readonly batchSize: number; readonly accumulation: number };
}

/** What balancing did to one cell of label × group, as a row of a table. */
export type BalanceRow = {
  step: "resample" | "weights" | "batches";
  group: string;
  label: number;
  before: number;
  after: number;
  weight: number | null;
};

/** Training examples after balancing. */
export interface BalancedExamples {
  readonly examples: readonly Example[];
  /** The weight of each example in the pair objective; null where all weigh the same. */
  readonly weights: Float64Array | null;
  readonly table: readonly BalanceRow[];
}

/** Chooses and weighs training examples. */
export function balanceExamples(train: readonly Example[], config: BalancingSettings): BalancedExamples {
  const { resample, by, weights } = config.balance;
  const rng = new Rng(config.training.seed).derive("resample");
  const cells = exampleCells(train, balancedAttributes(config));
  const chosen = resample === "none"
    ? null
    : (resample === "undersample" ? undersample : oversample)(cells, { rng, by });
  const examples = chosen ? chosen.rows.map((row) => train[row]!) : train;
  const reweighed = weights === "none" ? null : reweighing(exampleCells(examples, balancedAttributes(config)));
  return {
    examples,
    weights: reweighed && reweighed.weights,
    table: [
      ...(chosen?.table ?? []).map((cell) => balanceRow("resample", cell)),
      ...(reweighed?.table ?? []).map((cell) => balanceRow("weights", cell, cell.weight)),
    ],
  };
}

/** Batches of items that carry what undoes their balance in means over a group; 1 if absent. */
export interface ComposedBatches<T> {
  /** Of each epoch; `undefined` where they are shuffled, which a training does itself. */
  readonly batches: ((epoch: number) => (T & { readonly populationWeight?: number })[][]) | undefined;
  /** How the first epoch's batches show each cell; empty where they are shuffled. */
  readonly table: readonly BalanceRow[];
}

/**
 * Composes batches of items that are trained on, given the example of each.
 * @throws {InputError} When a batch is too small to hold every cell.
 */
export function composeBatches<T>(
  items: readonly T[],
  examples: readonly Example[],
  config: BalancingSettings,
): ComposedBatches<T> {
  const { batches, by } = config.balance;
  if (batches === "shuffled") return { batches: undefined, table: [] };
  const { seed } = config.training;
  const batchSize = config.training.batchSize * config.training.accumulation;
  const cells = joined(exampleCells(examples, balancedAttributes(config)), by);
  if (batches === "inverseFrequency") {
    const weights = inverseFrequencyWeights(cells);
    const epochOf = (epoch: number) => weightedEpoch(weights, cells, { seed, epoch });
    return {
      batches: (epoch) => {
        const { rows } = epochOf(epoch);
        return Array.from(
          { length: Math.ceil(rows.length / batchSize) },
          (_, i) => rows.slice(i * batchSize, (i + 1) * batchSize).map((row) => items[row]!),
        );
      },
      table: epochOf(0).table.map((cell) => balanceRow("batches", cell)),
    };
  }
  const filled = cells.filter(({ rows }) => rows.length > 0).length;
  if (batchSize < filled) {
    throw new InputError(
      `balance.batches "balanced": expected training.batchSize × training.accumulation of at least ${filled}, ` +
        `one place for each ${by === "labelAndGroup" ? "combination of label and group" : by}, found ${batchSize}`,
    );
  }
  const epochOf = (epoch: number) => balancedBatches(cells, { batchSize, seed, epoch });
  return {
    batches: (epoch) =>
      epochOf(epoch).batches.map((rows) => {
        const weights = populationWeights(rows, cells);
        return rows.map((row, i) => ({ ...items[row]!, populationWeight: weights[i]! }));
      }),
    table: epochOf(0).table.map((cell) => balanceRow("batches", cell)),
  };
}

/** The attributes whose groups are balanced. */
export function balancedAttributes({ balance, data }: Pick<BalancingSettings, "balance" | "data">): readonly string[] {
  return balance.attributes ?? [data.groups[0]!.name];
}

/** Cells as the batches see them: of one group, or of one label, where not both are made equal. */
function joined(cells: readonly Cell[], by: BalanceSettings["by"]): readonly Cell[] {
  if (by === "labelAndGroup") return cells;
  const parts = Map.groupBy(cells, ({ group, label }) => by === "group" ? group : String(label));
  return [...parts.values()].map((members) => ({
    group: by === "group" ? members[0]!.group : "all",
    label: members[0]!.label,
    rows: members.flatMap(({ rows }) => rows).sort((a, b) => a - b),
  }));
}

function balanceRow(
  step: BalanceRow["step"],
  { group, label, before, after }: Pick<CellCount | BatchedCell, "group" | "label" | "before" | "after">,
  weight: number | null = null,
): BalanceRow {
  return { step, group, label, before, after, weight };
}

/**
 * `[n]` weights in inverse proportion to the size of each row's cell, with mean 1: to draw with
 * ({@linkcode weightedEpoch}) or to average metrics with. Every cell then counts the same, and all rows are used.
 */
export function inverseFrequencyWeights(cells: readonly Cell[]): Float64Array {
  const filled = cells.filter(({ rows }) => rows.length > 0);
  const n = filled.reduce((sum, { rows }) => sum + rows.length, 0);
  const weights = new Float64Array(n);
  for (const { rows } of filled) {
    // The power and not 1 / x, which differs in the last bit for some sizes: draws depend on it.
    for (const row of rows) weights[row] = rows.length ** -1 * n / filled.length;
  }
  return weights;
}

/**
 * Draws the rows of one epoch, by default as many as there are, in proportion to their `[n]` weights: an order to cut
 * into batches, which depends on the seed and the number of the epoch alone.
 *
 * Systematic resampling (Kitagawa 1996) instead of independent draws: each row occurs ⌊count · wᵢ/Σw⌋ times or once
 * more, with the same expectation and the least variance, so that no epoch is short of a group by bad luck.
 * @throws {RangeError} If a weight is negative or not finite, or all are 0.
 */
export function weightedEpoch(
  weights: ArrayLike<number>,
  cells: readonly Cell[],
  { seed, epoch, count = weights.length }: { seed: number; epoch: number; count?: number },
): { rows: number[]; table: CellCount[] } {
  const rng = new Rng(seed).derive(`weighted epoch ${epoch}`);
  let total = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`weights[${row}]: expected a weight of at least 0, found ${weight}`);
    }
    total += weight;
  }
  if (total === 0 && count > 0) throw new RangeError("Expected a weight above 0, found none");
  // The order in which the comb passes the rows decides who occurs together; shuffled, it decides nothing.
  const order = rng.shuffle(Array.from({ length: weights.length }, (_, row) => row));
  const rows: number[] = [];
  let reached = 0, next = rng.uniform();
  for (const row of order) {
    reached += weights[row]! / total * count;
    for (; next < reached && rows.length < count; next++) rows.push(row);
  }
  // Rounding may leave the last tooth of the comb just past the end.
  const last = order.findLast((row) => weights[row]! > 0);
  while (rows.length < count) rows.push(last!);
  return { rows: rng.shuffle(rows), table: countCells(cells, rows) };
}

/** A line of the table of {@linkcode reweighing}. */
export type ReweighedCell = {
  group: string;
  label: 0 | 1;
  count: number;
  /** Sum of the weights that the rows came with; their number if they came without. */
  before: number;
  after: number;
  /** The factor of this cell, `null` where there is nothing to weigh. */
  weight: number | null;
};

/** What {@linkcode reweighing} computed. */
export interface Reweighed {
  weights: Float64Array;
  table: ReweighedCell[];
}

/**
 * Weights that make the label independent of the group: w(g, y) = W_g · W_y / (W · W_gy), where W are sums of weights
 * (Kamiran & Calders, "Data preprocessing techniques for classification without discrimination", 2012); equal to
 * AIF360's `Reweighing`. `[n]` sample weights that rows have already are multiplied in. Under them every group has the
 * label rate of all, and keeps its size.
 *
 * A cell without rows (or whose rows all weigh 0) gets no weight, `null`: AIF360 divides by its size and gives Infinity
 * or NaN. Weights act on rows, and there is none to stand for those who are missing: the group keeps a label rate of 0
 * or 1, the weights no longer sum to W, and the table shows `after` = 0. Such a group needs data, not weights.
 * @throws {RangeError} If a sample weight is negative or not finite, or their number is wrong.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelGroupCells, reweighing } from "@fair-embeddings/lib";
 *
 * const { weights } = reweighing(labelGroupCells([1, 0, 0, 1, 1, 0], ["x", "x", "x", "y", "y", "y"]));
 * assertEquals([...weights], [1.5, 0.75, 0.75, 0.75, 0.75, 1.5]);
 * ```
 */
export function reweighing(cells: readonly Cell[], sampleWeights?: ArrayLike<number>): Reweighed {
  const n = cells.reduce((sum, { rows }) => sum + rows.length, 0);
  if (sampleWeights !== undefined && sampleWeights.length !== n) {
    throw new RangeError(`Expected ${n} sample weights, found ${sampleWeights.length}`);
  }
  const own = Float64Array.from({ length: n }, (_, row) => sampleWeights?.[row] ?? 1);
  const bad = own.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad !== -1) throw new RangeError(`sampleWeights[${bad}]: expected a weight of at least 0, found ${own[bad]}`);

  const sum = (members: readonly Cell[]) =>
    members.reduce((total, { rows }) => rows.reduce((part, row) => part + own[row]!, total), 0);
  const all = sum(cells);
  const weights = new Float64Array(n);
  const table = cells.map((cell): ReweighedCell => {
    const { group, label, rows } = cell;
    const before = sum([cell]);
    const ofGroup = sum(cells.filter((other) => other.group === group));
    const ofLabel = sum(cells.filter((other) => other.label === label));
    const weight = before === 0 ? null : ofGroup * ofLabel / (all * before);
    for (const row of rows) weights[row] = own[row]! * (weight ?? 0);
    return { group, label, count: rows.length, before, after: before * (weight ?? 0), weight };
  });
  return { weights, table };
}
