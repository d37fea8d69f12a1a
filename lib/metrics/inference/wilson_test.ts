import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { wilsonInterval } from "./intervals.ts";

Deno.test("wilsonInterval() equals statsmodels' proportion_confint", () => {
  const cases: [number, number, number, number, number][] = [
    [0, 10, 0.95, 0, 0.2775327998628892],
    [3 / 12, 12, 0.95, 0.08894166839405471, 0.5323053349335657],
    [1, 7, 0.9, 0.7212373045474578, 1],
  ];
  for (const [share, n, level, low, high] of cases) {
    const interval = wilsonInterval(share, n, level);
    assertAlmostEquals(interval.low, low, 1e-12);
    assertAlmostEquals(interval.high, high, 1e-12);
  }
});

Deno.test("wilsonInterval() stays within [0, 1] and contains the share, whatever the sizes", () => {
  for (const n of [1, 3, 7.5, 1e9]) {
    for (const share of [0, 1]) {
      const { low, high } = wilsonInterval(share, n);
      assertEquals([low <= share && share <= high, low >= 0, high <= 1], [true, true, true], `${share} of ${n}`);
    }
  }
  assertThrows(() => wilsonInterval(0.5, 0), RangeError, "above 0, found 0");
});
