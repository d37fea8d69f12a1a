/** How good the current parameters are on the validation split. */
import { balancedAttributes, type Example, exampleCells, inverseFrequencyWeights, labelClass } from "../data/mod.ts";
import { compile, input } from "../graph/mod.ts";
import { InputError } from "../errors.ts";
import { averagePrecision, decide, DISPARITIES, estimateDisparities, frameIntervals } from "../metrics/mod.ts";
import { type Interval, rocAuc } from "../metrics/mod.ts";
import { type Encoder, parameterFeeds, type Parameters } from "../model/mod.ts";
import { Rng } from "../random.ts";
import type { Config } from "./config.ts";
import { type ConstraintCheck, decisionRule, largestExcess, scoredRows } from "./constraints.ts";
import { knownMatches, objectiveBatch, objectiveLoss, type TrainingSet } from "./objective_graph.ts";
import type { EpochScore } from "./selection.ts";
import { cosine, type NumberedPair } from "./token_cache.ts";

/** The parts of a configuration that say how epochs are compared. */
export type ValidationSettings = Pick<
  Config,
  "data" | "balance" | "training" | "fairness" | "selection" | "evaluation"
>;

/** Differences between the groups of an attribute; null where undefined. */
export type ValidationGaps = Readonly<Record<Config["selection"]["gap"], number | null>>;

/** Numbers on the validation split; null where one class alone makes them undefined. */
export interface ValidationResult extends Pick<EpochScore, "utility" | "gap"> {
  readonly loss: number;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  /** What became of `fairness.constraints`, in their order; `gap` is then by how much the worst limit exceeds its bound. */
  readonly constraints: readonly ConstraintCheck[];
  /** By attribute, at the threshold with the highest F1 on this split that keeps the constraints, if any does. */
  readonly gaps: Readonly<Record<string, ValidationGaps>>;
  /** Bootstrap intervals that resample candidates: how far apart epochs must be to differ. */
  readonly intervals: {
    readonly rocAuc: Ends;
    readonly gaps: Readonly<Record<string, Readonly<Record<Config["selection"]["gap"], Ends>>>>;
  };
}

type Ends = Pick<Interval, "low" | "high">;

/** Resamples of each epoch's intervals: they are for a figure, and every epoch waits for them. */
const RESAMPLES = 200;
const GAPS = {
  demographicParityDifference: DISPARITIES.demographicParityDifference,
  equalizedOddsDifference: DISPARITIES.equalizedOddsDifference,
};

/** A validation split that can be measured again and again. */
export interface Validation {
  /** @throws {InputError} When training has diverged, or one class alone leaves nothing to select epochs by. */
  measure(parameters: Parameters, onBatch?: () => void): Promise<ValidationResult>;
  release(): Promise<void>;
}

/**
 * Prepares the validation split for an adapted encoder, which is not released here: labelled examples that are ranked
 * by their pairs, and the same split as the objective sees it, for the loss.
 */
export async function openValidation(
  data: {
    pairs: readonly NumberedPair[];
    examples: readonly Example[];
    set: TrainingSet;
    /** Of each pair's résumé with another education, where one can be written; needed for bounds on flips alone. */
    counterfactuals?: readonly (number | null)[] | undefined;
  },
  encoder: Encoder,
  config: ValidationSettings,
): Promise<Validation> {
  const { pairs, set, counterfactuals = [] } = data;
  const { batchTokens } = config.evaluation;
  const loss = await openLoss(set, config.training, encoder.width);
  const rank = ranking(data, config);
  const referred = [...pairs, ...set.items].flatMap(({ job, resume }) => [job, resume]);
  const others = counterfactuals.filter((text) => text !== null);
  const texts = [...new Set([...referred, ...others, ...set.items.flatMap((item) => item.negatives)])];
  return {
    async measure(parameters, onBatch) {
      // The encoder has no input for the head and ignores it.
      const vectors = await encoder.embed(texts.map((text) => set.tokens[text]!), parameters, { batchTokens, onBatch });
      const vectorOf = new Map(texts.map((text, i) => [text, vectors[i]!]));
      const scores = pairs.map(({ job, resume }) => cosine(vectorOf.get(job)!, vectorOf.get(resume)!));
      const value = await loss.of(vectorOf, parameters);
      if (!Number.isFinite(value)) {
        throw new InputError(`the loss of the validation split became ${value}: lower training.learningRate`);
      }
      const otherScores = pairs.map(({ job }, i) => {
        const other = counterfactuals[i] ?? null;
        return other === null ? NaN : cosine(vectorOf.get(job)!, vectorOf.get(other)!);
      });
      return rank(value, scores, otherScores);
    },
    release: () => loss.release(),
  };
}

