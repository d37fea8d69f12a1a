/** Ready-made fairness terms, which the keys under `fairness` of a configuration turn on, and the losses they build. */
import { add, cast, div, greaterOrEqual, maximum, mul, reduceMean, reduceSum } from "../../graph/mod.ts";
import { sigmoid, sqrt, sub } from "../../graph/mod.ts";
import type { Tensor, TensorData } from "../../graph/mod.ts";
import { POSITIVE_LABEL } from "../../data/mod.ts";
import type { Parameters } from "../../model/mod.ts";
import { pairwiseCosine } from "../objective_graph.ts";
import { coral, groupNumbers, hsic, mmd, SMALLEST_VARIANCE, squaredCorrelation, wasserstein } from "./distances.ts";
import { DISPARITIES, groupMeans, movingMeans, weightedMean } from "./rates.ts";
import type { FairnessTerm, TermBatch } from "./term.ts";

/** What a term that compares the groups of an attribute is told. */
interface GroupTermOptions {
  readonly attribute: string;
  readonly weight: number;
  readonly classes: number;
}

/**
 * A parity penalty on the probabilities of a match (Hardt et al. 2016), with rates estimated over the batches so far.
 */
export function parity(
  { attribute, weight, classes, criterion, spread, decay }: GroupTermOptions & {
    criterion: "demographicParity" | "equalOpportunity" | "equalizedOdds";
    spread: keyof typeof DISPARITIES;
    decay: number;
  },
): FairnessTerm {
  const parts = { demographicParity: ["all"], equalOpportunity: ["positive"], equalizedOdds: ["positive", "negative"] };
  const zeros = () => ({ shape: [classes], data: new Float32Array(classes) });
  const state: Parameters = Object.fromEntries(
    parts[criterion].flatMap((part) => [[`${part}.sums`, zeros()], [`${part}.counts`, zeros()]]),
  );
  return {
    name: `${criterion}.${attribute}`,
    weight,
    state,
    build({ logit, label, populationWeight, groups, state }) {
      const positive = cast(greaterOrEqual(label, POSITIVE_LABEL), "float32");
      // Rates given the label are the same in balanced batches; the rate of all is not.
      const rows: Record<string, Tensor> = { all: populationWeight, positive, negative: sub(1, positive) };
      const next: Record<string, Tensor> = {};
      const losses = parts[criterion].map((part) => {
        const batch = groupMeans(sigmoid(logit), groups(attribute), rows[part]);
        const before = { sums: state[`${part}.sums`]!, counts: state[`${part}.counts`]! };
        const moving = movingMeans(batch, before, decay);
        next[`${part}.sums`] = moving.next.sums;
        next[`${part}.counts`] = moving.next.counts;
        return DISPARITIES[spread](moving.means);
      });
      return { loss: losses.reduce((a, b) => add(a, b)), next };
    },
  };
}

/** Distances between the groups' distributions by name: of what, and how. */
const DISTANCES = {
  scoreWasserstein: {
    of: "cosine",
    distance: (score: Tensor, groups: Tensor) => wasserstein(standardised(score), groups),
  },
  scoreMmd: { of: "cosine", distance: mmd },
  scoreCorrelation: {
    of: "cosine",
    distance: (score: Tensor, groups: Tensor) =>
      squaredCorrelation(score, groupNumbers(groups), reduceSum(groups, { axes: [1] })),
  },
  embeddingMmd: { of: "resume", distance: mmd },
  embeddingHsic: { of: "resume", distance: hsic },
  embeddingCoral: { of: "resume", distance: coral },
} as const;

/**
 * Distribution matching: the groups shall have the same scores, or embeddings, whatever decision is made of them. All
 * distances are free of scale: a model gains nothing by giving everybody nearly the same score.
 */
