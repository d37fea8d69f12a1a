/** Where a browser keeps what it needs while it runs: one folder, which goes when it ends, however that is. */
import { dirname } from "@std/path";
import { lockOutput } from "../lock.ts";

const PREFIX = "fair-embeddings-browser-";

/** Makes such a folder, and removes those of processes that were killed. */
export async function browserFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: PREFIX });
  const lock = await lockOutput(path);
  for await (const { name, isDirectory } of Deno.readDir(dirname(path))) {
    if (isDirectory && name.startsWith(PREFIX)) await sweep(`${dirname(path)}/${name}`);
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await lock[Symbol.asyncDispose]();
      await Deno.remove(path, { recursive: true }).catch(() => {}); // swept at the next start
    },
  };
}

/** The system ends a lock with its process. */
async function sweep(folder: string): Promise<void> {
  try {
    using lock = await Deno.open(`${folder}/.lock`, { read: true, write: true });
    if (await lock.tryLock(true)) await Deno.remove(folder, { recursive: true });
  } catch {
    // It has only begun, or is somebody else's.
  }
}
