/** The parts of a configuration that this folder reads. Comments give the reason of each default. */
import { z } from "zod";

const text = z.string().min(1);
const fraction = z.number().min(0).max(1);
const positive = z.number().positive();
const count = z.int().positive();

const LORA_TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"] as const;

/** Schema of `model`: which encoder is used, and how texts are given to it. */
export const ModelSettings = z.strictObject({
  // The embedded MiniLM needs no download; a folder or a hub name such as "BAAI/bge-large-en-v1.5" goes here as well.
  source: text.default("embedded:minilm"),
  // A hub revision (commit, tag or branch); null is the one pinned in lib/model/registry.ts.
  revision: text.nullable().default(null),
  // "auto" is what the model's own 1_Pooling/config.json or our registry says.
  pooling: z.enum(["auto", "cls", "mean"]).default("auto"),
  // Tokens per text, the rest is cut off; attention costs its square, and 256 covers most résumés' first page. "auto" is
  // what the model's own files or our registry say.
  maxLength: z.union([count, z.literal("auto")], 'expected a whole number above 0, or "auto"').default(256),
  // Put before the job, the query of the pair, and before the résumé; "auto" is what the model was trained with.
  queryInstruction: z.string().default("auto"),
  passageInstruction: z.string().default("auto"),
});

/** Schema of `lora`: which layers are adapted, and how. */
export const LoraSettings = z.strictObject({
  // 8 is PEFT's default and enough for a task this narrow.
  rank: count.default(8),
  // alpha / rank scales the update; 2 × rank is the usual choice.
  alpha: positive.default(16),
  // 0 lets the adapter be added to the weights before the product, which is faster; raise it for long trainings.
  dropout: z.number().min(0).lt(1).default(0),
  // As in PEFT a name stands for all layers that end in it: "output.dense" for the attention's output as well.
  targetModules: z.array(z.enum(LORA_TARGETS)).min(1).default(["query", "key", "value"]),
  // [first, last] of the adapted layers, counted from 0, both included; null adapts all.
  layers: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).nullable().default(null),
  // alpha / √rank instead of alpha / rank: keeps the update's size at high ranks.
  rslora: z.boolean().default(false),
  // Trains magnitude and direction apart: often better at low ranks, somewhat slower.
  dora: z.boolean().default(false),
});

/** Schema of `training`: what is minimised, and by which steps. */
export const TrainingSettings = z.strictObject({
  // pair: cosine × scale + bias against the label. contrastive: each job finds its résumé among the batch's.
  // cosent: the order of the labels. triplet: a job nearer to a matching than to a failing résumé.
  objective: z.enum(["pair", "contrastive", "cosent", "triplet"]).default("pair"),
  // Divides cosines in contrastive and cosent; 0.05 is sentence-transformers' scale of 20, BGE used 0.02.
  temperature: positive.default(0.05),
  // How much nearer the matching résumé must be, as a difference of cosines (triplet).
  margin: positive.default(0.3),
  // Failing résumés per job that contrastive training adds to those in the batch.
  hardNegatives: z.int().nonnegative().default(1),
  // Contrastive training learns from scores of a teacher, such as a reranker, as well: data.columns.teacherScore, or
  // pos_scores and neg_scores. kl: its distribution over a job's résumés (FlagEmbedding adds it with weight 1).
  // marginMse: how far the match is above each other. Both compare its scores with cosine / temperature.
  teacher: z.strictObject({
    weight: z.number().nonnegative().default(0),
    loss: z.enum(["kl", "marginMse"]).default("kl"),
  }).prefault({}),
  // Which résumés of contrastive batches are no negatives though no label says that they match: those that the teacher,
  // or the base model, puts above the job's own match less the margin (GISTEmbed), as known matches never are.
  falseNegatives: z.strictObject({
    by: z.enum(["none", "teacher", "base"]).default("none"),
    // In the teacher's units; of a cosine for the base model.
    margin: z.number().default(0),
  }).prefault({}),
  // Numbers of an embedding that shall do alone, such as [64, 128]: the loss is summed over embeddings cut to each of
  // them and the whole one (Matryoshka).
  matryoshka: z.array(count).default([]),
  epochs: count.default(3),
  batchSize: count.default(16),
  // The most tokens that a batch's texts have together, equal ones counted once: for real résumés, of 90 to 500 tokens,
  // it bounds the memory whatever batchSize, still the most pairs, allows; pairs of like length then come together.
  // Short pairs make large batches: contrastive objectives see as many negatives. null counts pairs alone.
  batchTokens: count.nullable().default(null),
  // Batches whose gradients are averaged into one optimiser step.
  accumulation: count.default(1),
  learningRate: positive.default(5e-4),
  // Scale and bias of the pair objective are two numbers far from their optimum: they need larger steps.
  headLearningRate: positive.default(0.02),
  weightDecay: z.number().nonnegative().default(0.01),
  // The part of all steps over which the learning rate rises from 0.
  warmup: fraction.default(0.1),
  schedule: z.enum(["linear", "cosine", "constant"]).default("linear"),
  maxGradNorm: positive.default(1),
  // fp32 runs on every device and is exact to six digits. fp16 is faster and takes less memory on graphics cards:
  // products in half precision, parameters and sums in fp32, and the loss scaled so that small gradients survive. int8,
  // on the CPU: products with frozen weights in 8 bits, the adapter in fp32, and the same for whatever uses the run;
  // for processors with VNNI. What either costs is in lib/graph/README.md.
  precision: z.enum(["fp32", "fp16", "int8"]).default("fp32"),
  // Computes the activations of each layer a second time instead of keeping them: a third more time, a fraction of the
  // memory. For models or batches that do not fit otherwise.
  gradientCheckpointing: z.boolean().default(false),
  // Pairs whose texts are encoded at once (GradCache): gradients are those of the whole batch, whatever the objective
  // compares in it, for the memory of a few pairs and a second pass forwards. null encodes the whole batch at once.
  miniBatchSize: count.nullable().default(null),
  // Computes the layers below the first adapted one once per text and keeps what they give (at most 2 GiB, or else not
  // at all): with lora.layers on the upper half of the encoder, steps and evaluations take half the time or less.
  cacheFrozenLayers: z.boolean().default(true),
  seed: z.int().nonnegative().default(42),
  // Optimiser steps between checkpoints, besides the one after every epoch.
  checkpointEvery: count.default(50),
});

