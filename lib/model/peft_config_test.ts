import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkJson } from "../files.ts";
import { permittedTest } from "../_testing.ts";
import { AdapterConfigFile, formatAdapterConfig } from "./peft_config.ts";

const parseAdapterConfig = (json: unknown, path: string) => checkJson(json, AdapterConfigFile, path);
const minimal = { peft_type: "LORA", target_modules: ["query"] };

Deno.test("AdapterConfigFile gives keys that older files lack PEFT's defaults", () => {
  assertEquals(parseAdapterConfig(minimal, "a.json"), {
    baseModel: null,
    revision: null,
    r: 8,
    alpha: 8,
    dropout: 0,
    targetModules: ["query"],
    excludeModules: null,
    layersToTransform: null,
    layersPattern: null,
    rankPattern: {},
    alphaPattern: {},
    useRslora: false,
    useDora: false,
    taskType: null,
  });
});

Deno.test("AdapterConfigFile takes one layer or one pattern as a list of one", () => {
  const config = parseAdapterConfig({ ...minimal, layers_to_transform: 3, layers_pattern: "layer" }, "a.json");
  assertEquals([config.layersToTransform, config.layersPattern], [[3], ["layer"]]);
});

const refused: [string, Record<string, unknown>, string][] = [
  ["another method", { peft_type: "IA3" }, '"peft_type": expected LORA, the only method supported, found "IA3"'],
  ["trained biases", { bias: "all" }, '"bias": expected none: trained biases are not supported, found "all"'],
  ["modules saved whole", { modules_to_save: ["pooler", "embeddings"] }, '"modules_to_save": "embeddings" was trained'],
  ["trained parameters", { target_parameters: ["w"] }, '"target_parameters": this setting is not supported'],
  ["transposed weights", { fan_in_fan_out: true }, '"fan_in_fan_out": this setting is not supported, found true'],
  ["a bias in B", { lora_bias: true }, '"lora_bias": this setting'],
  ["a start that changes the base", { init_lora_weights: "pissa" }, '"init_lora_weights": expected true, false'],
  ["a setting of the future", { use_magic: 3 }, '"use_magic": this setting is not supported, found 3'],
  ["no targets", { target_modules: null }, '"target_modules"'],
  ["rank 0", { r: 0 }, '"r": expected a positive number, found 0'],
  ["rank 0 by pattern", { rank_pattern: { query: 0 } }, '"rank_pattern.query": expected a positive number'],
  ["an expression with layers", { target_modules: ".*", layers_to_transform: [1] }, '"layers_to_transform"'],
];
for (const [what, change, message] of refused) {
  Deno.test(`AdapterConfigFile refuses ${what}`, () => {
    assertThrows(() => parseAdapterConfig({ ...minimal, ...change }, "a.json"), InputError, `a.json, ${message}`);
  });
}

Deno.test("AdapterConfigFile passes over settings of the future that are off", () => {
  const config = parseAdapterConfig({ ...minimal, use_magic: false, magic: null, magic_config: {} }, "a.json");
  assertEquals(config.targetModules, ["query"]);
});

const folders = ["all_linear", "dora", "last_layer_patterns", "qkv", "rslora"].map((name) =>
  `bert_lora_tiny/adapters/${name}`
);
for (const folder of [...folders, "minilm_adapter"]) {
  permittedTest(`formatAdapterConfig() writes what PEFT wrote for ${folder}`, async () => {
    const path = `${import.meta.dirname}/../testdata/${folder}/adapter_config.json`;
    const text = await Deno.readTextFile(path);
    const written = formatAdapterConfig(parseAdapterConfig(JSON.parse(text), path));
    // Python writes the dropout as 0.0, which JSON's reader in JavaScript cannot tell from 0.
    assertEquals(written, text.replace('"lora_dropout": 0.0', '"lora_dropout": 0'));
  });
}

Deno.test("formatAdapterConfig() names the task instead of the model's class when there is one", () => {
  const config = parseAdapterConfig({ ...minimal, task_type: "FEATURE_EXTRACTION" }, "a.json");
  const written = JSON.parse(formatAdapterConfig(config));
  assertEquals([written.task_type, written.auto_mapping], ["FEATURE_EXTRACTION", null]);
});
