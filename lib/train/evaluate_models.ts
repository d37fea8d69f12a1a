/** Base and tuned model on labelled pairs: scores, where they accept, how they do, and the tables that say so. */
import { type Example, labelClass } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { compareLeakage, decideByGroup, evaluate, leakageEvaluation, predictionsInput } from "../evaluate/mod.ts";
import { writeEvaluation, writePredictions } from "../evaluate/mod.ts";
import type { Evaluation, ModelColumns, Predictions } from "../evaluate/mod.ts";
import { fitTemperature, groupThresholds, searchThreshold } from "../metrics/mod.ts";
import { Encoder, type EncoderSpec, type Parameters } from "../model/mod.ts";
import { showProgress } from "../progress.ts";
import type { Config } from "./config.ts";
import { checkConstraints, type ConstraintCheck, decided, decisionRule, type DecisionSettings } from "./constraints.ts";
import { scoredRows } from "./constraints.ts";
import { type Interruption, stopIfAsked } from "./interruption.ts";
import type { RunModel } from "./open_model.ts";
import { matchProbability, type RunFile } from "./run_file.ts";
import { embedTexts, scorePairs, type TokenCache } from "./token_cache.ts";
import type { ResumeCounterfactuals } from "./training_data.ts";

/** The parts of a configuration that say how models are evaluated. */
export type EvaluationSettings = Pick<Config, "data" | "training" | "evaluation">;

/** What one model makes of examples. */
export interface ModelOutput {
  /** `[examples]` cosines. */
  readonly scores: Float64Array;
  /**
   * `[examples]` cosines of the job with the résumé's counterfactual; NaN where it has none. `null` where nobody has
   * one.
   */
  readonly counterfactualScores: Float64Array | null;
  /** `[examples]` embeddings of the jobs, and of the résumés. */
  readonly jobs: readonly Float32Array[];
  readonly resumes: readonly Float32Array[];
}

/** What both models make of the same examples. */
export type ModelOutputs = Readonly<Record<"base" | "tuned", ModelOutput>>;

/**
 * Scores examples, and the first counterfactual of each résumé, with the base model and with the adapter, in batches of
 * at most so many tokens.
 */
export async function scoreModels(
  { examples, counterfactuals, tokens, model, parameters, signal }: {
    examples: readonly Example[];
    counterfactuals: ResumeCounterfactuals["of"];
    tokens: TokenCache;
    model: RunModel;
    parameters: Parameters;
    signal?: Interruption | undefined;
  },
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
  const { device: { device }, spec, prefix } = model;
  const embed = async (lora: EncoderSpec["lora"], parameters: Parameters, before: number) => {
    const encoder = await Encoder.compile({ ...spec, lora }, { device, prefix });
    const onText = (done: number) => {
      progress.update(before + done);
      stopIfAsked(signal);
    };
    try {
      return [...(await embedTexts(texts, { encoder, tokens, parameters, batchTokens, onText })).values()];
    } finally {
      await encoder.release();
    }
  };
  const output = (vectors: readonly Float32Array[]): ModelOutput => {
    const embeddings = new Map(texts.map((text, i) => [text, vectors[i]!]));
    const otherPairs = pairs.map(({ job }, i) => others[i] === null ? null : { job, resume: others[i]! });
    return {
      scores: scorePairs(pairs, embeddings),
      counterfactualScores: otherPairs.every((pair) => pair === null)
        ? null
        : Float64Array.from(otherPairs, (pair) => pair === null ? NaN : scorePairs([pair], embeddings)[0]!),
      jobs: pairs.map(({ job }) => embeddings.get(job)!),
      resumes: pairs.map(({ resume }) => embeddings.get(resume)!),
    };
  };
  try {
    const base = () => embed([], {}, 0);
    const ids = texts.map((text) => tokens.tokens[text]!);
    return {
      base: output(await (prefix?.baseEmbeddings(ids, { ...spec, batchTokens }, base) ?? base())),
      tuned: output(await embed(spec.lora, parameters, texts.length)),
    };
  } finally {
    progress.stop();
  }
}

