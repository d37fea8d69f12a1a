/**
 * How fast a LoRA training step is, as a share of what the machine's own matrix product reaches in the same minutes:
 * a number that can be compared between machines and between hours on a busy one.
 */
import {
  adapterConfig,
  compileTrainingStep,
  HEAD,
  type ObjectiveSettings,
  parseConfig,
  type TrainingItem,
} from "../train/mod.ts";
import { compileOnnx, input, matMul, readProfile, reduceSum } from "../graph/mod.ts";
import {
  adapterModules,
  type BertConfig,
  initLora,
  openSafetensors,
  type Parameters,
  shapeConfig,
  type ShapeName,
  writeRandomModel,
} from "../model/mod.ts";
import { Rng } from "../random.ts";

/** Texts per step, tokens per text, measured steps after one that is not counted, a folder for weights and profiles. */
type StepOptions = { readonly texts: number; readonly length: number; readonly steps: number; readonly folder: string };

const OBJECTIVE: ObjectiveSettings = { objective: "pair", temperature: 0.05, margin: 0.3, hardNegatives: 0 };

/**
 * Measures training steps of one shape, query, key and value adapted with rank 8 in every layer, as PEFT would: medians
 * over the steps, the machine's product of the encoder's widest shape measured between them, the process' memory in
 * bytes after the last, and the share of the time by ONNX operator.
 */
export async function benchTraining(shape: ShapeName, { texts, length, steps, folder }: StepOptions) {
  const config = shapeConfig(shape);
  const path = `${folder}/${shape}.safetensors`;
  await writeRandomModel(path, config);
  const weights = (await openSafetensors(path)).tensors;
  const base = { name: shape, revision: null, numLayers: config.numLayers };
  const modules = adapterModules(adapterConfig(parseConfig({}).lora, base), config);
  const parameters: Parameters = {
    ...await initLora(modules, new Rng(3), () => Promise.reject(new TypeError("The benchmark has no DoRA"))),
    [HEAD.scale]: { shape: [], data: Float32Array.of(10) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(-5) },
  };
  const rng = new Rng(2);
  const tokens = Array.from({ length: texts }, () => Array.from({ length }, () => rng.int(config.vocabSize)));
  const pair = (i: number): TrainingItem => ({ job: 2 * i, resume: 2 * i + 1, label: i % 2, negatives: [] });
  const items = Array.from({ length: texts / 2 }, (_, i) => pair(i));

  const spec = { config, weights, lora: modules, pooling: "mean", normalize: true, dropout: 0 } as const;
  const measure = async (profilePrefix?: string, count = steps) => {
    const step = await compileTrainingStep(spec, OBJECTIVE, profilePrefix ? { profilePrefix } : {});
    const run = () => step.run(items, { tokens, parameters, matches: () => false, rng });
    await run();
    const stepTimes: number[] = [], productTimes: number[] = [];
    for (let i = 0; i < count; i++) {
      stepTimes.push(await milliseconds(run));
      productTimes.push(await milliseconds(product.run));
    }
    const memory = Deno.memoryUsage().rss;
    await step.release();
    return { step: median(stepTimes), product: median(productTimes), memory };
  };
  const product = await matMulProbe(texts * length, config);
  const { step, product: productTime, memory } = await measure();
  await measure(`${folder}/profile`, 2);
  await product.release();

  return {
    milliseconds: step,
    gigaflops: trainingFlops(config, texts, length) / step / 1e6,
    matMulGigaflops: product.flops / productTime / 1e6,
    memory,
    operators: await operatorShares(`${folder}/profile`),
  };
}

/**
 * Floating point operations of a step: the products of the forward pass and those that carry the gradient back to the
 * inputs; the thin products of the adapters are not counted, so the share is rather too low than too high.
 */
function trainingFlops(config: BertConfig, texts: number, length: number): number {
  const { hiddenSize: h, intermediateSize: inner, numLayers } = config;
  const dense = 2 * texts * length * (4 * h * h + 2 * h * inner);
  const attention = 2 * 2 * texts * length * length * h;
  // Below the first layer's projections nothing is trained: their input gradient is not computed.
  return numLayers * (2 * dense + 3 * attention) - 2 * texts * length * 3 * h * h;
}

/** The two products of an inner layer in turn, so that nothing but products is timed: no transfer, no reduction. */
async function matMulProbe(rows: number, { hiddenSize, intermediateSize }: BertConfig) {
  const pairs = 4;
  const up = input("up", [hiddenSize, intermediateSize]), down = input("down", [intermediateSize, hiddenSize]);
  let x = input("x", ["rows", hiddenSize]);
  for (let i = 0; i < pairs; i++) x = matMul(matMul(x, up), down);
  const executable = await compileOnnx({ total: reduceSum(x) });
  const filled = (shape: [number, number], value: number) =>
    ({ dtype: "float32", shape, data: new Float32Array(shape[0] * shape[1]).fill(value) }) as const;
  // Rows of ones stay ones: numbers that grow or vanish could be slower to multiply.
  const feeds = {
    x: filled([rows, hiddenSize], 1),
    up: filled([hiddenSize, intermediateSize], 1 / hiddenSize),
    down: filled([intermediateSize, hiddenSize], 1 / intermediateSize),
  };
  await executable.run(feeds);
  const flops = pairs * 2 * 2 * rows * hiddenSize * intermediateSize;
  return { flops, run: () => executable.run(feeds), release: () => executable.release() };
}

async function operatorShares(profilePrefix: string): Promise<{ name: string; share: number }[]> {
  const totals = new Map<string, number>();
  for (const { op, microseconds } of await readProfile(profilePrefix)) {
    totals.set(op, (totals.get(op) ?? 0) + microseconds);
  }
  const all = [...totals.values()].reduce((a, b) => a + b, 0);
  return [...totals].map(([name, time]) => ({ name, share: time / all })).sort((a, b) => b.share - a.share);
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
