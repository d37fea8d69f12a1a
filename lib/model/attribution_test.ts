import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Attributor } from "./attribution.ts";
import { readBertConfig } from "./config.ts";
import { Encoder } from "./encoder.ts";
import { openWeights } from "./weights.ts";
import { permittedTest } from "../_testing.ts";

const BASE = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
const MASK = 4, TEXT = [2, 8, 9, 30, 11, 3];

async function encoderOf() {
  const config = await readBertConfig(`${BASE}/config.json`), weights = await openWeights(BASE);
  return { config, weights, lora: [], pooling: "mean", normalize: true, dropout: 0 } as const;
}

permittedTest("Attributor.attribute() adds up to the score less that of the masked text", async () => {
  const spec = await encoderOf();
  const encoder = await Encoder.compile(spec), attributor = await Attributor.compile(spec, MASK);
  const masked = TEXT.map((id, i) => i === 0 || i === TEXT.length - 1 ? id : MASK);
  const [other, text, empty] = await encoder.embed([[2, 40, 41, 3], TEXT, masked]) as Float32Array[];
  const cosine = (a: Float32Array) => a.reduce((sum, value, i) => sum + value * other![i]!, 0);
  const { tokens, score, baseline, error } = await attributor.attribute(TEXT, other!);
  assertAlmostEquals(score, cosine(text!), 1e-6);
  assertAlmostEquals(baseline, cosine(empty!), 1e-6);
  assert(Math.abs(error) < 1e-3);
  assertAlmostEquals(tokens.reduce((sum, value) => sum + value), score - baseline - error, 1e-12);
  // [CLS] and [SEP] are the same in both texts, so nothing lies between.
  assertEquals([tokens[0], tokens.at(-1)], [0, 0]);
  await encoder.release();
  await attributor.release();
});

permittedTest(
  "Attributor.attribute() gives a masked token nothing, and the token that is not masked everything",
  async () => {
    const spec = await encoderOf();
    const encoder = await Encoder.compile(spec), attributor = await Attributor.compile(spec, MASK);
    const [other] = await encoder.embed([[2, 40, 41, 3]]);
    const { tokens, score, baseline } = await attributor.attribute([2, MASK, 30, MASK, 3], other!);
    assertEquals([tokens[1], tokens[3]], [0, 0]);
    assertAlmostEquals(tokens[2]!, score - baseline, 1e-3);
    await encoder.release();
    await attributor.release();
  },
);
