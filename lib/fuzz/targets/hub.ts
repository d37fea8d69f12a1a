/** What a hub answers: its list of files, statuses, headers, redirects and bodies. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { downloadModel } from "../../model/hub.ts";
import { COMMIT, fakeHub, FILES, NAME, sha256, WANTED } from "../../testdata/fake_hub.ts";
import type { Input } from "../mutate.ts";
import { expectThat, optionsOf, type Target } from "../target.ts";
import { bytes, filesOf } from "./seeds.ts";

const small = { ...FILES, "model.safetensors": bytes("weights ".repeat(40)) };
const gitSha1 = (data: Uint8Array) => createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");

const listing = {
  sha: COMMIT,
  siblings: Object.entries(small).map(([rfilename, data]) => ({
    rfilename,
    size: data.length,
    blobId: gitSha1(data),
    ...(rfilename === "model.safetensors" ? { lfs: { sha256: sha256(data), size: data.length } } : {}),
  })),
};
const bare = { sha: COMMIT, siblings: listing.siblings.map(({ rfilename }) => ({ rfilename })) };

const Answer = z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }).partial();
const Said = z.object({ answers: z.record(z.string(), Answer), revision: z.string() });

const ANSWERS: readonly z.input<typeof Said>["answers"][] = [
  {},
  {
    "config.json": {
      status: 302,
      headers: { location: "/elsewhere", etag: `"${gitSha1(FILES["config.json"]!)}"`, "x-linked-size": "2" },
      body: "",
    },
    "elsewhere": { body: "{}" },
  },
  {
    "tokenizer.json": {
      headers: {
        etag: `"${gitSha1(FILES["tokenizer.json"]!)}"`,
        "x-linked-size": "18",
        "content-range": "bytes 0-17/18",
      },
      body: new TextDecoder().decode(FILES["tokenizer.json"]),
    },
  },
  {
    "config.json": { headers: { etag: `"${gitSha1(FILES["config.json"]!)}"`, "retry-after": "0" }, body: "{}" },
    "list": { headers: { "x-error-code": "GatedRepo" }, body: JSON.stringify(listing) },
  },
];

const hub: Target = {
  name: "hub",
  seeds: ANSWERS.flatMap((answers): Input[] =>
    [listing, bare].map((list) => ({
      files: filesOf({ "list.json": list }),
      options: JSON.stringify({ answers, revision: "main" }),
    }))
  ),
  run: async (input) => {
    const { answers, revision } = optionsOf(input, Said), list = input.files["list.json"]!;
    const intercept = (_: Request, path: string) => {
      const isList = path.startsWith("/api/");
      const name = isList ? "list" : path.replace(/^.*?\/resolve\/[^/]*\//, "").replace(/^\//, "");
      const said = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (said !== undefined) return answer(said);
      return isList ? new Response(list) : undefined;
    };
    await using local = await fakeHub({ files: small, intercept }, { idleTimeout: 1000, cacheDir: "cache" });
    const { dir } = await downloadModel(NAME, revision, local.options);
    for await (const { name, isFile } of Deno.readDir(dir)) {
      const known = WANTED.some((wanted) => wanted.split("/")[0] === name) || /^model-|_Pooling$|\.json$/.test(name);
      expectThat(known, `${name} was written`);
      if (!isFile || !Object.hasOwn(small, name)) continue;
      const { size } = await Deno.stat(`${dir}/${name}`);
      expectThat(size < 100_000, `${name} has ${size} bytes`);
    }
  },
};

// deno-lint-ignore no-control-regex -- what a header cannot hold
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const CODES = [204, 301, 302, 401, 403, 404, 416, 429, 500, 503];

/** What HTTP can say of what was asked for. */
function answer({ status = 200, headers = {}, body = "" }: z.output<typeof Answer>): Response {
  const code = Number.isInteger(status) && status >= 200 && status < 600 ? status : CODES[Math.abs(status) % 10 | 0]!;
  const empty = [204, 205, 304].includes(code);
  const response = new Response(empty ? null : body, { status: code });
  for (const [name, value] of Object.entries(headers)) {
    try {
      // The server writes lengths itself, and hangs where ours are others; it panics where a value cannot be sent.
      const sent = name.toLowerCase() !== "content-length" && !CONTROL.test(value);
      if (sent) response.headers.set(name, value);
    } catch {
      // No header.
    }
  }
  return response;
}

export const HUB: readonly Target[] = [hub];
