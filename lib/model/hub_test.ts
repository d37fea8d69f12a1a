import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { type Behaviour, bytes, COMMIT, fakeHub, FILES, NAME, sha256, WANTED, weights } from "../testdata/fake_hub.ts";
import { downloadModel } from "./hub.ts";
import { permittedTest } from "../_testing.ts";

async function listing(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    if (entry.isDirectory) {
      names.push(...(await listing(`${dir}/${entry.name}`)).map((name) => `${entry.name}/${name}`));
    } else names.push(entry.name);
  }
  return names.sort();
}

permittedTest("downloadModel() gets what is needed, byte for byte, and tells its progress", async () => {
  const progress = new Map<string, [number, number]>();
  await using hub = await fakeHub({}, { onProgress: (file, received, total) => progress.set(file, [received, total]) });
  const { dir, revision } = await downloadModel(NAME, "main", hub.options);
  assertEquals(revision, COMMIT);
  assertEquals(dir, `${hub.options.cacheDir}/models--owner--tiny/snapshots/${COMMIT}`);
  assertEquals(await listing(dir), WANTED);
  for (const name of WANTED) assertEquals(await Deno.readFile(`${dir}/${name}`), FILES[name]!);
  assertEquals(progress.get("model.safetensors"), [weights.length, weights.length]);
  assertEquals(hub.log.at(-1), "STORE all", "weights come last");
});

permittedTest(
  "downloadModel() asks for nothing when a commit is on the disk, and only for the commit of a branch",
  async () => {
    await using hub = await fakeHub();
    await downloadModel(NAME, COMMIT, hub.options);
    hub.log.length = 0;
    const again = await downloadModel(NAME, COMMIT, hub.options);
    assertEquals(again.revision, COMMIT);
    assertEquals(hub.log, []);
    await downloadModel(NAME, "main", hub.options);
    assertEquals(hub.log, [`GET /api/models/${NAME}/revision/main`]);
  },
);

permittedTest("downloadModel() goes on where a broken connection stopped", async () => {
  await using hub = await fakeHub({ breaks: { after: 100_000, times: 2 } });
  const { dir } = await downloadModel(NAME, COMMIT, hub.options);
  assertEquals(await Deno.readFile(`${dir}/model.safetensors`), weights);
  const starts = hub.log.filter((line) => line.startsWith("STORE"));
  assertEquals(starts, ["STORE all", "STORE bytes=100000-", "STORE bytes=200000-"]);
  assertEquals(await listing(dir), WANTED);
});

permittedTest("downloadModel() goes on in a later run, and counts attempts anew whenever bytes arrived", async () => {
  await using hub = await fakeHub({ breaks: { after: 40_000, times: 6 } }, { retryDelays: [] });
  for (let run = 0; run < 6; run++) {
    const error = await assertRejects(() => downloadModel(NAME, COMMIT, hub.options), InputError);
    assert(error.message.includes("run again to go on"), error.message);
  }
  const { dir } = await downloadModel(NAME, COMMIT, hub.options);
  assertEquals(await Deno.readFile(`${dir}/model.safetensors`), weights);
  assertEquals(hub.log.at(-1), "STORE bytes=240000-");

  await using patient = await fakeHub({ breaks: { after: 40_000, times: 6 } }, { retryDelays: [0] });
  await downloadModel(NAME, COMMIT, patient.options);
});

permittedTest("downloadModel() starts anew with a server that does not know ranges", async () => {
  await using hub = await fakeHub({ breaks: { after: 100_000, times: 1 }, ranges: false });
  const { dir } = await downloadModel(NAME, COMMIT, hub.options);
  assertEquals(await Deno.readFile(`${dir}/model.safetensors`), weights);
});

permittedTest("downloadModel() removes a file that arrives with another checksum", async () => {
  const stored = weights.slice();
  stored[123_456]! ^= 1;
  await using hub = await fakeHub({ stored });
  await assertRejects(
    () => downloadModel(NAME, COMMIT, hub.options),
    InputError,
    `/model.safetensors: the file that arrived has checksum ${sha256(stored)}, expected ${sha256(weights)}`,
  );
  const dir = `${hub.options.cacheDir}/models--owner--tiny/snapshots/${COMMIT}`;
  assertEquals(await listing(dir), WANTED.filter((name) => name !== "model.safetensors"));
});

