import { assertAlmostEquals, assertEquals } from "@std/assert";
import { assertGolden, fairnessCases, type GoldenFrame } from "../golden_testing.ts";
import { accuracy, balancedAccuracy, f1, matthewsCorrelation, precision, recall } from "./confusion.ts";
import { averagePrecision, brierScore, logLoss, rocAuc } from "./scores.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const cases = await whenPermitted(async () =>
  (await fairnessCases()).filter((golden) => golden.name !== "d_intersectional")
);

permittedTest("quality equals scikit-learn on every golden case, weighted ones too", () => {
  for (const { name, inputs, expected } of cases) {
    const { y_true: labels, y_pred: predictions, y_score: scores, sample_weight: weights } = inputs;
    const { hard, soft }: { hard: GoldenFrame; soft: GoldenFrame } = expected.fairlearn.nan_for_undefined;
    for (const [key, metric] of Object.entries({ accuracy, balanced_accuracy: balancedAccuracy, precision, f1 })) {
      assertGolden(metric({ labels, predictions, weights }), hard.overall[key], `${name} ${key}`);
    }
    assertGolden(recall({ labels, predictions, weights }), hard.overall.tpr, `${name} recall`);
    const ofScores = { roc_auc: rocAuc, average_precision: averagePrecision, log_loss: logLoss, brier: brierScore };
    for (const [key, metric] of Object.entries(ofScores)) {
      assertGolden(metric({ labels, scores, weights }), soft.overall[key], `${name} ${key}`);
    }
  }
});

Deno.test("matthewsCorrelation() equals scikit-learn's documented example and is undefined where that answers 0", () => {
  // matthews_corrcoef([+1, +1, +1, -1], [+1, -1, +1, +1]) = -0.33, which is -1/3.
  assertAlmostEquals(matthewsCorrelation({ labels: [1, 1, 1, 0], predictions: [1, 0, 1, 1] }).value!, -1 / 3, 1e-15);
  assertEquals(matthewsCorrelation({ labels: [1, 0], predictions: [1, 1] }), {
    value: null,
    reason: "only one class among the labels or the predictions",
  });
});

permittedTest("matthewsCorrelation() is Pearson's correlation of labels and decisions, weighted", () => {
  for (const { name, inputs } of cases.filter((golden) => golden.inputs.sample_weight !== undefined)) {
    const { y_true: labels, y_pred: predictions, sample_weight: weights } = inputs;
    const total = weights!.reduce((sum, w) => sum + w, 0);
    const mean = (of: (i: number) => number) => weights!.reduce((sum, w, i) => sum + w * of(i), 0) / total;
    const [y, p] = [mean((i) => labels[i]!), mean((i) => predictions[i]!)];
    const covariance = mean((i) => labels[i]! * predictions[i]!) - y * p;
    const expected = covariance / Math.sqrt(y * (1 - y) * p * (1 - p));
    assertAlmostEquals(matthewsCorrelation({ labels, predictions, weights }).value!, expected, 1e-12, name);
  }
});
