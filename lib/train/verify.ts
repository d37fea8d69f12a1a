/** The referee: holds what a device computes against the CPU and against arithmetic in float64. */
import { parseConfig } from "./config.ts";
import { InputError } from "../errors.ts";
import { add, compile, type Device, input, toHalf } from "../graph/mod.ts";
import {
  adapterModules,
  type EncoderSpec,
  loadModelTokenizer,
  openWeights,
  readBertConfig,
  resolveModel,
} from "../model/mod.ts";
import { Rng } from "../random.ts";
import { adapterConfig } from "./adapter_config.ts";
import type { Check } from "./verify/check.ts";
import { type VerifiedModel, verifyModel } from "./verify/verify_model.ts";
import { verifyOperations } from "./verify/verify_operations.ts";

/** The models that are trained on the device: two random layers, and the embedded MiniLM. */
export const VERIFIED_MODELS = ["tiny", "minilm"] as const;

/** What to verify. */
export interface VerifyOptions {
  readonly device: Device;
  /** Whether products are computed in float16; default: no. */
  readonly half?: boolean;
  /** Default: all of {@linkcode VERIFIED_MODELS}. */
  readonly models?: readonly (typeof VERIFIED_MODELS)[number][];
}

/** How far a device may be off: float32 sums in another order; float16 has three digits. */
const TOLERANCE = { full: 1e-4, half: 2e-2 };

/**
 * Compares every operation of the graph with the float64 reference; then, for each model, embeddings, gradients and
 * twenty steps of training with ONNX Runtime on the CPU.
 *
 * @returns One check after the other; those of operations are named after their constructors.
 * @throws {InputError} When the device is not there, or has no float16 and should compute in it.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { passes } from "./verify/check.ts";
 * import { verifyDevice } from "./verify.ts";
 *
 * for await (const check of verifyDevice({ device: "tfjs:wasm", models: [] })) assert(passes(check), check.name);
 * ```
 */
export async function* verifyDevice({ device, half = false, models = VERIFIED_MODELS }: VerifyOptions): AsyncGenerator<
  Check & { readonly kind: "operation" | "model" }
> {
  if (half && device.startsWith("tfjs")) {
    throw new InputError(`device ${device} has no float16: expected --precision fp32`);
  }
  // A device that is not there is a mistake of whoever named it, not a failed comparison.
  await (await compile({ y: add(input("x", ["n"]), 1) }, { device })).release();
  const tolerance = TOLERANCE[half ? "half" : "full"];
  const onDevice: typeof compile = (outputs) => compile(half ? toHalf(outputs) : outputs, { device });
  for await (const check of verifyOperations(onDevice, tolerance, { half })) yield { ...check, kind: "operation" };
  for (const name of models) {
    const model = await MODELS[name]();
    for await (const check of verifyModel(model, { device, half }, tolerance)) yield { ...check, kind: "model" };
  }
}

const MODELS: Readonly<Record<(typeof VERIFIED_MODELS)[number], () => Promise<VerifiedModel>>> = {
  tiny: async () => {
    const folder = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
    const config = await readBertConfig(`${folder}/config.json`);
    const rng = new Rng(5);
    const tokens = Array.from({ length: 6 }, () => {
      return Array.from({ length: 4 + rng.int(6) }, () => rng.int(config.vocabSize));
    });
    return { name: "tiny", spec: adapted({ config, weights: await openWeights(folder), pooling: "mean" }), tokens };
  },
  minilm: async () => {
    const files = await resolveModel("embedded:minilm");
    const tokenizer = await loadModelTokenizer(files);
    const tokens = TEXTS.map((text) => tokenizer.encode(text, { maxLength: files.maxLength }));
    return { name: "MiniLM", spec: adapted(files), tokens };
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
