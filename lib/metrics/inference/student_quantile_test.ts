import { assertAlmostEquals, assertThrows } from "@std/assert";
import { studentQuantile } from "./distributions.ts";

Deno.test("studentQuantile() equals scipy.stats.t.ppf", () => {
  const cases: [number, number, number][] = [
    [0.975, 1, 12.706204736174694],
    [0.05, 2, -2.9199855803537256],
    [0.9, 7, 1.4149239276505086],
    [0.995, 30, 2.7499956535672254],
  ];
  for (const [p, freedom, t] of cases) assertAlmostEquals(studentQuantile(p, freedom), t, 1e-9);
  assertAlmostEquals(studentQuantile(0.5, 3), 0, 1e-15);
  assertThrows(() => studentQuantile(0.9, 0), RangeError, "whole degrees of freedom ≥ 1, found 0");
});
