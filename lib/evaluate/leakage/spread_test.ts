import { assertEquals } from "@std/assert";
import { spreadPValues, widenInterval } from "./spread.ts";

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
