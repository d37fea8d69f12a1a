/** Saves and restores the state of a training as one safetensors file. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { checkJson, parseJson } from "../files.ts";
import { openSafetensors, type Parameters, readTensor, writeSafetensors } from "../model/mod.ts";
import { BEST_KINDS, type BestKind } from "./selection.ts";
import type { TrainerState } from "./trainer.ts";

const count = z.int().nonnegative();
const EpochScore = z.strictObject({ epoch: z.int().positive(), utility: z.number(), gap: z.number().nullable() });

const Progress = z.strictObject({
  step: count,
  epoch: count,
  stepInEpoch: count,
  lossSum: z.number(),
  epochs: z.array(EpochScore),
  // The name that checkpoints have always had for the best epochs.
  kept: z.strictObject({
    utility: EpochScore.nullable(),
    fairness: EpochScore.nullable(),
    constrained: EpochScore.nullable(),
  }),
  lossScale: z.strictObject({ factor: z.number().positive(), passes: count }),
});

/** The parts of a state that hold tensors, each under its own prefix; all but `terms` hold what `parameters` hold. */
const PARTS = ["parameters", "first", "second", "terms"] as const;

/** What a checkpoint belongs to. */
export interface CheckpointOrigin {
  /** What the training depends on: resuming with another one is refused. */
  readonly fingerprint: string;
  /** What the histories were when it was written, so that none but its own is continued. */
  readonly history: string;
}

/**
 * Writes the state into a folder that exists; the file appears only when it is complete, so an interruption leaves the
 * previous one.
 * @throws {InputError} When it cannot be written.
 */
export async function saveCheckpoint(path: string, state: TrainerState, origin: CheckpointOrigin): Promise<void> {
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
  const said = { progress: JSON.stringify(progress), ...origin };
  await writeSafetensors(path, tensors, { format: "pt", ...said, digest: digestOf(tensors, said) });
}

/**
 * Reads a state that {@linkcode saveCheckpoint} wrote with the same fingerprint, bit by bit as it was, and what the
 * histories were then. `like` is the state before the first step, whose tensors it must have.
 * @throws {InputError} When the file is damaged, or belongs to a training with another fingerprint.
 */
export async function loadCheckpoint(
  path: string,
  fingerprint: string,
  like: Pick<TrainerState, (typeof PARTS)[number]>,
): Promise<{ state: TrainerState; history: string }> {
  const file = await openSafetensors(path);
  const { metadata } = file;
  if (metadata.fingerprint !== fingerprint) {
    throw new InputError(
      `${path}: this checkpoint belongs to a run with another configuration, model or data; ` +
        "resume with the same ones, or train without --resume",
    );
  }
  const progress = readProgress(path, metadata.progress);
  const read = async (prefix: string): Promise<Parameters> => {
    const parameters: Parameters = {};
    for (const [name, { shape }] of file.tensors) {
      if (!name.startsWith(`${prefix}/`)) continue;
      parameters[name.slice(prefix.length + 1)] = { shape: [...shape], data: await readTensor(file, name) };
    }
    return parameters;
  };
  const parts: Record<string, Parameters> = {};
  for (const part of PARTS) parts[part] = await read(part);
  const { kept, ...rest } = progress;
  for (const kind of BEST_KINDS) if (kept[kind]) parts[epochPrefix(kept[kind])] ??= await read(epochPrefix(kept[kind]));
  for (const [part, tensors] of Object.entries(parts)) {
    const least = part === "second" ? 0 : -Infinity; // AdamW takes the root of the second moments
    checkTensors(tensors, part === "terms" ? like.terms : like.parameters, { where: `${path}: ${part}`, least });
  }
  const said = { progress: metadata.progress!, fingerprint, history: metadata.history ?? "" };
  const tensors = Object.assign({}, ...Object.entries(parts).map(([part, own]) => prefixed(part, own)));
  if (digestOf(tensors, said) !== metadata.digest || file.tensors.size !== Object.keys(tensors).length) {
    throw damaged(path, "its numbers are not those that were written");
  }
  const { parameters, first, second, terms } = parts as Record<(typeof PARTS)[number], Parameters>;
  const best = mapBest((kind) => {
    const epoch = kept[kind];
    return epoch && { ...epoch, parameters: parts[epochPrefix(epoch)]! };
  });
  return { state: { ...rest, best, parameters, first, second, terms }, history: said.history };
}

function readProgress(path: string, text = ""): z.output<typeof Progress> {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    throw new InputError(`${path}: expected a checkpoint of this project, found another safetensors file`);
  }
  const progress = checkJson(json, Progress, path);
  const { epoch, epochs, kept } = progress;
  const known = (score: z.output<typeof EpochScore> | null) => score === null || score.epoch <= epoch;
  if (
    epochs.length !== epoch || epochs.some((score, i) => score.epoch !== i + 1) || !Object.values(kept).every(known)
  ) {
    throw damaged(path, `its epochs are not those from 1 to ${epoch}`);
  }
  return progress;
}

function damaged(where: string, why: string): InputError {
  return new InputError(`${where}: the checkpoint is damaged, ${why}; train without --resume`);
}

/** Sees that there are the tensors of the same training, and numbers in them. */
function checkTensors(
  tensors: Parameters,
  like: Parameters,
  { where, least }: { readonly where: string; readonly least: number },
): void {
  for (const [name, { shape }] of Object.entries(like)) {
    const found = tensors[name];
    if (found === undefined) throw damaged(where, `"${name}" is missing`);
    if (found.shape.join() !== shape.join()) {
      throw damaged(where, `"${name}" has shape [${found.shape}], expected [${shape}]`);
    }
  }
  for (const [name, { data }] of Object.entries(tensors)) {
    if (!Object.hasOwn(like, name)) throw damaged(where, `nothing is called "${name}"`);
    const wrong = data.find((value) => !Number.isFinite(value) || value < least);
    if (wrong !== undefined) throw damaged(where, `"${name}" holds ${wrong}`);
  }
}

/** The SHA-256 of all that a checkpoint says, in the order of the names. */
export function digestOf(tensors: Parameters, said: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([said.fingerprint, said.history, said.progress]));
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]!;
    hash.update(JSON.stringify([name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

const epochPrefix = (epoch: { epoch: number } | null) => `epoch ${epoch?.epoch}`;

function mapBest<T>(of: (kind: BestKind) => T): Record<BestKind, T> {
  return { utility: of("utility"), fairness: of("fairness"), constrained: of("constrained") };
}

function prefixed(prefix: string, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`${prefix}/${name}`, value]));
}
