import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import type { EncoderSpec } from "../model/bert.ts";
import { readBertConfig } from "../model/config.ts";
import { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { readAdapter } from "../model/peft.ts";
import { openSafetensors } from "../model/safetensors.ts";
import { Rng } from "../random.ts";
import { HEAD, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";
import { adjustLossScale, initialLossScale, type LossScale } from "./trainer.ts";
import type { StepInputs, StepResult } from "./pass.ts";
import { compileTrainingStep } from "./training_step.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const TINY = `${import.meta.dirname}/../testdata/bert_lora_tiny`;
const config = await whenPermitted(() => readBertConfig(`${TINY}/base/config.json`));
const { tensors: weights } = await whenPermitted(() => openSafetensors(`${TINY}/base/model.safetensors`));
const { modules, parameters } = await whenPermitted(() => readAdapter(`${TINY}/adapters/all_linear`, config));

const OBJECTIVE: ObjectiveSettings = { objective: "pair", temperature: 0.05, margin: 0.3, hardNegatives: 0 };
const values = {
  ...parameters,
  [HEAD.scale]: { shape: [], data: Float32Array.of(5) },
  [HEAD.bias]: { shape: [], data: Float32Array.of(-1) },
};
const tokens = [[1, 5, 9, 2], [1, 7, 2], [1, 30, 12, 8, 2], [1, 44, 2]];
const items: TrainingItem[] = [
  { job: 0, resume: 1, label: 1, negatives: [] },
  { job: 2, resume: 3, label: 0, negatives: [] },
];

const inputs = (seed = 1): StepInputs => ({ tokens, parameters: values, matches: () => false, rng: new Rng(seed) });

async function stepOf(variant: Partial<EncoderSpec>, lossScale?: LossScale) {
  const spec: EncoderSpec = { config, weights, lora: modules, pooling: "mean", normalize: true, dropout: 0 };
  const step = await compileTrainingStep({ ...spec, ...variant }, OBJECTIVE, { threads: 1 });
  const result = await step.run(items, { ...inputs(), ...(lossScale ? { lossScale } : {}) });
  await step.release();
  return result;
}

permittedTest("in half precision loss and gradients agree with full precision to two digits", async () => {
  const full = await stepOf({}), half = await stepOf({ half: true });
  assertAlmostEquals(half.loss, full.loss, 5e-3);
  assert(half.loss !== full.loss, "nothing was rounded");
  for (const [name, expected] of Object.entries(full.gradients)) {
    const largest = Math.max(...expected.map(Math.abs));
    half.gradients[name]!.forEach((value, i) => assertAlmostEquals(value, expected[i]!, 2e-2 * largest, name));
  }
});

permittedTest("gradients that overflow in half precision are computed again with a smaller loss scale", async () => {
  const lossScale = { factor: 2 ** 40, passes: 12 };
  const expected = await stepOf({ half: true }), result = await stepOf({ half: true }, lossScale);
  assert(lossScale.factor < 2 ** 40 && lossScale.passes === 1, JSON.stringify(lossScale));
  for (const [name, values] of Object.entries(expected.gradients)) {
    const largest = Math.max(...values.map(Math.abs));
    result.gradients[name]!.forEach((value, i) => assertAlmostEquals(value, values[i]!, 1e-2 * largest, name));
  }
});

permittedTest("in full precision the loss scale is left alone", async () => {
  const lossScale = { factor: 2 ** 40, passes: 12 };
  assertEquals(await stepOf({}, lossScale), await stepOf({}));
  assertEquals(lossScale, { factor: 2 ** 40, passes: 12 });
});

Deno.test("adjustLossScale() doubles after 2,000 good passes, halves after a bad one, and stops at 1", () => {
  const scale = initialLossScale();
  for (let i = 0; i < 2000; i++) adjustLossScale(scale, true);
  assertEquals(scale, { factor: 2 ** 17, passes: 0 });
  for (let i = 0; i < 17; i++) adjustLossScale(scale, false);
  assertEquals(scale.factor, 1);
  assertThrows(() => adjustLossScale(scale, false), InputError, "too large for float16");
});

permittedTest("dropout masks depend on the generator alone", async () => {
  const spec: EncoderSpec = { config, weights, lora: modules, pooling: "mean", normalize: true, dropout: 0.3 };
  const step = await compileTrainingStep(spec, OBJECTIVE, { threads: 1 });
  const run = (seed: number) => step.run(items, inputs(seed));
  assertEquals(await run(1), await run(1));
  const losses = new Set(await Promise.all([1, 2, 3].map(async (seed) => (await run(seed)).loss)));
  await step.release();
  assertEquals(losses.size, 3);
});

for (const variant of [{}, { checkpointing: true }, { dropout: 0.3 }, { half: true }, { int8: true }]) {
  permittedTest(`a frozen prefix leaves loss and gradients as they are, ${JSON.stringify(variant)}`, async () => {
    const upper = await readAdapter(`${TINY}/adapters/last_layer_patterns`, config);
    const spec: EncoderSpec = {
      config,
      weights,
      lora: upper.modules,
      pooling: "mean",
      normalize: true,
      dropout: 0,
      ...variant,
    };
    const prefixes = new FrozenPrefixes();
    const results = [];
    for (const prefix of [null, prefixes.open("tiny", spec)]) {
      assert(prefix === null || prefix.layers === 1);
      const step = await compileTrainingStep(spec, OBJECTIVE, { threads: 1, prefix });
      results.push(await step.run(items, { ...inputs(), parameters: { ...values, ...upper.parameters } }));
      await step.release();
    }
    await prefixes.release();
    const [whole, suffix] = results as [StepResult, StepResult];
    // In half precision the prefix is the more exact one: it is kept in float32. In 8 bits the last digit of a float
    // decides between two bytes.
    const isRounded = spec.half || spec.int8;
    const tolerance = isRounded ? 5e-3 : 1e-6;
    assertAlmostEquals(suffix.loss, whole.loss, tolerance);
    assertEquals(Object.keys(suffix.gradients), Object.keys(whole.gradients));
    for (const [name, expected] of Object.entries(whole.gradients)) {
      const largest = Math.max(...expected.map(Math.abs));
      assert(largest > 0, name);
      suffix.gradients[name]!.forEach((value, i) =>
        assertAlmostEquals(value, expected[i]!, (isRounded ? 2e-2 : 5e-6) * largest, name)
      );
    }
  });
}
