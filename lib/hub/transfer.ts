/** How the Hugging Face hub is reached: options, repeated requests, downloads that go on where they stopped. */
import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { fileError } from "../files.ts";

/** How to reach the Hugging Face hub and where to keep what comes from it. */
export interface HubOptions {
  /** The hub or a mirror, without a slash at the end. */
  readonly endpoint: string;
  /** Sent to the endpoint and to no other host. */
  readonly token: string | null;
  /** Whether to use only what is on the disk. */
  readonly offline: boolean;
  /** Where models are kept, in the layout of Python's huggingface_hub, so that both find each other's files. */
  readonly cacheDir: string;
  /** Pauses in milliseconds before each new attempt after a failed one. */
  readonly retryDelays: readonly number[];
  /** Milliseconds after which an attempt has failed that brought less than a kilobyte for each second of them. */
  readonly idleTimeout: number;
  /** Told how many bytes of a file are there, of how many. */
  readonly onProgress: (file: string, received: number, total: number) => void;
  /** Told what a pause of some seconds is for. */
  readonly onWait: (reason: string) => void;
}

/**
 * The options that the environment asks for, by the variables of Python's huggingface_hub: `HF_ENDPOINT`, `HF_TOKEN`,
 * `HF_HUB_OFFLINE`, and for the cache `HF_HUB_CACHE` or `HF_HOME`. Without the last two, models are kept in
 * `models/hub` of the project: a program that writes only below its own folder needs no other permission, and a folder
 * that is deleted takes its gigabytes along.
 * @throws {InputError} If `HF_ENDPOINT` is not an http address.
 */
export function hubOptions(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
  overrides: Partial<HubOptions> = {},
): HubOptions {
  const given = (name: string) => env(name)?.trim() || undefined;
  const endpoint = (given("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) {
    throw new InputError(`HF_ENDPOINT: expected an address such as https://huggingface.co, found ${endpoint}`);
  }
  const home = given("HF_HOME");
  return {
    endpoint,
    token: given("HF_TOKEN") ?? null,
    offline: /^(1|on|yes|true)$/i.test(given("HF_HUB_OFFLINE") ?? ""),
    cacheDir: given("HF_HUB_CACHE") ?? (home ? `${home}/hub` : "models/hub"),
    retryDelays: [1000, 3000, 9000],
    idleTimeout: 30_000,
    onProgress: () => {},
    onWait: () => {},
    ...overrides,
  };
}

/** A failure that may pass: no connection, a broken one, an overloaded server. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  /** How often it was tried. */
  attempts = 1;

  /** `after`: milliseconds that the server asks to wait. `stalled`: what arrived was too little to be counted. */
  constructor(message: string, readonly kind: { readonly after?: number; readonly stalled?: boolean } = {}) {
    super(message);
  }
}

/**
 * Sends a request to the hub. Redirects are followed by hand, because the token must not reach the hosts that store the
 * files, and a redirect must not lead to anything but http. `hubHeaders` are those of the hub's own answer, where the
 * response itself comes from a host it redirected to; `follow: false` stays there.
 * @throws {TransientError} If no answer came, or one that says to try later (429, 5xx).
 * @throws {InputError} If the permission is missing, or redirects run in circles.
 */
export async function hubRequest(
  url: string,
  options: HubOptions,
  request: { method?: "HEAD"; headers?: Record<string, string>; signal?: AbortSignal; follow?: boolean } = {},
): Promise<{ response: Response; hubHeaders: Headers }> {
  const { method = "GET", signal = null, follow = true } = request;
  const trusted = new URL(options.endpoint).origin;
  let at = new URL(url);
  let hubHeaders: Headers | undefined;
  for (let hop = 0; hop < 10; hop++) {
    const headers = new Headers({ "accept-encoding": "identity", ...request.headers });
    if (options.token !== null && at.origin === trusted) headers.set("authorization", `Bearer ${options.token}`);
    let response: Response;
    try {
      response = await fetch(at, { method, headers, redirect: "manual", signal });
    } catch (error) {
      throw connectionError(error, at);
    }
    hubHeaders ??= response.headers;
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null && follow) {
      await response.body?.cancel();
      const next = URL.parse(location, at);
      if (next === null || !/^https?:$/.test(next.protocol)) {
        throw new InputError(`${url} redirects to ${JSON.stringify(location.slice(0, 200))}, which is no http address`);
      }
      at = next;
      continue;
    }
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      const after = retryAfter(response.headers.get("retry-after"));
      const asks = after > 0 ? ` and asks to wait ${Math.ceil(after / 1000)} seconds` : "";
      throw new TransientError(`${at.host} answered ${response.status}${asks}`, { after });
    }
    return { response, hubHeaders };
  }
  throw new InputError(`${url} redirects more than ten times`);
}

/** Nobody is made to wait longer than this before hearing that the server asks for it. */
const LONGEST_PAUSE = 5 * 60_000;

/** Milliseconds of a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3); 0 for none. */
function retryAfter(header: string | null): number {
  const milliseconds = /^\s*\d+\s*$/.test(header ?? "") ? Number(header) * 1000 : Date.parse(header ?? "") - Date.now();
  return Math.max(0, milliseconds || 0);
}

