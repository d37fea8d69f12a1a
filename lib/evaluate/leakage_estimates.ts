/** What probes of a run's two models found, as an evaluation holds it. */
import type { Estimate as MeasuredEstimate } from "../metrics/mod.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Leakage, LeakageComparison, LeakageMetric } from "./leakage/leakage.ts";
import { estimateOf } from "./row_weights.ts";

type LeakageEvaluation = Evaluation["leakage"][number];

const numbers = (of: Readonly<Record<LeakageMetric, MeasuredEstimate>>) => ({
  balancedAccuracy: estimateOf(of.balancedAccuracy.estimate, of.balancedAccuracy.interval),
  macroAuc: estimateOf(of.macroAuc.estimate, of.macroAuc.interval),
  accuracy: estimateOf(of.accuracy.estimate, of.accuracy.interval),
});

function modelOf(name: string, leakage: Leakage): LeakageEvaluation["models"][number] {
  const { people, pValues, majorityAccuracy, groups } = leakage;
  return {
    name,
    ...numbers(leakage),
    people,
    pValues: { ...pValues },
    majorityAccuracy,
    groups: groups.map(({ group, count, recall }) => ({
      group,
      count,
      recall: estimateOf(recall.estimate, recall.interval),
    })),
  };
}

/** A comparison of two models' embeddings; they are called `base` and `tuned`. */
export function leakageEvaluation(attribute: string, { base, tuned, change }: LeakageComparison): LeakageEvaluation {
  return {
    attribute,
    expected: base.chanceBalancedAccuracy,
    models: [modelOf("base", base), modelOf("tuned", tuned)],
    changes: [{ from: "base", to: "tuned", ...numbers(change) }],
  };
}
