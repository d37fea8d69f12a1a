/**
 * How fast a LoRA training step is, as a share of what the machine's own matrix product reaches in the same minutes:
 * a number that can be compared between machines and between hours on a busy one.
 */
import { adapterConfig, compileTrainingStep, HEAD, parseConfig } from "../train/mod.ts";
import type { ObjectiveSettings, TrainingItem } from "../train/mod.ts";
import { adamwStep, compileOnnx, input, matMul, readProfile, reduceSum } from "../graph/mod.ts";
import { adapterModules, Encoder, initLora, openSafetensors, shapeConfig, writeRandomModel } from "../model/mod.ts";
import type { BertConfig, EncoderSpec, Parameters, ShapeName } from "../model/mod.ts";
import { quantileOfSorted } from "../metrics/mod.ts";
import { Rng } from "../random.ts";

/** Texts per step, tokens per text, measured steps after one that is not counted, a folder for weights and profiles. */
interface StepOptions {
  readonly texts: number;
  readonly length: number;
  readonly steps: number;
  readonly folder: string;
  /** Of one operation; default: as many as the process may use. */
  readonly threads?: number;
}

interface OpenOptions extends Pick<StepOptions, "threads"> {
  readonly tokens: readonly (readonly number[])[];
}

/** Work that is compiled and warm. */
export interface Timed {
  run(): Promise<void>;
  release(): Promise<void>;
}

const OBJECTIVE: ObjectiveSettings = { objective: "pair", temperature: 0.05, margin: 0.3, hardNegatives: 0 };

/**
 * Measures training steps of one shape: medians over the steps, the machine's product of the encoder's widest shape
 * measured between them, the process' memory in bytes after the last, and the share of the time by ONNX operator.
 */
export async function benchTraining(shape: ShapeName, { texts, length, steps, folder, ...options }: StepOptions) {
  const config = shapeConfig(shape);
  const tokens = randomTexts(new Array<number>(texts).fill(length), config);
  const product = await matMulProbe(texts * length, config);
  const model = await writeModel(shape, folder);
  const step = await openTrainingStep(model, { tokens, ...options });
  const stepTimes: number[] = [], productTimes: number[] = [];
  for (let i = 0; i < steps; i++) {
    stepTimes.push(await milliseconds(step.run));
    productTimes.push(await milliseconds(product.run));
  }
  const memory = Deno.memoryUsage().rss;
  await step.release();
  await product.release();

  const profilePrefix = `${folder}/profile`;
  const profiled = await openTrainingStep(model, { tokens, ...options, profilePrefix });
  for (let i = 0; i < 2; i++) await profiled.run();
  await profiled.release();
  return {
    milliseconds: quantile(stepTimes, 0.5),
    gigaflops: trainingFlops(config, texts, length) / quantile(stepTimes, 0.5) / 1e6,
    matMulGigaflops: product.flops / quantile(productTimes, 0.5) / 1e6,
    memory,
    operators: await operatorShares(profilePrefix),
  };
}

/**
 * A whole training step (forward, backward, AdamW), run once already.
 */
export async function openTrainingStep(
  { spec, parameters }: RandomModel,
  { tokens, ...options }: OpenOptions & { readonly profilePrefix?: string },
): Promise<Timed> {
  const moments = () => Object.entries(parameters).map(([name, { data }]) => [name, data.map(() => 0)] as const);
  const first = Object.fromEntries(moments()), second = Object.fromEntries(moments());
  const rng = new Rng(2);
  const pair = (i: number): TrainingItem => ({ job: 2 * i, resume: 2 * i + 1, label: i % 2, negatives: [] });
  const items = Array.from({ length: tokens.length / 2 }, (_, i) => pair(i));
  const compiled = await compileTrainingStep(spec, OBJECTIVE, options);
  let step = 0;
  const run = async () => {
    const { gradients } = await compiled.run(items, { tokens, parameters, matches: () => false, rng });
    step += 1;
    for (const [name, gradient] of Object.entries(gradients)) {
      const rates = { step, learningRate: 1e-5, weightDecay: 0.01 };
      adamwStep(parameters[name]!.data, gradient, { first: first[name]!, second: second[name]!, ...rates });
    }
  };
  await run();
  return { run, release: () => compiled.release() };
}

/** Texts to embeddings without the adapter, run once already. */
export async function openEncoder(
  { spec }: RandomModel,
  { tokens, ...options }: OpenOptions,
): Promise<Timed> {
  const encoder = await Encoder.compile({ ...spec, lora: [] }, options);
  const run = async () => void await encoder.embed(tokens);
  await run();
  return { run, release: () => encoder.release() };
}

/** An encoder, and what is trained of it, which training changes in place. */
export interface RandomModel {
  readonly spec: EncoderSpec;
  readonly parameters: Parameters;
}

/**
 * Writes a random encoder of a known shape into a folder; query, key and value adapted with rank 8 in every layer, as
 * PEFT would.
 */
export async function writeModel(shape: ShapeName, folder: string): Promise<RandomModel> {
  const config = shapeConfig(shape);
  const path = `${folder}/${shape}.safetensors`;
  await writeRandomModel(path, config);
  const weights = (await openSafetensors(path)).tensors;
  const base = { name: shape, revision: null, numLayers: config.numLayers };
  const lora = adapterModules(adapterConfig(parseConfig({}).lora, base), config);
  const parameters: Parameters = {
    ...await initLora(lora, new Rng(3), () => Promise.reject(new TypeError("The benchmark has no DoRA"))),
    [HEAD.scale]: { shape: [], data: Float32Array.of(10) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(-5) },
  };
  return { spec: { config, weights, lora, pooling: "mean", normalize: true, dropout: 0 }, parameters };
}

/** Texts of these lengths, of random tokens. */
export function randomTexts(lengths: readonly number[], { vocabSize }: BertConfig): number[][] {
  const rng = new Rng(2);
  return lengths.map((length) => Array.from({ length }, () => rng.int(vocabSize)));
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
export async function matMulProbe(rows: number, { hiddenSize, intermediateSize }: BertConfig) {
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

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}
