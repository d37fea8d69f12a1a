import { z } from "zod";
import { InputError } from "../errors.ts";
import { fileError, readJson } from "../files.ts";
import { openSafetensors, type StoredTensor } from "./safetensors.ts";

const WeightIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Finds every tensor of a model's weights, whether they lie in one safetensors file or in several.
 *
 * @param path A `.safetensors` file, or a folder with `model.safetensors`, with `model.safetensors.index.json` and its
 * parts, or with exactly one other `.safetensors` file.
 * @returns Where each tensor lies, by its name in the file. Only headers are read.
 * @throws {InputError} If there are no weights, a part is missing, or the index and its parts disagree.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openWeights } from "./weights.ts";
 *
 * const weights = await openWeights(`${import.meta.dirname}/../testdata/bert_lora_tiny/base`);
 * assertEquals(weights.size, 37);
 * ```
 */
export async function openWeights(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const names = await fileNames(path);
  if (names === undefined) return (await openSafetensors(path)).tensors;
  if (names.includes("model.safetensors")) return (await openSafetensors(`${path}/model.safetensors`)).tensors;
  if (names.includes("model.safetensors.index.json")) return openParts(path, names);
  const others = names.filter((name) => name.endsWith(".safetensors"));
  if (others.length === 1) return (await openSafetensors(`${path}/${others[0]}`)).tensors;
  if (others.length > 1) {
    throw new InputError(`${path}: expected model.safetensors, found ${others.join(" and ")}: name one of the files`);
  }
  const pickled = names.find((name) => /\.(bin|pt|pth|ckpt|h5|msgpack)$/.test(name));
  throw new InputError(
    `${path}: expected model.safetensors, found ${pickled ?? "no weights"}` +
      (pickled ? " (convert it with save_pretrained(..., safe_serialization=True))" : ""),
  );
}

/** The names in a folder, sorted; undefined if the path is not a folder. */
async function fileNames(path: string): Promise<string[] | undefined> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return undefined;
    return (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name).sort();
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}

async function openParts(dir: string, names: readonly string[]): Promise<ReadonlyMap<string, StoredTensor>> {
  const indexPath = `${dir}/model.safetensors.index.json`;
  const index = await readJson(indexPath, WeightIndex);
  const parts = Map.groupBy(Object.entries(index.weight_map), ([, file]) => file);
  const tensors = new Map<string, StoredTensor>();
  for (const [part, entries] of parts) {
    // An index may name files of its own folder only: checked against the listing, "../x" is never opened.
    if (!names.includes(part)) throw new InputError(`${indexPath}: its part ${part} is not in ${dir}`);
    const file = await openSafetensors(`${dir}/${part}`);
    for (const [name] of entries) {
      const tensor = file.tensors.get(name);
      if (tensor === undefined) throw new InputError(`${indexPath}: tensor "${name}" is not in ${part}`);
      tensors.set(name, tensor);
    }
  }
  return tensors;
}
