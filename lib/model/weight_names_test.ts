import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { readBertConfig } from "./config.ts";
import type { StoredTensor } from "./safetensors.ts";
import { canonicalWeights } from "./weight_names.ts";
import { openWeights } from "./weights.ts";

const dir = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
const config = await readBertConfig(`${dir}/config.json`);
const weights = await openWeights(dir);
const renamed = (rename: (name: string) => string) => new Map([...weights].map(([name, t]) => [rename(name), t]));

Deno.test("canonicalWeights() takes the tiny BERT as it is, in the order of the forward pass", () => {
  const canonical = canonicalWeights(weights, config, dir);
  assertEquals([...canonical.keys()].toSorted(), [...weights.keys()].toSorted());
  assertEquals(canonical.keys().next().value, "embeddings.word_embeddings.weight");
});

Deno.test("canonicalWeights() sees through prefixes and the names of old files", () => {
  const expected = canonicalWeights(weights, config, dir);
  for (const prefix of ["bert.", "model.", "0.auto_model."]) {
    assertEquals(canonicalWeights(renamed((name) => prefix + name), config, dir), expected);
  }
  const old = renamed((name) => name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("Norm.bias", "Norm.beta"));
  assertEquals(canonicalWeights(old, config, dir), expected);
});

Deno.test("canonicalWeights() leaves out what the encoder does not need", () => {
  const extra = new Map(weights).set("pooler.dense.weight", weights.get("embeddings.LayerNorm.bias")!);
  assertEquals(canonicalWeights(extra, config, dir).size, weights.size);
});

Deno.test("canonicalWeights() names what is missing or does not fit", () => {
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
    `the weights lack "encoder.layer.2.attention.self.query.weight" and 15 more`,
  );
  assertThrows(
    () => canonicalWeights(new Map(), config, dir),
    InputError,
    `the weights lack "embeddings.word_embeddings.weight" and 36 more`,
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
