import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "./random.ts";

Deno.test("Rng gives the xoshiro128** sequence for the reference state 1, 2, 3, 4", () => {
  // First outputs of the authors' xoshiro128starstar.c for s = {1, 2, 3, 4}.
  const rng = Rng.fromState([1, 2, 3, 4]);
  assertEquals([rng.uint32(), rng.uint32(), rng.uint32()], [11520, 0, 5927040]);
});

Deno.test("Rng.uniform() has the mean and variance of the uniform distribution", () => {
  const rng = new Rng(7);
  const n = 100_000;
  let sum = 0, squares = 0;
  for (let i = 0; i < n; i++) {
    const x = rng.uniform();
    sum += x;
    squares += x * x;
  }
  assertAlmostEquals(sum / n, 1 / 2, 0.005);
  assertAlmostEquals(squares / n, 1 / 3, 0.005);
});

Deno.test("Rng.normal() has mean 0, variance 1 and kurtosis 3", () => {
  const rng = new Rng(8);
  const n = 200_000;
  let m1 = 0, m2 = 0, m4 = 0;
  for (let i = 0; i < n; i++) {
    const x = rng.normal();
    m1 += x;
    m2 += x * x;
    m4 += x ** 4;
  }
  assertAlmostEquals(m1 / n, 0, 0.01);
  assertAlmostEquals(m2 / n, 1, 0.02);
  assertAlmostEquals(m4 / n, 3, 0.1);
});

Deno.test("Rng.int() reaches every value about equally often", () => {
  const rng = new Rng(9);
  const counts = new Array(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[rng.int(6)]++;
  for (const count of counts) assertAlmostEquals(count / 10_000, 1, 0.05);
});

Deno.test("Rng.shuffle() keeps every item", () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const shuffled = new Rng(3).shuffle([...items]);
  assertEquals([...shuffled].sort((a, b) => a - b), items);
  assertEquals(shuffled.every((x, i) => x === i), false);
});

Deno.test("Rng.pick() refuses an empty array", () => {
  assertThrows(() => new Rng(1).pick([]), RangeError, "at least one item");
});

Deno.test("Rng.derive() gives streams that differ by label and leaves the parent alone", () => {
  const rng = new Rng(5);
  const before = rng.state;
  const a = rng.derive("a").uint32(), b = rng.derive("b").uint32();
  assertEquals(a === b, false);
  assertEquals(rng.derive("a").uint32(), a);
  assertEquals(rng.state, before);
});

Deno.test("Rng.words() and Rng.ints() give what single draws do, where words must be left out too", () => {
  const [many, single] = [new Rng(3), new Rng(3)];
  assertEquals([...many.words(new Uint32Array(50))], Array.from({ length: 50 }, () => single.uint32()));
  // Of 2³¹ + 5 numbers, about every second word is beyond the last whole round.
  for (const [n, less] of [[6, 0], [2 ** 31 + 5, 0], [2 ** 32 - 1, 1], [200, 1], [2 ** 32, 0]] as const) {
    const expected = Array.from({ length: 200 }, (_, i) => single.int(n - i * less));
    assertEquals([...many.ints(new Uint32Array(200), n, less)], expected);
    assertEquals(many.state, single.state);
  }
});
