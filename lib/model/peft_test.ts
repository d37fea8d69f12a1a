import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { resolveModel } from "./source.ts";
import { InputError } from "../errors.ts";
import { checkJson } from "../files.ts";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";
import { type BertConfig, readBertConfig } from "./config.ts";
import {
  AdapterConfigFile,
  adapterModules,
  formatAdapterConfig,
  matchesTarget,
  readAdapter,
  writeAdapter,
} from "./peft.ts";
import { openSafetensors, writeSafetensors } from "./safetensors.ts";

const parseAdapterConfig = (json: unknown, path: string) => checkJson(json, AdapterConfigFile, path);
const testdata = `${import.meta.dirname}/../testdata`;
const adapters = `${testdata}/bert_lora_tiny/adapters`;
const tiny = await whenPermitted(() => readBertConfig(`${testdata}/bert_lora_tiny/base/config.json`));
const minilm: BertConfig = { ...tiny, hiddenSize: 384, numLayers: 6, numHeads: 12, intermediateSize: 1536 };

const golden: [string, BertConfig][] = [
  ...["all_linear", "dora", "last_layer_patterns", "qkv", "rslora"].map((name): [string, BertConfig] => [
    `${adapters}/${name}`,
    tiny,
  ]),
  [`${testdata}/minilm_adapter`, minilm],
];
for (const [folder, bert] of golden) {
  permittedTest(
    `readAdapter() and writeAdapter() give ${folder.slice(testdata.length + 1)} back byte for byte`,
    () =>
      withFolder(async (dir) => {
        const adapter = await readAdapter(folder, bert);
        const stored = await openSafetensors(`${folder}/adapter_model.safetensors`);
        assertEquals(Object.keys(adapter.parameters).sort(), [...stored.tensors.keys()].sort());
        await writeAdapter(`${dir}/new/folder`, adapter.config, adapter.parameters);
        const [written, original] = await Promise.all(
          [`${dir}/new/folder`, folder].map((from) => Deno.readFile(`${from}/adapter_model.safetensors`)),
        );
        assert(written!.every((byte, i) => byte === original![i]) && written!.length === original!.length);
        assertEquals(await readAdapter(`${dir}/new/folder`, bert), adapter);
      }),
  );
}

permittedTest("readAdapter() reads rank and alpha patterns with PEFT's numbers", async () => {
  const { modules } = await readAdapter(`${adapters}/last_layer_patterns`, tiny);
  assertEquals(modules.map(({ name, rank, scaling }) => [name, rank, scaling]), [
    ["encoder.layer.1.attention.self.query", 4, 6 / 4],
    ["encoder.layer.1.attention.self.value", 2, 3 / 2],
    ["encoder.layer.1.attention.output.dense", 4, 8 / 4],
    ["encoder.layer.1.output.dense", 4, 8 / 4],
  ]);
});

permittedTest("readAdapter() refuses an adapter for another model and says what differs", async () => {
  const path = `${adapters}/qkv/adapter_model.safetensors`;
  await assertRejects(
    () => readAdapter(`${adapters}/qkv`, { ...tiny, hiddenSize: 48 }),
    InputError,
    `${path}: tensor "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight" has shape [4,32], ` +
      "expected [4,48]: the adapter was made for another base model",
  );
  await assertRejects(
    () => readAdapter(`${adapters}/qkv`, { ...tiny, numLayers: 3 }),
    InputError,
    `expected tensor "base_model.model.encoder.layer.2.attention.self.query.lora_A.weight"`,
  );
  await assertRejects(
    () => readAdapter(`${adapters}/qkv`, { ...tiny, numLayers: 1 }),
    InputError,
    `tensor "base_model.model.encoder.layer.1.attention.self.key.lora_A.weight" belongs to no adapted layer`,
  );
  await assertRejects(
    () => readAdapter(`${adapters}/last_layer_patterns`, { ...tiny, numLayers: 1 }),
    InputError,
    "adapter_config.json, layers_to_transform: expected layers 0 to 0",
  );
});

permittedTest(
  "readAdapter() accepts the names of a model with a head, and passes over its pooler",
  () =>
    withFolder(async (dir) => {
      const { config, parameters } = await readAdapter(`${adapters}/qkv`, tiny);
      const renamed = Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [name.replace("model.encoder", "model.bert.encoder"), value]),
      );
      const pooler = { shape: [1], data: new Float32Array(1) };
      await writeAdapter(dir, config, renamed);
      await writeSafetensors(`${dir}/adapter_model.safetensors`, {
        ...renamed,
        "base_model.model.bert.pooler.dense.lora_A.weight": pooler,
      });
      assertEquals((await readAdapter(dir, tiny)).parameters, parameters);
    }),
);