export function distribution(
  { attribute, weight, distance }: Omit<GroupTermOptions, "classes"> & { distance: keyof typeof DISTANCES },
): FairnessTerm {
  const { of, distance: measure } = DISTANCES[distance];
  return { name: `${distance}.${attribute}`, weight, build: (x) => measure(x[of], x.groups(attribute)) };
}

/** In units of the batch's standard deviation. */
function standardised(score: Tensor): Tensor {
  const centred = sub(score, reduceMean(score));
  return div(centred, sqrt(maximum(reduceMean(mul(centred, centred)), SMALLEST_VARIANCE)));
}

/**
 * Counterfactual consistency: a résumé and its counterfactual, which differs in the attribute only, are treated alike
 * (counterfactual logit pairing; Garg et al., "Counterfactual fairness in text classification through robustness",
 * 2019). Items without a counterfactual are left out; where there are several, they take turns from step to step.
 */
export function counterfactual(
  { weight, compare }: { weight: number; compare: "scores" | "embeddings" },
): FairnessTerm {
  return {
    name: `counterfactual.${compare}`,
    weight,
    build({ job, resume, cosine, label, texts, input }) {
      const other = texts("counterfactual"), known = input("hasCounterfactual", label.shape);
      return compare === "scores"
        ? counterfactualScores(cosine, pairwiseCosine(job, other), known)
        : counterfactualEmbeddings(resume, other, known);
    },
    feeds: counterfactualFeeds,
  };
}

export function counterfactualFeeds({ items, step, rows }: TermBatch): Record<string, TensorData> {
  return {
    // Its own résumé stands in where there is no counterfactual: nothing more is encoded for it.
    counterfactual: rows(
      items.map(({ counterfactuals = [], resume }) => counterfactuals[step % counterfactuals.length] ?? resume),
    ),
    hasCounterfactual: {
      dtype: "float32",
      shape: [items.length],
      data: Float32Array.from(items, ({ counterfactuals = [] }) => counterfactuals.length > 0 ? 1 : 0),
    },
  };
}

/** The mean squared difference of scores `[items]` and counterfactual ones, where `known` is 1 and not 0. */
export function counterfactualScores(score: Tensor, other: Tensor, known?: Tensor): Tensor {
  const shift = sub(score, other);
  return weightedMean(mul(shift, shift), known);
}

/**
 * The mean of 1 − cos between embeddings `[items, h]` and counterfactual ones, in [0, 2], where `known` is 1 and not 0:
 * stricter than equal scores, since it holds for jobs that were never seen too.
 */
export function counterfactualEmbeddings(x: Tensor, other: Tensor, known?: Tensor): Tensor {
  return weightedMean(sub(1, pairwiseCosine(x, other)), known);
}

/** Keeps the résumés' embeddings near those of the base model, so that a fairness term does not undo what it knew. */
export function baseDistillation({ weight, distance, features, baseEmbedding }: {
  weight: number;
  distance: "cosine" | "mse";
  features: number;
  baseEmbedding: (text: number) => Float32Array;
}): FairnessTerm {
  return {
    name: "baseDistillation",
    weight,
    build: ({ resume, label, input }) => distillation(resume, input("base", [label.shape[0]!, features]), distance),
    feeds({ items }) {
      const data = new Float32Array(items.length * features);
      items.forEach(({ resume }, i) => data.set(baseEmbedding(resume), i * features));
      return { base: { dtype: "float32", shape: [items.length, features], data } };
    },
  };
}

/**
 * How far embeddings `[items, h]` have moved from those of the base model: the mean of 1 − cos, or the mean over all
 * numbers of (x − base)² (as in Reimers & Gurevych, "Making monolingual sentence embeddings multilingual using
 * knowledge distillation", 2020).
 */
export function distillation(x: Tensor, base: Tensor, distance: "cosine" | "mse"): Tensor {
  if (distance === "cosine") return reduceMean(sub(1, pairwiseCosine(x, base)));
  const moved = sub(x, base);
  return reduceMean(mul(moved, moved));
}
