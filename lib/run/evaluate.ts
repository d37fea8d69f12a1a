/** Base and tuned model on labelled pairs: scores, quality, tables on the disk. */
import type { Config } from "../config.ts";
import { compareGroups } from "../data/education/compare_groups.ts";
import { type Example, labelClass, POSITIVE_LABEL } from "../data/example.ts";
import { type CellValue, writeTable } from "../data/write_table.ts";
import type { Estimate } from "../metrics/confusion_bootstrap.ts";
import { Encoder } from "../model/encoder.ts";
import type { Parameters } from "../model/lora.ts";
import { writeAtomic } from "../files/write_atomic.ts";
import { searchThreshold } from "../metrics/thresholds.ts";
import { showProgress } from "../report/progress.ts";
import { measureQuality, type ModelQuality, type Quality, QUALITY_METRICS } from "./quality.ts";
import { distinctTexts, scorePairs } from "./score.ts";
import type { RunModel } from "./setup.ts";
import type { TextTable } from "./texts.ts";

/** Scores of both models, `[examples]` each. */
export interface ModelScores {
  readonly base: Float64Array;
  readonly tuned: Float64Array;
}

/**
 * Scores examples with the base model and with the adapter.
 *
 * @param examples The pairs.
 * @param table Where their texts are, or will be, tokenized.
 * @param model Base model and shape of the adapter.
 * @param parameters The adapter's numbers.
 * @param config Says how many tokens a batch may hold.
 * @param label Shown while it works.
 * @returns The cosines of both models.
 */
export async function scoreModels(
  examples: readonly Example[],
  table: TextTable,
  model: RunModel,
  parameters: Parameters,
  config: Config,
  label: string,
): Promise<ModelScores> {
  const pairs = examples.map((example) => table.pair(example));
  const texts = distinctTexts(pairs);
  const progress = showProgress(label, 2 * texts, "texts");
  try {
    const scores = async (lora: RunModel["spec"]["lora"], adapter: Parameters, before: number) => {
      const { device: { device }, prefix } = model;
      const encoder = await Encoder.compile({ ...model.spec, lora }, { device, prefix });
      try {
        const { batchTokens } = config.evaluation;
        return await scorePairs(pairs, table, encoder, adapter, batchTokens, (done) => progress.update(before + done));
      } finally {
        await encoder.release();
      }
    };
    return { base: await scores([], {}, 0), tuned: await scores(model.spec.lora, parameters, texts) };
  } finally {
    progress.stop();
  }
}

/**
 * For each model the threshold with the highest F1; labels of one half and above count as positive.
 *
 * @param examples The validation split, labels on both sides of one half.
 * @param scores Of the same examples.
 * @returns The lowest score that is accepted, by model.
 */
export function chooseThresholds(
  examples: readonly Example[],
  scores: ModelScores,
): { base: number; tuned: number } {
  const labels = binaryLabels(examples);
  const best = (values: Float64Array) => searchThreshold(labels, values, "f1").threshold;
  return { base: best(scores.base), tuned: best(scores.tuned) };
}

/**
 * Measures both models on scored examples.
 *
 * @param examples Labelled pairs with the groups that the configuration names.
 * @param scores Of the same examples.
 * @param thresholds The lowest score that is accepted, by model.
 * @param config Says how intervals are estimated and which groups are small.
 * @returns The numbers; groups that are levels of education come from low to high.
 */
export function compareModels(
  examples: readonly Example[],
  scores: ModelScores,
  thresholds: { base: number; tuned: number },
  config: Config,
): Quality {
  const { resamples, confidence, smallGroup } = config.evaluation;
  const merit = examples.map((example) => example.merit);
  const quality = measureQuality({
    labels: binaryLabels(examples),
    clusters: examples.map((example) => example.candidateId),
    merit: merit.some((value) => value === null) ? null : merit.map((value) => Number(value! >= POSITIVE_LABEL)),
    attributes: Object.fromEntries(
      config.data.groups.map(({ name }) => [name, examples.map((example) => example.groups[name]!)]),
    ),
    models: {
      base: { scores: scores.base, threshold: thresholds.base },
      tuned: { scores: scores.tuned, threshold: thresholds.tuned },
    },
  }, { seed: config.training.seed, resamples, confidence, smallGroup });
  return { ...quality, base: inOrder(quality.base), tuned: inOrder(quality.tuned) };
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
 * @param scores Of the same examples.
 * @throws {InputError} When the disk is full or the folder cannot be written to.
 */
export async function writeQuality(
  folder: string,
  quality: Quality,
  examples: readonly Example[],
  scores: ModelScores,
): Promise<void> {
  const hasMerit = examples.every((example) => example.merit !== null);
  const predictions = examples.map((example, i) => ({
    row: example.row,
    candidate_id: example.candidateId,
    job_id: example.jobId,
    ...example.groups,
    label: example.label,
    ...(hasMerit ? { merit: example.merit } : {}),
    base_score: scores.base[i]!,
    tuned_score: scores.tuned[i]!,
  }));
  const json = new TextEncoder().encode(JSON.stringify(quality, null, 2) + "\n");
  await writeAtomic(`${folder}/quality.json`, [json]);
  await writeTable(`${folder}/quality.csv`, QUALITY_COLUMNS, qualityRows(quality));
  await writeTable(`${folder}/predictions.csv`, Object.keys(predictions[0]!), predictions);
}

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
    const { overall, meritRocAuc, attributes } = quality[model];
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
    if (meritRocAuc) add(all, "meritRocAuc", meritRocAuc);
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
