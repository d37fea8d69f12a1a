import { assertAlmostEquals, assertEquals } from "@std/assert";
import { scoreCurves } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { precisionRecallByGroup } from "./precision_recall_curves.ts";

const { labels, tuned: scores, groups, clusters } = fairnessRows();
const curves = scoreCurves({ labels, scores, groups, clusters }, { rng: new Rng(1), resamples: 100 });
const figure = precisionRecallByGroup({
  attribute: "education",
  model: "tuned",
  curves,
  confidence: 0.95,
  candidates: 70,
  smallGroup: 30,
});

Deno.test("precisionRecallByGroup() looks as reviewed", () => assertSnapshot(figure));

Deno.test("precisionRecallByGroup() draws steps whose area is the average precision", () => {
  const [all] = figure.data as { x: number[]; y: number[]; line: { shape: string } }[];
  const area = all!.x.reduce((sum, x, i) => i === 0 ? 0 : sum + (x - all!.x[i - 1]!) * all!.y[i]!, 0);
  // Points are drawn to four decimals.
  assertAlmostEquals(area, curves.overall.averagePrecision.estimate.value!, 1e-3);
  assertEquals(all!.line.shape, "vh");
});
