import { closestString } from "@std/text/closest-string";
import { z } from "zod";
import { InputError } from "../errors.ts";
import type { RemoteFile } from "./hub_file.ts";
import type { HubOptions } from "./hub_options.ts";
import { hubRequest, retrying } from "./hub_request.ts";
import { checkJson } from "../files.ts";
import { KNOWN_MODELS } from "./registry.ts";

/** What is downloaded, in this order. */
const WANTED = [
  /^config\.json$/,
  /^tokenizer\.json$/,
  /^tokenizer_config\.json$/,
  /^modules\.json$/,
  /^sentence_bert_config\.json$/,
  /^\d_Pooling\/config\.json$/,
  /^model\.safetensors\.index\.json$/,
  /^model(-\d{5}-of-\d{5})?\.safetensors$/,
];

const ModelInfo = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(z.object({
    rfilename: z.string(),
    size: z.int().nonnegative().nullish(),
    blobId: z.string().nullish(),
    lfs: z.object({ sha256: z.string(), size: z.int() }).nullish(),
  })),
});

/**
 * Asks the hub which files of a model to download.
 *
 * @param name The model's name, `owner/name`.
 * @param revision A commit, branch or tag.
 * @param options How to reach the hub.
 * @returns The commit and its files that are needed, small ones first: a folder that has its weights has everything.
 * @throws {TransientError} If the hub did not answer.
 * @throws {InputError} If there is no such model or revision, a licence or token is missing, or it is not in safetensors.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { listFiles } from "./hub_listing.ts";
 * import { hubOptions } from "./hub_options.ts";
 *
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("", { status: 404 }));
 * const options = hubOptions(() => undefined, { endpoint: `http://127.0.0.1:${server.addr.port}` });
 * await assertRejects(() => listFiles("BAAI/bge-smal-en-v1.5", "main", options), Error, "BAAI/bge-small-en-v1.5");
 * await server.shutdown();
 * ```
 */
export async function listFiles(
  name: string,
  revision: string,
  options: HubOptions,
): Promise<{ commit: string; files: RemoteFile[] }> {
  const url = `${options.endpoint}/api/models/${name}/revision/${revision}?blobs=true`;
  const info = await retrying(async () => {
    const { response } = await hubRequest(url, options, { signal: AbortSignal.timeout(options.idleTimeout) });
    if (!response.ok) throw await refusal(response, name, revision, options);
    const json = await response.json().catch(() => undefined);
    return checkJson(json, ModelInfo, url);
  }, options.retryDelays);
  const names = info.siblings.map(({ rfilename }) => rfilename);
  for (const needed of [/^config\.json$/, /^tokenizer\.json$/, /^model\.safetensors(\.index\.json)?$/]) {
    if (!names.some((file) => needed.test(file))) {
      const what = needed.source.replace(/[\^$\\]|\(.*\)\?/g, "");
      throw new InputError(`${name} has no ${what} on ${options.endpoint}: only models with one are supported`);
    }
  }
  const files: RemoteFile[] = [];
  for (const wanted of WANTED) {
    for (const { rfilename, size, blobId, lfs } of info.siblings.filter(({ rfilename }) => wanted.test(rfilename))) {
      const url = `${options.endpoint}/${name}/resolve/${info.sha}/${rfilename}`;
      const checksum = lfs?.sha256 ?? blobId;
      files.push(
        checksum && (lfs?.size ?? size) != null
          ? { url, name: rfilename, size: lfs?.size ?? size!, checksum }
          : await describe(url, rfilename, options),
      );
    }
  }
  return { commit: info.sha, files };
}

/** Size and checksum from the headers of the file itself, for mirrors whose list of files has none. */
async function describe(url: string, name: string, options: HubOptions): Promise<RemoteFile> {
  const { hubHeaders } = await retrying(async () => {
    const signal = AbortSignal.timeout(options.idleTimeout);
    return await hubRequest(url, options, { method: "HEAD", follow: false, signal });
  }, options.retryDelays);
  const etag = hubHeaders.get("x-linked-etag") ?? hubHeaders.get("etag") ?? "";
  const checksum = /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(etag)?.[1];
  const size = Number(hubHeaders.get("x-linked-size") ?? hubHeaders.get("content-length") ?? NaN);
  if (checksum === undefined || !Number.isSafeInteger(size)) {
    throw new InputError(`${url}: the server gives no size and checksum, so the file could not be checked`);
  }
  return { url, name, size, checksum };
}

/** Why the hub said no, from its status and its X-Error-Code. */
async function refusal(response: Response, name: string, revision: string, options: HubOptions): Promise<InputError> {
  await response.body?.cancel();
  const code = response.headers.get("x-error-code");
  const page = `${options.endpoint}/${name}`;
  if (code === "RevisionNotFound") {
    return new InputError(`${name} has no revision "${revision}" on ${options.endpoint}`);
  }
  if (code === "GatedRepo" || response.status === 403) {
    return new InputError(`${name} is gated: accept its terms on ${page}, then set HF_TOKEN`);
  }
  // The hub answers 401 rather than 404 to strangers, so as not to tell which private models exist.
  if (response.status === 404 || response.status === 401) {
    const known = KNOWN_MODELS.map((model) => model.name);
    const hint = options.token === null ? "if it is private, set HF_TOKEN" : "or HF_TOKEN does not give access to it";
    const nearest = closestString(name, known);
    return new InputError(
      `there is no model ${name} on ${options.endpoint} (${hint})` +
        (nearest === name ? "" : `; the nearest name known here is ${nearest}`),
    );
  }
  return new InputError(`${page}: the server answered ${response.status} ${response.statusText}`.trimEnd());
}
