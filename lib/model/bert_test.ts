import { assertAlmostEquals, assertEquals } from "@std/assert";
import { mul, reduceSum, transposeLast } from "../graph/operations.ts";
import { gradients } from "../graph/gradients.ts";
import { compileOnnx as compile } from "../graph/onnx/session.ts";
import { input } from "../graph/tensor.ts";
import { Rng } from "../random.ts";
import { adamwStep, clipGradients } from "../graph/adamw.ts";
import { initialState } from "../train/trainer.ts";
import { buildEncoder, dropoutInput, type EncoderSpec, type Pooling } from "./bert.ts";
import { readBertConfig } from "./config.ts";
import { adaptedLinear, loraInputs, parameterFeeds, type Parameters } from "./lora.ts";
import { packBatch } from "./packed_batch.ts";
import { readAdapter } from "./peft.ts";
import { openSafetensors, readTensor } from "./safetensors.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

// Expected numbers: torch 2.13, transformers 5.18 and PEFT 0.21 in float64, see testdata/bert_lora_tiny.json.
const TINY = `${import.meta.dirname}/../testdata/bert_lora_tiny`;
const golden = await whenPermitted(() => openSafetensors(`${TINY}.safetensors`));
const { inputs, cases } = await whenPermitted(async () => JSON.parse(await Deno.readTextFile(`${TINY}.json`)));
const config = await whenPermitted(() => readBertConfig(`${TINY}/base/config.json`));
const base = await whenPermitted(() => openSafetensors(`${TINY}/base/model.safetensors`));

const real = (rows: number[][]) => rows.map((row, i) => row.filter((_, j) => inputs.attention_mask[i][j] === 1));
const texts = real(inputs.input_ids), tokenTypes = real(inputs.token_type_ids);

interface Result {
  loss: number;
  lastHidden: Float32Array;
  embeddings: Float32Array;
  gradients: Record<string, Float32Array>;
}

/** Embeddings, the golden loss `Σ embeddings ⊙ cotangent` and its gradients. */
async function encoderOf(adapter: string | null, pooling: Pooling, variant: Partial<EncoderSpec> = {}) {
  const { modules, parameters } = adapter === null
    ? { modules: [], parameters: {} as Parameters }
    : await readAdapter(`${TINY}/adapters/${adapter}`, config);
  const spec = { config, weights: base.tensors, lora: modules, pooling, normalize: true, dropout: 0 };
  const encoder = buildEncoder({ ...spec, ...variant });
  const loss = reduceSum(mul(encoder.embeddings, input("cotangent", ["texts", config.hiddenSize])));
  const names = Object.keys(parameters);
  const ordered = names.map((name) =>
    encoder.parameters.find(({ node }) => node.leaf?.kind === "input" && node.leaf.name === name)!
  );
  const grads = adapter === null ? [] : gradients(loss, ordered);
  const executable = await compile({
    loss,
    lastHidden: encoder.lastHidden,
    embeddings: encoder.embeddings,
    ...Object.fromEntries(grads.map((g, i) => [`gradient ${names[i]}`, g])),
  });
  const cotangent = await readTensor(golden, "cotangent");
  const run = async (parameters: Parameters): Promise<Result> => {
    const results = await executable.run({
      ...packBatch(texts, { numHeads: config.numHeads, pooling }, tokenTypes),
      cotangent: { dtype: "float32", shape: [texts.length, config.hiddenSize], data: cotangent },
      ...Object.fromEntries(
        Object.entries(parameters).map(([name, p]) => [name, { dtype: "float32" as const, ...p }]),
      ),
    });
    return {
      loss: results.loss!.data[0] as number,
      lastHidden: results.lastHidden!.data as Float32Array,
      embeddings: results.embeddings!.data as Float32Array,
      gradients: Object.fromEntries(
        names.map((name) => [name, results[`gradient ${name}`]!.data as Float32Array]),
      ),
    };
  };
  return { modules, parameters, run, release: () => executable.release() };
}

function assertClose(actual: Float32Array, expected: Float32Array, tolerance: number, what: string): void {
  assertEquals(actual.length, expected.length, what);
  for (let i = 0; i < actual.length; i++) assertAlmostEquals(actual[i]!, expected[i]!, tolerance, `${what}[${i}]`);
}

