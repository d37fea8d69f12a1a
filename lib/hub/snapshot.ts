/**
 * Repositories of the Hugging Face hub, kept on the disk in the layout of Python's huggingface_hub
 * (`models--OWNER--NAME/snapshots/COMMIT/…`, `refs/BRANCH`), so that either finds what the other has downloaded.
 */
import { closestString } from "@std/text/closest-string";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { checkJson, exists, fileError, makeFolder, parseJson, writeText } from "../files.ts";
import { downloadFile, hubRequest, readBody, retrying, TransientError } from "./transfer.ts";
import type { HubOptions, RemoteFile } from "./transfer.ts";

/** What is on the disk: its folder, and the commit that the files belong to. */
export type Snapshot = Readonly<{ dir: string; revision: string }>;

/** What is wanted of a repository. */
export interface Repository {
  readonly kind: "model" | "dataset";
  /** `owner/name` */
  readonly name: string;
  /** A branch, tag or commit. */
  readonly revision: string;
  /** Of all its files those to download, in this order; throws an InputError if one is missing. */
  readonly wanted: (files: readonly string[]) => readonly string[];
  /** Whether a folder has everything. */
  readonly isComplete: (dir: string) => Promise<boolean>;
  /** What can be given in its place: `a model folder or embedded:minilm`. */
  readonly instead: string;
  /** Names that may have been meant. */
  readonly known?: readonly string[];
}

/** What the hub calls the kinds, in words and in the paths of the API, of pages and files, and of the disk. */
const KINDS = {
  model: { word: "model", api: "models", page: "", folder: "models" },
  dataset: { word: "data set", api: "datasets", page: "datasets/", folder: "datasets" },
};

/** `refs/convert/parquet` and `refs/pr/1` are the hub's own. */
const REVISION = /^([\w.-]+|refs\/convert\/\w+|refs\/pr\/\d+)$/;

/**
 * Downloads what is wanted of a repository, unless it is on the disk already.
 * @throws {InputError} If there is no such repository or revision, a licence or token is missing, the hub cannot be
 * reached, or a file arrives damaged; the message says how to go on.
 */
export async function downloadSnapshot(wanted: Repository, options: HubOptions): Promise<Snapshot> {
  const { kind, name, revision, instead } = wanted;
  const { word, folder } = KINDS[kind];
  if (!/^[\w.-]+\/[\w.-]+$/.test(name) || name.includes("..")) {
    throw new InputError(`expected a ${word}'s name as owner/name, found "${name}"`);
  }
  if (!REVISION.test(revision) || revision.includes("..")) {
    throw new InputError(`${name}: expected a revision such as main or a commit, found "${revision}"`);
  }
  const repository = `${options.cacheDir}/${folder}--${name.replace("/", "--")}`;
  const snapshot = (commit: string): Snapshot => ({ dir: `${repository}/snapshots/${commit}`, revision: commit });
  const isCommit = /^[0-9a-f]{40}$/.test(revision);
  const ref = `${repository}/refs/${revision}`;
  const onDisk = isCommit ? revision : await readRef(ref);
  const cached = onDisk !== undefined && await wanted.isComplete(snapshot(onDisk).dir) ? snapshot(onDisk) : undefined;
  if (cached && (isCommit || options.offline || !await mayReach(options.endpoint))) return cached;
  if (options.offline) {
    throw new InputError(
      `${name} is not on the disk (${repository}) and HF_HUB_OFFLINE forbids to download it: unset it, or give ${instead}`,
    );
  }
  try {
    const { commit, files } = await listFiles(wanted, options);
    if (cached && onDisk === commit) return cached;
    const { dir } = snapshot(commit);
    await makeFolder(ref.slice(0, ref.lastIndexOf("/")));
    // One process downloads, others wait for it: two would write into one part.
    using _lock = await lockFile(`${repository}/.lock`, () => options.onWait(`${name} is being downloaded already`));
    if (!await wanted.isComplete(dir)) await downloadAll(files, dir, options);
    if (commit !== revision) await writeText(ref, commit);
    return snapshot(commit);
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    if (cached) return cached;
    const times = `${error.attempts} ${error.attempts === 1 ? "time" : "times"}`;
    throw new InputError(
      `${name} could not be downloaded from ${options.endpoint} (${error.message}, tried ${times}): run again to go ` +
        `on, set HF_ENDPOINT to a mirror, or give ${instead}`,
    );
  }
}

/** A command that has given back the network goes on with what is on the disk. */
async function mayReach(endpoint: string): Promise<boolean> {
  return (await Deno.permissions.query({ name: "net", host: new URL(endpoint).host })).state === "granted";
}

async function downloadAll(files: readonly RemoteFile[], dir: string, options: HubOptions): Promise<void> {
  for (const file of files) {
    const path = `${dir}/${file.name}`;
    if (await exists(path)) continue;
    await makeFolder(path.slice(0, path.lastIndexOf("/")));
    await downloadFile(file, path, options);
  }
}

/** Holds a file's lock, which the system takes back when the process ends, however it ends. */
async function lockFile(path: string, onWait: () => void): Promise<Disposable> {
  try {
    const file = await Deno.open(path, { write: true, create: true });
    if (!await file.tryLock(true)) {
      onWait();
      await file.lock(true);
    }
    return file;
  } catch (error) {
    throw fileError(path, "cannot be locked", error);
  }
}