/** The objective's loss on a split whose embeddings are known. */
async function openLoss(
  { items, matches = knownMatches(items) }: TrainingSet,
  training: Config["training"],
  width: number,
) {
  const embeddings = input("embeddings", ["texts", width]);
  const lossGraph = await compile({ loss: objectiveLoss(embeddings, training).loss });
  return {
    async of(vectorOf: ReadonlyMap<number, Float32Array>, parameters: Parameters): Promise<number> {
      let loss = 0;
      for (let at = 0; at < items.length; at += training.batchSize) {
        const part = items.slice(at, at + training.batchSize);
        const batch = objectiveBatch(part, training, { matches });
        const rows = new Float32Array(batch.texts.length * width);
        batch.texts.forEach((text, row) => rows.set(vectorOf.get(text)!, row * width));
        const results = await lossGraph.run({
          ...batch.feeds,
          ...parameterFeeds(parameters),
          embeddings: { dtype: "float32", shape: [batch.texts.length, width], data: rows },
        });
        loss += (results.loss!.data[0] as number) * part.length / items.length;
      }
      return loss;
    },
    release: () => lossGraph.release(),
  };
}

/** From the loss and the scores to how well and how fairly the examples are ranked. */
function ranking({ examples }: { examples: readonly Example[] }, config: ValidationSettings) {
  const { selection } = config;
  const labels = examples.map(labelClass);
  const attributes = config.data.groups.map(({ name }) => [name, examples.map((one) => one.groups[name]!)] as const);
  const weights = selection.balanced
    ? inverseFrequencyWeights(exampleCells(examples, balancedAttributes(config)))
    : undefined;
  const clusters = examples.map(({ candidateId }) => candidateId);
  return (loss: number, scores: readonly number[], otherScores: readonly number[]): ValidationResult => {
    const auc = rocAuc({ labels, scores }).value, ap = averagePrecision({ labels, scores }).value;
    const utility = {
      loss,
      rocAuc: rocAuc({ labels, scores, weights }).value,
      averagePrecision: averagePrecision({ labels, scores, weights }).value,
    }[selection.by];
    if (utility === null || auc === null) {
      throw new InputError(`selection.by ${selection.by}: expected validation labels on both sides of 0.5`);
    }
    const { threshold, constraints } = decisionRule(scoredRows(examples, { scores, otherScores }), config);
    const predictions = decide(scores, threshold);
    // Of every epoch alike, and apart from the chance that training draws on.
    const chance = (purpose: string) => ({
      rng: new Rng(config.training.seed).derive(`validation ${purpose}`),
      resamples: RESAMPLES,
    });
    const estimates = attributes.map(([name, groups]) =>
      [name, estimateDisparities({ labels, predictions, groups, clusters }, GAPS, chance(name))] as const
    );
    const gapsOf = <Part>(part: (own: typeof estimates[number][1]["equalizedOddsDifference"]) => Part) =>
      Object.fromEntries(estimates.map(([name, { demographicParityDifference, equalizedOddsDifference }]) => [name, {
        demographicParityDifference: part(demographicParityDifference),
        equalizedOddsDifference: part(equalizedOddsDifference),
      }]));
    const gaps = gapsOf(({ estimate }) => estimate.value);
    const everybody = { everybody: labels.map(() => "all") };
    const { rocAuc: { overall } } = frameIntervals(
      { labels, scores, attributes: everybody, clusters },
      { ...chance("ROC-AUC"), permutations: 0 },
    ) as { rocAuc: { overall: Interval } };
    const known = Object.values(gaps).map((gap) => gap[selection.gap]).filter((gap) => gap !== null);
    const largestGap = known.length === 0 ? null : Math.max(...known);
    const gap = constraints.length > 0 ? largestExcess(constraints, config.fairness.constraints) : largestGap;
    return {
      loss,
      rocAuc: auc,
      averagePrecision: ap,
      constraints,
      gaps,
      utility,
      gap,
      intervals: { rocAuc: overall, gaps: gapsOf(({ interval }) => interval) },
    };
  };
}
