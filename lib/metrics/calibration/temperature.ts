import type { LabelledScores } from "../classification/scores.ts";
import { checkRows, type Column } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";
import { checkProbabilities } from "./calibration.ts";

/** The result of {@linkcode fitTemperature}. */
export interface Temperature {
  /** The temperature; above 1 the scores were overconfident. Undefined where none is best. */
  readonly temperature: Value;
  /** Mean log loss of the scores as they are, in nats. */
  readonly logLossBefore: Value;
  /** Mean log loss at the temperature, in nats. */
  readonly logLossAfter: Value;
}

/** Probabilities of exactly 0 and 1 have no logit; they are clipped as in scikit-learn's log_loss. */
const EPSILON = Number.EPSILON;
/** Newton's method converges quadratically; it needs about ten steps, and bisection guards the rest. */
const MAX_STEPS = 200;

/**
 * Fits the temperature T that makes `sigmoid(logit / T)` the most likely explanation of the labels (Guo et al., "On
 * calibration of modern neural networks", 2017). It changes no ranking, and so no ROC-AUC: only how much a score
 * promises. Scores are probabilities unless `scale` says that they are logits.
 *
 * Log loss is convex in 1/T, so the root of its derivative is found by Newton's method inside a shrinking bracket.
 * @throws {InputError} If a label is not 0 or 1, or a probability lies outside [0, 1].
 */
export function fitTemperature(
  input: LabelledScores & { readonly scale?: "probability" | "logit" | undefined },
): Temperature {
  const { labels, weights } = input;
  const n = checkRows({ labels, scores: input.scores, weights });
  const logits = toLogits(input.scores, input.scale);
  let total = 0;
  for (let i = 0; i < n; i++) total += weights?.[i] ?? 1;
  if (total === 0) return undefinedTemperature("all weights are 0");

  const at = (beta: number): { loss: number; slope: number; curvature: number } => {
    let loss = 0, slope = 0, curvature = 0;
    for (let i = 0; i < n; i++) {
      const w = weights?.[i] ?? 1;
      const z = labels[i] === 1 ? -logits[i]! : logits[i]!;
      const p = sigmoid(beta * z);
      loss += w * softplus(beta * z);
      slope += w * z * p;
      curvature += w * z * z * p * (1 - p);
    }
    return { loss: loss / total, slope: slope / total, curvature: curvature / total };
  };

  const before = defined(at(1).loss);
  const none = (reason: string) => ({
    temperature: undefinedBecause(reason),
    logLossBefore: before,
    logLossAfter: before,
  });
  if (at(0).slope >= 0) {
    return none("the scores do not rank positives above negatives, so no finite temperature is best");
  }
  let wrong = false;
  for (let i = 0; i < n; i++) wrong ||= (weights?.[i] ?? 1) > 0 && (labels[i] === 1 ? logits[i]! < 0 : logits[i]! > 0);
  if (!wrong) return none("the scores separate the classes at probability 1/2, so the best temperature tends to 0");
  let low = 0, high = 1;
  while (at(high).slope < 0) {
    low = high;
    high *= 2;
  }
  let beta = low + (high - low) / 2;
  for (let step = 0; step < MAX_STEPS && high - low > 1e-15 * high; step++) {
    const { slope, curvature } = at(beta);
    if (slope === 0) break;
    if (slope > 0) high = beta;
    else low = beta;
    const newton = beta - slope / curvature;
    const next = newton > low && newton < high ? newton : low + (high - low) / 2;
    if (Math.abs(next - beta) <= 1e-15 * beta) break;
    beta = next;
  }
  return { temperature: defined(1 / beta), logLossBefore: before, logLossAfter: defined(at(beta).loss) };
}

function undefinedTemperature(reason: string): Temperature {
  const value = undefinedBecause(reason);
  return { temperature: value, logLossBefore: value, logLossAfter: value };
}

function toLogits(scores: Column, scale: "probability" | "logit" = "probability"): Float64Array {
  if (scale === "logit") return Float64Array.from(scores);
  checkProbabilities(scores);
  return Float64Array.from(scores, (score) => {
    const p = Math.min(Math.max(score, EPSILON), 1 - EPSILON);
    return Math.log(p / (1 - p));
  });
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** `ln(1 + eˣ)` without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
