/** Base and tuned model on labelled pairs: scores, quality, tables on the disk. */
import type { Config } from "./config.ts";
import { type CellValue, compareGroups, type Example, labelClass, POSITIVE_LABEL, writeTable } from "../data/mod.ts";
import { type Estimate, type GroupThresholds, groupThresholds, searchThreshold } from "../metrics/mod.ts";
import { Encoder, type Parameters } from "../model/mod.ts";
import { writeAtomic } from "../files.ts";
import { InputError } from "../errors.ts";
import { showProgress } from "../progress.ts";
import {
  COUNTERFACTUAL_METRICS,
  decideByGroup,
  measureQuality,
  type ModelQuality,
  type Quality,
  QUALITY_METRICS,
} from "../evaluate/mod.ts";
import { embedTexts, scorePairs } from "./score.ts";
import type { RunModel } from "./setup.ts";
import type { TextTable } from "./texts.ts";

/** What one model makes of examples. */
export interface ModelOutput {
  /** `[examples]` cosines. */
  readonly scores: Float64Array;
  /** `[examples]` cosines of the job with the résumé's twin; NaN where it has none. `null` where nobody has one. */
  readonly twinScores: Float64Array | null;
  /** `[examples]` embeddings of the résumés. */
  readonly resumes: readonly Float32Array[];
}

/** What both models make of the same examples. */
export type ModelOutputs = Readonly<Record<"base" | "tuned", ModelOutput>>;

/** What is scored, with what. */
export interface ScoringInput {
  readonly examples: readonly Example[];
  /** Twins by résumé; the first of each is scored as well. */
  readonly twinsOf: ReadonlyMap<string, readonly string[]>;
  /** Where their texts are, or will be, tokenized. */
  readonly table: TextTable;
  /** Base model and shape of the adapter. */
  readonly model: RunModel;
  /** The adapter's numbers. */
  readonly parameters: Parameters;
}

/**
 * Scores examples with the base model and with the adapter.
 *
 * @param input What is scored.
 * @param config Says how many tokens a batch may hold.
 * @param label Shown while it works.
 * @returns Cosines and embeddings of both models.
 */
export async function scoreModels(
  { examples, twinsOf, table, model, parameters }: ScoringInput,
  config: Config,
  label: string,
): Promise<ModelOutputs> {
  const pairs = examples.map((example) => table.pair(example));
  const twins = examples.map(({ resume }) => {
    const twin = twinsOf.get(resume)?.[0];
    return twin === undefined ? null : table.number(twin, "resume");
  });
  const texts = [
    ...new Set([...pairs.flatMap(({ job, resume }) => [job, resume]), ...twins.filter((t) => t !== null)]),
  ];
  const progress = showProgress(label, 2 * texts.length, "texts");
  try {
    const output = async (
      lora: RunModel["spec"]["lora"],
      adapter: Parameters,
      before: number,
    ): Promise<ModelOutput> => {
      const { device: { device }, prefix } = model;
      const encoder = await Encoder.compile({ ...model.spec, lora }, { device, prefix });
      try {
        const { batchTokens } = config.evaluation;
        const onText = (done: number) => progress.update(before + done);
        const embeddings = await embedTexts(texts, table, encoder, adapter, batchTokens, onText);
        const twinPairs = pairs.map(({ job }, i) => twins[i] === null ? null : { job, resume: twins[i]! });
        return {
          scores: scorePairs(pairs, embeddings),
          twinScores: twinPairs.every((pair) => pair === null)
            ? null
            : Float64Array.from(twinPairs, (pair) => pair === null ? NaN : scorePairs([pair], embeddings)[0]!),
          resumes: pairs.map(({ resume }) => embeddings.get(resume)!),
        };
      } finally {
        await encoder.release();
      }
    };
    return { base: await output([], {}, 0), tuned: await output(model.spec.lora, parameters, texts.length) };
  } finally {
    progress.stop();
  }
}

/** A part of what both models made of examples. */
export function partOf(outputs: ModelOutputs, from: number, to?: number): ModelOutputs {
  const part = ({ scores, twinScores, resumes }: ModelOutput): ModelOutput => ({
    scores: scores.slice(from, to),
    twinScores: twinScores && twinScores.slice(from, to),
    resumes: resumes.slice(from, to),
  });
  return { base: part(outputs.base), tuned: part(outputs.tuned) };
}

/** The scores from which on a model accepts. */
export interface Decisions {
  /** By model. */
  readonly thresholds: Readonly<Record<"base" | "tuned", number>>;
  /** Thresholds of the tuned model by group of an attribute, in place of the one for all; null where there are none. */
  readonly groupThresholds: { readonly attribute: string; readonly rules: GroupThresholds } | null;
}

