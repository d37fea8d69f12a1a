/**
 * Bounds that a training keeps by itself: the proxy-Lagrangian game of Cotter, Jiang & Sridharan ("Two-player games for
 * efficient non-convex constrained optimization", 2019), as in TensorFlow Constrained Optimization.
 *
 * One player is the encoder. It descends loss + Σ λ·(soft rates' excess), since a rate of decisions has no gradient. The
 * other is the multipliers λ ≥ 0. They ascend along the excess of the *hard* rates, those that somebody will look at,
 * and so grow until the decisions themselves keep the bound. Each pair of groups has a multiplier of its own: a largest
 * difference would be driven by the noise of a batch, which is largest where a group is small.
 */
import { abs, add, and, cast, constant, div, greater, greaterOrEqual, input, matMul } from "../../graph/mod.ts";
import { less, maximum, mul, reduceMax, reduceSum, sigmoid, stopGradient, sub } from "../../graph/mod.ts";
import { type Tensor, type TensorData, unsqueeze, where } from "../../graph/mod.ts";
import { POSITIVE_LABEL } from "../../data/mod.ts";
import { pairwiseCosine } from "../objective_graph.ts";
import type { Config } from "../config.ts";
import { type Constraint, constraintName } from "../settings.ts";
import { type GroupMeans, groupMeans, movingMeans, positiveOrOne } from "./rates.ts";
import type { FairnessTerm, TermBatch, TermInputs } from "./term.ts";
import { counterfactualFeeds } from "./terms.ts";

/** How multipliers are found: `fairness.dual` of a configuration. */
export type DualSettings = Config["fairness"]["dual"];

/** A rate of each group in a batch: of decisions, and as something that has a gradient. */
interface BatchRates {
  readonly hard: GroupMeans;
  readonly soft: GroupMeans;
}

/** The parts of the batch whose rates a bound is on. */
const PARTS: Readonly<Record<Constraint["metric"], readonly ("all" | "positive" | "negative")[]>> = {
  demographicParityDifference: ["all"],
  demographicParityRatio: ["all"],
  equalOpportunityDifference: ["positive"],
  falsePositiveRateDifference: ["negative"],
  equalizedOddsDifference: ["positive", "negative"],
  flipRate: ["all"],
  tpr: ["positive"],
  rocAuc: ["all"],
};

/** A term that keeps a bound on `classes` groups; on everybody as one where nobody's group is asked for. */
export function constraintTerm(
  constraint: Constraint,
  { classes, dual }: { readonly classes: number; readonly dual: DualSettings },
): FairnessTerm {
  const { metric, against } = constraint;
  const parts = PARTS[metric];
  const excessShape = excessOf(constraint, input("shape", [classes])).shape as readonly number[];
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  return {
    name: constraintName(constraint),
    weight: 1,
    state: {
      accepted: zeros(THRESHOLDS.length),
      hits: zeros(THRESHOLDS.length),
      matches: zeros(),
      ...Object.assign(
        {},
        ...parts.map((part) => ({
          [`${part}.sums`]: zeros(classes),
          [`${part}.counts`]: zeros(classes),
          [`${part}.multipliers`]: zeros(...excessShape),
        })),
      ),
    },
    build(x) {
      const { threshold, next } = decisionThreshold(x, dual.decay);
      const truth = against === "label" ? x.label : x.input("groundTruth", x.label.shape);
      const losses = parts.map((part) => {
        const { hard, soft } = batchRates(x, { constraint, part, threshold, truth });
        const before = { sums: x.state[`${part}.sums`]!, counts: x.state[`${part}.counts`]! };
        const { means, next: sums } = movingMeans(hard, before, dual.decay);
        const excess = present(stopGradient(excessOf(constraint, means.means)), means.counts);
        const multipliers = ascend(x.state[`${part}.multipliers`]!, excess, dual);
        next[`${part}.sums`] = sums.sums;
        next[`${part}.counts`] = sums.counts;
        next[`${part}.multipliers`] = multipliers;
        const pull = maximum(add(multipliers, mul(excess, dual.proportional)), 0);
        return reduceSum(mul(pull, present(excessOf(constraint, soft.means), soft.counts)));
      });
      return { loss: losses.reduce((a, b) => add(a, b)), next };
    },
    feeds: (batch) => ({
      ...(metric === "flipRate" ? counterfactualFeeds(batch) : {}),
      ...(against === "groundTruth" ? groundTruthFeeds(batch) : {}),
    }),
  };
}

/**
 * One step of projected gradient ascent: λ ← max(0, λ + rate · excess), scaled back where the sum exceeds the radius.
 */
export function ascend(multipliers: Tensor, excess: Tensor, { rate, radius }: Omit<DualSettings, "decay">): Tensor {
  const raised = maximum(add(multipliers, mul(excess, rate)), 0);
  return mul(raised, div(radius, maximum(reduceSum(raised), radius)));
}

/**
 * By how much rates `[G]` exceed a bound: for differences and ratios `[G, G]`, of each group over each other; for what
 * every group shall reach, and for a rate of everybody, `[G]`. All are linear in the rates, so that the excess of noisy
 * rates is right on average.
 */
