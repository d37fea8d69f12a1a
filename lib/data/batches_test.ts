import { assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
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
  for (const batchSize of [0, 1.5, NaN]) {
    assertThrows(() => epochBatches(items, { ...options, batchSize }), RangeError, "batch size");
  }
});
