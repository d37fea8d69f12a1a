/** Saves and restores the state of a training as one safetensors file. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import type { Parameters } from "../model/lora.ts";
import { openSafetensors, readTensor } from "../model/safetensors.ts";
import { writeSafetensors } from "../model/safetensors_write.ts";
import type { TrainerState } from "./trainer.ts";

const Progress = z.strictObject({
  step: z.int(),
  epoch: z.int(),
  stepInEpoch: z.int(),
  lossSum: z.number(),
  best: z.strictObject({ epoch: z.int(), score: z.number() }).nullable(),
  epochsWithoutImprovement: z.int(),
  lossScale: z.strictObject({ factor: z.number(), passes: z.int() }),
});

/**
 * Writes the state; the file appears only when it is complete, so an interruption leaves the previous one.
 *
 * @param path The file; its folder must exist.
 * @param state What to save.
 * @param fingerprint Identifies what the training depends on: resuming with another one is refused.
 * @throws {InputError} When it cannot be written.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
 * import { initialState } from "./trainer.ts";
 *
 * const path = await Deno.makeTempFile();
 * const state = initialState({ w: { shape: [2], data: Float32Array.of(0.1, -3) } });
 * await saveCheckpoint(path, state, "this run");
 * assertEquals(await loadCheckpoint(path, "this run"), state);
 * await Deno.remove(path);
 * ```
 */
export async function saveCheckpoint(path: string, state: TrainerState, fingerprint: string): Promise<void> {
  const { step, epoch, stepInEpoch, lossSum, parameters, first, second, best, epochsWithoutImprovement, lossScale } =
    state;
  const progress: z.output<typeof Progress> = {
    step,
    epoch,
    stepInEpoch,
    lossSum,
    best: best && { epoch: best.epoch, score: best.score },
    epochsWithoutImprovement,
    lossScale,
  };
  const tensors = {
    ...prefixed("parameters", parameters),
    ...prefixed("first", first),
    ...prefixed("second", second),
    ...(best ? prefixed("best", best.parameters) : {}),
  };
  await writeSafetensors(path, tensors, { format: "pt", progress: JSON.stringify(progress), fingerprint });
}

/**
 * Reads a state that {@linkcode saveCheckpoint} wrote.
 *
 * @param path The file.
 * @param fingerprint What the state must have been saved with.
 * @returns The state, bit by bit as it was.
 * @throws {InputError} When the file is damaged, or belongs to a training with another fingerprint.
 */
export async function loadCheckpoint(path: string, fingerprint: string): Promise<TrainerState> {
  const file = await openSafetensors(path);
  if (file.metadata.fingerprint !== fingerprint) {
    throw new InputError(
      `${path}: this checkpoint belongs to a run with another configuration, model or data; ` +
        "resume with the same ones, or train without --resume",
    );
  }
  let progress: z.output<typeof Progress>;
  try {
    progress = Progress.parse(JSON.parse(file.metadata.progress ?? ""));
  } catch {
    throw new InputError(`${path}: expected a checkpoint of this project, found another safetensors file`);
  }
  const read = async (prefix: string): Promise<Parameters> => {
    const parameters: Parameters = {};
    for (const [name, { shape }] of file.tensors) {
      if (!name.startsWith(`${prefix}/`)) continue;
      parameters[name.slice(prefix.length + 1)] = { shape: [...shape], data: await readTensor(file, name) };
    }
    return parameters;
  };
  return {
    ...progress,
    parameters: await read("parameters"),
    first: await read("first"),
    second: await read("second"),
    best: progress.best && { ...progress.best, parameters: await read("best") },
  };
}

function prefixed(prefix: string, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`${prefix}/${name}`, value]));
}
