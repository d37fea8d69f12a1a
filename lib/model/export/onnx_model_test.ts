import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { loadOnnx } from "../../graph/mod.ts";
import { readBertConfig } from "../config.ts";
import { Encoder } from "../encoder.ts";
import { openWeights } from "../weights.ts";
import { onnxEncoder, portableEmbeddings } from "./onnx_model.ts";
import { permittedTest } from "../../_testing.ts";

const BASE = `${import.meta.dirname}/../../testdata/bert_lora_tiny/base`;
/** Of several lengths, so that rows are padded. */
const TEXTS = [[2, 8, 3], [2, 9, 10, 11, 12, 13, 3], [2, 14, 15, 3], [2, 3]];

async function encoders(pooling: "cls" | "mean", normalize: boolean) {
  const config = await readBertConfig(`${BASE}/config.json`), weights = await openWeights(BASE);
  return { config, weights, lora: [], pooling, normalize, dropout: 0 } as const;
}

permittedTest("onnxEncoder() gives the encoder's own embeddings for padded texts, however it pools", async () => {
  for (const [pooling, normalize] of [["cls", true], ["mean", true], ["mean", false]] as const) {
    const spec = await encoders(pooling, normalize);
    const encoder = await Encoder.compile(spec);
    const own = await encoder.embed(TEXTS);
    await encoder.release();
    const executable = await loadOnnx(await onnxEncoder(spec));
    const other = await portableEmbeddings(TEXTS, executable);
    await executable.release();
    own.forEach((embedding, text) =>
      embedding.forEach((value, i) => assertAlmostEquals(other[text]![i]!, value, 1e-5, `${pooling}, text ${text}`))
    );
  }
});

permittedTest("onnxEncoder() in 8 bits is a quarter of the weights and close to the encoder", async () => {
  const spec = await encoders("mean", true);
  const [model, int8] = [await onnxEncoder(spec), await onnxEncoder(spec, { int8: true })];
  assertEquals(int8.outputs, ["last_hidden_state", "sentence_embedding"]);
  assertEquals(int8.inputs.map(({ name }) => name), ["input_ids", "attention_mask", "token_type_ids"]);
  const [exact, rough] = [await loadOnnx(model), await loadOnnx(int8)];
  const own = await portableEmbeddings(TEXTS, exact), other = await portableEmbeddings(TEXTS, rough);
  await exact.release();
  await rough.release();
  own.forEach((embedding, text) => {
    const cosine = embedding.reduce((sum, value, i) => sum + value * other[text]![i]!, 0);
    assert(cosine > 0.999 && cosine < 0.9999999, `text ${text}: ${cosine}`);
  });
});
