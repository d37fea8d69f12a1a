import { assertEquals } from "@std/assert";
import type { Interval } from "../../metrics/mod.ts";
import { changeText, verdictOf } from "./words.ts";

const estimate = (value: number, low: number | null, high: number | null) => ({
  estimate: { value },
  interval: { low, high, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as Interval,
});

Deno.test("changeText() claims a change only where its interval leaves 0 out", () => {
  assertEquals(changeText("it", estimate(-0.2, -0.3, -0.1)), "a change of −0.200 [−0.300, −0.100], beyond chance");
  for (const [low, high] of [[-0.3, 0.1], [-0.3, 0], [0, 0.3]] as const) {
    assertEquals(changeText("it", estimate(0, low, high)).endsWith("the data do not show that it changed"), true);
  }
  assertEquals(changeText("it", estimate(1, null, null)), "the change, +1.000, has no interval, so nothing is shown");
});

Deno.test("verdictOf() judges by what is better, and by intervals only", () => {
  assertEquals(verdictOf(estimate(-0.2, -0.3, -0.1), -1), "better");
  assertEquals(verdictOf(estimate(0.2, 0.1, 0.3), -1), "worse");
  assertEquals(verdictOf(estimate(-0.2, -0.3, 0), -1), "not shown");
  assertEquals(verdictOf(undefined, 1), "–");
});
