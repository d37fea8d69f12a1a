/**
 * Models from the Hugging Face hub, kept on the disk in the layout of Python's huggingface_hub
 * (`models--OWNER--NAME/snapshots/COMMIT/…`, `refs/BRANCH`), so that either finds what the other has downloaded.
 */
import { closestString } from "@std/text/closest-string";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { checkJson, exists, fileError, makeFolder, parseJson, writeText } from "../files.ts";
import { downloadFile, hubRequest, readBody, retrying, TransientError } from "./hub_transfer.ts";
import type { HubOptions, RemoteFile } from "./hub_transfer.ts";
import { KNOWN_MODELS } from "./registry.ts";

/** A model on the disk: its folder, and the commit that the files belong to. */
type Snapshot = Readonly<{ dir: string; revision: string }>;

/**
 * Downloads a model, unless it is on the disk already: what is needed to build, tokenize and pool, in safetensors.
 * @throws {InputError} If there is no such model or revision, a licence or token is missing, the hub cannot be reached,
 * or a file arrives damaged; the message says how to go on.
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
    if (cached && onDisk === commit) return cached;
    const { dir } = snapshot(commit);
    await makeFolder(`${repository}/refs`);
    // One process downloads, others wait for it: two would write into one part.
    using _lock = await lockFile(`${repository}/.lock`, () => options.onWait(`${name} is being downloaded already`));
    if (!await isComplete(dir)) await downloadAll(files, dir, options);
    if (commit !== revision) await writeText(`${repository}/refs/${revision}`, commit);
    return snapshot(commit);
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    if (cached) return cached;
    throw new InputError(
      `${name} could not be downloaded from ${options.endpoint} (${error.message}, ` +
        `tried ${error.attempts} ${
          error.attempts === 1 ? "time" : "times"
        }): run again to go on, set HF_ENDPOINT to a mirror, ` +
        "or give a model folder or embedded:minilm",
    );
  }
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

async function isComplete(dir: string): Promise<boolean> {
  for (const name of ["config.json", "tokenizer.json"]) if (!await exists(`${dir}/${name}`)) return false;
  if (await exists(`${dir}/model.safetensors`)) return true;
  const text = await Deno.readTextFile(`${dir}/model.safetensors.index.json`).catch(() => undefined);
  if (text === undefined) return false;
  const parts = new Set(text.match(/model-\d{5}-of-\d{5}\.safetensors/g));
  for (const part of parts) if (!await exists(`${dir}/${part}`)) return false;
  return parts.size > 0;
}

async function readRef(path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return /^[0-9a-f]{40}$/.exec(text.trim())?.[0];
}

/** What is downloaded, in this order. */
const WANTED = [
  /^config\.json$/,
  /^tokenizer\.json$/,
  /^tokenizer_config\.json$/,
  /^modules\.json$/,
  /^sentence_bert_config\.json$/,
  /^config_sentence_transformers\.json$/,
  /^\d_Pooling\/config\.json$/,
  /^model\.safetensors\.index\.json$/,
  /^model(-\d{5}-of-\d{5})?\.safetensors$/,
];