permittedTest("downloadModel() checks small files by git's checksum", async () => {
  await using hub = await fakeHub({
    intercept: (_, path) => path.endsWith("/tokenizer.json") ? new Response('{"version": "1.1"}') : undefined,
  });
  await assertRejects(() => downloadModel(NAME, COMMIT, hub.options), InputError, "tokenizer.json: the file that");
});

permittedTest("downloadModel() takes sizes and checksums from headers when the list has none", async () => {
  await using hub = await fakeHub({ blobs: false });
  const { dir } = await downloadModel(NAME, COMMIT, hub.options);
  assertEquals(await listing(dir), WANTED);

  await using careless = await fakeHub({
    blobs: false,
    intercept: (_, path) => path.endsWith("/config.json") ? new Response("{}") : undefined,
  });
  await assertRejects(() => downloadModel(NAME, COMMIT, careless.options), InputError, "gives no size and checksum");
});

permittedTest("downloadModel() gives its token to the hub and not to the host that keeps the files", async () => {
  let seen: string | null = null;
  await using hub = await fakeHub({
    intercept: (request) => {
      seen = request.headers.get("authorization");
      return undefined;
    },
  }, { token: "hf_secret" });
  await downloadModel(NAME, COMMIT, hub.options);
  assertEquals(seen, "Bearer hf_secret");
  assertEquals(hub.leaked, []);
  assert(hub.log.includes("STORE all"));
});

permittedTest("downloadModel() follows no redirect to a local file", async () => {
  await using hub = await fakeHub({
    intercept: (_, path) =>
      path.endsWith("/tokenizer.json")
        ? new Response(null, { status: 302, headers: { location: "file:///etc/passwd" } })
        : undefined,
  });
  await assertRejects(() => downloadModel(NAME, COMMIT, hub.options), InputError, "which is no http address");
});

permittedTest("downloadModel() tries again when the server is overloaded", async () => {
  let failures = 2;
  await using hub = await fakeHub({
    intercept: () => failures-- > 0 ? new Response("busy", { status: 503 }) : undefined,
  });
  await downloadModel(NAME, COMMIT, hub.options);

  await using busy = await fakeHub({ intercept: () => new Response("busy", { status: 429 }) });
  await assertRejects(() => downloadModel(NAME, COMMIT, busy.options), InputError, "answered 429, tried 3 times)");
});

const refusals: [string, number, string | null, string][] = [
  ["an unknown model", 404, "RepoNotFound", "(if it is private, set HF_TOKEN); the nearest name known here is"],
  ["an unknown model, told to strangers as 401", 401, "RepoNotFound", `there is no model ${NAME} on http://127.0.0.1`],
  ["an unknown revision", 404, "RevisionNotFound", `${NAME} has no revision "main"`],
  ["a gated model", 401, "GatedRepo", `${NAME} is gated: accept its terms on http://127.0.0.1`],
  ["a gated model to a token without access", 403, null, "is gated"],
  ["a strange request", 418, null, "the server answered 418"],
];
for (const [what, status, code, message] of refusals) {
  permittedTest(`downloadModel() explains a refusal: ${what}`, async () => {
    const headers: Record<string, string> = code ? { "x-error-code": code } : {};
    await using hub = await fakeHub({ intercept: () => new Response("no", { status, headers }) });
    await assertRejects(() => downloadModel(NAME, "main", hub.options), InputError, message);
    assertEquals(hub.log.length, 1, "a refusal is not repeated");
  });
}

permittedTest("downloadModel() names the known model that a misspelled name is nearest to", async () => {
  await using hub = await fakeHub({ intercept: () => new Response("no", { status: 404 }) });
  const misspelled = () => downloadModel("BAAI/bge-smal-en-v1.5", "main", hub.options);
  await assertRejects(misspelled, InputError, "the nearest name known here is BAAI/bge-small-en-v1.5");
});

permittedTest("downloadModel() refuses a model without safetensors", async () => {
  const { "model.safetensors": _, ...files } = FILES;
  await using hub = await fakeHub({ files });
  await assertRejects(
    () => downloadModel(NAME, "main", hub.options),
    InputError,
    `${NAME} has no model.safetensors on`,
  );
});