permittedTest("readAdapter() names the file that is missing or truncated", () =>
  withFolder(async (dir) => {
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${dir}/adapter_config.json cannot be read`);
    await Deno.copyFile(`${adapters}/qkv/adapter_config.json`, `${dir}/adapter_config.json`);
    const weights = `${dir}/adapter_model.safetensors`;
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${weights} cannot be read: no such file`);
    await Deno.writeFile(weights, (await Deno.readFile(`${adapters}/qkv/adapter_model.safetensors`)).subarray(0, 5000));
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${weights}: the file ends inside tensor`);
  }));

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
  ["modules saved whole", { modules_to_save: ["pooler"] }, '"modules_to_save": this setting is not supported'],
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

const bert: BertConfig = {
  vocabSize: 100,
  hiddenSize: 32,
  numLayers: 12,
  numHeads: 4,
  intermediateSize: 64,
  maxPositions: 64,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
  hiddenAct: "gelu",
};
const config = (settings: Record<string, unknown>) =>
  parseAdapterConfig({ peft_type: "LORA", target_modules: ["query"], ...settings }, "a.json");
const matched = (settings: Record<string, unknown>) => adapterModules(config(settings), bert).map(({ name }) => name);
const query = "encoder.layer.1.attention.self.query";

Deno.test("matchesTarget() matches whole names and suffixes at a dot, as PEFT does", () => {
  const cases: [string, string, boolean][] = [
    [query, "query", true],
    [query, "self.query", true],
    [query, query, true],
    [query, "uery", false],
    [query, ".query", false],
    [query, "quer", false],
    ["encoder.layer.1.attention.output.dense", "output.dense", true],
    ["encoder.layer.1.output.dense", "attention.output.dense", false],
    ["pooler.dense", "dense", true],
  ];
  for (const [name, target, expected] of cases) {
    assertEquals(matchesTarget(name, config({ target_modules: [target] })), expected, `${name} by ${target}`);
  }
});

Deno.test("matchesTarget() requires an expression to match the whole name", () => {
  assertEquals(matchesTarget(query, config({ target_modules: ".*\\.(query|key)" })), true);
  assertEquals(matchesTarget(query, config({ target_modules: "query" })), false);
  assertEquals(matchesTarget(query, config({ target_modules: "x|.*query" })), true);
  assertThrows(
    () => matchesTarget(query, config({ target_modules: "(?P<a>x)" })),
    InputError,
    "target_modules: expected a regular expression that JavaScript can read, found",
  );
});

Deno.test("matchesTarget() leaves excluded modules out", () => {
  assertEquals(matchesTarget(query, config({ exclude_modules: ["self.query"] })), false);
  assertEquals(matchesTarget(query, config({ exclude_modules: ".*layer\\.1\\..*" })), false);
  assertEquals(matchesTarget(query, config({ exclude_modules: ["key"] })), true);
});

Deno.test("matchesTarget() asks for the layer unless the module has its full name", () => {
  assertEquals(matchesTarget(query, config({ layers_to_transform: [1] })), true);
  assertEquals(matchesTarget(query, config({ layers_to_transform: [0, 2] })), false);
  assertEquals(matchesTarget(query, config({ layers_to_transform: [] })), true);
  assertEquals(matchesTarget(query, config({ target_modules: [query], layers_to_transform: [0] })), true);
  assertEquals(matchesTarget("pooler.query", config({ layers_to_transform: [0] })), false);
  assertEquals(matchesTarget(query, config({ layers_to_transform: 1, layers_pattern: "layer" })), true);
  assertEquals(matchesTarget(query, config({ layers_to_transform: 1, layers_pattern: ["h", "blocks"] })), false);
});

Deno.test("adapterModules() does not take layer 11 for layer 1", () => {
  assertEquals(matched({ layers_to_transform: [1, 11] }), [query, "encoder.layer.11.attention.self.query"]);
});

Deno.test("adapterModules() gives the widths of each kind of layer", () => {
  const modules = adapterModules(
    config({ target_modules: ["intermediate.dense", "output.dense"], layers_to_transform: [0], r: 4, lora_alpha: 6 }),
    bert,
  );
  assertEquals(modules.map((m) => [m.name.slice(16), m.inFeatures, m.outFeatures, m.rank, m.scaling, m.dora]), [
    ["attention.output.dense", 32, 32, 4, 1.5, false],
    ["intermediate.dense", 32, 64, 4, 1.5, false],
    ["output.dense", 64, 32, 4, 1.5, false],
  ]);
});

Deno.test("adapterModules() takes rank and alpha from the first pattern that matches the end of the name", () => {
  const [first, second] = adapterModules(
    config({
      layers_to_transform: [0, 1],
      r: 4,
      lora_alpha: 8,
      rank_pattern: { "layer\\.0\\..*query": 2, "query": 16 },
      alpha_pattern: { "uery": 1, "1.attention.self.query": 32 },
      use_rslora: true,
    }),
    bert,
  );
  assertEquals([first!.rank, first!.scaling], [2, 8 / Math.sqrt(2)]);
  assertEquals([second!.rank, second!.scaling], [16, 32 / 4]);
});

Deno.test("adapterModules() refuses targets and layers that the base model lacks", () => {
  assertThrows(() => matched({ target_modules: ["q_proj"] }), InputError, 'found ["q_proj"], which no layer');
  assertThrows(() => matched({ layers_to_transform: [3, 12] }), InputError, "expected layers 0 to 11");
});

permittedTest("readAdapter() as a reader would call it", async () => {
  const { config } = await resolveModel("embedded:minilm");
  const adapter = await readAdapter(`${import.meta.dirname}/../testdata/minilm_adapter`, config);
  assertEquals([adapter.config.r, adapter.config.targetModules], [4, ["query", "value"]]);
});
