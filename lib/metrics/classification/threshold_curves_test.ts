import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { demographicParityDifference, equalizedOddsDifference } from "../fairness/disparities.ts";
import { confusionTable, f1 } from "./confusion.ts";
import { decide, thresholdCurves } from "./thresholds.ts";

const rng = new Rng(5);
const people = Array.from({ length: 100 }, () => rng.normal());
const rows = Array.from({ length: 300 }, (_, i) => Math.floor(i / 3));
const groups = rows.map((c) => c % 3 ? "degree" : "none");
const labels = rows.map((c) => people[c]! > 0 ? 1 : 0);
const scores = rows.map((c, i) => Math.round(8 * (people[c]! + (groups[i] === "degree" ? 1 : 0))) / 8);
const clusters = rows.map((c) => `person ${c}`);
const thresholds = [1, -0.5, 0.25, 9];

Deno.test("thresholdCurves() gives at each threshold what the decisions there give", () => {
  const { curves } = thresholdCurves({ labels, scores, groups }, thresholds, { rng: new Rng(1), resamples: 10 });
  thresholds.forEach((threshold, t) => {
    const predictions = decide(scores, threshold);
    const table = confusionTable({ labels, predictions, groups });
    assertEquals(curves.demographicParityDifference[t]!.estimate.value, demographicParityDifference(table).value);
    assertEquals(curves.equalizedOddsDifference[t]!.estimate.value, equalizedOddsDifference(table).value);
    assertAlmostEquals(curves.f1[t]!.estimate.value!, f1({ labels, predictions }).value!, 1e-12);
    assertAlmostEquals(
      curves.selectionRate[t]!.estimate.value!,
      predictions.reduce((sum, d) => sum + d, 0) / rows.length,
      1e-12,
    );
  });
});

Deno.test("thresholdCurves() widens intervals where whole candidates are resampled", () => {
  const width = (own?: string[]) => {
    const { curves } = thresholdCurves({ labels, scores, groups, clusters: own }, [0.25], { rng: new Rng(1) });
    const { low, high } = curves.selectionRate[0]!.interval;
    return high! - low!;
  };
  // Rows of a person are copies, so √3.
  assert(Math.abs(width(clusters) / width() - Math.sqrt(3)) < 0.3);
});
