/** From a configuration to everything a command works with. */
import type { Config } from "./config.ts";
import { chooseDevice, type ChosenDevice } from "../graph/mod.ts";
import {
  type AdapterConfig,
  adapterModules,
  type EncoderSpec,
  type FrozenPrefix,
  hubOptions,
  loadModelTokenizer,
  type ModelFiles,
  resolveModel,
} from "../model/mod.ts";
import { type Progress, showProgress } from "../progress.ts";
import { adapterConfig } from "./adapter_config.ts";
import { sha256 } from "../files.ts";
import { selfCheck } from "./self_check.ts";
import { TextTable } from "./texts.ts";

/** A model ready to be built, and the adapter that a configuration puts on it. */
export interface RunModel {
  readonly files: ModelFiles;
  readonly adapter: AdapterConfig;
  /** Where it runs. */
  readonly device: ChosenDevice;
  /** The adapted encoder; `lora: []` makes it the base model. */
  readonly spec: EncoderSpec;
  /** Frozen layers whose outputs are kept by text; null where every layer is computed each time. */
  readonly prefix: FrozenPrefix | null;
  /** Says whether a checkpoint was made with the same weights. */
  readonly fingerprint: string;
  /** A fresh table that turns texts into the tokens this model expects. */
  readonly newTextTable: () => TextTable;
}

/**
 * Finds, or downloads, the model of a configuration, and a device to run it on.
 *
 * @param use Precision and checkpointing matter for training only.
 * @throws {InputError} When there is no such model, or the configured device is not there or does not work.
 */
export async function openModel(config: Config, use: "training" | "inference"): Promise<RunModel> {
  const half = use === "training" && config.training.precision === "fp16";
  const checkpointing = use === "training" && config.training.gradientCheckpointing;
  const { dropout, dora } = config.lora;
  const { objective } = config.training;
  const settings = { half, checkpointing, dropout, dora, objective };
  const device = await chooseDevice(config.device, { half, check: (device) => selfCheck(device, settings) });
  const { source, revision, pooling, maxLength, queryInstruction, passageInstruction } = config.model;
  let progress: { file: string; display: Progress } | null = null;
  const files = await resolveModel(source, {
    revision: revision ?? undefined,
    pooling: pooling === "auto" ? undefined : pooling,
    maxLength,
    queryInstruction: queryInstruction === "auto" ? undefined : queryInstruction,
    passageInstruction: passageInstruction === "auto" ? undefined : passageInstruction,
    hub: hubOptions(undefined, {
      onProgress(file, received, total) {
        if (progress?.file !== file) {
          progress?.display.stop();
          progress = { file, display: showProgress(`downloading ${file}`, total, "B", received) };
        }
        progress.display.update(received);
      },
    }),
  });
  (progress as { display: Progress } | null)?.display.stop();
  const tokenizer = await loadModelTokenizer(files);
  // PEFT looks the base model up by this name, so it must be one that Python knows.
  const name = source === "embedded:minilm" ? "sentence-transformers/all-MiniLM-L6-v2" : source;
  const adapter = adapterConfig(config.lora, { name, revision: files.revision, numLayers: files.config.numLayers });
  const spec: EncoderSpec = {
    config: files.config,
    weights: files.weights,
    lora: adapterModules(adapter, files.config),
    pooling: files.pooling,
    normalize: files.normalize,
    dropout,
    half,
    checkpointing,
  };
  const instruction = { job: files.queryInstruction, resume: files.passageInstruction };
  return {
    files,
    adapter,
    device,
    spec,
    prefix: null,
    fingerprint: await weightsFingerprint(files),
    newTextTable: () => new TextTable({ tokenizer, maxLength: files.maxLength, instruction }),
  };
}

/** Identifies weights by their shapes, types, and a sample of bytes: hashing gigabytes would delay every start. */
async function weightsFingerprint({ weights }: ModelFiles): Promise<string> {
  const sample = 4096;
  const parts: Uint8Array[] = [];
  const open = new Map<string, Deno.FsFile>();
  try {
    for (
      const [name, { path, dtype, shape, byteOffset, byteLength }] of [...weights].sort(([a], [b]) => a < b ? -1 : 1)
    ) {
      parts.push(new TextEncoder().encode(`${name} ${dtype} ${shape.join("x")}\n`));
      const file = open.get(path) ?? await Deno.open(path);
      open.set(path, file);
      const bytes = new Uint8Array(Math.min(sample, byteLength));
      await file.seek(byteOffset, Deno.SeekMode.Start);
      await file.read(bytes);
      parts.push(bytes);
    }
  } finally {
    for (const file of open.values()) file.close();
  }
  return await sha256(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
}
