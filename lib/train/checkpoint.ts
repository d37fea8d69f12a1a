/** Saves and restores the state of a training as one safetensors file. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { openSafetensors, type Parameters, readTensor, writeSafetensors } from "../model/mod.ts";
import { BEST_KINDS, type BestKind } from "./selection.ts";
import type { TrainerState } from "./trainer.ts";

const EpochScore = z.strictObject({ epoch: z.int(), utility: z.number(), gap: z.number().nullable() });

const Progress = z.strictObject({
  step: z.int(),
  epoch: z.int(),
  stepInEpoch: z.int(),
  lossSum: z.number(),
  epochs: z.array(EpochScore),
  // The name that checkpoints have always had for the best epochs.
  kept: z.strictObject({
    utility: EpochScore.nullable(),
    fairness: EpochScore.nullable(),
    constrained: EpochScore.nullable(),
  }),
  lossScale: z.strictObject({ factor: z.number(), passes: z.int() }),
});

/**
 * Writes the state into a folder that exists; the file appears only when it is complete, so an interruption leaves the
 * previous one. The fingerprint says what the training depends on: resuming with another one is refused.
 * @throws {InputError} When it cannot be written.
 */
export async function saveCheckpoint(path: string, state: TrainerState, fingerprint: string): Promise<void> {
  const { parameters, first, second, terms, best, ...rest } = state;
  const progress: z.output<typeof Progress> = {
    ...rest,
    kept: mapBest((kind) => {
      const epoch = best[kind];
      return epoch && { epoch: epoch.epoch, utility: epoch.utility, gap: epoch.gap };
    }),
  };
  const tensors: Parameters = {
    ...prefixed("parameters", parameters),
    ...prefixed("first", first),
    ...prefixed("second", second),
    ...prefixed("terms", terms),
    // One epoch may be best at several things; its parameters are written once.
    ...Object.assign({}, ...BEST_KINDS.map((kind) => prefixed(epochPrefix(best[kind]), best[kind]?.parameters ?? {}))),
  };
  await writeSafetensors(path, tensors, { format: "pt", progress: JSON.stringify(progress), fingerprint });
}

/**
 * Reads a state that {@linkcode saveCheckpoint} wrote with the same fingerprint, bit by bit as it was.
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
  const { kept, ...rest } = progress;
  const byEpoch = new Map<string, Parameters>();
  for (const kind of BEST_KINDS) {
    const prefix = epochPrefix(kept[kind]);
    if (kept[kind] && !byEpoch.has(prefix)) byEpoch.set(prefix, await read(prefix));
  }
  return {
    ...rest,
    best: mapBest((kind) => {
      const epoch = kept[kind];
      return epoch && { ...epoch, parameters: byEpoch.get(epochPrefix(epoch))! };
    }),
    parameters: await read("parameters"),
    first: await read("first"),
    second: await read("second"),
    terms: await read("terms"),
  };
}

const epochPrefix = (epoch: { epoch: number } | null) => `epoch ${epoch?.epoch}`;

function mapBest<T>(of: (kind: BestKind) => T): Record<BestKind, T> {
  return { utility: of("utility"), fairness: of("fairness"), constrained: of("constrained") };
}

function prefixed(prefix: string, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`${prefix}/${name}`, value]));
}
