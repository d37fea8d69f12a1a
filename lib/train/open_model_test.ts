import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { readBertConfig } from "../model/config.ts";
import { formatAdapterConfig } from "../model/peft_config.ts";
import { adapterModules } from "../model/target_modules.ts";
import { parseConfig, type PartialConfig } from "./config.ts";
import { adapterConfig } from "./open_model.ts";
import { permittedTest } from "../_testing.ts";

const BASE = { name: "BAAI/bge-small-en-v1.5", revision: "5c38ec7", numLayers: 12 };
const of = (lora: PartialConfig["lora"], base = BASE) => adapterConfig(parseConfig({ lora }).lora, base);

Deno.test("adapterConfig() says in PEFT's keys what the configuration asks for", () => {
  const config = of({
    rank: 16,
    alpha: 32,
    dropout: 0.1,
    targetModules: ["query", "output.dense"],
    rslora: true,
    dora: true,
  });
  const json = JSON.parse(formatAdapterConfig(config));
  const { base_model_name_or_path, revision, peft_type, r, lora_alpha, lora_dropout, use_rslora, use_dora } = json;
  assertEquals([base_model_name_or_path, revision, peft_type], ["BAAI/bge-small-en-v1.5", "5c38ec7", "LORA"]);
  assertEquals([r, lora_alpha, lora_dropout, use_rslora, use_dora], [16, 32, 0.1, true, true]);
  assertEquals([json.target_modules, json.layers_to_transform], [["query", "output.dense"], null]);
});

Deno.test("adapterConfig() lists every layer of a range, both ends included", () => {
  assertEquals(of({ layers: [9, 11] }).layersToTransform, [9, 10, 11]);
  assertEquals(of({ layers: [0, 0] }).layersToTransform, [0]);
  assertEquals(of({}).layersToTransform, null);
});

Deno.test("adapterConfig() refuses layers that the model does not have, and ranges that run backwards", () => {
  for (const layers of [[0, 12], [12, 12], [5, 4]] as [number, number][]) {
    assertThrows(
      () => of({ layers }),
      InputError,
      `lora.layers: expected first and last layer within 0 to 11, found [${layers.join(", ")}]`,
    );
  }
});

permittedTest(
  "the adapted layers of a configuration are those it names, scaled by alpha / rank or alpha / √rank",
  async () => {
    const bert = await readBertConfig(`${import.meta.dirname}/../testdata/bert_lora_tiny/base/config.json`);
    const modules = (lora: PartialConfig["lora"]) => adapterModules(of(lora, { ...BASE, numLayers: 2 }), bert);
    assertEquals(modules({ rank: 4, alpha: 8, layers: [1, 1], targetModules: ["value", "intermediate.dense"] }), [
      {
        name: "encoder.layer.1.attention.self.value",
        inFeatures: 32,
        outFeatures: 32,
        rank: 4,
        scaling: 2,
        dora: false,
      },
      { name: "encoder.layer.1.intermediate.dense", inFeatures: 32, outFeatures: 64, rank: 4, scaling: 2, dora: false },
    ]);
    assertEquals(modules({ rank: 4, alpha: 8, rslora: true })[0]!.scaling, 4);
    // PEFT 0.21 takes a name for the ending of a layer's own.
    assertEquals(modules({ targetModules: ["output.dense"], layers: [0, 0] }).map(({ name }) => name), [
      "encoder.layer.0.attention.output.dense",
      "encoder.layer.0.output.dense",
    ]);
  },
);
