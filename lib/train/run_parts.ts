/**
 * A run's files are one thing. A training writes them into folders called `unfinished`, puts them in place when all are
 * there, and `run.json`, which comes last, says by SHA-256 what they are: whatever was interrupted, mixed up or changed
 * is noticed by whoever reads it.
 */
import { dirname } from "@std/path";
import { InputError } from "../errors.ts";
import { exists, fileSha256, makeFolder } from "../files.ts";
import { filesIn, moveFile, removeAll } from "../folders.ts";
import { HISTORY_FILES } from "./history.ts";
import { lockOutput } from "../lock.ts";
import type { ModelFingerprint } from "../model/mod.ts";
import { readRunFile, RUN_PARTS, type RunFile, type RunFiles, type RunPart, type RunPaths } from "./run_file.ts";

const UNFINISHED = "unfinished";

function folderOf(paths: RunPaths, part: RunPart): string {
  return part === "checkpoint" ? dirname(paths.checkpoint) : paths[part];
}

/** Where a training keeps what is not finished: within each folder of its run, so that it can be moved. */
export function unfinished(paths: RunPaths): RunPaths {
  const adapter = `${paths.adapter}/${UNFINISHED}`;
  return {
    adapter,
    runFile: `${adapter}/run.json`,
    checkpoint: `${folderOf(paths, "checkpoint")}/${UNFINISHED}/state.safetensors`,
    metrics: `${paths.metrics}/${UNFINISHED}`,
    review: `${paths.review}/${UNFINISHED}`,
  };
}

/**
 * Makes the folders of a run and takes them for this process alone.
 * @throws {InputError} If another process is writing there, a folder is a link, or nothing can be written.
 */
export async function takeRun(paths: RunPaths): Promise<AsyncDisposable> {
  for (const part of RUN_PARTS.toReversed()) {
    const folder = folderOf(paths, part);
    await makeFolder(folder, folder.startsWith(`${paths.adapter}/`) ? paths.adapter : folder);
  }
  return await lockOutput(paths.adapter);
}

/** Makes the folders of what is not finished, and empties them but for the histories, which are continued. */
export async function clearUnfinished(paths: RunPaths): Promise<void> {
  const next = unfinished(paths);
  for (const part of RUN_PARTS) {
    const folder = folderOf(next, part);
    await makeFolder(folder, folderOf(paths, part));
    for await (const { name } of Deno.readDir(folder)) {
      const isHistory = part === "metrics" && HISTORY_FILES.some((file) => file === name);
      if (!isHistory) await removeAll(`${folder}/${name}`);
    }
  }
}

/** The SHA-256 of all files that a training has written and not yet put in place. */
export async function digestUnfinished(paths: RunPaths): Promise<RunFiles> {
  const digests: Record<RunPart, Record<string, string>> = { adapter: {}, metrics: {}, review: {}, checkpoint: {} };
  for (const part of RUN_PARTS) {
    const folder = folderOf(unfinished(paths), part);
    for (const file of await filesIn(folder)) digests[part][file] = await fileSha256(`${folder}/${file}`);
  }
  return digests;
}

/**
 * Puts what is finished in the place of an older run, whose files go; `run.json` comes last. A process that is killed
 * in between leaves files that are not those of the `run.json` there.
 */
export async function putInPlace(paths: RunPaths): Promise<void> {
  const next = unfinished(paths);
  const older = await filesOfOlder(paths);
  for (const part of RUN_PARTS) {
    const [from, to] = [folderOf(next, part), folderOf(paths, part)];
    const files = await filesIn(from);
    for (const file of files) {
      if (file === "run.json") continue;
      await makeFolder(dirname(`${to}/${file}`), to);
      await moveFile(`${from}/${file}`, `${to}/${file}`);
    }
    for (const file of Object.keys(older[part])) {
      if (!files.includes(file)) await Deno.remove(`${to}/${file}`).catch(() => {});
    }
  }
  await moveFile(next.runFile, paths.runFile);
  for (const part of RUN_PARTS) {
    await removeAll(folderOf(next, part));
    // A folder that the run did not need; one that holds something stays.
    await Deno.remove(folderOf(paths, part)).catch(() => {});
  }
}

/** What an older run in the same place said of its files; nothing where there is none that can be read. */
async function filesOfOlder({ adapter }: RunPaths): Promise<RunFiles> {
  const none = { adapter: {}, metrics: {}, review: {}, checkpoint: {} };
  try {
    return (await readRunFile(adapter)).files ?? none;
  } catch (error) {
    if (error instanceof InputError) return none;
    throw error;
  }
}

/**
 * Sees that files are those of the run.
 * @throws {InputError} Naming the first that is missing or another one. What was done to the data may be deleted, since
 * it holds pieces of résumés.
 */
export async function checkFiles(paths: RunPaths, run: RunFile, parts: readonly RunPart[]): Promise<void> {
  const { files } = run;
  if (files === undefined) {
    throw new InputError(
      `${paths.runFile}: expected the SHA-256 of the run's files, found none: ` +
        "an older version wrote it, and whether they belong together cannot be seen; train again",
    );
  }
  for (const part of parts) {
    for (const [file, expected] of Object.entries(files[part])) {
      const path = `${folderOf(paths, part)}/${file}`;
      const found = await exists(path) ? await fileSha256(path) : null;
      if (found === expected || (found === null && part === "review")) continue;
      throw new InputError(
        `${path}: expected the file of SHA-256 ${
          expected.slice(0, 16)
        }… that ${paths.runFile} was written with, found ` +
          `${found === null ? "none" : `${found.slice(0, 16)}…`}: it was changed, or a training in this place was ` +
          "killed while it replaced the run; take that up again with --resume, or train again" +
          (found === null && part === "metrics" ? ". A run that is copied needs its tables there too" : ""),
      );
    }
  }
}

/** Sees that a base model is the one that the run was trained on, whole. */
export function checkModel(where: string, { config, modelFingerprint, base }: RunFile, found: ModelFingerprint): void {
  const { source } = config.model;
  const refuse = (what: string) => new InputError(`${where}: the run was trained on ${what} than ${source} has now`);
  if (modelFingerprint !== found.weights) throw refuse("other weights");
  if (base?.tokenizer !== undefined && base.tokenizer !== found.tokenizer) throw refuse("another tokenizer");
  if (base?.settings !== undefined && base.settings !== found.settings) {
    throw refuse("another configuration (config.json, pooling, instructions or length)");
  }
}
