/** Holds what a device computes against float64 arithmetic, operation by operation, and against the CPU, on models. */
import { InputError } from "../errors.ts";
import { add, check, compile, input, relativeError, toHalf, TOLERANCE, verifyOperations } from "../graph/mod.ts";
import type { Check, Device } from "../graph/mod.ts";
import { adapterModules, Encoder, initLora, loadModelTokenizer, resolveModel } from "../model/mod.ts";
import type { EncoderSpec, LoraModule, Parameters } from "../model/mod.ts";
import { Rng } from "../random.ts";
import { parseConfig } from "./config.ts";
import { HEAD, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";
import { adapterConfig } from "./open_model.ts";
import { tinyEncoder } from "./self_check.ts";
import { initialState, train, type TrainerOptions } from "./trainer.ts";
import { compileTrainingStep } from "./training_step.ts";

/** The models that are trained on the device: two random layers, and the embedded MiniLM. */
export const VERIFIED_MODELS = ["tiny", "minilm"] as const;

/**
 * Compares every operation of the graph with the float64 reference; then, for each model, embeddings, gradients and
 * twenty steps of training with ONNX Runtime on the CPU.
 * @throws {InputError} When the device is not there, or has no float16 and should compute in it.
 */
export async function* verifyDevice({ device, half = false, models = VERIFIED_MODELS }: {
  device: Device;
  half?: boolean;
  models?: readonly (typeof VERIFIED_MODELS)[number][];
}): AsyncGenerator<Check & { readonly kind: "operation" | "model" }> {
  if (half && device.startsWith("tfjs")) {
    throw new InputError(`device ${device} has no float16: expected --precision fp32`);
  }
  // A device that is not there is a mistake of whoever named it, not a failed comparison.
  await (await compile({ y: add(input("x", ["n"]), 1) }, { device })).release();
  const tolerance = TOLERANCE[half ? "half" : "full"];
  const onDevice: typeof compile = (outputs) => compile(half ? toHalf(outputs) : outputs, { device });
  for await (const check of verifyOperations(onDevice, tolerance, { half })) yield { ...check, kind: "operation" };
  for (const name of models) {
    await using model = await MODELS[name]();
    for await (const check of verifyModel(model, { device, half }, tolerance)) yield { ...check, kind: "model" };
  }
}

/** A model with an adapter, and texts to train it on: the same number of jobs and résumés that match them. */
interface Model extends AsyncDisposable {
  readonly name: string;
  readonly spec: EncoderSpec;
  /** Token ids of jobs and résumés in turn: text 2i + 1 matches text 2i. */
  readonly tokens: readonly (readonly number[])[];
}

const MODELS: Readonly<Record<(typeof VERIFIED_MODELS)[number], () => Promise<Model>>> = {
  tiny: async () => {
    const { config, weights, [Symbol.asyncDispose]: dispose } = await tinyEncoder(2);
    const rng = new Rng(6);
    const tokens = Array.from({ length: 6 }, () => {
      return Array.from({ length: 4 + rng.int(6) }, () => rng.int(config.vocabSize));
    });
    const spec = adapted({ config, weights, pooling: "mean" });
    return { name: "tiny", spec, tokens, [Symbol.asyncDispose]: dispose };
  },
  minilm: async () => {
    const files = await resolveModel("embedded:minilm");
    const tokenizer = await loadModelTokenizer(files);
    const tokens = TEXTS.map((text) => tokenizer.encode(text, { maxLength: files.maxLength }));
    return { name: "MiniLM", spec: adapted(files), tokens, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
};

/** Jobs and résumés in turn. */
const TEXTS = [
  "Senior nurse for a children's ward",
  "Ten years of paediatric nursing",
  "Warehouse planner",
  "Logistics and stock control",
];

/** With the adapter of a fresh configuration: rank 8 on query, key and value. */
function adapted({ config, weights, pooling }: Pick<EncoderSpec, "config" | "weights" | "pooling">): EncoderSpec {
  const base = { name: "verified", revision: null, numLayers: config.numLayers };
  const lora = adapterModules(adapterConfig(parseConfig({}).lora, base), config);
  return { config, weights, lora, pooling, normalize: true, dropout: 0 };
}

/** Where, and whether its products are computed in float16. */
type Place = { readonly device: Device; readonly half: boolean };

const CPU: Place = { device: "cpu", half: false };

const OBJECTIVE: ObjectiveSettings = { objective: "pair", temperature: 0.05, margin: 0.3, hardNegatives: 0 };
const STEPS = 20;
const SELECTION = { higherIsBetter: true, maxGap: null, window: null, improvement: "utility" } as const;

/** Compares embeddings, one step's loss and gradients, and what twenty steps of training lead to. */
async function* verifyModel(model: Model, place: Place, tolerance: number): AsyncGenerator<Check> {
  yield await check(`${model.name}: embeddings`, tolerance, async () => {
    const parameters = await start(model.spec.lora, "busy");
    const [actual, expected] = [await embed(model, place, parameters), await embed(model, CPU, parameters)];
    return { value: relativeError(actual, expected) };
  });
  yield await check(`${model.name}: one step`, tolerance, async () => {
    const [actual, expected] = [await oneStep(model, place), await oneStep(model, CPU)];
    return {
      value: relativeError([actual.loss], [expected.loss]),
      gradient: largestError(actual.gradients, expected.gradients),
    };
  });
  yield await check(`${model.name}: ${STEPS} steps of training`, tolerance, async () => {
    const [actual, expected] = [await trained(model, place), await trained(model, CPU)];
    return {
      loss: relativeError(actual.losses, expected.losses),
      embeddings: relativeError(actual.embeddings, expected.embeddings),
    };
  });
}

/** The largest error of several tensors; one that is a thousand times smaller than the largest is mostly noise. */
function largestError(
  actual: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Record<string, Float32Array>>,
): number {
  const largest = Math.max(
    ...Object.values(expected).map((values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)),
  );
  return Math.max(
    ...Object.entries(expected).map(([name, values]) => relativeError(actual[name]!, values, largest / 1000)),
  );
}

async function embed({ spec, tokens }: Model, { device, half }: Place, parameters: Parameters): Promise<number[]> {
  const encoder = await Encoder.compile({ ...spec, half }, { device });
  try {
    const rows = await encoder.embed(tokens, parameters);
    return rows.flatMap((row) => [...row]);
  } finally {
    await encoder.release();
  }
}

async function oneStep({ spec, tokens }: Model, { device, half }: Place) {
  const step = await compileTrainingStep({ ...spec, half }, OBJECTIVE, { device });
  try {
    const parameters = await start(spec.lora, "busy");
    return await step.run(itemsOf(tokens), { tokens, parameters, matches: () => false, rng: new Rng(0) });
  } finally {
    await step.release();
  }
}

async function trained(model: Model, { device, half }: Place) {
  const { spec, tokens } = model;
  const step = await compileTrainingStep({ ...spec, half }, OBJECTIVE, { device });
  const losses: number[] = [];
  const state = initialState(await start(spec.lora, "fresh"));
  const items = itemsOf(tokens), batchSize = items.length / 2;
  const { training } = parseConfig({ training: { epochs: STEPS / 2, batchSize } });
  const options: TrainerOptions = { ...training, seed: 1, patience: null, selection: SELECTION };
  try {
    const validate = () => Promise.resolve({ utility: 0, gap: null });
    for await (const event of train({ set: { tokens, items }, step, state, validate }, options)) {
      if (event.kind === "step") losses.push(event.loss);
    }
  } finally {
    await step.release();
  }
  return { losses, embeddings: await embed(model, CPU, state.parameters) };
}

/** Every job with its own résumé, and with that of the next job. */
function itemsOf(tokens: readonly unknown[]): TrainingItem[] {
  const pairs = tokens.length / 2;
  return Array.from({ length: pairs }, (_, i) => [
    { job: 2 * i, resume: 2 * i + 1, label: 1, negatives: [] },
    { job: 2 * i, resume: 2 * ((i + 1) % pairs) + 1, label: 0, negatives: [] },
  ]).flat();
}

/** Adapter and head as at the start of a training, or as after some: with B at zero half of the gradients would be. */
async function start(modules: readonly LoraModule[], as: "fresh" | "busy"): Promise<Parameters> {
  const adapter = await initLora(modules, new Rng(3), () => Promise.reject(new TypeError("There is no DoRA here")));
  const rng = new Rng(4);
  for (const { data } of as === "busy" ? Object.values(adapter) : []) {
    data.forEach((value, i) => data[i] = value || 0.02 * rng.normal());
  }
  return {
    ...adapter,
    [HEAD.scale]: { shape: [], data: Float32Array.of(10) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(-5) },
  };
}
