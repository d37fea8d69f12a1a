/** From a configuration, or the folder of a finished run, to a model ready to be built. */
import { InputError } from "../errors.ts";
import { chooseDevice, type ChosenDevice } from "../graph/mod.ts";
import { shownOptions } from "../hub/mod.ts";
import { adapterModules, EMBEDDED_SHA256, fingerprintModel } from "../model/mod.ts";
import { loadModelTokenizer, readAdapter, resolveModel } from "../model/mod.ts";
import type { AdapterConfig, EncoderSpec, FrozenPrefix, ModelFiles, ModelFingerprint } from "../model/mod.ts";
import type { Parameters, Tokenizer } from "../model/mod.ts";
import type { Config } from "./config.ts";
import { readRunFile, type RunFile, runPaths } from "./run_file.ts";
import { checkFiles, checkModel } from "./run_parts.ts";
import { selfCheck } from "./self_check.ts";
import { TokenCache } from "./token_cache.ts";

/** A model ready to be built, and the adapter that a configuration puts on it. */
export interface RunModel {
  /** Where its weights and its tokenizer are. */
  readonly files: ModelFiles;
  /** The adapter, as PEFT describes it. */
  readonly adapter: AdapterConfig;
  /** Where it runs. */
  readonly device: ChosenDevice;
  /** The adapted encoder; `lora: []` makes it the base model. */
  readonly spec: EncoderSpec;
  /** Frozen layers whose outputs are kept by text; null where every layer is computed each time. */
  readonly prefix: FrozenPrefix | null;
  /** Says whether a run or a checkpoint was made with the same model. */
  readonly fingerprint: ModelFingerprint;
  /** Of its texts. */
  readonly tokenizer: Tokenizer;
  /**
   * A fresh cache that turns texts into the tokens this model expects; cut where the model cuts them, if no length is
   * given.
   */
  readonly newTokenCache: (maxLength?: number) => TokenCache;
}

/** The parts of a configuration that say which model is used, where, and how. */
export type ModelSettings = Pick<Config, "device" | "model" | "lora" | "training">;

/**
 * Finds, or downloads, the model of a configuration, and a device to run it on. Checkpointing and float16 matter for
 * training only; 8 bits are for good: base and tuned model, thresholds and all that is measured belong to them.
 * @throws {InputError} When there is no such model, or the configured device is not there or does not work.
 */
export async function openModel(config: ModelSettings, use: "training" | "inference"): Promise<RunModel> {
  const precision = use === "training" ? config.training.precision : inferencePrecision(config);
  const half = precision === "fp16", int8 = precision === "int8";
  const checkpointing = use === "training" && config.training.gradientCheckpointing;
  const { dropout, dora } = config.lora;
  const { objective } = config.training;
  const settings = { half, checkpointing, dropout, dora, objective };
  const device = await chooseDevice(config.device, { precision, check: (device) => selfCheck(device, settings) });
  const files = await modelFiles(config.model);
  const tokenizer = await loadModelTokenizer(files);
  const { source } = config.model;
  const fingerprint = await fingerprintModel(files);
  if (fingerprint.weights !== (EMBEDDED_SHA256.get(source) ?? fingerprint.weights)) {
    throw new InputError(
      `${source}: its weights in ${files.dir} are not those of its package: run deno install --reload`,
    );
  }
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
    int8,
    checkpointing,
  };
  const instruction = { job: files.queryInstruction, resume: files.passageInstruction };
  return {
    files,
    adapter,
    device,
    spec,
    prefix: null,
    fingerprint,
    tokenizer,
    newTokenCache: (maxLength = files.maxLength) => new TokenCache({ tokenizer, maxLength, instruction }),
  };
}

/** What a run's models are evaluated and used in, unless somebody asks for another: numbers compare between devices. */
export function inferencePrecision({ training: { precision } }: Pick<Config, "training">): "fp32" | "int8" {
  return precision === "int8" ? "int8" : "fp32";
}

/** The files of a model, with progress where they have to be downloaded. */
function modelFiles(model: Config["model"]): Promise<ModelFiles> {
  const { source, revision, pooling, maxLength, queryInstruction, passageInstruction } = model;
  return resolveModel(source, {
    revision: revision ?? undefined,
    pooling: pooling === "auto" ? undefined : pooling,
    maxLength: maxLength === "auto" ? undefined : maxLength,
    queryInstruction: queryInstruction === "auto" ? undefined : queryInstruction,
    passageInstruction: passageInstruction === "auto" ? undefined : passageInstruction,
    hub: shownOptions(),
  });
}

/**
 * The adapter that a configuration asks for on a base model, in PEFT's terms, as `adapter_config.json` says it.
 * @throws {InputError} When the layer range does not lie within the model.
 */
export function adapterConfig(
  lora: Config["lora"],
  base: { name: string; revision: string | null; numLayers: number },
): AdapterConfig {
  const { layers } = lora;
  if (layers && (layers[0] > layers[1] || layers[1] >= base.numLayers)) {
    throw new InputError(
      `lora.layers: expected first and last layer within 0 to ${base.numLayers - 1}, found [${layers.join(", ")}]`,
    );
  }
  return {
    baseModel: base.name,
    revision: base.revision,
    r: lora.rank,
    alpha: lora.alpha,
    dropout: lora.dropout,
    targetModules: lora.targetModules,
    excludeModules: null,
    layersToTransform: layers && Array.from({ length: layers[1] - layers[0] + 1 }, (_, i) => layers[0] + i),
    layersPattern: null,
    rankPattern: {},
    alphaPattern: {},
    useRslora: lora.rslora,
    useDora: lora.dora,
    taskType: "FEATURE_EXTRACTION",
  };
}

/** A finished run, ready to be used. */
export interface FinishedRun {
  /** What `run.json` says. */
  readonly file: RunFile;
  /** Its base model, with the adapter's shape. */
  readonly model: RunModel;
  /** The adapter's parameters. */
  readonly parameters: Parameters;
}

/**
 * Opens the folder of a finished run: its configuration, its base model and its adapter, the encoder not compiled yet;
 * on the device and in the precision of its configuration, unless others are given.
 * @throws {InputError} When the folder holds no run, the base model or the adapter is not the one that it was finished
 * with, the adapter does not fit, or the device has not the precision.
 */
export async function openRun(
  folder: string,
  device?: Config["device"],
  precision?: "fp32" | "int8",
): Promise<FinishedRun> {
  const file = await readRunFile(folder);
  const { config: own } = file;
  const training = { ...own.training, precision: precision ?? own.training.precision };
  const model = await openModel({ ...own, device: device ?? own.device, training }, "inference");
  const { config, modules, parameters } = await readAdapter(folder, model.files.config);
  await checkFiles(runPaths(file.config.name, folder), file, ["adapter"]);
  checkModel(folder, file, model.fingerprint);
  return { file, model: { ...model, adapter: config, spec: { ...model.spec, lora: modules } }, parameters };
}
