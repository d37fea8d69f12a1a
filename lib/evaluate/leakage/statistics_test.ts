import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { logisticCases } from "./_testing.ts";
import { probeStatistics, rankProbabilities, spreadPValues, widenInterval } from "./statistics.ts";

for (const { name, labels, metrics } of await logisticCases()) {
  Deno.test(`probeStatistics() within one fold equals scikit-learn: ${name}`, () => {
    const ranked = rankProbabilities(metrics.probabilities, labels.map(() => 0));
    const [accuracy, balanced, auc, ...recalls] = probeStatistics(ranked, labels, labels.map(() => 1));
    assertAlmostEquals(accuracy!, metrics.accuracy, 1e-12);
    assertAlmostEquals(balanced!, metrics.balanced_accuracy, 1e-12);
    assertAlmostEquals(auc!, metrics.roc_auc_ovr_macro, 1e-12);
    metrics.recall.forEach((value, c) => assertAlmostEquals(recalls[c]!, value, 1e-12));
  });
}

/** Probabilities with ties, groups and folds. */
function sample(n: number, groups: number, seed: number) {
  const rng = new Rng(seed);
  const rows = Array.from({ length: n }, () => Array.from({ length: groups }, () => 1 + rng.int(4)));
  const probabilities = rows.map((row) => row.map((v) => v / row.reduce((a, b) => a + b)));
  return {
    probabilities,
    codes: Array.from({ length: n }, (_, i) => i < groups ? i : rng.int(groups)),
    fold: Array.from({ length: n }, (_, i) => i % 3),
    weights: Array.from({ length: n }, () => rng.int(4)),
  };
}

Deno.test("probeStatistics() counts a row of weight w as w rows", () => {
  const { probabilities, codes, fold, weights } = sample(60, 3, 1);
  const weighted = probeStatistics(rankProbabilities(probabilities, fold), codes, weights);
  const times = <T>(values: readonly T[]) => values.flatMap((value, i) => Array<T>(weights[i]!).fill(value));
  const repeated = rankProbabilities(times(probabilities), times(fold));
  probeStatistics(repeated, times(codes), times(codes).map(() => 1)).forEach((value, s) =>
    assertAlmostEquals(weighted[s]!, value, 1e-12)
  );
});

Deno.test("the AUC compares rows of one fold only, pair by pair", () => {
  const { probabilities, codes, fold } = sample(45, 3, 2);
  const auc = [0, 1, 2].map((group) => {
    let won = 0, pairs = 0;
    for (let i = 0; i < 45; i++) {
      for (let j = 0; j < 45; j++) {
        if (codes[i] !== group || codes[j] === group || fold[i] !== fold[j]) continue;
        const gap = probabilities[i]![group]! - probabilities[j]![group]!;
        won += gap > 0 ? 1 : gap === 0 ? 0.5 : 0;
        pairs++;
      }
    }
    return won / pairs;
  });
  const ranked = rankProbabilities(probabilities, fold);
  const found = probeStatistics(ranked, codes, codes.map(() => 1))[2]!;
  assertAlmostEquals(found, (auc[0]! + auc[1]! + auc[2]!) / 3, 1e-12);
});

Deno.test("a group without weight makes what needs it undefined", () => {
  const ranked = rankProbabilities([[0.6, 0.4], [0.3, 0.7]], [0, 0]);
  assertEquals([...probeStatistics(ranked, [0, 1], [1, 0])], [1, NaN, NaN, 1, NaN]);
});

const REST = { level: 0.95, method: "bca", resamples: 10, undefinedResamples: 0, bias: 0 } as const;

Deno.test("widenInterval() stays within what is possible", () => {
  const share = widenInterval({ low: 0.05, high: 0.9, ...REST }, 0.5, 0);
  assertEquals([share.low, share.high, share.method], [0, 1, "widened"]);
  const change = widenInterval({ low: -0.9, high: 0.1, ...REST }, -0.5, -1);
  assertEquals([change.low, Math.round(100 * change.high!)], [-1, 35]);
});

Deno.test("widenInterval() leaves missing ends missing", () => {
  const { low, high } = widenInterval({ low: null, high: null, ...REST }, 0.5, 0);
  assertEquals([low, high], [null, null]);
});

Deno.test("spreadPValues() counts the data among the permutations, each number for itself", () => {
  const draws = [[0.4, 0], [0.6, 0], [0.5, 3]];
  // 0.5 ± 0.14 and 1 − 1.41, 1 − 1.41, 1 + 2.83.
  assertEquals(spreadPValues([0.64, 3.5], 3, () => draws.pop()!), [2 / 4, 2 / 4]);
  assertEquals(spreadPValues([0.65], 0, () => []), [1]);
});

Deno.test("probeStatistics() of a small case by hand", () => {
  const ranked = rankProbabilities([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.2, 0.8]], [0, 0, 0, 0]);
  assertEquals(ranked.predicted, Int32Array.of(0, 1, 1, 1));
  assertEquals([...probeStatistics(ranked, [0, 0, 0, 1], [1, 1, 1, 1])], [0.5, 2 / 3, 1, 1 / 3, 1]);
});
