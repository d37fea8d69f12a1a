import { assertEquals } from "@std/assert";
import { defined, inRange, ratio, undefinedBecause } from "./value.ts";

Deno.test("defined() on an example small enough to check by hand", () => {
  assertEquals(defined(0.25), { value: 0.25 });
});

Deno.test("undefinedBecause() on an example small enough to check by hand", () => {
  assertEquals(undefinedBecause("no positive label"), { value: null, reason: "no positive label" });
});

Deno.test("ratio() on an example small enough to check by hand", () => {
  assertEquals(ratio(1, 4, "no rows"), { value: 0.25 });
  assertEquals(ratio(1, 0, "no rows"), { value: null, reason: "no rows" });
});

Deno.test("inRange() leaves undefined what is beyond the largest number", () => {
  assertEquals(inRange(1e308), { value: 1e308 });
  assertEquals(inRange(1e308 * 10).value, null);
});
