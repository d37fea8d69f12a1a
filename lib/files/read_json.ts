import type { z } from "zod";
import { InputError } from "../errors.ts";
import { fileError } from "./file_error.ts";

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @param path The file.
 * @param schema What it must hold.
 * @returns The value, as the schema gives it back.
 * @throws {InputError} If the file cannot be read, is not JSON, or a key breaks the schema; the message names file and key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * import { readJson } from "./read_json.ts";
 *
 * const path = `${import.meta.dirname}/../testdata/bert_lora_tiny/base/config.json`;
 * assertEquals(await readJson(path, z.object({ hidden_size: z.number() })), { hidden_size: 32 });
 * ```
 */
export async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: expected JSON: ${(error as Error).message}`);
  }
  return checkJson(json, schema, path);
}

/**
 * Checks a value against a schema.
 *
 * @param json The value.
 * @param schema What it must be.
 * @param where What the message calls it: a file.
 * @returns The value, as the schema gives it back.
 * @throws {InputError} If a key breaks the schema; the message names the key and what was expected.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { z } from "zod";
 * import { checkJson } from "./read_json.ts";
 *
 * assertThrows(() => checkJson({ r: "4" }, z.object({ r: z.number() }), "a.json"), Error, 'a.json, "r": ');
 * ```
 */
export function checkJson<T extends z.ZodType>(json: unknown, schema: T, where: string): z.output<T> {
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  const key = issue.path.length > 0 ? `, "${issue.path.join(".")}"` : "";
  const found = issue.path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown>)?.[step], json);
  // zod's own messages say what was received when it is another type; ours end before it.
  const tail = issue.message.includes("received") || typeof found === "object"
    ? ""
    : `, found ${found === undefined ? "nothing" : JSON.stringify(found)}`;
  throw new InputError(`${where}${key}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}${tail}`);
}
