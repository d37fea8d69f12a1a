import { assertEquals, assertStringIncludes } from "@std/assert";
import { costCurve } from "./cost.ts";

const at = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });

Deno.test("costCurve() draws what was lost against what was removed, with its band", () => {
  const point = (name: string, removed: number, lost: number) => ({
    name,
    disparity: at(0.3 - removed),
    rocAuc: at(0.9 - lost),
    removed: at(removed),
    lost: at(lost),
    perPoint: removed > 0 ? lost / removed / 100 : null,
  });
  const figure = costCurve({
    metric: "demographicParityDifference",
    attribute: "education",
    seeds: 5,
    hypervolume: at(0.3),
    points: [point("plain", 0, 0), point("at-most-0.05", 0.2, 0.03), point("at-most-0.1", 0.1, 0.01)],
  });
  assertEquals(figure.title, "Removing 0.200 of the demographic parity difference costs −0.030 of ROC-AUC");
  assertStringIncludes(figure.alt, "at-most-0.1: removed 0.100, lost 0.010 (0.000 to 0.020), 0.0010 per point.");
  assertEquals((figure.data[2] as { x: number[] }).x, [0, 0.1, 0.2]);
  assertEquals((figure.data[0] as { y: number[] }).y.map((low) => Number(low.toFixed(9))), [
    -0.01,
    0,
    0.02,
  ]);
});