const weight = z.number().nonnegative().default(0);
const decay = z.number().min(0).lt(1).default(0.9);
const spread = z.enum(["variance", "maxGap", "toOverall"]).default("variance");
// Of a rate's estimate, `decay` is kept from batch to batch: a batch of 16 knows little of the rates of five groups.
const ParityConfig = z.strictObject({ weight, spread, decay });
const head = {
  // Width of the head's hidden layer; 0 reads the group off the embedding linearly.
  hidden: z.int().nonnegative().default(64),
  // A head starts from nothing and must keep up with the encoder.
  learningRate: positive.default(5e-3),
};

/** What a bound can be put on: the names of an evaluation's metrics. The first six compare groups. */
const CEILINGS = [
  "demographicParityDifference",
  "equalOpportunityDifference",
  "falsePositiveRateDifference",
  "equalizedOddsDifference",
  "flipRate",
] as const;
const FLOORS = ["demographicParityRatio", "tpr", "rocAuc"] as const;

const Constraint = z.strictObject({
  // A difference between groups or the rate of flipped decisions, with atMost; the four-fifths ratio, or what every
  // group shall reach (tpr, rocAuc), with atLeast.
  metric: z.enum([...CEILINGS, ...FLOORS]),
  // Whose groups; not for flipRate, which asks the same of everybody.
  attribute: text.nullable().default(null),
  atMost: fraction.optional(),
  atLeast: fraction.optional(),
  // Whose word on who matches is taken: the label that is trained on, or data.columns.groundTruth.
  against: z.enum(["label", "groundTruth"]).default("label"),
}).superRefine(({ metric, attribute, atMost, atLeast, against }, { addIssue, value }) => {
  const custom = (message: string) => addIssue({ code: "custom", message, input: value });
  const isCeiling = (CEILINGS as readonly string[]).includes(metric);
  if (isCeiling ? atMost === undefined || atLeast !== undefined : atLeast === undefined || atMost !== undefined) {
    custom(`expected "${isCeiling ? "atMost" : "atLeast"}" and no other bound with ${metric}`);
  }
  if ((attribute === null) !== (metric === "flipRate")) {
    custom(metric === "flipRate" ? "expected no attribute with flipRate" : `expected an attribute with ${metric}`);
  }
  if (against === "groundTruth" && (metric.startsWith("demographicParity") || metric === "flipRate")) {
    custom(`expected no "against" with ${metric}, which reads no label`);
  }
});

/** A bound that the training shall keep. */
export type Constraint = z.output<typeof Constraint>;

