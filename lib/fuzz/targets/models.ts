/** Model folders and adapters, as strangers make them. */
import { adapterModules, loadModelTokenizer, openSafetensors, readAdapterConfig } from "../../model/mod.ts";
import { readAdapter, readBertConfig, readTensor, resolveModel } from "../../model/mod.ts";
import { Rng } from "../../random.ts";
import { hostileText } from "../hostile.ts";
import type { Input } from "../mutate.ts";
import { checkFinite, expectThat, type Target } from "../target.ts";
import { filesOf, testFile, testText } from "./seeds.ts";

const BASE = {
  "config.json": testFile("bert_lora_tiny/base/config.json"),
  "model.safetensors": testFile("bert_lora_tiny/base/model.safetensors"),
};
const ADAPTERS = ["all_linear", "dora", "last_layer_patterns", "qkv", "rslora"];
const adapterFile = (adapter: string, file: string) => testFile(`bert_lora_tiny/adapters/${adapter}/${file}`);

const safetensors: Target = {
  name: "safetensors",
  seeds: ["qkv", "dora"].map((name): Input => ({
    files: { "x.safetensors": adapterFile(name, "adapter_model.safetensors") },
  })),
  run: async () => {
    const file = await openSafetensors("x.safetensors");
    for (const [name, { shape }] of file.tensors) {
      const data = await readTensor(file, name);
      expectThat(data.length === shape.reduce((size, n) => size * n, 1), `"${name}" of [${shape}] has ${data.length}`);
    }
  },
};

/** The base model's folder stays as it is beside what is changed. */
const bert = () => readBertConfig("config.json");

const adapter: Target = {
  name: "adapter weights",
  seeds: ADAPTERS.map((name): Input => ({
    files: {
      "config.json": BASE["config.json"],
      "adapter_config.json": adapterFile(name, "adapter_config.json"),
      "adapter_model.safetensors": adapterFile(name, "adapter_model.safetensors"),
    },
  })),
  changes: (file) => file === "adapter_model.safetensors",
  run: async () => {
    const { parameters, modules } = await readAdapter(".", await bert());
    checkFinite(parameters, "the adapter");
    checkFinite(modules, "its modules");
  },
};

const adapterConfig: Target = {
  name: "adapter_config.json",
  seeds: ADAPTERS.map((name): Input => ({
    files: { "config.json": BASE["config.json"], "adapter_config.json": adapterFile(name, "adapter_config.json") },
  })),
  changes: (file) => file === "adapter_config.json",
  run: async () => {
    const config = await readAdapterConfig("adapter_config.json");
    checkFinite(config, "the configuration");
    checkFinite(adapterModules(config, await bert()), "the modules");
  },
};

const PATTERNS = ["(.*)*x", "^encoder\\.layer\\.(\\d+)\\..*query$", "(a|aa)+$", "query|value", "[^.]*", "all-linear"];

const patterns: Target = {
  name: "adapter patterns",
  seeds: PATTERNS.flatMap((pattern): Input[] =>
    [
      { target_modules: ["query"], exclude_modules: `nothing${pattern}` },
      { target_modules: ["query"], rank_pattern: { [pattern]: 2 }, alpha_pattern: { [pattern]: 4 } },
      { target_modules: ["query"], layers_to_transform: [0], layers_pattern: [pattern, "layer"] },
    ].map((own) => ({
      files: {
        "config.json": BASE["config.json"],
        ...filesOf({ "adapter_config.json": { peft_type: "LORA", r: 2, ...own } }),
      },
    }))
  ),
  changes: adapterConfig.changes!,
  run: adapterConfig.run,
};

const tokenizers = ["uncased", "cased_cut_left"].map((name) => ({
  "tokenizer.json": testText(`added_tokens/${name}/tokenizer.json`),
  "tokenizer_config.json": testText(`added_tokens/${name}/tokenizer_config.json`),
}));

const SENTENCE_FILES = {
  "modules.json": [
    { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
    { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
    { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
  ],
  "1_Pooling/config.json": {
    word_embedding_dimension: 32,
    pooling_mode_cls_token: false,
    pooling_mode_mean_tokens: true,
    include_prompt: true,
  },
  "sentence_bert_config.json": { max_seq_length: 16, do_lower_case: false },
  "config_sentence_transformers.json": {
    prompts: { query: "query: ", passage: "passage: " },
    default_prompt_name: "query",
  },
};

const folder: Input["files"] = {
  ...BASE,
  ...filesOf(SENTENCE_FILES),
  "tokenizer.json": testFile("golden_outputs/inputs/tokenizer.json"),
};

/** Reads the model in the working folder, and tokenizes hostile texts with it. */
async function openModel(seed: number): Promise<void> {
  const model = await resolveModel("./");
  const { maxLength, config } = model;
  expectThat(maxLength >= 2 && maxLength <= config.maxPositions, `a length of ${maxLength}`);
  checkFinite(config, "config.json");
  const tokenizer = await loadModelTokenizer(model);
  const rng = new Rng(seed);
  for (let i = 0; i < 4; i++) {
    const text = Array.from({ length: 3 }, () => hostileText(rng)).join(rng.pick(["", " ", "nurse"]));
    const ids = tokenizer.encode(text, { maxLength });
    expectThat(ids.length <= maxLength, `${ids.length} tokens of at most ${maxLength}`);
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocabSize);
    expectThat(wrong === undefined, `token ${wrong} of a vocabulary of ${config.vocabSize}`);
  }
}

const modelTarget = (name: string, pattern: RegExp, seeds: readonly Input["files"][] = [folder]): Target => ({
  name,
  seeds: seeds.map((files) => ({ files })),
  changes: (file) => pattern.test(file),
  run: ({ files }) => openModel(Object.values(files).reduce((sum, { length }) => sum + length, 0)),
});

const index = {
  metadata: { total_size: 93_000 },
  weight_map: Object.fromEntries(
    weightNames(BASE["model.safetensors"]).map((name) => [name, "model-00001-of-00001.safetensors"]),
  ),
};

function weightNames(data: Uint8Array<ArrayBuffer>): string[] {
  const length = Number(new DataView(data.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(data.subarray(8, 8 + length)));
  return Object.keys(header).filter((name) => name !== "__metadata__");
}

const { "model.safetensors": weights, ...withoutWeights } = folder;

export const MODELS: readonly Target[] = [
  safetensors,
  adapter,
  adapterConfig,
  patterns,
  modelTarget("config.json", /^config\.json$/),
  modelTarget("model.safetensors", /^model\.safetensors$/),
  modelTarget(
    "tokenizer.json",
    /^tokenizer(_config)?\.json$/,
    [...tokenizers, {}].map((files) => ({ ...folder, ...filesOf(files) })),
  ),
  modelTarget("modules and pooling", /modules\.json|Pooling|sentence/),
  modelTarget("index.json", /index\.json$/, [{
    ...withoutWeights,
    "model-00001-of-00001.safetensors": weights!,
    ...filesOf({ "model.safetensors.index.json": index }),
  }]),
];
