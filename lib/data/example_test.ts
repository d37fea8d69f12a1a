import { assertEquals, assertThrows } from "@std/assert";
import { checkTrainable, labelClass } from "./example.ts";

Deno.test("labelClass() counts a label of 0.5 as a match", () => {
  assertEquals([labelClass({ row: 1, label: 0.5 }), labelClass({ row: 2, label: 0.2 })], [1, 0]);
});

Deno.test("checkTrainable() wants labels on both sides of 0.5", () => {
  assertThrows(() => checkTrainable([{ row: 1, label: 1 }], "pairs.csv"), Error, "both sides of 0.5");
});
