/** Whether a device can be trusted: one training step of a tiny encoder there, compared with the same on the CPU. */
import { makeFolder } from "../files.ts";
import { projectFolder } from "../project_folder.ts";
import { fallbacks, readProfile, relativeError } from "../graph/mod.ts";
import type { CompileOptions, Device, SelfCheck } from "../graph/mod.ts";
import { initLora, loraParameterNames, openSafetensors, shapeConfig, writeRandomModel } from "../model/mod.ts";
import type { EncoderSpec } from "../model/mod.ts";
import { Rng } from "../random.ts";
import { HEAD, type ObjectiveSettings } from "./objective_graph.ts";
import { compileTrainingStep } from "./training_step.ts";

/** The parts of a training that decide which operations it consists of. */
interface CheckedSettings extends Partial<Pick<EncoderSpec, "half" | "checkpointing" | "dropout">> {
  readonly dora?: boolean;
  readonly objective?: ObjectiveSettings["objective"];
}

/**
 * Runs the step on a device and on the CPU, with the settings of the training that is to run there.
 * @throws {InputError} When the device is not there or fails.
 */
export async function selfCheck(device: Device, settings: CheckedSettings = {}): Promise<SelfCheck> {
  const { half = false, checkpointing = false, dropout = 0, dora = false, objective = "pair" } = settings;
  await using tiny = await tinyEncoder(1);
  const { config, weights } = tiny;
  const width = config.hiddenSize;
  const name = "encoder.layer.0.attention.self.query";
  const lora = [{ name, inFeatures: width, outFeatures: width, rank: 4, scaling: 2, dora }];
  const spec: EncoderSpec = { config, weights, lora, pooling: "mean", normalize: true, dropout };
  const expected = await step(spec, objective, {});
  const profilePrefix = `${tiny.folder}/profile`;
  const actual = await step({ ...spec, half, checkpointing }, objective, { device, profilePrefix });
  const errors = Object.entries(expected).map(([at, values]) => ({ at, error: relativeError(actual[at]!, values) }));
  const worst = errors.reduce((a, b) => b.error > a.error ? b : a);
  return { ...worst, fallbacks: device === "cpu" ? [] : fallbacks(await readProfile(profilePrefix)) };
}

/**
 * A random encoder of few layers (a device either has an operation or not), whose folder goes when it is disposed of.
 */
export async function tinyEncoder(
  numLayers: number,
): Promise<Pick<EncoderSpec, "config" | "weights"> & AsyncDisposable & { readonly folder: string }> {
  const tiny = { numLayers, hiddenSize: 32, numHeads: 2, intermediateSize: 64, vocabSize: 50, maxPositions: 16 };
  const config = { ...shapeConfig("minilm"), ...tiny };
  // Below the project, so that training needs to write nowhere else.
  const models = `${projectFolder()}/models`;
  await makeFolder(models);
  const folder = await Deno.makeTempDir({ dir: models, prefix: "self-check-" });
  await writeRandomModel(`${folder}/tiny.safetensors`, config);
  const { tensors: weights } = await openSafetensors(`${folder}/tiny.safetensors`);
  return { config, weights, folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

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
    const { loss, gradients } = await compiled.run(items, { tokens, parameters, matches: () => false, rng });
    return { loss: [loss], ...gradients };
  } finally {
    await compiled.release();
  }
}
