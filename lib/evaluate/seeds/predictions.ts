/** What a trial left about one table: who was decided about, and how. */
import { z } from "zod";
import { POSITIVE_LABEL, readTable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { readJson } from "../../files.ts";
import { decide } from "../../metrics/mod.ts";
import { decideByGroup } from "../decide_by_group.ts";
import type { RunFile } from "../../train/run_file.ts";

/** The two models of a run. */
export const MODELS = ["base", "tuned"] as const;

/** One of {@linkcode MODELS}. */
export type ModelName = (typeof MODELS)[number];

/** What one model made of the rows. */
export interface ModelColumns {
  /** `[n]` */
  readonly scores: Float64Array;
  /** `[n]` 0 or 1, as the run decides: at the threshold, or the groups' thresholds, that it chose on its validation split. */
  readonly decisions: Uint8Array;
  /** `[n]` scores of the résumés' twins, NaN where there is none; `null` where nobody has one. */
  readonly twinScores: Float64Array | null;
  /** `[n]` 1 where the decision at the threshold for all is another one for the twin, NaN where there is none. */
  readonly flips: Float64Array | null;
  /** How well a probe reads an attribute's groups off the embeddings; `null` where it was not probed. */
  readonly leakage: Readonly<Record<string, Leakage>> | null;
}

/** How well a probe does; `null` where that is undefined. */
export interface Leakage {
  readonly balancedAccuracy: number | null;
  readonly macroAuc: number | null;
  /** The balanced accuracy of a probe that knows nothing. */
  readonly chance: number | null;
}

/** The rows that a trial was measured on, each column of length `n`. */
export interface Predictions {
  /** Rows of the table that the pairs come from. */
  readonly rows: readonly number[];
  readonly candidates: readonly string[];
  /** 0 or 1. */
  readonly labels: readonly number[];
  /** 0 or 1, where there is a trusted label. */
  readonly groundTruth: readonly number[] | null;
  /** Attribute name → group of each row. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly models: Readonly<Record<ModelName, ModelColumns>>;
}

/** All columns of a `predictions.csv`. */
export interface FullPredictions extends Predictions {
  readonly jobs: readonly string[];
}

const value = z.object({ value: z.number().nullable() });
const LeakageSchema = z.object({
  balancedAccuracy: z.object({ estimate: value }),
  macroAuc: z.object({ estimate: value }),
  chanceBalancedAccuracy: value,
}).transform(({ balancedAccuracy, macroAuc, chanceBalancedAccuracy }): Leakage => ({
  balancedAccuracy: balancedAccuracy.estimate.value,
  macroAuc: macroAuc.estimate.value,
  chance: chanceBalancedAccuracy.value,
}));
const QualitySchema = z.object({
  leakage: z.record(z.string(), z.object({ base: LeakageSchema, tuned: LeakageSchema })).optional(),
});

/**
 * Reads what a run has left about a table.
 *
 * @param folder Holds `predictions.csv` and `quality.json`.
 * @param run The run that made them: its attributes and thresholds.
 * @returns The rows, decided.
 * @throws {InputError} When a file cannot be read or lacks a column.
 */
export async function readPredictions(folder: string, run: RunFile): Promise<FullPredictions> {
  const { config, thresholds, groupThresholds } = run;
  const path = `${folder}/predictions.csv`;
  const table = await Array.fromAsync(readTable(path, { requireRows: true }));
  const has = (name: string) => name in table[0]!.values;
  const column = (name: string) =>
    table.map(({ values }) => values[name] ?? fail(`${path}: expected a column "${name}", found none`));
  const numbers = (name: string) => Float64Array.from(column(name), (text) => text === "" ? NaN : Number(text));
  const classes = (name: string) => Array.from(numbers(name), (value) => Number(value >= POSITIVE_LABEL));
  const attributes = Object.fromEntries(config.data.groups.map(({ name }) => [name, column(name)]));
  const { leakage } = await readJson(`${folder}/quality.json`, QualitySchema);
  const model = (name: ModelName): ModelColumns => {
    const scores = numbers(`${name}_score`);
    const single = decide(scores, thresholds[name]);
    const twinScores = has(`${name}_counterfactual_score`) ? numbers(`${name}_counterfactual_score`) : null;
    return {
      scores,
      decisions: name === "tuned" && groupThresholds
        ? decideByGroup(
          groupThresholds.rules,
          { scores, groups: attributes[groupThresholds.attribute]! },
          config.training.seed,
        )
        : single,
      twinScores,
      flips: twinScores &&
        twinScores.map((twin, i) => Number.isNaN(twin) ? NaN : Math.abs(Number(twin >= thresholds[name]) - single[i]!)),
      leakage: leakage
        ? Object.fromEntries(Object.entries(leakage).map(([attribute, of]) => [attribute, of[name]]))
        : null,
    };
  };
  return {
    rows: Array.from(numbers("row")),
    candidates: column("candidate_id"),
    jobs: column("job_id"),
    labels: classes("label"),
    groundTruth: has("ground_truth") ? classes("ground_truth") : null,
    attributes,
    models: { base: model("base"), tuned: model("tuned") },
  };
}

function fail(message: string): never {
  throw new InputError(message);
}