/** A part of what both models made of examples. */
export function partOf(outputs: ModelOutputs, from: number, to?: number): ModelOutputs {
  const part = ({ scores, counterfactualScores, jobs, resumes }: ModelOutput): ModelOutput => ({
    scores: scores.slice(from, to),
    counterfactualScores: counterfactualScores && counterfactualScores.slice(from, to),
    jobs: jobs.slice(from, to),
    resumes: resumes.slice(from, to),
  });
  return { base: part(outputs.base), tuned: part(outputs.tuned) };
}

/** What is fitted on the validation split: where each model accepts, and how its probabilities hold. */
export type Calibration = Pick<RunFile, "thresholds" | "groupThresholds" | "temperature" | "constraints">;

/**
 * For each model the threshold with the highest F1, for the tuned one near it where bounds ask for it; thresholds per group and a temperature, if the
 * configuration asks for them. Fitted on the validation split; labels of one half and above count as positive.
 * @throws {InputError} When thresholds per group are asked for and a group has one class only.
 */
export function calibrate(
  examples: readonly Example[],
  outputs: ModelOutputs,
  { head, ...config }: DecisionSettings & Pick<RunFile, "head">,
): Calibration {
  const { data, evaluation } = config;
  const labels = examples.map(labelClass);
  const { base, tuned } = outputs;
  const rule = decisionRule(rowsOf(examples, tuned), config);
  return {
    thresholds: {
      base: searchThreshold({ labels, scores: base.scores }, "f1").threshold,
      tuned: rule.threshold,
    },
    ...(rule.constraints.length > 0 ? { constraints: [...rule.constraints] } : {}),
    groupThresholds: thresholdsByGroup(examples, tuned.scores, { data, evaluation }),
    temperature: head && evaluation.temperatureScaling ? fittedTemperature(head, tuned.scores, labels) : null,
  };
}

function rowsOf(examples: readonly Example[], { scores, counterfactualScores }: ModelOutput) {
  return scoredRows(examples, { scores, otherScores: counterfactualScores ?? examples.map(() => NaN) });
}

/** Whether the bounds of a configuration hold on examples that nothing was fitted on. */
export function checkedConstraints(
  examples: readonly Example[],
  tuned: ModelOutput,
  { predictions, config }: { readonly predictions: Predictions; readonly config: Config },
): ConstraintCheck[] {
  const { decisions, counterfactualDecisions, threshold } = predictions.models.tuned;
  const rows = decided(rowsOf(examples, tuned), threshold);
  const own = decisions === undefined ? rows : {
    ...rows,
    decisions,
    flips: Array.from(
      counterfactualDecisions ?? rows.flips,
      (other, i) => Number.isNaN(other) ? NaN : Number(other !== decisions[i]),
    ),
  };
  return checkConstraints(own, config.fairness.constraints, config.selection.confidence);
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
  readonly calibration: Calibration & Pick<RunFile, "head">;
  /** What probes of the embeddings found, to be reported along. */
  readonly leakage: Evaluation["leakage"];
  /** What the examples are, for headings. */
  readonly source: string;
}

