import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Encoder } from "../model/encoder.ts";
import { cosine, embedTexts, scorePairs } from "./score.ts";
import type { TextTable } from "./texts.ts";

Deno.test("cosine() ignores length and is 0 for a vector of zeros", () => {
  const [x, y] = [Float32Array.of(1, 2, 2), Float32Array.of(-2, 1, 0)];
  assertAlmostEquals(cosine(x, x.map((v) => 100 * v)), 1, 1e-12);
  assertAlmostEquals(cosine(x, x.map((v) => -v)), -1, 1e-12);
  assertAlmostEquals(cosine(x, y), 0, 1e-12);
  assertAlmostEquals(cosine(x, Float32Array.of(1, 0, 0)), 1 / 3, 1e-7);
  assertEquals(cosine(x, new Float32Array(3)), 0);
});

Deno.test("embedTexts() embeds each text once, and scorePairs() finds them in whatever order pairs name them", async () => {
  const embedded: number[][] = [];
  const encoder = {
    embed(texts: number[][]) {
      embedded.push(...texts);
      return Promise.resolve(texts.map(([angle]) => Float32Array.of(Math.cos(angle!), Math.sin(angle!))));
    },
  } as unknown as Encoder;
  const table = { tokens: [[0], [Math.PI / 3], [Math.PI / 2], [9]] } as unknown as TextTable;
  const pairs = [{ job: 2, resume: 0 }, { job: 1, resume: 0 }, { job: 2, resume: 1 }];
  const embeddings = await embedTexts(pairs.flatMap(({ job, resume }) => [job, resume]), table, encoder, {}, 100);
  const scores = scorePairs(pairs, embeddings);
  [0, 1 / 2, Math.sqrt(3) / 2].forEach((expected, i) => assertAlmostEquals(scores[i]!, expected, 1e-7));
  assertEquals(embedded.length, 3);
});
