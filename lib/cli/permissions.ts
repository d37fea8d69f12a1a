/** What a verb may do, once it is known what was asked for: a task's own permissions are the same for every call. */
import { dirname, isAbsolute } from "@std/path";
import { exists } from "../files.ts";
import { hubOptions, isOnHub } from "../hub/mod.ts";
import { MPI_LIBRARIES, readRunFile } from "../train/mod.ts";

/** What stays allowed. */
export interface Kept {
  /** Folders that are written to; the task's other ones are given back. */
  readonly write: readonly (string | undefined)[];
  /** The base model, and the tables that are read: without one on the hub nothing is to be had from the network. */
  readonly source?: string;
  readonly tables?: readonly (string | undefined)[];
}

/**
 * Gives back every permission to write but that for some folders, and the network where nothing comes from the hub.
 * Tasks may write anywhere below `/`, for their output may lie anywhere; Deno keeps what was asked for by name when the
 * root is revoked. With `--allow-all` nothing changes but the network.
 */
export async function keepOnly({ write, source, tables = [] }: Kept): Promise<void> {
  const isModelOnHub = source !== undefined && source !== "embedded:minilm" && !await exists(source);
  const fromHub = isModelOnHub || tables.some((path) => path !== undefined && isOnHub(path));
  for (const path of [...write, fromHub ? hubOptions().cacheDir : undefined]) {
    if (path === undefined || path.includes("\0")) continue;
    const folder = { name: "write", path } as const;
    if ((await Deno.permissions.query(folder)).state === "granted") await Deno.permissions.request(folder);
  }
  await Deno.permissions.revoke({ name: "write", path: "/" });
  // Whoever wanted MPI has loaded it.
  for (const [, path] of MPI_LIBRARIES) await Deno.permissions.revoke({ name: "ffi", path });
  if (!fromHub) await Deno.permissions.revoke({ name: "net" });
}

/** Where a training puts what it makes, if it is not told otherwise; the hub's models and a device's check too. */
export const RUN_FOLDERS = ["models", "reports", "data/processed"] as const;

/** The folder in which a file appears, its lock and its unfinished form beside it. */
export function folderOf(file: string | undefined): string | undefined {
  return file === undefined ? undefined : isAbsolute(file) ? dirname(file) : dirname(`./${file}`);
}

/** The same for what uses a finished run: on its own table, unless another is given. */
export async function keepOnlyFor(run: string, write: string | undefined, table?: string): Promise<void> {
  const { config } = await readRunFile(run);
  await keepOnly({ write: ["models", write], source: config.model.source, tables: [table ?? config.data.path] });
}
