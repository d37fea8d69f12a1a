import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { fileError } from "../files.ts";
import type { HubOptions } from "./hub_options.ts";
import { connectionError, hubRequest, retrying, TransientError } from "./hub_request.ts";

/** A file of a repository, as the hub describes it. */
export interface RemoteFile {
  readonly url: string;
  /** Its name in the repository. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its content (64 hex digits), or git's SHA-1 of it as a blob (40 hex digits). */
  readonly checksum: string;
}

/**
 * Downloads a file. What has arrived is kept in a `.part` file beside it, and the next attempt, of this
 * run or a later one, goes on from there. The file gets its name only after its checksum is found right.
 *
 * @param file What to download.
 * @param path Where to.
 * @param options How to reach the hub.
 * @throws {TransientError} If the connection failed, and all repetitions did; the `.part` file stays.
 * @throws {InputError} If the hub refuses, the content has another checksum (it is removed), or the disk is full.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { downloadFile } from "./hub_file.ts";
 * import { hubOptions } from "./hub_options.ts";
 *
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("what is up, doc?"));
 * const endpoint = `http://127.0.0.1:${server.addr.port}`;
 * // The checksum is that of the example in the git book, chapter "Git Internals".
 * const file = { url: `${endpoint}/a`, name: "a", size: 16, checksum: "bd9dbf5aae1a3862dd1526723246b20206e5fc37" };
 * const dir = await Deno.makeTempDir();
 * await downloadFile(file, `${dir}/a`, hubOptions(() => undefined, { endpoint }));
 * assertEquals(await Deno.readTextFile(`${dir}/a`), "what is up, doc?");
 * await server.shutdown();
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function downloadFile(file: RemoteFile, path: string, options: HubOptions): Promise<void> {
  // Named by checksum: a part of another version is never continued.
  const part = `${path}.${file.checksum.slice(0, 16)}.part`;
  let received = await sizeOf(part);
  await retrying(
    async () => {
      received = await sizeOf(part);
      if (received !== file.size || file.size === 0) {
        await receive(file, part, received, options, (bytes) => received = bytes);
      }
    },
    options.retryDelays,
    () => received,
  );
  const found = await checksumOf(part, file.checksum.length === 64 ? "sha256" : "sha1", file.size);
  if (found !== file.checksum) {
    await Deno.remove(part);
    throw new InputError(
      `${file.url}: the file that arrived has checksum ${found}, expected ${file.checksum}; it was removed, try again`,
    );
  }
  await Deno.rename(part, path);
}

/** Appends to `part` what is missing after `start` bytes. */
async function receive(
  file: RemoteFile,
  part: string,
  start: number,
  options: HubOptions,
  onBytes: (received: number) => void,
): Promise<void> {
  const idle = idleTimer(options.idleTimeout);
  try {
    const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
    const { response } = await hubRequest(file.url, options, { headers, signal: idle.signal });
    const resumed = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${start}-`);
    if (response.status !== 200 && !resumed) {
      await response.body?.cancel();
      if (response.status !== 206 && response.status !== 416) {
        throw new InputError(`${file.url}: expected the file, the server answered ${response.status}`);
      }
      await Deno.remove(part);
      throw new TransientError(`${new URL(file.url).host} cannot go on from byte ${start}`);
    }
    using output = await Deno.open(part, { write: true, create: true, truncate: !resumed, append: Boolean(resumed) });
    let received = resumed ? start : 0;
    for await (const chunk of chunksOf(response, file.url)) {
      idle.touch();
      for (let at = 0; at < chunk.length;) at += await output.write(chunk.subarray(at));
      received += chunk.length;
      onBytes(received);
      options.onProgress(file.name, received, file.size);
    }
    await output.sync();
    if (received < file.size) throw new TransientError(`${file.name}: ${file.size - received} bytes did not arrive`);
    if (received > file.size) {
      await Deno.remove(part);
      throw new InputError(
        `${file.url}: expected ${file.size} bytes, ${received} arrived; they were removed, try again`,
      );
    }
  } catch (error) {
    throw fileError(part, "cannot be written", error);
  } finally {
    idle.stop();
  }
}

async function* chunksOf(response: Response, url: string): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  for (;;) {
    let result;
    try {
      result = await reader?.read();
    } catch (error) {
      throw connectionError(error, new URL(url));
    }
    if (result === undefined || result.done) return;
    yield result.value;
  }
}

/** Aborts its signal when it has not been touched for a while. */
function idleTimer(milliseconds: number): { signal: AbortSignal; touch(): void; stop(): void } {
  const controller = new AbortController();
  const give = () => controller.abort(new TransientError(`no data for ${milliseconds / 1000} seconds`));
  let timer = setTimeout(give, milliseconds);
  return {
    signal: controller.signal,
    touch() {
      clearTimeout(timer);
      timer = setTimeout(give, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}

/** The bytes of a file; 0 if there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw fileError(path, "cannot be read", error);
  }
}

async function checksumOf(path: string, algorithm: "sha256" | "sha1", size: number): Promise<string> {
  const hash = createHash(algorithm);
  if (algorithm === "sha1") hash.update(`blob ${size}\0`);
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}
