/**
 * Models from the Hugging Face hub, kept on the disk in the layout of Python's huggingface_hub
 * (`models--OWNER--NAME/snapshots/COMMIT/…`, `refs/BRANCH`), so that either finds what the other has downloaded.
 */

import { InputError } from "../errors.ts";
import { fileError, writeText } from "../files.ts";
import { downloadFile, type RemoteFile } from "./hub_file.ts";
import { listFiles } from "./hub_listing.ts";
import type { HubOptions } from "./hub_options.ts";
import { TransientError } from "./hub_request.ts";

/** A model on the disk. */
export interface Snapshot {
  /** The folder with its files. */
  readonly dir: string;
  /** The commit they belong to. */
  readonly revision: string;
}

/**
 * Downloads a model, unless it is on the disk already: what is needed to build, tokenize and pool, in safetensors.
 *
 * @param name The model's name on the hub, `owner/name`.
 * @param revision A commit, which is never asked for again once it is on the disk; or a branch or tag.
 * @param options How to reach the hub and where to keep the files.
 * @returns Where the model lies.
 * @throws {InputError} If there is no such model or revision, a licence or token is missing, the hub cannot be reached, or a
 * file arrives damaged; the message says how to go on.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { downloadModel } from "./hub.ts";
 * import { hubOptions } from "./hub_options.ts";
 *
 * const options = hubOptions(() => undefined, { offline: true, cacheDir: "/nowhere" });
 * await assertRejects(() => downloadModel("thenlper/gte-small", "main", options), Error, "HF_HUB_OFFLINE");
 * ```
 */
export async function downloadModel(name: string, revision: string, options: HubOptions): Promise<Snapshot> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name) || name.includes("..")) {
    throw new InputError(`expected a model's name as owner/name, found "${name}"`);
  }
  if (!/^[\w.-]+$/.test(revision) || revision.includes("..")) {
    throw new InputError(`${name}: expected a revision such as main or a commit, found "${revision}"`);
  }
  const repository = `${options.cacheDir}/models--${name.replace("/", "--")}`;
  const snapshot = (commit: string): Snapshot => ({ dir: `${repository}/snapshots/${commit}`, revision: commit });
  const isCommit = /^[0-9a-f]{40}$/.test(revision);
  const onDisk = isCommit ? revision : await readRef(`${repository}/refs/${revision}`);
  const cached = onDisk !== undefined && await isComplete(snapshot(onDisk).dir) ? snapshot(onDisk) : undefined;
  if (cached && (isCommit || options.offline)) return cached;
  if (options.offline) {
    throw new InputError(
      `${name} is not on the disk (${repository}) and HF_HUB_OFFLINE forbids to download it: ` +
        "unset it, or give a model folder or embedded:minilm",
    );
  }
  try {
    const { commit, files } = await listFiles(name, revision, options);
    const { dir } = snapshot(commit);
    if (!await isComplete(dir)) await downloadAll(files, dir, options);
    if (commit !== revision) await writeRef(`${repository}/refs`, revision, commit);
    return snapshot(commit);
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    if (cached) return cached;
    throw new InputError(
      `${name} could not be downloaded from ${options.endpoint} (${error.message}, ` +
        `tried ${options.retryDelays.length + 1} times): run again to go on, set HF_ENDPOINT to a mirror, ` +
        "or give a model folder or embedded:minilm",
    );
  }
}

async function downloadAll(files: readonly RemoteFile[], dir: string, options: HubOptions): Promise<void> {
  for (const file of files) {
    const path = `${dir}/${file.name}`;
    if (await exists(path)) continue;
    try {
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    } catch (error) {
      throw fileError(dir, "cannot be made", error);
    }
    await downloadFile(file, path, options);
  }
}

async function isComplete(dir: string): Promise<boolean> {
  for (const name of ["config.json", "tokenizer.json"]) if (!await exists(`${dir}/${name}`)) return false;
  if (await exists(`${dir}/model.safetensors`)) return true;
  const text = await Deno.readTextFile(`${dir}/model.safetensors.index.json`).catch(() => undefined);
  if (text === undefined) return false;
  const parts = new Set(text.match(/model-\d{5}-of-\d{5}\.safetensors/g));
  for (const part of parts) if (!await exists(`${dir}/${part}`)) return false;
  return parts.size > 0;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw fileError(path, "cannot be read", error);
  }
}

async function readRef(path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return /^[0-9a-f]{40}$/.exec(text.trim())?.[0];
}

async function writeRef(dir: string, revision: string, commit: string): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  await writeText(`${dir}/${revision}`, commit);
}