permittedTest("downloadModel() gets every part of weights that are split", async () => {
  const parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const { "model.safetensors": _, ...rest } = FILES;
  const index = bytes(JSON.stringify({ weight_map: { a: parts[0], b: parts[1] } }));
  const files = {
    ...rest,
    [parts[0]!]: bytes("first"),
    [parts[1]!]: bytes("second"),
    "model.safetensors.index.json": index,
  };
  await using hub = await fakeHub({ files });
  const { dir } = await downloadModel(NAME, COMMIT, hub.options);
  assertEquals((await listing(dir)).filter((name) => name.startsWith("model")), [
    ...parts,
    "model.safetensors.index.json",
  ]);
  hub.log.length = 0;
  await Deno.remove(`${dir}/${parts[1]}`);
  await downloadModel(NAME, COMMIT, hub.options);
  assertEquals(hub.log.length, 2, "the list and the missing part");
});

permittedTest("downloadModel() uses only the disk when it is offline", async () => {
  await using hub = await fakeHub();
  const offline = { ...hub.options, offline: true };
  await assertRejects(() => downloadModel(NAME, "main", offline), InputError, "HF_HUB_OFFLINE forbids to download it");
  await downloadModel(NAME, "main", hub.options);
  hub.log.length = 0;
  assertEquals((await downloadModel(NAME, "main", offline)).revision, COMMIT);
  assertEquals(hub.log, []);
});

permittedTest("downloadModel() says how to go on when the hub cannot be reached, and uses what it has", async () => {
  await using hub = await fakeHub();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const cutOff = { ...hub.options, endpoint };
  const error = await assertRejects(() => downloadModel(NAME, "main", cutOff), InputError);
  assert(error.message.startsWith(`${NAME} could not be downloaded from ${endpoint} (`), error.message);
  assert(
    error.message.endsWith("set HF_ENDPOINT to a mirror, or give a model folder or embedded:minilm"),
    error.message,
  );
  await downloadModel(NAME, "main", hub.options);
  assertEquals((await downloadModel(NAME, "main", cutOff)).revision, COMMIT);
});

permittedTest("downloadModel() gives up on a server that falls silent", async () => {
  const waiting: (() => void)[] = [];
  await using hub = await fakeHub({
    intercept: (_, path) =>
      path.endsWith("/config.json")
        ? new Response(new ReadableStream({ pull: () => new Promise<void>((resolve) => waiting.push(resolve)) }))
        : undefined,
  }, { idleTimeout: 100, retryDelays: [0] });
  const message = "no data for 0.1 seconds, tried 2 times";
  await assertRejects(() => downloadModel(NAME, COMMIT, hub.options), InputError, message);
  for (const resolve of waiting) resolve();
});

permittedTest("downloadModel() refuses names that would leave the cache", async () => {
  await using hub = await fakeHub();
  for (const name of ["tiny", "../tiny", "a/..", "a/b/c", "a/b?c", ""]) {
    await assertRejects(() => downloadModel(name, "main", hub.options), InputError, "expected a model's name");
  }
  await assertRejects(() => downloadModel(NAME, "../x", hub.options), InputError, "expected a revision");
});

/** The list of files that the stand-in gives, changed. */
function lists(change: (info: { sha: string; siblings: Record<string, unknown>[] }) => unknown): Behaviour {
  const siblings = WANTED.map((rfilename) => ({ rfilename, size: FILES[rfilename]!.length }));
  const listed = (_: Request, path: string) =>
    path.startsWith("/api/") ? Response.json(change({ sha: COMMIT, siblings })) : undefined;
  return { intercept: listed };
}
const one = (info: { siblings: Record<string, unknown>[] }, name: string) =>
  info.siblings.find(({ rfilename }) => rfilename === name)!;

permittedTest("downloadModel() refuses another commit than the one that was asked for", async () => {
  await using hub = await fakeHub(lists((info) => ({ ...info, sha: "b".repeat(40) })));
  const pinned = () => downloadModel(NAME, COMMIT, hub.options);
  await assertRejects(pinned, InputError, `expected commit ${COMMIT}, the server offers ${"b".repeat(40)}`);
  assertEquals(await listing(hub.options.cacheDir), [], "nothing is written");
});

permittedTest("downloadModel() says that a page is no list of files", async () => {
  await using hub = await fakeHub({ intercept: () => new Response("<html>") });
  await assertRejects(() => downloadModel(NAME, "main", hub.options), InputError, "expected a model's list of files");
});

