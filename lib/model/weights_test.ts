import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";
import { readStored, type StoredTensor, writeSafetensors } from "./safetensors.ts";
import { canonicalWeights, openWeights } from "./weights.ts";
import { readBertConfig } from "./config.ts";

const tensor = (...data: number[]) => ({ shape: [data.length], data: new Float32Array(data) });
const index = (weightMap: Record<string, string>) => JSON.stringify({ metadata: {}, weight_map: weightMap });

permittedTest("openWeights() finds the tensors of a model that is split into parts", () =>
  withFolder(async (dir) => {
    await writeSafetensors(`${dir}/model-00001-of-00002.safetensors`, { a: tensor(1), unused: tensor(9) });
    await writeSafetensors(`${dir}/model-00002-of-00002.safetensors`, { b: tensor(2, 3) });
    await Deno.writeTextFile(
      `${dir}/model.safetensors.index.json`,
      index({ a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" }),
    );
    const weights = await openWeights(dir);
    assertEquals([...weights.keys()], ["a", "b"]);
    assertEquals([...await readStored(weights.get("b")!)], [2, 3]);
  }));

permittedTest(
  "openWeights() refuses an index that disagrees with its parts or leaves the folder",
  () =>
    withFolder(async (dir) => {
      const path = `${dir}/model.safetensors.index.json`;
      await writeSafetensors(`${dir}/p.safetensors`, { a: tensor(1) });
      await Deno.writeTextFile(path, index({ a: "p.safetensors", b: "p.safetensors" }));
      await assertRejects(() => openWeights(dir), InputError, `tensor "b" is not in p.safetensors`);
      await Deno.writeTextFile(path, index({ a: "q.safetensors" }));
      await assertRejects(() => openWeights(dir), InputError, `${path}: its part q.safetensors is not in`);
      await Deno.writeTextFile(path, index({ a: "../p.safetensors" }));
      await assertRejects(() => openWeights(dir), InputError, "its part ../p.safetensors is not in");
      await Deno.writeTextFile(path, "{}");
      await assertRejects(() => openWeights(dir), InputError, `${path}, "weight_map"`);
    }),
);

permittedTest(
  "openWeights() takes the only safetensors file of a folder, or a file by its path",
  () =>
    withFolder(async (dir) => {
      await writeSafetensors(`${dir}/model.fp16.safetensors`, { a: tensor(1) });
      assertEquals((await openWeights(dir)).size, 1);
      assertEquals((await openWeights(`${dir}/model.fp16.safetensors`)).size, 1);
      await writeSafetensors(`${dir}/other.safetensors`, { b: tensor(1) });
      await assertRejects(() => openWeights(dir), InputError, "found model.fp16.safetensors and other.safetensors");
      await writeSafetensors(`${dir}/model.safetensors`, { c: tensor(1) });
      assertEquals([...(await openWeights(dir)).keys()], ["c"]);
    }),
);

permittedTest("openWeights() says what it found instead of weights", () =>
  withFolder(async (dir) => {
    await assertRejects(() => openWeights(dir), InputError, "expected model.safetensors, found no weights");
    await Deno.writeTextFile(`${dir}/pytorch_model.bin`, "");
    await assertRejects(
      () => openWeights(dir),
      InputError,
      "found pytorch_model.bin, which only Python reads; convert it with python -c",
    );
    await assertRejects(() => openWeights(`${dir}/gone`), InputError, "gone cannot be read: no such file or folder");
  }));

const dir = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
const config = await whenPermitted(() => readBertConfig(`${dir}/config.json`));
const weights = await whenPermitted(() => openWeights(dir));
const renamed = (rename: (name: string) => string) => new Map([...weights].map(([name, t]) => [rename(name), t]));

permittedTest("canonicalWeights() takes the tiny BERT as it is, in the order of the forward pass", () => {
  const canonical = canonicalWeights(weights, config, dir);
  assertEquals([...canonical.keys()].toSorted(), [...weights.keys()].toSorted());
  assertEquals(canonical.keys().next().value, "embeddings.word_embeddings.weight");
});

permittedTest("canonicalWeights() sees through prefixes and the names of old files", () => {
  const expected = canonicalWeights(weights, config, dir);
  for (const prefix of ["bert.", "model.", "0.auto_model."]) {
    assertEquals(canonicalWeights(renamed((name) => prefix + name), config, dir), expected);
  }
  const old = renamed((name) => name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("Norm.bias", "Norm.beta"));
  assertEquals(canonicalWeights(old, config, dir), expected);
});

permittedTest("canonicalWeights() leaves out what the encoder does not need", () => {
  const extra = new Map(weights).set("pooler.dense.weight", weights.get("embeddings.LayerNorm.bias")!);
  assertEquals(canonicalWeights(extra, config, dir).size, weights.size);
});

permittedTest("canonicalWeights() refuses any number of layers at once, and other sizes that the weights lack", () => {
  const started = performance.now();
  for (const numLayers of [1e6, 2e7, 1e15]) {
    const message = `num_hidden_layers ${numLayers}, the weights have 2`;
    assertThrows(() => canonicalWeights(weights, { ...config, numLayers }, dir), InputError, message);
  }
  for (const size of ["hiddenSize", "intermediateSize", "maxPositions", "typeVocabSize", "vocabSize"] as const) {
    assertThrows(() => canonicalWeights(weights, { ...config, [size]: 1e15 }, dir), InputError, "has shape");
  }
  assert(performance.now() - started < 10_000);
});

permittedTest("canonicalWeights() names what is missing or does not fit", () => {
  const without = new Map(weights);
  without.delete("encoder.layer.1.output.dense.bias");
  assertThrows(
    () => canonicalWeights(without, config, dir),
    InputError,
    `${dir}: the weights lack "encoder.layer.1.output.dense.bias", which its config.json asks for`,
  );
  assertThrows(
    () => canonicalWeights(weights, { ...config, numLayers: 3 }, dir),
    InputError,
    `the weights lack "encoder.layer.2.attention.self.query.weight", which its config.json asks for: ` +
      "it says num_hidden_layers 3, the weights have 2",
  );
  assertThrows(
    () => canonicalWeights(new Map(), config, dir),
    InputError,
    `the weights lack "embeddings.word_embeddings.weight", which its config.json asks for`,
  );
  assertThrows(
    () => canonicalWeights(weights, { ...config, vocabSize: 99 }, dir),
    InputError,
    `"embeddings.word_embeddings.weight" has shape [100,32], expected [99,32] by ${dir}/config.json`,
  );
  const norm = "embeddings.LayerNorm.bias";
  const whole: StoredTensor = { ...weights.get(norm)!, dtype: "I64" };
  assertThrows(() => canonicalWeights(new Map(weights).set(norm, whole), config, dir), InputError, "holds I64");
});
