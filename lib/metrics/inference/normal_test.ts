import { assertAlmostEquals } from "@std/assert";
import { normalCdf, normalQuantile, studentQuantile } from "./normal.ts";

Deno.test("normalCdf() on an example small enough to check by hand", () => {
  assertAlmostEquals(normalCdf(1.959963984540054), 0.975, 1e-14);
});

Deno.test("normalQuantile() on an example small enough to check by hand", () => {
  assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-12);
});

Deno.test("studentQuantile() on an example small enough to check by hand", () => {
  // scipy.stats.t.ppf(0.975, 4)
  assertAlmostEquals(studentQuantile(0.975, 4), 2.7764451051977934, 1e-10);
});
