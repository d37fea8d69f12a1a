import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkJson } from "../files.ts";
import { BertConfigFile } from "./config.ts";

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