/**
 * Repeats an attempt that throws a {@linkcode TransientError}, after pauses of `retryDelays` milliseconds, or longer
 * where the server asks for it, up to five minutes; as many repetitions as pauses, counted anew when `progress` has
 * grown before it failed.
 * @throws What the last attempt throws.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { retryDelays, onWait }: Pick<HubOptions, "retryDelays" | "onWait">,
  progress: () => number = () => 0,
): Promise<T> {
  let failures = 0;
  let reached = progress();
  for (let attempts = 1;; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      error.attempts = attempts;
      if (progress() > reached && !error.kind.stalled) failures = 0;
      reached = Math.max(reached, progress());
      const delay = retryDelays[failures++], asked = error.kind.after ?? 0;
      if (delay === undefined || asked > LONGEST_PAUSE) throw error;
      const pause = Math.max(delay, asked);
      if (pause >= 2000) onWait(`${error.message}: trying again in ${Math.ceil(pause / 1000)} seconds`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Turns what `fetch` or a body threw into a failure that may pass, or into one that will not. */
function connectionError(error: unknown, at: URL): Error {
  if (error instanceof TransientError || error instanceof InputError) return error;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new TransientError(`${at.host}: the answer did not end in time`, { stalled: true });
  }
  if (error instanceof Deno.errors.NotCapable) return new InputError(`${at.host} may not be reached: ${error.message}`);
  // Deno's messages end in the system's own words, "… (os error 111)" or "dns error: …".
  const cause = error instanceof Error ? error.cause ?? error : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TransientError(`${at.host}: ${reason.split(": ").slice(-2).join(": ")}`);
}

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
 * Downloads a file. What has arrived is kept in a `.part` file beside it, and the next attempt, of this run or a later
 * one, goes on from there. The file gets its name only after its checksum is found right.
 * @throws {TransientError} If the connection failed, and all repetitions did; the `.part` file stays.
 * @throws {InputError} If the hub refuses, the content has another checksum (it is removed), or the disk is full.
 */
export async function downloadFile(file: RemoteFile, path: string, options: HubOptions): Promise<void> {
  // Named by checksum: a part of another version is never continued.
  const part = `${path}.${file.checksum.slice(0, 16)}.part`;
  let received = await sizeOf(part);
  await retrying(
    async () => {
      received = await sizeOf(part);
      if (received !== file.size || file.size === 0) {
        await receive(file, { path: part, start: received, onBytes: (bytes) => received = bytes }, options);
      }
    },
    options,
    // A server that breaks off after every byte gets nowhere.
    () => Math.floor(received / 16_384),
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

/** Appends to a part what is missing after its `start` bytes. */
async function receive(
  file: RemoteFile,
  { path, start, onBytes }: { path: string; start: number; onBytes: (received: number) => void },
  options: HubOptions,
): Promise<void> {
  const idle = idleTimer(options.idleTimeout);
  try {
    const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
    const { response } = await hubRequest(file.url, options, { headers, signal: idle.signal });
    const resumed = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${start}-`);
    if (response.status !== 200 && !resumed) {
      await response.body?.cancel();
      if (start === 0 || (response.status !== 206 && response.status !== 416)) {
        const part = response.status === 206 ? ", a part of it that was not asked for" : "";
        throw new InputError(`${file.url}: expected the file, the server answered ${response.status}${part}`);
      }
      await Deno.remove(path);
      throw new TransientError(`${new URL(file.url).host} cannot go on from byte ${start}`);
    }
    using output = await Deno.open(path, { write: true, create: true, truncate: !resumed, append: Boolean(resumed) });
    let received = resumed ? start : 0;
    for await (const chunk of chunksOf(response, file.url)) {
      idle.touch(chunk.length);
      received += chunk.length;
      if (received > file.size) {
        await Deno.remove(path);
        throw new InputError(
          `${file.url}: expected ${file.size} bytes, the server sends more; they were removed, try again`,
        );
      }
      for (let at = 0; at < chunk.length;) at += await output.write(chunk.subarray(at));
      onBytes(received);
      options.onProgress(file.name, received, file.size);
    }
    await output.sync();
    if (received < file.size) throw new TransientError(`${file.name}: ${file.size - received} bytes did not arrive`);
  } catch (error) {
    throw fileError(path, "cannot be written", error);
  } finally {
    idle.stop();
  }
}

/** The chunks of a body; one that is not read to its end is given up. */
async function* chunksOf(response: Response, url: string): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
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
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

/**
 * Reads a short body whole.
 * @throws {TransientError} If the connection breaks or is given up.
 * @throws {InputError} If it is longer than `limit` bytes.
 */
export async function readBody(response: Response, url: string, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(response, url)) {
    bytes += chunk.length;
    if (bytes > limit) throw new InputError(`${url}: the answer is longer than ${limit / 1e6} MB, it was given up`);
    chunks.push(chunk);
  }
  return await new Blob(chunks as BlobPart[]).text();
}

/** Aborts its signal when less than a kilobyte per second has arrived since it was last reset. */
function idleTimer(milliseconds: number): { signal: AbortSignal; touch(bytes: number): void; stop(): void } {
  const controller = new AbortController();
  let arrived = 0;
  const give = () => {
    const what = arrived === 0 ? "no data for" : `only ${arrived} bytes in`;
    controller.abort(new TransientError(`${what} ${milliseconds / 1000} seconds`, { stalled: true }));
  };
  let timer = setTimeout(give, milliseconds);
  return {
    signal: controller.signal,
    touch(bytes) {
      arrived += bytes;
      if (arrived < milliseconds) return; // a byte per millisecond
      clearTimeout(timer);
      arrived = 0;
      timer = setTimeout(give, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}

/** The bytes of a file; 0 if there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (isFile) return size;
    await Deno.remove(path); // a link, which would be followed
    return 0;
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