/** What a run's models make of examples, and how they decide about them. */
export function predictionsOf(
  { examples, outputs: { base, tuned }, calibration }: Omit<MeasuredModels, "leakage" | "source">,
  { data, training: { seed } }: EvaluationSettings,
): Predictions {
  const { thresholds, groupThresholds } = calibration;
  const groundTruth = examples.map((example) => example.groundTruth);
  const model = ({ scores, counterfactualScores }: ModelOutput) => ({ scores, counterfactual: counterfactualScores });
  return {
    rows: examples.map(({ row }) => row),
    people: examples.map(({ candidateId }) => candidateId),
    jobs: examples.map(({ jobId }) => jobId),
    // Examples that are measured have labels: `readExamples` and splits refuse others.
    labels: examples.map(({ label }) => label!),
    groundTruth: groundTruth.every((value) => value !== null) ? groundTruth : null,
    groups: Object.fromEntries(data.groups.map(({ name }) => [name, examples.map(({ groups }) => groups[name]!)])),
    models: {
      // Cosines are no probabilities, even where none is below 0.
      base: { ...model(base), threshold: thresholds.base, probabilities: null },
      tuned: {
        ...model(tuned),
        threshold: thresholds.tuned,
        probabilities: calibration.head && tuned.scores.map((cosine) => matchProbability(cosine, calibration)!),
        ...(groupThresholds ? decisionsByGroup(groupThresholds, { examples, tuned, seed }) : {}),
      },
    },
  };
}

/** A counterfactual is decided about as the person it is of: by the threshold of the person's own group. */
function decisionsByGroup(
  { attribute, rules }: NonNullable<Calibration["groupThresholds"]>,
  { examples, tuned, seed }: { examples: readonly Example[]; tuned: ModelOutput; seed: number },
): Pick<ModelColumns, "decisions" | "counterfactualDecisions"> {
  const groups = examples.map((example) => example.groups[attribute]!);
  const { scores, counterfactualScores: others } = tuned;
  const decisions = decideByGroup(rules, { scores, groups }, seed);
  if (others === null) return { decisions };
  const known = others.map((score, i) => Number.isNaN(score) ? scores[i]! : score);
  const decided = decideByGroup(rules, { scores: known, groups }, seed);
  return { decisions, counterfactualDecisions: others.map((score, i) => Number.isNaN(score) ? NaN : decided[i]!) };
}

/** Measures both models on scored examples. */
export function evaluateModels(
  measured: MeasuredModels,
  settings: EvaluationSettings,
): { readonly evaluation: Evaluation; readonly predictions: Predictions } {
  const { training: { seed }, evaluation: { resamples, confidence, smallGroup, keepUnknown, minShare } } = settings;
  const { source, leakage } = measured;
  const predictions = predictionsOf(measured, settings);
  // A group that the configuration names need not be in every table.
  const occurring = new Set(Object.values(predictions.groups).flat());
  const named = (groups: readonly string[]) => groups.filter((group) => occurring.has(group));
  const [exclude, reference] = [named(settings.evaluation.exclude), named(settings.evaluation.reference)];
  const scope = { exclude, reference, keepUnknown, ...(minShare === null ? {} : { minShare }) };
  const options = { seed, resamples, confidence, smallBelow: smallGroup, leakage, ...scope };
  return { evaluation: evaluate(predictionsInput(predictions, source), options), predictions };
}

/**
 * How well a fresh classifier guesses people's groups from what the models make of their résumés, by attribute: probed
 * on people that were not trained on, once for each résumé. Empty where the configuration asks for no probe.
 */
export async function measureLeakage(
  examples: readonly Example[],
  { base, tuned }: ModelOutputs,
  { data, training: { seed }, evaluation }: EvaluationSettings,
): Promise<Evaluation["leakage"]> {
  const { leakage, resamples, confidence, smallGroup } = evaluation;
  if (!leakage) return [];
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
  const found: Evaluation["leakage"] = [];
  for (const { name } of data.groups) {
    const groups = rows.map((i) => examples[i]!.groups[name]!);
    found.push(leakageEvaluation(name, await compareLeakage({ ...people, groups }, options)));
  }
  return found;
}

/**
 * Writes `evaluation.json`, its tables, and `predictions.csv` (one row per pair, without texts; `deno task metrics`
 * audits it) into a folder that exists.
 * @throws {InputError} When the disk is full or the folder cannot be written to.
 */
export async function saveEvaluation(
  folder: string,
  { evaluation, predictions }: ReturnType<typeof evaluateModels>,
): Promise<void> {
  await writeEvaluation(folder, evaluation);
  await writePredictions(`${folder}/predictions.csv`, predictions);
}
