import { assertEquals } from "@std/assert";
import { conclude, concludeChange, isBetter } from "./conclusion.ts";
import type { Estimate } from "./evaluation.ts";

const interval = (low: number, high: number): NonNullable<Estimate["interval"]> => ({
  low,
  high,
  level: 0.95,
  method: "percentile",
  resamples: 1000,
  undefinedResamples: 0,
  bias: 0,
});
const difference = { metric: "demographicParityDifference", value: 0.1 };

Deno.test("conclude() shows a difference where the test is significant at the level of the intervals", () => {
  const own = { ...difference, interval: interval(0.02, 0.2), pValue: 0.04 };
  assertEquals(conclude(own, { confidence: 0.95 }).kind, "difference shown");
  assertEquals(conclude(own, { confidence: 0.99 }).kind, "no evidence either way");
  assertEquals(conclude({ ...own, pValue: 0.05 }, { confidence: 0.95 }).kind, "difference shown");
});

Deno.test("conclude() goes by the interval where no test applies: 0 for differences, 1 for ratios", () => {
  assertEquals(
    conclude({ ...difference, interval: interval(0.02, 0.2), pValue: null }, { confidence: 0.95 }).kind,
    "difference shown",
  );
  const ratio = { metric: "demographicParityRatio", value: 0.9, pValue: null };
  assertEquals(conclude({ ...ratio, interval: interval(0.8, 1) }, { confidence: 0.95 }).kind, "no evidence either way");
  assertEquals(conclude({ ...ratio, interval: interval(0.8, 0.95) }, { confidence: 0.95 }).kind, "difference shown");
});

Deno.test("conclude() never calls want of evidence equivalent, unless the interval lies within a margin that was stated", () => {
  const own = { ...difference, value: 0.01, interval: interval(0, 0.04), pValue: 0.7 };
  assertEquals(conclude(own, { confidence: 0.95 }).kind, "no evidence either way");
  assertEquals(conclude(own, { confidence: 0.95, margin: 0.05 }), { kind: "equivalent", margin: 0.05 });
  assertEquals(conclude(own, { confidence: 0.95, margin: 0.03 }).kind, "no evidence either way");
  assertEquals(conclude({ ...own, interval: null }, { confidence: 0.95, margin: 0.05 }).kind, "no evidence either way");
});

Deno.test("conclude() says that there are too few people, and why a number is undefined", () => {
  const own = { ...difference, interval: interval(0.02, 0.2), pValue: 0.001 };
  assertEquals(conclude(own, { confidence: 0.95, largeGroups: 1 }).kind, "too few people");
  const none = { metric: "tpr", value: null, reason: "no row with label 1", interval: null, pValue: null };
  assertEquals(conclude(none, { confidence: 0.95 }), { kind: "undefined", reason: "no row with label 1" });
});

Deno.test("concludeChange() and isBetter() say better or worse only where a change is shown", () => {
  const rise = { value: 0.1, interval: interval(0.05, 0.15) };
  const unsure = { value: 0.1, interval: interval(-0.05, 0.25) };
  assertEquals([rise, unsure].map((own) => concludeChange(own).kind), ["difference shown", "no evidence either way"]);
  assertEquals(isBetter("rocAuc", rise), true);
  assertEquals(isBetter("equalizedOddsDifference", rise), false);
  assertEquals(isBetter("rocAuc", unsure), null);
  assertEquals(isBetter("selectionRate", rise), null);
  assertEquals(concludeChange({ value: 0, interval: interval(-0.01, 0.01) }, { margin: 0.02 }).kind, "equivalent");
  assertEquals(concludeChange({ value: null, reason: "no rows", interval: null }).kind, "undefined");
  assertEquals(concludeChange({ value: 0.1, interval: null }).kind, "no evidence either way");
});
