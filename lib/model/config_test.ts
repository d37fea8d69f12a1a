import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkJson } from "../files.ts";
import { BertConfigFile, readSentenceModules } from "./config.ts";
import { permittedTest, withFolder } from "../_testing.ts";

const parseBertConfig = (json: unknown, path: string) => checkJson(json, BertConfigFile, path);

/** BAAI/bge-large-en-v1.5's config.json, where transformers 4.30 leaves the defaults out. */
const bgeLarge = {
  architectures: ["BertModel"],
  attention_probs_dropout_prob: 0.1,
  hidden_act: "gelu",
  hidden_dropout_prob: 0.1,
  hidden_size: 1024,
  intermediate_size: 4096,
  layer_norm_eps: 1e-12,
  max_position_embeddings: 512,
  model_type: "bert",
  num_attention_heads: 16,
  num_hidden_layers: 24,
  pad_token_id: 0,
  position_embedding_type: "absolute",
  type_vocab_size: 2,
  vocab_size: 30522,
};

Deno.test("BertConfigFile reads bge-large's file", () => {
  assertEquals(parseBertConfig(bgeLarge, "config.json"), {
    vocabSize: 30522,
    hiddenSize: 1024,
    numLayers: 24,
    numHeads: 16,
    intermediateSize: 4096,
    maxPositions: 512,
    typeVocabSize: 2,
    layerNormEps: 1e-12,
    hiddenAct: "gelu",
  });
});

Deno.test("BertConfigFile gives keys that are left out BERT's defaults", () => {
  const { layer_norm_eps: _eps, type_vocab_size: _types, hidden_act: _act, ...rest } = bgeLarge;
  const config = parseBertConfig(rest, "config.json");
  assertEquals([config.layerNormEps, config.typeVocabSize, config.hiddenAct], [1e-12, 2, "gelu"]);
});

const refused: [string, Record<string, unknown>, string][] = [
  ["another architecture", { model_type: "xlm-roberta" }, '"model_type": expected bert'],
  ["another activation", { hidden_act: "gelu_new" }, '"hidden_act": expected gelu, the only activation'],
  ["relative positions", { position_embedding_type: "relative_key" }, '"position_embedding_type": expected absolute'],
  ["a decoder", { is_decoder: true }, '"is_decoder": expected false'],
  ["cross-attention", { add_cross_attention: true }, '"add_cross_attention": expected false'],
  [
    "heads that do not divide the width",
    { num_attention_heads: 15 },
    '"num_attention_heads": expected a divisor of hidden_size, found 15',
  ],
  ["no layers", { num_hidden_layers: 0 }, '"num_hidden_layers": expected a positive number'],
  ["a width that is text", { hidden_size: "1024" }, '"hidden_size": expected a whole number, found "1024"'],
  ["a missing width", { hidden_size: undefined }, '"hidden_size": expected a whole number'],
];
for (const [what, change, message] of refused) {
  Deno.test(`BertConfigFile refuses ${what} and names file and key`, () => {
    assertThrows(
      () => parseBertConfig({ ...bgeLarge, ...change }, "m/config.json"),
      InputError,
      `m/config.json, ${message}`,
    );
  });
}

Deno.test("BertConfigFile refuses what is no object", () => {
  assertThrows(() => parseBertConfig([], "m/config.json"), InputError, "m/config.json: ");
});

function folder(files: Record<string, unknown>, run: (dir: string) => Promise<void>): Promise<void> {
  return withFolder(async (dir) => {
    for (const [name, content] of Object.entries(files)) {
      if (name.includes("/")) await Deno.mkdir(`${dir}/${name.split("/")[0]}`);
      await Deno.writeTextFile(`${dir}/${name}`, JSON.stringify(content));
    }
    await run(dir);
  });
}

/** The modules.json of BAAI/bge-large-en-v1.5 and of most sentence-transformers models. */
const modules = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
  { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
];
const modes = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: false, pooling_mode_max_tokens: false };

permittedTest(
  "readSentenceModules() says nothing of a folder that has none of these files",
  () =>
    folder({}, async (dir) => {
      assertEquals(await readSentenceModules(dir), { pooling: null, normalize: null, maxLength: null });
    }),
);

permittedTest("readSentenceModules() reads bge's files", () =>
  folder({
    "modules.json": modules,
    "1_Pooling/config.json": { word_embedding_dimension: 1024, ...modes, pooling_mode_cls_token: true },
    "sentence_bert_config.json": { max_seq_length: 512, do_lower_case: true },
  }, async (dir) => {
    assertEquals(await readSentenceModules(dir), { pooling: "cls", normalize: true, maxLength: 512 });
  }));

permittedTest("readSentenceModules() takes a list without Normalize at its word", () =>
  folder({
    "modules.json": modules.slice(0, 2),
    "1_Pooling/config.json": { ...modes, pooling_mode_mean_tokens: true },
  }, async (dir) => {
    assertEquals(await readSentenceModules(dir), { pooling: "mean", normalize: false, maxLength: null });
  }));

permittedTest(
  "readSentenceModules() reads the newer form and pooling without modules.json",
  () =>
    folder({ "1_Pooling/config.json": { pooling_mode: "mean" } }, async (dir) => {
      assertEquals(await readSentenceModules(dir), { pooling: "mean", normalize: null, maxLength: null });
    }),
);

permittedTest("readSentenceModules() refuses pooling and modules that we do not have", async () => {
  await folder({ "1_Pooling/config.json": { ...modes, pooling_mode_max_tokens: true } }, async (dir) => {
    await assertRejects(
      () => readSentenceModules(dir),
      InputError,
      "expected pooling by cls or mean, found max_tokens",
    );
  });
  const two = { ...modes, pooling_mode_cls_token: true, pooling_mode_mean_tokens: true };
  await folder({ "1_Pooling/config.json": two }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "found cls_token and mean_tokens");
  });
  const dense = [...modules, { idx: 3, name: "3", path: "3_Dense", type: "sentence_transformers.models.Dense" }];
  await folder({ "modules.json": dense }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "found Dense");
  });
});