const size = z.int("expected a whole number").nonnegative("expected 0 or more bytes").nullish();
/** A checksum becomes part of a file name. */
const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hexadecimal digits`);
const ModelInfo = z.object({ sha: hex(40), siblings: z.array(z.looseObject({ rfilename: z.string() })) });
/** What is said of a file, looked at only if the file is wanted. */
const FileInfo = z.object({
  size,
  blobId: hex(40).nullish(),
  lfs: z.object({ sha256: hex(64), size: size.unwrap().unwrap() }).nullish(),
});

/**
 * The files of a model to download, small ones first: a folder that has its weights has everything.
 * @throws {TransientError} If the hub did not answer.
 * @throws {InputError} If there is no such model or revision, a licence or token is missing, or no safetensors.
 */
async function listFiles(
  name: string,
  revision: string,
  options: HubOptions,
): Promise<{ commit: string; files: RemoteFile[] }> {
  const url = `${options.endpoint}/api/models/${name}/revision/${revision}?blobs=true`;
  const info = await retrying(async () => {
    const { response } = await hubRequest(url, options, { signal: AbortSignal.timeout(options.idleTimeout) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new InputError(refusal(response, { name, revision }, options));
    }
    return checkJson(parseList(await readBody(response, url, LONGEST_LIST), url), ModelInfo, url);
  }, options);
  if (/^[0-9a-f]{40}$/.test(revision) && info.sha !== revision) {
    throw new InputError(`${url}: expected commit ${revision}, the server offers ${info.sha}`);
  }
  const names = info.siblings.map(({ rfilename }) => rfilename);
  for (const needed of [/^config\.json$/, /^tokenizer\.json$/, /^model\.safetensors(\.index\.json)?$/]) {
    if (!names.some((file) => needed.test(file))) {
      const what = needed.source.replace(/[\^$\\]|\(.*\)\?/g, "");
      const pickled = what.startsWith("model") && names.find((file) => /^pytorch_model.*\.bin$/.test(file));
      throw new InputError(
        `${name} has no ${what} on ${options.endpoint}: ` +
          (pickled
            ? `only Python reads its ${pickled}; convert it with python -c "from sentence_transformers import ` +
              `SentenceTransformer as S; S('${name}').save('models/${name}')" and name the folder models/${name}`
            : "only models with one are supported"),
      );
    }
  }
  const files: RemoteFile[] = [];
  for (const wanted of WANTED) {
    for (const sibling of info.siblings.filter(({ rfilename }) => wanted.test(rfilename))) {
      const { rfilename } = sibling;
      const fileUrl = `${options.endpoint}/${name}/resolve/${info.sha}/${rfilename}`;
      const { size, blobId, lfs } = checkJson(sibling, FileInfo, `${url}, ${rfilename}`);
      const checksum = lfs?.sha256 ?? blobId, bytes = lfs?.size ?? size;
      const file = checksum && bytes != null
        ? { url: fileUrl, name: rfilename, size: bytes, checksum }
        : await describe(fileUrl, rfilename, options);
      if (file.size > LARGEST_JSON && rfilename.endsWith(".json")) {
        throw new InputError(
          `${fileUrl}: expected at most ${LARGEST_JSON / 1e6} MB, the server offers ${file.size} bytes`,
        );
      }
      files.push(file);
    }
  }
  return { commit: info.sha, files };
}

/** A repository of ten thousand files has a list of 3 MB; the tokenizer of a hundred languages takes 17 MB. */
const LONGEST_LIST = 20e6, LARGEST_JSON = 100e6;

function parseList(text: string, url: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new InputError(`${url}: expected a model's list of files in JSON, the server sent something else`);
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
function refusal(
  response: Response,
  { name, revision }: { name: string; revision: string },
  options: HubOptions,
): string {
  const code = response.headers.get("x-error-code");
  const page = `${options.endpoint}/${name}`;
  if (code === "RevisionNotFound") return `${name} has no revision "${revision}" on ${options.endpoint}`;
  if (code === "GatedRepo" || response.status === 403) {
    return `${name} is gated: accept its terms on ${page}, then set HF_TOKEN`;
  }
  // The hub answers 401 rather than 404 to strangers, so as not to tell which private models exist.
  if (response.status === 404 || response.status === 401) {
    const hint = options.token === null ? "if it is private, set HF_TOKEN" : "or HF_TOKEN does not give access to it";
    const nearest = closestString(name, KNOWN_MODELS.map((model) => model.name));
    return `there is no model ${name} on ${options.endpoint} (${hint})` +
      (nearest === name ? "" : `; the nearest name known here is ${nearest}`);
  }
  return `${page}: the server answered ${response.status} ${response.statusText}`.trimEnd();
}