permittedTest("buildEncoder() gives the hidden states of transformers' BertModel", async () => {
  const encoder = await encoderOf(null, "mean");
  const { lastHidden } = await encoder.run({});
  await encoder.release();
  const padded = await readTensor(golden, "base_last_hidden_state"); // [texts, length, hidden]
  const length = inputs.input_ids[0].length, width = config.hiddenSize;
  const expected = texts.flatMap((ids, text) =>
    ids.flatMap((_, i) => [...padded.subarray((text * length + i) * width, (text * length + i + 1) * width)])
  );
  assertClose(lastHidden, Float32Array.from(expected), 1e-5, "hidden");
});

for (const adapter of Object.keys(cases)) {
  for (const pooling of ["mean", "cls"] as const) {
    Deno.test(`PEFT adapter ${adapter}, ${pooling} pooling: embeddings, loss and gradients`, async () => {
      const encoder = await encoderOf(adapter, pooling);
      const result = await encoder.run(encoder.parameters);
      await encoder.release();
      assertClose(result.embeddings, await readTensor(golden, `${adapter}/${pooling}`), 2e-6, "embedding");
      const [loss, grad] = pooling === "mean"
        ? [cases[adapter].loss[0], "grad"]
        : [cases[adapter].loss_cls, "grad_cls"];
      assertAlmostEquals(result.loss, loss, 2e-6);
      for (const [name, gradient] of Object.entries(result.gradients)) {
        assertClose(gradient, await readTensor(golden, `${adapter}/${grad}/${name}`), 5e-6, name);
      }
    });
  }

  Deno.test(`PEFT adapter ${adapter}: computing activations again gives the same gradients`, async () => {
    const kept = await encoderOf(adapter, "mean"), again = await encoderOf(adapter, "mean", { checkpointing: true });
    const expected = await kept.run(kept.parameters), result = await again.run(again.parameters);
    await kept.release();
    await again.release();
    assertEquals(result.loss, expected.loss);
    for (const [name, gradient] of Object.entries(result.gradients)) {
      assertClose(gradient, expected.gradients[name]!, 1e-6, name);
    }
  });

  Deno.test(`PEFT adapter ${adapter}: three AdamW steps`, async () => {
    const encoder = await encoderOf(adapter, "mean");
    const { parameters, first, second } = initialState(encoder.parameters);
    for (let step = 1; step <= 3; step++) {
      const { loss, gradients } = await encoder.run(parameters);
      assertAlmostEquals(loss, cases[adapter].loss[step - 1], 5e-6);
      const norm = clipGradients(Object.values(gradients), 1);
      assertAlmostEquals(norm, cases[adapter].grad_norm[step - 1], 2e-5);
      for (const [name, gradient] of Object.entries(gradients)) {
        const moments = { first: first[name]!.data, second: second[name]!.data };
        adamwStep(parameters[name]!.data, gradient, { ...moments, step, learningRate: 1e-3, weightDecay: 0.01 });
        assertClose(parameters[name]!.data, await readTensor(golden, `${adapter}/step${step}/${name}`), 4e-6, name);
      }
    }
    const { embeddings } = await encoder.run(parameters);
    await encoder.release();
    assertClose(embeddings, await readTensor(golden, `${adapter}/mean_after_steps`), 4e-6, "embedding");
  });

  Deno.test(`PEFT adapter ${adapter}: merged weights, as what adapted layers make of the identity`, async () => {
    const { modules, parameters } = await readAdapter(`${TINY}/adapters/${adapter}`, config);
    for (const module of modules) {
      const { name, inFeatures, outFeatures, scaling } = module;
      const weight = input("weight", [outFeatures, inFeatures]), bias = input("bias", [outFeatures]);
      const x = input("x", [inFeatures, inFeatures]);
      const y = adaptedLinear(x, { weight, bias, scaling, ...loraInputs(module) }); // [in, out]
      const identity = Float32Array.from({ length: inFeatures ** 2 }, (_, i) => i % (inFeatures + 1) === 0 ? 1 : 0);
      const own = Object.entries(parameters).filter(([key]) => key.startsWith(`base_model.model.${name}.`));
      const executable = await compile({ merged: transposeLast(y) });
      const { merged } = await executable.run(parameterFeeds({
        ...Object.fromEntries(own),
        weight: { shape: [outFeatures, inFeatures], data: await readTensor(base, `${name}.weight`) },
        bias: { shape: [outFeatures], data: new Float32Array(outFeatures) },
        x: { shape: [inFeatures, inFeatures], data: identity },
      }));
      await executable.release();
      const expected = await readTensor(golden, `${adapter}/merged/${name}.weight`);
      assertClose(merged!.data as Float32Array, expected, 1e-6, name);
    }
  });
}