/**
 * For each model the threshold with the highest F1, and thresholds per group if the configuration asks for them; labels of
 * one half and above count as positive.
 *
 * @param examples The validation split, labels on both sides of one half.
 * @param outputs Of the same examples.
 * @param config Says whether groups have thresholds of their own.
 * @returns Where each model accepts.
 * @throws {InputError} When thresholds per group are asked for and a group has one class only.
 */
export function chooseDecisions(examples: readonly Example[], outputs: ModelOutputs, config: Config): Decisions {
  const labels = binaryLabels(examples);
  const best = ({ scores }: ModelOutput) => searchThreshold({ labels, scores }, "f1").threshold;
  const thresholds = { base: best(outputs.base), tuned: best(outputs.tuned) };
  const constraint = config.evaluation.groupThresholds;
  if (constraint === "none") return { thresholds, groupThresholds: null };
  const attribute = config.data.groups[0]!.name;
  const groups = examples.map((example) => example.groups[attribute]!);
  try {
    const rules = groupThresholds({ labels, scores: outputs.tuned.scores, groups }, {
      constraint,
      objective: "balancedAccuracy",
    });
    return { thresholds, groupThresholds: { attribute, rules } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`evaluation.groupThresholds, validation split: ${error.message}`);
  }
}

/**
 * Measures both models on scored examples.
 *
 * @param examples Labelled pairs with the groups that the configuration names.
 * @param outputs What the models made of the same examples.
 * @param decisions Where they accept.
 * @param config Says how intervals are estimated and which groups are small.
 * @param leakage What probes of the embeddings found, to be reported along.
 * @returns The numbers; groups that are levels of education come from low to high.
 */
export function compareModels(
  examples: readonly Example[],
  { base, tuned }: ModelOutputs,
  { thresholds, groupThresholds }: Decisions,
  config: Config,
  leakage?: Quality["leakage"],
): Quality {
  const { resamples, confidence, smallGroup } = config.evaluation;
  const groundTruth = examples.map((example) => example.groundTruth);
  const { seed } = config.training;
  const tunedDecisions = groupThresholds &&
    decideByGroup(
      groupThresholds,
      tuned.scores,
      examples.map(({ groups }) => groups[groupThresholds.attribute]!),
      seed,
    );
  const quality = measureQuality({
    labels: binaryLabels(examples),
    clusters: examples.map((example) => example.candidateId),
    groundTruth: groundTruth.some((value) => value === null)
      ? null
      : groundTruth.map((value) => Number(value! >= POSITIVE_LABEL)),
    attributes: Object.fromEntries(
      config.data.groups.map(({ name }) => [name, examples.map((example) => example.groups[name]!)]),
    ),
    models: {
      base: { scores: base.scores, threshold: thresholds.base, twinScores: base.twinScores },
      tuned: {
        scores: tuned.scores,
        threshold: thresholds.tuned,
        twinScores: tuned.twinScores,
        ...(tunedDecisions ? { decisions: tunedDecisions } : {}),
      },
    },
  }, { seed, resamples, confidence, smallGroup });
  return {
    ...quality,
    base: inOrder(quality.base),
    tuned: inOrder(quality.tuned),
    ...(leakage ? { leakage } : {}),
  };
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
 * Writes `quality.json` (everything), `quality.csv` (one row per model, attribute, group and metric) and
 * `predictions.csv` (one row per pair, without texts; `deno task metrics` audits it).
 *
 * @param folder Where they go; it must exist.
 * @param quality What was measured.
 * @param examples The pairs it was measured on.
 * @param outputs Of the same examples.
 * @throws {InputError} When the disk is full or the folder cannot be written to.
 */
export async function writeQuality(
  folder: string,
  quality: Quality,
  examples: readonly Example[],
  { base, tuned }: ModelOutputs,
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
    ...(base.twinScores && tuned.twinScores
      ? {
        base_counterfactual_score: twinCell(base.twinScores[i]!),
        tuned_counterfactual_score: twinCell(tuned.twinScores[i]!),
      }
      : {}),
  }));
  const json = new TextEncoder().encode(JSON.stringify(quality, null, 2) + "\n");
  await writeAtomic(`${folder}/quality.json`, [json]);
  await writeTable(`${folder}/quality.csv`, QUALITY_COLUMNS, qualityRows(quality));
  await writeTable(`${folder}/predictions.csv`, Object.keys(predictions[0]!), predictions);
}

/** Empty where there is no twin. */
const twinCell = (score: number) => Number.isNaN(score) ? null : score;

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

function binaryLabels(examples: readonly Example[]): number[] {
  return examples.map(labelClass);
}
