import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Encoder } from "../model/encoder.ts";
import { loadModelTokenizer, resolveModel } from "../model/source.ts";
import { cosine, embedTexts, scorePairs, TokenCache } from "./token_cache.ts";
import { permittedTest } from "../_testing.ts";

permittedTest("TokenCache holds what the model's own tokenizer says", async () => {
  const tokenizer = await loadModelTokenizer(await resolveModel("embedded:minilm"));
  const cache = new TokenCache({ tokenizer, maxLength: 16, instruction: { job: "", resume: "" } });
  const [a, b, again] = ["Hello world", "Hello", "Hello world"].map((text) => cache.number(text, "resume"));
  assertEquals([a, b, again, cache.tokens[0]], [0, 1, 0, [101, 7592, 2088, 102]]);
});

/** A tokenizer that gives each character's code, and counts what it is asked. */
function cached(instruction = { job: "", resume: "" }) {
  const asked: string[] = [];
  const encode = (text: string, { maxLength }: { maxLength: number }) => {
    asked.push(text);
    return [...text].map((character) => character.charCodeAt(0)).slice(0, maxLength);
  };
  const tokenizer = { encode, vocabSize: 256, clsId: 1, sepId: 2, padId: 0, maskId: 4 };
  return { texts: new TokenCache({ tokenizer, maxLength: 3, instruction }), asked };
}

Deno.test("TokenCache numbers each text once and cuts it to the maximum length", () => {
  const { texts, asked } = cached();
  assertEquals(texts.pair({ resume: "abcd", job: "x" }), { job: 0, resume: 1 });
  assertEquals(texts.pair({ resume: "abcd", job: "y" }), { job: 2, resume: 1 });
  assertEquals([texts.tokens[1], asked], [[97, 98, 99], ["x", "abcd", "y"]]);
});

Deno.test("TokenCache tells roles apart where an instruction does", () => {
  const same = cached().texts, other = cached({ job: ">", resume: "" }).texts;
  assertEquals(same.number("a", "job") === same.number("a", "resume"), true);
  assertEquals(other.number("a", "job") === other.number("a", "resume"), false);
  assertEquals(other.tokens, [[62, 97], [97]]);
});

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
  const tokens = { tokens: [[0], [Math.PI / 3], [Math.PI / 2], [9]] } as unknown as TokenCache;
  const pairs = [{ job: 2, resume: 0 }, { job: 1, resume: 0 }, { job: 2, resume: 1 }];
  const embeddings = await embedTexts(pairs.flatMap(({ job, resume }) => [job, resume]), {
    tokens,
    encoder,
    batchTokens: 100,
  });
  const scores = scorePairs(pairs, embeddings);
  [0, 1 / 2, Math.sqrt(3) / 2].forEach((expected, i) => assertAlmostEquals(scores[i]!, expected, 1e-7));
  assertEquals(embedded.length, 3);
});
