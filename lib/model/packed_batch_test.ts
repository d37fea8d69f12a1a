import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { lengthBatches, packBatch } from "./packed_batch.ts";

const batches = fc.record({
  texts: fc.array(fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 6,
  }),
  heads: fc.integer({ min: 1, max: 4 }),
});
const check = (property: (batch: { texts: number[][]; heads: number }) => void) =>
  fc.assert(fc.property(batches, property), { seed: 11, numRuns: 200 });

Deno.test("packBatch() lays texts one behind the other, each counted from position 0", () => {
  check(({ texts, heads }) => {
    const { inputIds, positionIds, tokenTypeIds } = packBatch(texts, { numHeads: heads, pooling: "mean" });
    assertEquals([...inputIds!.data], texts.flat());
    assertEquals([...positionIds!.data], texts.flatMap((ids) => ids.map((_, position) => position)));
    assertEquals([...tokenTypeIds!.data], texts.flat().map(() => 0));
  });
});

Deno.test("slotToken and tokenSlot are each other's inverse: heads padded and packed again are the same rows", () => {
  check(({ texts, heads }) => {
    const { slotToken, tokenSlot } = packBatch(texts, { numHeads: heads, pooling: "cls" });
    const tokens = texts.flat().length;
    assertEquals(tokenSlot!.shape, [tokens * heads]);
    for (let row = 0; row < tokens * heads; row++) {
      assertEquals(slotToken!.data[tokenSlot!.data[row] as number], row);
    }
    assertEquals(new Set(tokenSlot!.data as Int32Array).size, tokens * heads, "two rows in one slot");
  });
});

Deno.test("the slots of a text and head show its own tokens in order, and padding its first token", () => {
  check(({ texts, heads }) => {
    const { slotToken, keyBias, queryMask } = packBatch(texts, { numHeads: heads, pooling: "cls" });
    const length = Math.max(...texts.map((ids) => ids.length));
    assertEquals(slotToken!.shape, [texts.length, heads, length]);
    assertEquals([keyBias!.shape, queryMask!.shape], [[texts.length, 1, 1, length], [texts.length, 1, length, 1]]);
    let start = 0;
    texts.forEach((ids, text) => {
      for (let position = 0; position < length; position++) {
        const isToken = position < ids.length;
        for (let head = 0; head < heads; head++) {
          const shown = slotToken!.data[(text * heads + head) * length + position] as number;
          assertEquals([Math.floor(shown / heads), shown % heads], [start + (isToken ? position : 0), head]);
        }
        assertEquals(queryMask!.data[text * length + position], isToken ? 1 : 0);
        // Either no bias, or one whose exponential is exactly 0 in float32.
        const bias = keyBias!.data[text * length + position] as number;
        assertEquals(isToken ? bias : Math.fround(Math.exp(bias)), 0);
        if (!isToken) assertLess(bias, -1000);
      }
      start += ids.length;
    });
  });
});

Deno.test("pooling weights of a text sum to 1 over its own tokens and are 0 elsewhere", () => {
  check(({ texts, heads }) => {
    for (const pooling of ["cls", "mean"] as const) {
      const { poolingWeights } = packBatch(texts, { numHeads: heads, pooling });
      const tokens = texts.flat().length;
      let start = 0;
      texts.forEach((ids, text) => {
        const row = [...poolingWeights!.data as Float32Array].slice(text * tokens, (text + 1) * tokens);
        const own = row.slice(start, start + ids.length);
        assertAlmostEquals(own.reduce((a, b) => a + b, 0), 1, 1e-6);
        assertEquals(row.filter((weight) => weight !== 0).length, pooling === "cls" ? 1 : ids.length);
        if (pooling === "cls") assertEquals(own[0], 1);
        start += ids.length;
      });
    }
  });
});

Deno.test("packBatch() takes segment ids and refuses a text without tokens", () => {
  const { tokenTypeIds } = packBatch([[1, 2, 3], [4]], { numHeads: 2, pooling: "mean" }, [[0, 1, 1], [1]]);
  assertEquals([...tokenTypeIds!.data], [0, 1, 1, 1]);
  assertThrows(
    () => packBatch([[1], []], { numHeads: 1, pooling: "mean" }),
    RangeError,
    "Text 1 has no tokens: expected at least its special",
  );
});

Deno.test("packBatch() shows in a padding slot the text's first token", () => {
  const batch = packBatch([[101, 7592, 102], [101, 102]], { numHeads: 1, pooling: "mean" });
  assertEquals([...batch.inputIds!.data], [101, 7592, 102, 101, 102]);
  assertEquals([...batch.slotToken!.data], [0, 1, 2, 3, 4, 3]);
});

Deno.test("lengthBatches() keeps to the token budget, holds every text once and lets a single text exceed it", () => {
  const batches = lengthBatches([5, 3, 20, 4, 4], 10);
  assertEquals(batches, [[1, 3], [4, 0], [2]]);
});

Deno.test("lengthBatches() lets only those lengths follow each other that may", () => {
  const same = (length: number, last: number) => length === last && length > 1;
  assertEquals(lengthBatches([2, 1, 3, 2, 1, 2, 3], 4, same), [[1], [4], [0, 3], [5], [2], [6]]);
  assertEquals(lengthBatches([], 4, same), []);
});
