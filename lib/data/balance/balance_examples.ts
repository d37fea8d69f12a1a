/**
 * Balancing as a configuration asks for it: which rows are trained on, what they weigh, and how batches are composed.
 */
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import type { Example } from "../example.ts";
import type { BalanceSettings, DataSettings } from "../settings.ts";
import { balancedBatches, type BatchedCell, populationWeights } from "./balanced_batches.ts";
import { type Cell, type CellCount, exampleCells, oversample, undersample } from "./cells.ts";
import { inverseFrequencyWeights, reweighing, weightedEpoch } from "./weights.ts";

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
