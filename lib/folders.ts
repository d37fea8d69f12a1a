/** Folders whose files are one thing: written beside, put in place when all are there. */
import { dirname } from "@std/path";
import { fileError, makeFolder } from "./files.ts";

/**
 * Writes the files of a folder as one thing: `write` is given a folder within it, `unfinished`, whose files are put in
 * place when it has ended. What a killed process left there goes first.
 */
export async function writeWhole<T>(folder: string, write: (unfinished: string) => Promise<T>): Promise<T> {
  const next = `${folder}/unfinished`;
  await removeAll(next);
  await makeFolder(next, folder);
  try {
    const result = await write(next);
    for (const file of await filesIn(next)) {
      await makeFolder(dirname(`${folder}/${file}`), folder);
      await moveFile(`${next}/${file}`, `${folder}/${file}`);
    }
    return result;
  } finally {
    await removeAll(next);
  }
}

/** Paths within a folder, sorted; links are no files of ours. */
export async function filesIn(folder: string, within = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(`${folder}/${within}`)) {
    if (isFile) files.push(within + name);
    if (isDirectory) files.push(...await filesIn(folder, `${within}${name}/`));
  }
  return files.sort();
}

/** Puts a file in the place of another. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw fileError(to, "cannot be written", error);
  }
}

/** Removes a file, or a folder with all that is in it, if it is there. */
export async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileError(path, "cannot be removed", error);
  }
}
