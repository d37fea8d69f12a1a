/** A local stand-in for the Hugging Face hub, for tests: a small model or data set, and ways to misbehave. */

import { createHash } from "node:crypto";
import { type HubOptions, hubOptions } from "../hub/mod.ts";
import { Rng } from "../random.ts";

export const NAME = "owner/tiny";
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const bytes = (text: string) => new TextEncoder().encode(text);
const rng = new Rng(5);
export const weights = Uint8Array.from({ length: 300_000 }, () => rng.int(256));
export const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const gitSha1 = (data: Uint8Array) => createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");

export const FILES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  ".gitattributes": bytes("*.safetensors filter=lfs"),
  "1_Pooling/config.json": bytes('{"pooling_mode_cls_token": true}'),
  "config.json": bytes("{}"),
  "model.safetensors": weights,
  "onnx/model.onnx": bytes("not wanted"),
  "pytorch_model.bin": bytes("not wanted"),
  "tokenizer.json": bytes('{"version": "1.0"}'),
};
export const WANTED = ["1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json"];

/** A stand-in for huggingface.co and, on another port, for the host it keeps large files on. */
export interface FakeHub extends AsyncDisposable {
  readonly options: HubOptions;
  /** Method, path and range of each request to the hub and the store. */
  readonly log: string[];
  /** The authorization headers that the store saw. */
  readonly leaked: string[];
}

export interface Behaviour {
  /** Of the model or data set; {@linkcode NAME} if absent. */
  name?: string;
  files?: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** Answers a request in place of the hub. */
  intercept?: (request: Request, path: string) => Response | undefined;
  /** The connection to the store breaks after this many bytes, so many times. */
  breaks?: { after: number; times: number };
  /** Whether the list of files has sizes and checksums. */
  blobs?: boolean;
  /** What the store keeps instead of the weights. */
  stored?: Uint8Array<ArrayBuffer>;
  ranges?: boolean;
}

export async function fakeHub(behaviour: Behaviour = {}, overrides: Partial<HubOptions> = {}): Promise<FakeHub> {
  const { name = NAME, files = FILES, blobs = true, ranges = true } = behaviour;
  const log: string[] = [], leaked: string[] = [];
  let breaks = behaviour.breaks?.times ?? 0;
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };

  const store = Deno.serve(listen, (request) => {
    const range = request.headers.get("range");
    log.push(`STORE ${range ?? "all"}`);
    const authorization = request.headers.get("authorization");
    if (authorization !== null) leaked.push(authorization);
    const data = behaviour.stored ?? weights;
    const start = ranges && range ? Number(/\d+/.exec(range)![0]) : 0;
    const headers = { "content-length": String(data.length - start) };
    const body = breaks-- > 0 ? brokenBody(data.subarray(start), behaviour.breaks!.after) : data.slice(start);
    if (start === 0) return new Response(body, { headers });
    const contentRange = `bytes ${start}-${data.length - 1}/${data.length}`;
    return new Response(body, { status: 206, headers: { ...headers, "content-range": contentRange } });
  });

  const hub = Deno.serve(listen, (request) => {
    // What the hub says of data sets it says of models, elsewhere.
    const path = new URL(request.url).pathname.replace(/^\/datasets\//, "/").replace(/^\/api\/datasets\//, "/api/models/");
    log.push(`${request.method} ${path.replace(`/${name}/resolve/${COMMIT}`, "")}`);
    const answer = behaviour.intercept?.(request, path);
    if (answer) return answer;
    if (path.startsWith(`/api/models/${name}/revision/`)) {
      const siblings = Object.entries(files).map(([rfilename, data]) => ({
        rfilename,
        ...(blobs ? { size: data.length, blobId: gitSha1(data) } : {}),
        ...(blobs && data === weights ? { lfs: { sha256: sha256(data), size: data.length, pointerSize: 134 } } : {}),
      }));
      return Response.json({ sha: COMMIT, siblings });
    }
    const file = decodeURIComponent(path.slice(`/${name}/resolve/${COMMIT}/`.length));
    const data = Object.hasOwn(files, file) ? files[file] : undefined;
    if (!data) return new Response("no", { status: 404 });
    if (data !== weights) return new Response(data, { headers: { etag: `"${gitSha1(data)}"` } });
    const location = `http://127.0.0.1:${store.addr.port}/blob`;
    const linked = { "x-linked-etag": `"${sha256(data)}"`, "x-linked-size": String(data.length) };
    return new Response(null, { status: 302, headers: { location, ...linked } });
  });

  const cacheDir = await Deno.makeTempDir();
  const endpoint = `http://127.0.0.1:${hub.addr.port}`;
  return {
    options: hubOptions(() => undefined, { endpoint, cacheDir, retryDelays: [0, 0], ...overrides }),
    log,
    leaked,
    async [Symbol.asyncDispose]() {
      await Promise.all([hub.shutdown(), store.shutdown()]);
      await Deno.remove(cacheDir, { recursive: true });
    },
  };
}

function brokenBody(data: Uint8Array<ArrayBuffer>, after: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) controller.enqueue(data.slice(0, after));
      else {
        // Gives the first bytes time to leave; a body that ends before its content-length breaks the connection.
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.close();
      }
      sent = true;
    },
  });
}