export function excessOf({ metric, atMost, atLeast }: Constraint, rates: Tensor): Tensor {
  switch (metric) {
    case "demographicParityRatio": // min/max ≥ r, as r·p_a − p_b ≤ 0
      return sub(mul(unsqueeze(rates, [1]), atLeast!), unsqueeze(rates, [0]));
    case "tpr":
    case "rocAuc":
      return sub(atLeast!, rates);
    case "flipRate":
      return sub(rates, atMost!);
    default:
      return sub(sub(unsqueeze(rates, [1]), unsqueeze(rates, [0])), atMost!);
  }
}

/** The excess where the groups are there; else 0. */
function present(excess: Tensor, counts: Tensor): Tensor {
  const seen = greater(counts, 0);
  return where(excess.shape.length === 1 ? seen : and(unsqueeze(seen, [1]), unsqueeze(seen, [0])), excess, 0);
}

/** Probabilities at which decisions may be taken, as logits: as fine as F1 needs. */
const THRESHOLDS = Array.from({ length: 39 }, (_, i) => Math.log((i + 1) / (39 - i)));
/** Below any threshold. */
const LOWEST = -1e9;

/**
 * Where decisions are taken, in logits: the threshold with the highest F1 over the batches so far, which is how the
 * finished run sets it on the validation split. `accepted` and `hits` are kept by threshold, `matches` is one number.
 */
function decisionThreshold(
  { logit, label, populationWeight, state }: TermInputs,
  decay: number,
): { threshold: Tensor; next: Record<string, Tensor> } {
  const thresholds = constant({
    dtype: "float32",
    shape: [THRESHOLDS.length],
    data: Float32Array.from(THRESHOLDS),
  });
  const match = mul(cast(greaterOrEqual(label, POSITIVE_LABEL), "float32"), populationWeight);
  const accepts = cast(greaterOrEqual(unsqueeze(logit, [1]), unsqueeze(thresholds, [0])), "float32"); // [items, K]
  const count = (weight: Tensor) => reduceSum(mul(accepts, unsqueeze(weight, [1])), { axes: [0] });
  const kept = (name: string, sum: Tensor) => stopGradient(add(mul(state[name]!, decay), sum));
  const next = {
    accepted: kept("accepted", count(populationWeight)),
    hits: kept("hits", count(match)),
    matches: kept("matches", reduceSum(match)),
  };
  const f1 = div(mul(next.hits, 2), positiveOrOne(add(next.accepted, next.matches)));
  return { threshold: reduceMax(where(greaterOrEqual(f1, reduceMax(f1)), thresholds, LOWEST)), next };
}

/** The rates that a bound is on: of decisions at the threshold, and of a sigmoid around it. */
function batchRates(
  x: TermInputs,
  { constraint: { metric, attribute }, part, threshold, truth }: {
    constraint: Constraint;
    part: "all" | "positive" | "negative";
    threshold: Tensor;
    truth: Tensor;
  },
): BatchRates {
  const positive = cast(greaterOrEqual(truth, POSITIVE_LABEL), "float32");
  const negative = cast(and(less(truth, POSITIVE_LABEL), greaterOrEqual(truth, 0)), "float32");
  const margin = sub(x.logit, threshold);
  if (metric === "rocAuc") return groupAucs(margin, x.groups(attribute!), { positive, negative });
  if (metric === "flipRate") {
    const shift = sub(pairwiseCosine(x.job, x.texts("counterfactual")), x.cosine);
    const other = add(margin, mul(shift, x.scale!));
    const known = unsqueeze(x.input("hasCounterfactual", x.label.shape), [1]); // everybody is one group
    const rates = (decision: (margin: Tensor) => Tensor) =>
      groupMeans(abs(sub(decision(margin), decision(other))), known);
    return { hard: rates(accepts), soft: rates(sigmoid) };
  }
  const rows = { all: x.populationWeight, positive, negative }[part];
  const rates = (decision: (margin: Tensor) => Tensor) => groupMeans(decision(margin), x.groups(attribute!), rows);
  return { hard: rates(accepts), soft: rates(sigmoid) };
}

function accepts(margin: Tensor): Tensor {
  return cast(greaterOrEqual(margin, 0), "float32");
}

/** Of each group the share of its pairs of a match and a failure that are in order: Σ over pairs, per group. */
function groupAucs(
  score: Tensor,
  groups: Tensor,
  { positive, negative }: { positive: Tensor; negative: Tensor },
): BatchRates {
  const matches = mul(groups, unsqueeze(positive, [1])), failures = mul(groups, unsqueeze(negative, [1])); // [items, G]
  const counts = mul(reduceSum(matches, { axes: [0] }), reduceSum(failures, { axes: [0] }));
  const lead = sub(unsqueeze(score, [1]), unsqueeze(score, [0])); // [items, items]
  const rates = (inOrder: Tensor): GroupMeans => {
    const sums = reduceSum(mul(matches, matMul(inOrder, failures)), { axes: [0] });
    const means = div(sums, positiveOrOne(counts));
    return { means, counts, overall: div(reduceSum(sums), positiveOrOne(reduceSum(counts))) };
  };
  // A tie is half in order.
  const hard = mul(add(accepts(lead), cast(greater(lead, 0), "float32")), 0.5);
  return { hard: rates(hard), soft: rates(sigmoid(lead)) };
}

/** −1 where it is not known: neither a match nor a failure. */
function groundTruthFeeds({ items }: TermBatch): Record<string, TensorData> {
  return {
    groundTruth: {
      dtype: "float32",
      shape: [items.length],
      data: Float32Array.from(items, ({ groundTruth }) => groundTruth ?? -1),
    },
  };
}
