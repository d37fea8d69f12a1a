import { assertEquals } from "@std/assert";
import { Rng } from "../random.ts";
import { argsortDescending } from "./argsort.ts";

Deno.test("argsortDescending() agrees with a stable comparison sort on many values, signs and ties", () => {
  const rng = new Rng(3);
  const values = Array.from({ length: 9000 }, (_, i) => {
    const x = rng.normal() * 10 ** (rng.int(12) - 6);
    return i % 3 === 0 ? Math.round(x) : x;
  });
  const expected = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
  assertEquals(Array.from(argsortDescending(values)), expected);
  assertEquals(Array.from(argsortDescending(values.slice(0, 500))), expected.filter((i) => i < 500));
  assertEquals(Array.from(argsortDescending(values.slice(0, 100))), expected.filter((i) => i < 100));
});

Deno.test("argsortDescending() on an example small enough to check by hand", () => {
  assertEquals(argsortDescending([0.2, 0.9, 0.2, -1]), Uint32Array.of(1, 0, 2, 3));
});