/** Names a bound in histories and messages: `equalizedOddsDifference.education.groundTruth`. */
export function constraintName({ metric, attribute, against }: Constraint): string {
  return [metric, ...(attribute === null ? [] : [attribute]), ...(against === "label" ? [] : [against])].join(".");
}

/** Schema of `fairness`. Every weight is 0, which leaves the objective out, unless a configuration asks for it. */
export const FairnessSettings = z.strictObject({
  // The attributes that every objective treats, each on its own; null takes all of data.groups.
  attributes: z.array(text).min(1).nullable().default(null),
  // The part of all steps over which the weights rise from 0: a model that knows nothing yet has no bias to unlearn.
  warmup: fraction.default(0.1),
  // Embeddings from which a head cannot tell the group (gradient reversal).
  adversary: z.strictObject({
    weight,
    ...head,
    // Without decay a head reads the faintest trace, is never wrong, and passes no gradient on.
    weightDecay: z.number().nonnegative().default(1),
    // Steps of the head per step of the encoder.
    steps: count.default(1),
    // Shown the label as well, the head lets pass what follows from it: equalized odds instead of demographic parity.
    seesLabel: z.boolean().default(false),
  }).prefault({}),
  // Multi-task learning: the encoder learns the group along. It makes groups easier to tell; for comparison.
  attributeHead: z.strictObject({ weight, ...head, weightDecay: z.number().nonnegative().default(0.01) }).prefault({}),
  // Equal rates of acceptance, of acceptance among matches, and of acceptance among matches and failures each.
  demographicParity: ParityConfig.prefault({}),
  equalOpportunity: ParityConfig.prefault({}),
  equalizedOdds: ParityConfig.prefault({}),
  // Equal distributions of scores or embeddings.
  distribution: z.strictObject({
    weight,
    distance: z.enum([
      "scoreWasserstein",
      "scoreMmd",
      "scoreCorrelation",
      "embeddingMmd",
      "embeddingHsic",
      "embeddingCoral",
    ]).default("scoreWasserstein"),
  }).prefault({}),
  // The same résumé with another education gets the same score, or the same embedding.
  counterfactual: z.strictObject({
    weight,
    compare: z.enum(["scores", "embeddings"]).default("scores"),
    // Counterfactuals of each résumé, drawn from those that can be written; they take turns from step to step.
    perResume: count.default(2),
  }).prefault({}),
  // Bounds; how much each weighs is found by the training itself. Nothing else need be weighted.
  constraints: z.array(Constraint).default([]),
  // How those weights are found (README.md beside this file).
  dual: z.strictObject({
    // What a step adds to a multiplier, per unit by which the rates so far exceed the bound.
    rate: positive.default(0.02),
    // What is added on top while they do: it answers at once, and damps the swings of a sum.
    proportional: z.number().nonnegative().default(1),
    // Of the rates so far, what is kept from batch to batch.
    decay,
    // The most that the multipliers of a bound may sum to: a bound that cannot be kept must not drown the objective.
    radius: positive.default(20),
  }).prefault({}),
  // Embeddings stay near the base model's.
  distillation: z.strictObject({ weight, distance: z.enum(["cosine", "mse"]).default("cosine") }).prefault({}),
});

/** Schema of `selection`: which epoch the run ends with, and when it stops. */
export const SelectionSettings = z.strictObject({
  // What makes an epoch useful, on the validation split.
  by: z.enum(["rocAuc", "averagePrecision", "loss"]).default("rocAuc"),
  // What makes it fair: this difference, of the attribute where it is largest, at the threshold with the highest F1.
  gap: z.enum(["demographicParityDifference", "equalizedOddsDifference"]).default("demographicParityDifference"),
  // The most useful epoch whose difference is at most this is kept; null keeps the most useful one, whatever its.
  maxGap: fraction.nullable().default(null),
  // How sure one must be on the validation split that the chosen epoch keeps fairness.constraints, all at once.
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  // [first, last] epoch that may be kept, counted from 1: early ones are fair because they know nothing.
  window: z.tuple([count, count]).nullable().default(null),
  // Epochs without improvement after which training stops; null never stops early.
  patience: count.nullable().default(null),
  // What counts as an improvement: the utility, or the mean of utility and fairness, each scaled to the range it has
  // had so far.
  improvement: z.enum(["utility", "mix"]).default("utility"),
  // Every label × group counts the same in the utility, so that no large group outvotes the others.
  balanced: z.boolean().default(false),
});