permittedTest("with dropout, keeping every input gives the adapter without dropout, gradients included", async () => {
  const adapter = "all_linear";
  const { modules, parameters } = await readAdapter(`${TINY}/adapters/${adapter}`, config);
  const plain = await encoderOf(adapter, "mean");
  const expected = await plain.run(parameters);
  await plain.release();

  const probability = 0.25;
  const spec = { config, weights: base.tensors, lora: modules, pooling: "mean", normalize: true } as const;
  const encoder = buildEncoder({ ...spec, dropout: probability });
  const loss = reduceSum(mul(encoder.embeddings, input("cotangent", ["texts", config.hiddenSize])));
  const names = encoder.parameters.map(({ node }) => node.leaf?.kind === "input" ? node.leaf.name : "");
  const grads = gradients(loss, encoder.parameters);
  const executable = await compile({ loss, ...Object.fromEntries(grads.map((g, i) => [`gradient ${names[i]}`, g])) });
  const packed = packBatch(texts, { numHeads: config.numHeads, pooling: "mean" }, tokenTypes);
  const tokens = packed.inputIds!.shape[0]!;
  // A kept input is scaled up by 1 / (1 − p); scaling B down by as much makes the branch what it is without dropout.
  const feeds = Object.entries(parameters).map(([name, { shape, data }]) => {
    const factor = name.endsWith("lora_B.weight") ? 1 - probability : 1;
    return [name, { dtype: "float32" as const, shape, data: data.map((x) => x * factor) }] as const;
  });
  const masks = modules.map(({ name, inFeatures }) => {
    const data = new Uint8Array(tokens * inFeatures).fill(1);
    return [dropoutInput(name), { dtype: "bool" as const, shape: [tokens, inFeatures], data }] as const;
  });
  const results = await executable.run({
    ...packed,
    cotangent: {
      dtype: "float32",
      shape: [texts.length, config.hiddenSize],
      data: await readTensor(golden, "cotangent"),
    },
    ...Object.fromEntries([...feeds, ...masks]),
  });
  await executable.release();
  assertAlmostEquals(results.loss!.data[0] as number, expected.loss, 5e-6);
  for (const name of names) {
    const scale = name.endsWith("lora_B.weight") ? 1 / (1 - probability) : 1;
    const want = expected.gradients[name]!.map((x) => x * scale);
    assertClose(results[`gradient ${name}`]!.data as Float32Array, want, 1e-5, name);
  }
});

for (const checkpointing of [false, true]) {
  permittedTest(
    `CLS pooling gives the first rows of lastHidden, with dropout, checkpointing ${checkpointing}`,
    async () => {
      const { modules, parameters } = await readAdapter(`${TINY}/adapters/all_linear`, config);
      const spec = { config, weights: base.tensors, lora: modules, pooling: "cls", normalize: false } as const;
      const { lastHidden, embeddings } = buildEncoder({ ...spec, dropout: 0.5, checkpointing });
      const executable = await compile({ lastHidden, embeddings });
      const packed = packBatch(texts, { numHeads: config.numHeads, pooling: "cls" }, tokenTypes);
      const tokens = packed.inputIds!.shape[0]!;
      const rng = new Rng(4);
      const masks = modules.map(({ name, inFeatures }) => {
        const data = Uint8Array.from({ length: tokens * inFeatures }, () => rng.int(2));
        return [dropoutInput(name), { dtype: "bool" as const, shape: [tokens, inFeatures], data }] as const;
      });
      const results = await executable.run({ ...packed, ...parameterFeeds(parameters), ...Object.fromEntries(masks) });
      await executable.release();
      const all = results.lastHidden!.data as Float32Array, width = config.hiddenSize;
      assertEquals(all.length, tokens * width);
      let start = 0;
      const first = texts.flatMap((ids) => {
        const row = [...all.subarray(start * width, (start + 1) * width)];
        start += ids.length;
        return row;
      });
      assertClose(results.embeddings!.data as Float32Array, Float32Array.from(first), 1e-6, "embedding");
    },
  );
}
