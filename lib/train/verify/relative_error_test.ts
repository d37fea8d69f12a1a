import { assertEquals } from "@std/assert";
import { relativeError } from "./relative_error.ts";

Deno.test("relativeError() is 0 for equal lists, empty ones and equal infinities included", () => {
  assertEquals([relativeError([], []), relativeError([0, -2], [0, -2])], [0, 0]);
  assertEquals(relativeError([Infinity, NaN], [Infinity, NaN]), 0);
});

Deno.test("relativeError() divides by the largest expected number, or by the floor if that is larger", () => {
  assertEquals(relativeError([1, 100], [2, 100]), 0.01);
  assertEquals(relativeError([0.5], [0.25], 1), 0.25);
  assertEquals(relativeError([3n], [4n]), 0.25);
});

Deno.test("relativeError() is infinite where a number is missing, NaN, infinite, or expected to be zero", () => {
  assertEquals(relativeError([1], [1, 2]), Infinity);
  assertEquals(relativeError([NaN], [1]), Infinity);
  assertEquals(relativeError([1], [-Infinity]), Infinity);
  assertEquals(relativeError([1e-9], [0]), Infinity);
});