async function readRef(path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return /^[0-9a-f]{40}$/.exec(text.trim())?.[0];
}

const size = z.int("expected a whole number").nonnegative("expected 0 or more bytes").nullish();
/** A checksum becomes part of a file name. */
const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hexadecimal digits`);
const Listing = z.object({ sha: hex(40), siblings: z.array(z.looseObject({ rfilename: z.string() })) });
/** What is said of a file, looked at only if the file is wanted. */
const FileInfo = z.object({
  size,
  blobId: hex(40).nullish(),
  lfs: z.object({ sha256: hex(64), size: size.unwrap().unwrap() }).nullish(),
});

/**
 * The commit, and the files to download.
 * @throws {TransientError} If the hub did not answer.
 * @throws {InputError} If there is no such repository, revision or file, or a licence or token is missing.
 */
async function listFiles(wanted: Repository, options: HubOptions): Promise<{ commit: string; files: RemoteFile[] }> {
  const { kind, name, revision } = wanted;
  const { api, page, word } = KINDS[kind];
  const url = `${options.endpoint}/api/${api}/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const info = await retrying(async () => {
    const { response } = await hubRequest(url, options, { signal: AbortSignal.timeout(options.idleTimeout) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new InputError(refusal(response, wanted, options));
    }
    return checkJson(parseList(await readBody(response, url, LONGEST_LIST), url, word), Listing, url);
  }, options);
  if (/^[0-9a-f]{40}$/.test(revision) && info.sha !== revision) {
    throw new InputError(`${url}: expected commit ${revision}, the server offers ${info.sha}`);
  }
  const siblings = new Map(info.siblings.map((sibling) => [sibling.rfilename, sibling]));
  const files: RemoteFile[] = [];
  for (const file of wanted.wanted([...siblings.keys()])) {
    const path = file.split("/").map(encodeURIComponent).join("/");
    const fileUrl = `${options.endpoint}/${page}${name}/resolve/${info.sha}/${path}`;
    const { size, blobId, lfs } = checkJson(siblings.get(file), FileInfo, `${url}, ${file}`);
    const checksum = lfs?.sha256 ?? blobId, bytes = lfs?.size ?? size;
    const remote = checksum && bytes != null
      ? { url: fileUrl, name: file, size: bytes, checksum }
      : await describe(fileUrl, file, options);
    if (kind === "model" && remote.size > LARGEST_JSON && file.endsWith(".json")) {
      throw new InputError(
        `${fileUrl}: expected at most ${LARGEST_JSON / 1e6} MB, the server offers ${remote.size} bytes`,
      );
    }
    files.push(remote);
  }
  return { commit: info.sha, files };
}

/** A repository of ten thousand files has a list of 3 MB; the tokenizer of a hundred languages takes 17 MB. */
const LONGEST_LIST = 20e6, LARGEST_JSON = 100e6;

function parseList(text: string, url: string, word: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new InputError(`${url}: expected a ${word}'s list of files in JSON, the server sent something else`);
  }
}

/** Size and checksum from the headers of the file itself, for mirrors whose list of files has none. */
async function describe(url: string, name: string, options: HubOptions): Promise<RemoteFile> {
  const { hubHeaders } = await retrying(async () => {
    const signal = AbortSignal.timeout(options.idleTimeout);
    return await hubRequest(url, options, { method: "HEAD", follow: false, signal });
  }, options);
  const etag = hubHeaders.get("x-linked-etag") ?? hubHeaders.get("etag") ?? "";
  const checksum = /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(etag)?.[1];
  const size = Number(hubHeaders.get("x-linked-size") ?? hubHeaders.get("content-length") ?? NaN);
  if (checksum === undefined || !Number.isSafeInteger(size) || size < 0) {
    throw new InputError(`${url}: the server gives no size and checksum, so the file could not be checked`);
  }
  return { url, name, size, checksum };
}

/** Why the hub said no, from its status and its X-Error-Code. */
function refusal(response: Response, { kind, name, revision, known = [] }: Repository, options: HubOptions): string {
  const code = response.headers.get("x-error-code");
  const { word } = KINDS[kind], page = `${options.endpoint}/${KINDS[kind].page}${name}`;
  if (code === "RevisionNotFound") return `${name} has no revision "${revision}" on ${options.endpoint}`;
  if (code === "GatedRepo" || response.status === 403) {
    return `${name} is gated: accept its terms on ${page}, then set HF_TOKEN`;
  }
  // The hub answers 401 rather than 404 to strangers, so as not to tell which private ones exist.
  if (response.status === 404 || response.status === 401) {
    const hint = options.token === null ? "if it is private, set HF_TOKEN" : "or HF_TOKEN does not give access to it";
    const nearest = known.length > 0 ? closestString(name, [...known]) : name;
    return `there is no ${word} ${name} on ${options.endpoint} (${hint})` +
      (nearest === name ? "" : `; the nearest name known here is ${nearest}`);
  }
  return `${page}: the server answered ${response.status} ${response.statusText}`.trimEnd();
}
