import { assert, assertAlmostEquals, assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import { Rng } from "../random.ts";
import { epochBatches } from "./batches.ts";

const items = Array.from({ length: 1003 }, (_, i) => i);
const options = { batchSize: 16, seed: 42, epoch: 0 };

Deno.test("epochBatches() holds every item once, in full batches but the last", () => {
  const batches = epochBatches(items, options);
  assertEquals(batches.flat().sort((a, b) => a - b), items);
  assertEquals(batches.map((b) => b.length), [...Array(62).fill(16), 11]);
});

Deno.test("epochBatches() depends on seed and epoch alone", () => {
  assertEquals(epochBatches(items, options), epochBatches(items, { ...options }));
  assertNotEquals(epochBatches(items, options), epochBatches(items, { ...options, epoch: 1 }));
  assertNotEquals(epochBatches(items, options), epochBatches(items, { ...options, seed: 43 }));
});

Deno.test("epochBatches() leaves its items in their order", () => {
  const own = [3, 1, 2];
  epochBatches(own, options);
  assertEquals(own, [3, 1, 2]);
});

Deno.test("epochBatches() with dropLast leaves out the rest, another one each epoch", () => {
  const left = [0, 1].map((epoch) => {
    const batches = epochBatches(items, { ...options, epoch, dropLast: true });
    assertEquals(batches.map((b) => b.length), Array(62).fill(16));
    const used = new Set(batches.flat());
    return items.filter((i) => !used.has(i));
  });
  assertNotEquals(left[0], left[1]);
});

Deno.test("epochBatches() with lengths wastes less padding and still holds every item once", () => {
  const rng = new Rng(1);
  const texts = items.map((id) => ({ id, length: 1 + rng.int(512) }));
  const padding = (batches: { length: number }[][]) =>
    batches.reduce(
      (sum, b) => sum + Math.max(...b.map((t) => t.length)) * b.length - b.reduce((s, t) => s + t.length, 0),
      0,
    );
  const plain = epochBatches(texts, options);
  const bucketed = epochBatches(texts, { ...options, lengthOf: ({ length }) => length });
  assertEquals(bucketed.flat().map(({ id }) => id).sort((a, b) => a - b), items);
  assertLess(padding(bucketed), padding(plain) / 10);
  assertEquals(bucketed.at(-1)!.length, 11);
  const means = bucketed.map((b) => b.reduce((s, t) => s + t.length, 0) / b.length);
  assert(means.some((m, i) => i > 0 && m < means[i - 1]!), "batches should not come in the order of length");
});

Deno.test("epochBatches() puts every item equally often at the front", () => {
  let sum = 0;
  for (let epoch = 0; epoch < 2000; epoch++) {
    sum += epochBatches([0, 1, 2, 3, 4], { batchSize: 5, seed: 7, epoch })[0]![0]!;
  }
  // The mean of 2,000 draws from 0…4 has a standard error of 0.032.
  assertAlmostEquals(sum / 2000, 2, 0.13);
});

Deno.test("epochBatches() takes no items and refuses a batch size below 1", () => {
  assertEquals(epochBatches([], options), []);
  assertEquals(epochBatches([], { ...options, lengthOf: () => 1 }), []);
  for (const batchSize of [0, 1.5, NaN]) {
    assertThrows(() => epochBatches(items, { ...options, batchSize }), RangeError, "batch size");
  }
});
