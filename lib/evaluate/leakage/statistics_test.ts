import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { logisticCases } from "./_testing.ts";
import { probeStatistics, rankProbabilities } from "./statistics.ts";

for (const { name, labels, metrics } of await logisticCases()) {
  Deno.test(`probeStatistics() within one fold equals scikit-learn: ${name}`, () => {
    const groups = metrics.recall.length;
    const ranked = rankProbabilities(metrics.probabilities.flat(), groups, labels.map(() => 0));
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
  const weighted = probeStatistics(rankProbabilities(probabilities.flat(), 3, fold), codes, weights);
  const times = <T>(values: readonly T[]) => values.flatMap((value, i) => Array<T>(weights[i]!).fill(value));
  const repeated = rankProbabilities(times(probabilities).flat(), 3, times(fold));
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
  const ranked = rankProbabilities(probabilities.flat(), 3, fold);
  const found = probeStatistics(ranked, codes, codes.map(() => 1))[2]!;
  assertAlmostEquals(found, (auc[0]! + auc[1]! + auc[2]!) / 3, 1e-12);
});

Deno.test("a group without weight makes what needs it undefined", () => {
  const ranked = rankProbabilities([0.6, 0.4, 0.3, 0.7], 2, [0, 0]);
  assertEquals([...probeStatistics(ranked, [0, 1], [1, 0])], [1, NaN, NaN, 1, NaN]);
});
