import { assertEquals } from "@std/assert";
import { defined, ratio, undefinedBecause } from "./value.ts";

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