permittedTest("downloadModel() writes nothing when all is there", async () => {
  await using hub = await fakeHub();
  const { dir } = await downloadModel(NAME, "main", hub.options);
  await Deno.remove(`${hub.options.cacheDir}/models--owner--tiny/.lock`);
  assertEquals((await downloadModel(NAME, "main", hub.options)).dir, dir);
  assert(!await Deno.stat(`${hub.options.cacheDir}/models--owner--tiny/.lock`).then(() => true, () => false));
});

permittedTest("downloadModel() takes no checksum that is not hexadecimal, and so no path from one", async () => {
  const evil = "/../../../../pwn";
  const changes: [(info: { siblings: Record<string, unknown>[] }) => unknown, string][] = [
    [(info) => one(info, "config.json").blobId = evil, 'config.json, "blobId": expected 40 hexadecimal digits'],
    [(info) => one(info, "1_Pooling/config.json").blobId = evil, '1_Pooling/config.json, "blobId": expected 40'],
    [(info) => one(info, "model.safetensors").lfs = { sha256: evil, size: 3 }, '"lfs.sha256": expected 64 hexadecimal'],
    [(info) => one(info, "config.json").size = -1, 'config.json, "size": expected 0 or more bytes, found -1'],
    [(info) => Object.assign(one(info, "config.json"), { size: 1e15, blobId: "0".repeat(40) }), "at most 100 MB"],
  ];
  for (const [change, message] of changes) {
    await using hub = await fakeHub(lists((info) => (change(info), info)));
    await assertRejects(() => downloadModel(NAME, COMMIT, hub.options), InputError, message);
    assertEquals(await listing(hub.options.cacheDir), []);
  }
});

permittedTest("downloadModel() gives up on a list without end, and tries again when one does not come", async () => {
  const body = (chunk: Uint8Array, pause: number) =>
    new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        controller.enqueue(chunk);
      },
    });
  await using endless = await fakeHub({ intercept: () => new Response(body(new Uint8Array(1 << 20), 0)) });
  const message = "the answer is longer than 20 MB, it was given up";
  await assertRejects(() => downloadModel(NAME, "main", endless.options), InputError, message);
  const slow = { intercept: () => new Response(body(new Uint8Array(1), 30)) };
  await using trickling = await fakeHub(slow, { idleTimeout: 200, retryDelays: [0] });
  const late = "the answer did not end in time, tried 2 times";
  await assertRejects(() => downloadModel(NAME, "main", trickling.options), InputError, late);
});

permittedTest(
  "downloadModel() downloads once when it is called twice, and says what the second waits for",
  async () => {
    const waits: string[] = [];
    await using hub = await fakeHub({ breaks: { after: 100_000, times: 1 } }, {
      onWait: (reason) => waits.push(reason),
    });
    const [a, b] = await Promise.all([1, 2].map(() => downloadModel(NAME, "main", hub.options)));
    assertEquals(a, b);
    assertEquals(await Deno.readFile(`${a!.dir}/model.safetensors`), weights);
    assertEquals(hub.log.filter((line) => line.startsWith("STORE")).length, 2, "broken off once, gone on once");
    assertEquals(waits, [`${NAME} is being downloaded already`]);
  },
);

permittedTest("downloadModel() says how weights for Python are converted", async () => {
  const files = {
    "config.json": FILES["config.json"]!,
    "tokenizer.json": bytes("{}"),
    "pytorch_model.bin": bytes("x"),
  };
  await using hub = await fakeHub({ files });
  const message = `only Python reads its pytorch_model.bin; convert it with python -c "from sentence_transformers`;
  await assertRejects(() => downloadModel(NAME, "main", hub.options), InputError, message);
});

permittedTest("downloadModel() follows no link at the name of what is not complete", async () => {
  await using hub = await fakeHub();
  const { cacheDir } = hub.options;
  const folder = `${cacheDir}/models--owner--tiny/snapshots/${COMMIT}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${cacheDir}/victim`, "precious");
  await Deno.symlink(`${cacheDir}/victim`, `${folder}/model.safetensors.${sha256(weights).slice(0, 16)}.part`);
  await downloadModel(NAME, "main", hub.options);
  assertEquals(await Deno.readTextFile(`${cacheDir}/victim`), "precious");
  assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
});
