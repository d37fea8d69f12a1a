/** Base and tuned model on labelled pairs: scores, where they accept, how they do, and the tables that say so. */
import { type CellValue, compareGroups, type Example, labelClass, POSITIVE_LABEL, writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import {
  compareLeakage,
  COUNTERFACTUAL_METRICS,
  decideByGroup,
  type LeakageComparison,
  measureQuality,
  type ModelQuality,
  type Quality,
  QUALITY_METRICS,
} from "../evaluate/mod.ts";
import { writeText } from "../files.ts";
import { type Estimate, fitTemperature, groupThresholds, searchThreshold } from "../metrics/mod.ts";
import { Encoder, type Parameters } from "../model/mod.ts";
import { showProgress } from "../progress.ts";
import type { Config } from "./config.ts";
import type { RunModel } from "./open_model.ts";
import type { RunFile } from "./run_file.ts";
import { embedTexts, scorePairs, type TokenCache } from "./token_cache.ts";
import type { ResumeCounterfactuals } from "./training_data.ts";

/** The parts of a configuration that say how models are evaluated. */
export type EvaluationSettings = Pick<Config, "data" | "training" | "evaluation">;

/** What one model makes of examples. */
export interface ModelOutput {
  /** `[examples]` cosines. */
  readonly scores: Float64Array;
  /** `[examples]` cosines of the job with the résumé's counterfactual; NaN where it has none. `null` where nobody has one. */
  readonly counterfactualScores: Float64Array | null;
  /** `[examples]` embeddings of the résumés. */
  readonly resumes: readonly Float32Array[];
}

/** What both models make of the same examples. */
export type ModelOutputs = Readonly<Record<"base" | "tuned", ModelOutput>>;

/** What is scored, with what. */
export interface ScoringInput {
  readonly examples: readonly Example[];
  /** The first counterfactual of each résumé is scored as well. */
  readonly counterfactuals: ResumeCounterfactuals["of"];
  /** Where their texts are, or will be, tokenized. */
  readonly tokens: TokenCache;
  /** Base model and shape of the adapter. */
  readonly model: RunModel;
  /** The adapter's numbers. */
  readonly parameters: Parameters;
}

/** Scores examples with the base model and with the adapter, in batches of at most so many tokens. */
export async function scoreModels(
  { examples, counterfactuals, tokens, model, parameters }: ScoringInput,
  batchTokens: number,
): Promise<ModelOutputs> {
  const pairs = examples.map((example) => tokens.pair(example));
  const others = examples.map(({ resume }) => {
    const other = counterfactuals.get(resume)?.[0];
    return other === undefined ? null : tokens.number(other, "resume");
  });
  const texts = [
    ...new Set([...pairs.flatMap(({ job, resume }) => [job, resume]), ...others.filter((text) => text !== null)]),
  ];
  const progress = showProgress("evaluating", 2 * texts.length, { unit: "texts" });
  const output = async (lora: RunModel["spec"]["lora"], parameters: Parameters, before: number) => {
    const { device: { device }, prefix } = model;
    const encoder = await Encoder.compile({ ...model.spec, lora }, { device, prefix });
    try {
      const onText = (done: number) => progress.update(before + done);
      const embeddings = await embedTexts(texts, { encoder, tokens, parameters, batchTokens, onText });
      const otherPairs = pairs.map(({ job }, i) => others[i] === null ? null : { job, resume: others[i]! });
      return {
        scores: scorePairs(pairs, embeddings),
        counterfactualScores: otherPairs.every((pair) => pair === null)
          ? null
          : Float64Array.from(otherPairs, (pair) => pair === null ? NaN : scorePairs([pair], embeddings)[0]!),
        resumes: pairs.map(({ resume }) => embeddings.get(resume)!),
      };
    } finally {
      await encoder.release();
    }
  };
  try {
    return { base: await output([], {}, 0), tuned: await output(model.spec.lora, parameters, texts.length) };
  } finally {
    progress.stop();
  }
}

/** A part of what both models made of examples. */
export function partOf(outputs: ModelOutputs, from: number, to?: number): ModelOutputs {
  const part = ({ scores, counterfactualScores, resumes }: ModelOutput): ModelOutput => ({
    scores: scores.slice(from, to),
    counterfactualScores: counterfactualScores && counterfactualScores.slice(from, to),
    resumes: resumes.slice(from, to),
  });
  return { base: part(outputs.base), tuned: part(outputs.tuned) };
}

/** What is fitted on the validation split: where each model accepts, and how its probabilities hold. */
export type Calibration = Pick<RunFile, "thresholds" | "groupThresholds" | "temperature">;

/**
 * For each model the threshold with the highest F1; for the tuned one thresholds per group and a temperature, if the
 * configuration asks for them. Labels of one half and above count as positive.
 *
 * @param examples The validation split, labels on both sides of one half.
 * @param outputs Of the same examples.
 * @throws {InputError} When thresholds per group are asked for and a group has one class only.
 */
export function calibrate(
  examples: readonly Example[],
  outputs: ModelOutputs,
  { data, evaluation, head }: Pick<Config, "data" | "evaluation"> & Pick<RunFile, "head">,
): Calibration {
  const labels = examples.map(labelClass);
  const { base, tuned } = outputs;
  const best = ({ scores }: ModelOutput) => searchThreshold({ labels, scores }, "f1").threshold;
  return {
    thresholds: { base: best(base), tuned: best(tuned) },
    groupThresholds: thresholdsByGroup(examples, tuned.scores, { data, evaluation }),
    temperature: head && evaluation.temperatureScaling ? fittedTemperature(head, tuned.scores, labels) : null,
  };
}

function thresholdsByGroup(
  examples: readonly Example[],
  scores: Float64Array,
  { data, evaluation }: Pick<Config, "data" | "evaluation">,
): Calibration["groupThresholds"] {
  const constraint = evaluation.groupThresholds;
  if (constraint === "none") return null;
  const attribute = data.groups[0]!.name;
  const labels = examples.map(labelClass), groups = examples.map((example) => example.groups[attribute]!);
  try {
    return {
      attribute,
      rules: groupThresholds({ labels, scores, groups }, { constraint, objective: "balancedAccuracy" }),
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`evaluation.groupThresholds, validation split: ${error.message}`);
  }
}

/** The temperature that makes the probabilities hold on the validation split; null where none is best. */
function fittedTemperature(
  { scale, bias }: { scale: number; bias: number },
  cosines: Float64Array,
  labels: readonly number[],
): number | null {
  const scores = cosines.map((cosine) => scale * cosine + bias);
  return fitTemperature({ labels, scores, scale: "logit" }).temperature.value;
}

/** What models are measured on, and what they made of it. */
export interface MeasuredModels {
  /** Labelled pairs with the groups that the configuration names. */
  readonly examples: readonly Example[];
  /** What the models made of the same examples. */
  readonly outputs: ModelOutputs;
  readonly calibration: Calibration;
  /** What probes of the embeddings found, to be reported along. */
  readonly leakage: Record<string, LeakageComparison> | undefined;
}

/** Measures both models on scored examples; groups that are levels of education come from low to high. */
export function compareModels(
  { examples, outputs: { base, tuned }, calibration, leakage }: MeasuredModels,
  { data, training: { seed }, evaluation: { resamples, confidence, smallGroup } }: EvaluationSettings,
): Quality {
  const { thresholds, groupThresholds } = calibration;
  const groundTruth = examples.map((example) => example.groundTruth);
  const groupsOf = (attribute: string) => examples.map(({ groups }) => groups[attribute]!);
  const tunedDecisions = groupThresholds &&
    decideByGroup(groupThresholds, tuned.scores, groupsOf(groupThresholds.attribute), seed);
  const model = ({ scores, counterfactualScores }: ModelOutput) => ({ scores, twinScores: counterfactualScores });
  const quality = measureQuality({
    labels: examples.map(labelClass),
    clusters: examples.map((example) => example.candidateId),
    groundTruth: groundTruth.some((value) => value === null)
      ? null
      : groundTruth.map((value) => Number(value! >= POSITIVE_LABEL)),
    attributes: Object.fromEntries(data.groups.map(({ name }) => [name, groupsOf(name)])),
    models: {
      base: { ...model(base), threshold: thresholds.base },
      tuned: {
        ...model(tuned),
        threshold: thresholds.tuned,
        ...(tunedDecisions ? { decisions: tunedDecisions } : {}),
      },
    },
  }, { seed, resamples, confidence, smallGroup });
  return { ...quality, base: inOrder(quality.base), tuned: inOrder(quality.tuned), ...(leakage ? { leakage } : {}) };
}

/** Education reads from low to high, not by the alphabet. */
function inOrder(model: ModelQuality): ModelQuality {
  const attributes = Object.entries(model.attributes).map(([name, { groups, gaps }]) => {
    const ordered = groups.toSorted((a, b) => compareGroups(a.group, b.group));
    return [name, { groups: ordered, gaps }] as const;
  });
  return { ...model, attributes: Object.fromEntries(attributes) };
}

/**
 * How well a fresh classifier guesses people's groups from what the models make of their résumés, by attribute: probed
 * on people that were not trained on, once for each résumé. `undefined` where the configuration asks for no probe.
 */
export async function measureLeakage(
  examples: readonly Example[],
  { base, tuned }: ModelOutputs,
  { data, training: { seed }, evaluation }: EvaluationSettings,
): Promise<Record<string, LeakageComparison> | undefined> {
  const { leakage, resamples, confidence, smallGroup } = evaluation;
  if (!leakage) return undefined;
  const seen = new Set<string>();
  const rows = examples.flatMap(({ candidateId, resume }, i) => {
    const key = JSON.stringify([candidateId, resume]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [i];
  });
  const people = {
    base: rows.map((i) => base.resumes[i]!),
    tuned: rows.map((i) => tuned.resumes[i]!),
    clusters: rows.map((i) => examples[i]!.candidateId),
  };
  const options = { seed, resamples, permutations: resamples, confidence, smallGroup };
  const found: Record<string, LeakageComparison> = {};
  for (const { name } of data.groups) {
    found[name] = await compareLeakage({ ...people, groups: rows.map((i) => examples[i]!.groups[name]!) }, options);
  }
  return found;
}

/** What was measured, on what. */
export interface MeasuredTables {
  readonly evaluation: Quality;
  readonly examples: readonly Example[];
  readonly outputs: ModelOutputs;
}

/**
 * Writes `quality.json` (everything), `quality.csv` (one row per model, attribute, group and metric) and
 * `predictions.csv` (one row per pair, without texts; `deno task metrics` audits it) into a folder that exists.
 *
 * @throws {InputError} When the disk is full or the folder cannot be written to.
 */
export async function writeEvaluation(
  folder: string,
  { evaluation, examples, outputs: { base, tuned } }: MeasuredTables,
): Promise<void> {
  const hasGroundTruth = examples.every((example) => example.groundTruth !== null);
  const predictions = examples.map((example, i) => ({
    row: example.row,
    candidate_id: example.candidateId,
    job_id: example.jobId,
    ...example.groups,
    label: example.label,
    ...(hasGroundTruth ? { ground_truth: example.groundTruth } : {}),
    base_score: base.scores[i]!,
    tuned_score: tuned.scores[i]!,
    ...(base.counterfactualScores && tuned.counterfactualScores
      ? {
        base_counterfactual_score: numberOrEmpty(base.counterfactualScores[i]!),
        tuned_counterfactual_score: numberOrEmpty(tuned.counterfactualScores[i]!),
      }
      : {}),
  }));
  await writeText(`${folder}/quality.json`, JSON.stringify(evaluation, null, 2) + "\n");
  await writeTable(`${folder}/quality.csv`, QUALITY_COLUMNS, qualityRows(evaluation));
  await writeTable(`${folder}/predictions.csv`, Object.keys(predictions[0]!), predictions);
}

const numberOrEmpty = (score: number) => Number.isNaN(score) ? null : score;

const QUALITY_COLUMNS = [
  "model",
  "attribute",
  "group",
  "count",
  "positives",
  "metric",
  "value",
  "low",
  "high",
  "undefined_because",
] as const;

function qualityRows(quality: Quality): Record<string, CellValue>[] {
  const rows: Record<string, CellValue>[] = [];
  const all = { attribute: "", group: "", count: quality.rows, positives: quality.positives };
  for (const model of ["base", "tuned"] as const) {
    const { overall, groundTruthRocAuc, counterfactual, attributes } = quality[model];
    const add = (where: typeof all, metric: string, { estimate, interval }: Estimate) =>
      rows.push({
        model,
        ...where,
        metric,
        value: estimate.value,
        low: interval.low,
        high: interval.high,
        undefined_because: estimate.value === null ? estimate.reason : null,
      });
    for (const name of QUALITY_METRICS) add(all, name, overall[name]);
    if (groundTruthRocAuc) add(all, "groundTruthRocAuc", groundTruthRocAuc);
    for (const name of COUNTERFACTUAL_METRICS) {
      if (counterfactual) add({ ...all, count: counterfactual.rows }, name, counterfactual.metrics[name]);
    }
    for (const [attribute, { groups, gaps }] of Object.entries(attributes)) {
      for (const { group, count, positives, metrics } of groups) {
        for (const name of QUALITY_METRICS) add({ attribute, group, count, positives }, name, metrics[name]);
      }
      for (const [name, gap] of Object.entries(gaps)) add({ ...all, attribute }, name, gap);
    }
  }
  return rows;
}
