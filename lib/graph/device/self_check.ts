/** Whether a device can be trusted: one training step of a tiny encoder there, compared with the same on the CPU. */
import { shapeConfig, writeRandomModel } from "../../model/random_model.ts";
import { fallbacks, readProfile } from "../onnx/profile.ts";
import type { EncoderSpec } from "../../model/bert.ts";
import { initLora, loraParameterNames } from "../../model/lora.ts";
import { openSafetensors } from "../../model/safetensors.ts";
import { Rng } from "../../random.ts";
import { HEAD, type ObjectiveSettings } from "../../train/objective_graph.ts";
import { compileTrainingStep } from "../../train/training_step.ts";
import type { CompileOptions } from "./compile.ts";
import type { Device } from "./names.ts";

/** The parts of a training that decide which operations it consists of. */
export interface CheckedSettings extends Partial<Pick<EncoderSpec, "half" | "checkpointing" | "dropout">> {
  readonly dora?: boolean;
  readonly objective?: ObjectiveSettings["objective"];
}

/** What came out. */
export interface SelfCheck {
  /** The largest difference to the CPU in loss and gradients, relative to the largest number of each. */
  readonly error: number;
  /** Where it is: a parameter's name, or `loss`. */
  readonly at: string;
  /** What ran on the CPU although it was meant for the device; always empty for TensorFlow.js. */
  readonly fallbacks: readonly string[];
}

/** How far a device may be off: float32 sums in another order; float16 has three digits. */
export const TOLERANCE = { full: 1e-4, half: 2e-2 } as const;

/**
 * Runs the step on a device and on the CPU.
 *
 * @param settings Those of the training that is to run there.
 * @throws {InputError} When the device is not there or fails.
 *
 * @example
 * ```ts
 * import { assertLess } from "@std/assert";
 * import { selfCheck } from "./self_check.ts";
 *
 * const { error } = await selfCheck("tfjs:wasm");
 * assertLess(error, 1e-4);
 * ```
 */
export async function selfCheck(device: Device, settings: CheckedSettings = {}): Promise<SelfCheck> {
  const { half = false, checkpointing = false, dropout = 0, dora = false, objective = "pair" } = settings;
  const folder = await Deno.makeTempDir();
  try {
    const config = { ...shapeConfig("minilm"), ...TINY };
    await writeRandomModel(`${folder}/tiny.safetensors`, config);
    const { tensors: weights } = await openSafetensors(`${folder}/tiny.safetensors`);
    const width = config.hiddenSize;
    const name = "encoder.layer.0.attention.self.query";
    const lora = [{ name, inFeatures: width, outFeatures: width, rank: 4, scaling: 2, dora }];
    const spec: EncoderSpec = { config, weights, lora, pooling: "mean", normalize: true, dropout };
    const expected = await step(spec, objective, {});
    const profilePrefix = `${folder}/profile`;
    const actual = await step({ ...spec, half, checkpointing }, objective, { device, profilePrefix });
    const errors = Object.entries(expected).map(([at, values]) => ({ at, error: relativeError(actual[at]!, values) }));
    const worst = errors.reduce((a, b) => b.error > a.error || Number.isNaN(b.error) ? b : a);
    return { ...worst, fallbacks: device === "cpu" ? [] : fallbacks(await readProfile(profilePrefix)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One layer of everything: a device either has an operation or not. */
const TINY = { numLayers: 1, hiddenSize: 32, numHeads: 2, intermediateSize: 64, vocabSize: 50, maxPositions: 16 };

/** Loss and gradients of one step, the same whatever device computes it. */
async function step(
  spec: EncoderSpec,
  objective: ObjectiveSettings["objective"],
  options: CompileOptions,
): Promise<Record<string, ArrayLike<number>>> {
  const rng = new Rng(1);
  const settings = { objective, temperature: 0.05, margin: 0.3, hardNegatives: 1 };
  const parameters = await initLora(spec.lora, rng, () => {
    return Promise.resolve(new Float32Array(spec.config.hiddenSize).fill(0.2));
  });
  for (const { name } of spec.lora) {
    // Fresh adapters have B = 0, and with it half of the gradients.
    const b = parameters[loraParameterNames(name).b]!.data;
    b.forEach((_, i) => b[i] = 0.1 * rng.normal());
  }
  parameters[HEAD.scale] = { shape: [], data: Float32Array.of(5) };
  parameters[HEAD.bias] = { shape: [], data: Float32Array.of(-1) };
  const tokens = [7, 4, 9, 6, 5, 8].map((length) => Array.from({ length }, () => rng.int(spec.config.vocabSize)));
  const items = [0, 1].map((i) => ({ job: i, resume: 2 + i, label: i, negatives: [4 + i] }));
  const compiled = await compileTrainingStep(spec, settings, options);
  try {
    const { loss, gradients } = await compiled.run(items, tokens, parameters, () => false, rng);
    return { loss: [loss], ...gradients };
  } finally {
    await compiled.release();
  }
}

function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0, largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i]! - expected[i]!);
    if (!(distance <= difference)) difference = distance;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference === 0 ? 0 : difference / largest;
}
