import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { downloadFile, hubOptions, hubRequest, retrying, TransientError } from "./transfer.ts";
import { COMMIT, fakeHub, NAME, sha256, weights } from "../testdata/fake_hub.ts";
import { permittedTest, withFolder } from "../_testing.ts";

const from = (env: Record<string, string>) => hubOptions((name) => env[name]);

Deno.test("hubOptions() asks the hub itself, without a token, by default", () => {
  const { endpoint, token, offline, cacheDir } = from({ HF_ENDPOINT: " ", HF_TOKEN: "" });
  assertEquals([endpoint, token, offline, cacheDir], ["https://huggingface.co", null, false, "models/hub"]);
});

Deno.test("hubOptions() reads the variables of Python's library", () => {
  const env = { HF_ENDPOINT: "http://mirror:8080/hf//", HF_TOKEN: "hf_x", HF_HUB_OFFLINE: "TRUE", HF_HOME: "/home/hf" };
  const { endpoint, token, offline, cacheDir } = from(env);
  assertEquals([endpoint, token, offline, cacheDir], ["http://mirror:8080/hf", "hf_x", true, "/home/hf/hub"]);
  assertEquals(from({ ...env, HF_HUB_CACHE: "/cache", HF_HUB_OFFLINE: "0" }).cacheDir, "/cache");
  assertEquals(from({ HF_HUB_OFFLINE: "0" }).offline, false);
  assertEquals(from({ HF_HUB_OFFLINE: "1" }).offline, true);
});

Deno.test("hubOptions() refuses an endpoint that is no http address", () => {
  assertThrows(() => from({ HF_ENDPOINT: "mirror" }), InputError, "HF_ENDPOINT: expected an address");
  assertThrows(() => from({ HF_ENDPOINT: "file:///etc" }), InputError, "found file:///etc");
});

const pauses = (...retryDelays: number[]) => ({ retryDelays, onWait: () => {} });

Deno.test("retrying() gives up after as many repetitions as there are pauses, with the last error", async () => {
  let attempts = 0;
  const fail = () => Promise.reject(new TransientError(`attempt ${++attempts}`));
  await assertRejects(() => retrying(fail, pauses(0, 0, 0)), TransientError, "attempt 4");
});

Deno.test("retrying() does not repeat what will not pass", async () => {
  let attempts = 0;
  const refuse = () => (attempts++, Promise.reject(new InputError("no such model")));
  await assertRejects(() => retrying(refuse, pauses(0, 0)), InputError, "no such model");
  assertEquals(attempts, 1);
});

Deno.test("retrying() counts anew after progress, and only then", async () => {
  let attempts = 0;
  const failTen = () => ++attempts < 10 ? Promise.reject(new TransientError("broken")) : Promise.resolve(attempts);
  assertEquals(await retrying(failTen, pauses(0), () => attempts), 10);
  attempts = 0;
  await assertRejects(() => retrying(failTen, pauses(0), () => Math.min(attempts, 3)), TransientError);
  assertEquals(attempts, 4, "the third got somewhere, its one repetition did not");
});

Deno.test("retrying() waits as long as the server asks, says so, and does not wait for hours", async () => {
  const said: string[] = [];
  const busy = (after: number) => () => Promise.reject(new TransientError("hub answered 429", { after }));
  const started = performance.now();
  await assertRejects(() => retrying(busy(150), pauses(0, 0)), TransientError);
  assert(performance.now() - started >= 300, "two pauses of 150 ms");
  const patient = { retryDelays: [0], onWait: (reason: string) => said.push(reason) };
  await assertRejects(() => retrying(busy(2000), patient), TransientError);
  assertEquals(said, ["hub answered 429: trying again in 2 seconds"]);
  const error = await assertRejects(() => retrying(busy(3_600_000), pauses(0, 0)), TransientError);
  assertEquals(error.attempts, 1);
});

Deno.test("retrying() does not count bytes of a stalled connection as progress", async () => {
  let attempts = 0;
  const stalled = () => (attempts++, Promise.reject(new TransientError("only 1 byte", { stalled: true })));
  await assertRejects(() => retrying(stalled, pauses(0, 0), () => attempts), TransientError);
  assertEquals(attempts, 3);
});

permittedTest("hubRequest() reads Retry-After as seconds and as a date", async () => {
  const headers = ["7", new Date(Date.now() + 60_000).toUTCString(), "soon", ""];
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
  let answered = 0;
  const server = Deno.serve(listen, () => {
    return new Response("busy", { status: 429, headers: { "retry-after": headers[answered++]! } });
  });
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const options = hubOptions(() => undefined, { endpoint });
  const asked: (number | undefined)[] = [];
  for (const _ of headers) {
    const error = await assertRejects(() => hubRequest(`${endpoint}/x`, options), TransientError);
    asked.push(error.kind.after);
  }
  assertEquals([asked[0], asked[2], asked[3]], [7000, 0, 0]);
  assert(asked[1]! > 55_000 && asked[1]! <= 60_000, `${asked[1]}`);
  await server.shutdown();
});

permittedTest("hubRequest() refuses to be sent where no http leads", async () => {
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
  for (const location of ["http://[", "file:///etc/passwd", "ftp://host/x", "javascript:1"]) {
    await using server = Deno.serve(listen, () => new Response(null, { status: 302, headers: { location } }));
    const endpoint = `http://127.0.0.1:${server.addr.port}`;
    const options = hubOptions(() => undefined, { endpoint });
    const message = `${endpoint}/x redirects to "${location}", which is no http address`;
    await assertRejects(() => hubRequest(`${endpoint}/x`, options), InputError, message);
  }
});

permittedTest("hubRequest() stops following redirects that run in circles", async () => {
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(listen, () => new Response(null, { status: 307, headers: { location: "/again" } }));
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const options = hubOptions(() => undefined, { endpoint });
  await assertRejects(() => hubRequest(`${endpoint}/x`, options), InputError, "redirects more than ten times");
  await server.shutdown();
});

Deno.test("hubRequest() does not try again where it has no permission to go", async () => {
  const options = hubOptions(() => undefined, { endpoint: "http://127.0.0.2:9999" });
  await assertRejects(
    () => hubRequest("http://127.0.0.2:9999", options),
    InputError,
    "127.0.0.2:9999 may not be reached",
  );
});

const remote = (endpoint: string) => ({
  url: `${endpoint}/${NAME}/resolve/${COMMIT}/model.safetensors`,
  name: "model.safetensors",
  size: weights.length,
  checksum: sha256(weights),
});

permittedTest("downloadFile() throws away a part that turns out damaged, and does better the next time", async () => {
  await using hub = await fakeHub();
  const file = remote(hub.options.endpoint);
  const path = `${hub.options.cacheDir}/w`;
  const part = `${path}.${file.checksum.slice(0, 16)}.part`;
  await Deno.writeFile(part, new Uint8Array(1000));
  await assertRejects(() => downloadFile(file, path, hub.options), InputError, "it was removed, try again");
  await downloadFile(file, path, hub.options);
  assertEquals(await Deno.readFile(path), weights);
  assertEquals(hub.log.filter((line) => line.startsWith("STORE")), ["STORE bytes=1000-", "STORE all"]);
});

permittedTest("downloadFile() only checks a part that is already whole", async () => {
  await using hub = await fakeHub();
  const file = remote(hub.options.endpoint);
  const path = `${hub.options.cacheDir}/w`;
  await Deno.writeFile(`${path}.${file.checksum.slice(0, 16)}.part`, weights);
  await downloadFile(file, path, hub.options);
  assertEquals(hub.log, []);
});

permittedTest("downloadFile() does not go on with the part of another version", async () => {
  await using hub = await fakeHub();
  const path = `${hub.options.cacheDir}/w`;
  await Deno.writeFile(`${path}.0123456789abcdef.part`, new Uint8Array(1000));
  await downloadFile(remote(hub.options.endpoint), path, hub.options);
  assertEquals(hub.log.at(-1), "STORE all");
});

permittedTest("downloadFile() refuses more bytes than were announced", async () => {
  await using hub = await fakeHub();
  const file = { ...remote(hub.options.endpoint), size: 1000 };
  await assertRejects(
    () => downloadFile(file, `${hub.options.cacheDir}/w`, hub.options),
    InputError,
    "expected 1000 bytes",
  );
});

permittedTest("downloadFile() stops an endless body at the announced size", async () => {
  let sent = 0;
  const endless = () =>
    new ReadableStream({
      pull(controller) {
        sent += 1 << 16;
        controller.enqueue(new Uint8Array(1 << 16));
      },
    });
  await using hub = await fakeHub({ intercept: () => new Response(endless()) });
  const dir = hub.options.cacheDir;
  const error = await assertRejects(
    () => downloadFile(remote(hub.options.endpoint), `${dir}/w`, hub.options),
    InputError,
  );
  assert(error.message.includes(`expected ${weights.length} bytes, the server sends more`), error.message);
  assert(sent < 50e6, `${sent} bytes were made`);
  assertEquals(await Array.fromAsync(Deno.readDir(dir)), []);
});

permittedTest("downloadFile() gives up on a body that trickles", async () => {
  const bodies: ReadableStreamDefaultController[] = [];
  const timers: ReturnType<typeof setInterval>[] = [];
  const trickle = () =>
    new ReadableStream({
      start(controller) {
        bodies.push(controller);
        timers.push(setInterval(() => controller.enqueue(new Uint8Array(1)), 20));
      },
      cancel: () => timers.forEach(clearInterval),
    });
  await using hub = await fakeHub({ intercept: () => new Response(trickle()) }, { idleTimeout: 150, retryDelays: [0] });
  const error = await assertRejects(
    () => downloadFile(remote(hub.options.endpoint), `${hub.options.cacheDir}/w`, hub.options),
    TransientError,
  );
  assert(/^only \d+ bytes in 0.15 seconds$/.test(error.message), error.message);
  assertEquals([error.attempts, bodies.length], [2, 2]);
  timers.forEach(clearInterval);
});

permittedTest("downloadFile() refuses a part that it did not ask for", async () => {
  const headers = { "content-range": `bytes 5-${weights.length - 1}/${weights.length}` };
  await using hub = await fakeHub({ intercept: () => new Response(weights.slice(5), { status: 206, headers }) });
  await assertRejects(
    () => downloadFile(remote(hub.options.endpoint), `${hub.options.cacheDir}/w`, hub.options),
    InputError,
    "expected the file, the server answered 206, a part of it that was not asked for",
  );
});

permittedTest("downloadFile() names a folder that is missing", async () => {
  await using hub = await fakeHub();
  const path = `${hub.options.cacheDir}/none/w`;
  await assertRejects(
    () => downloadFile(remote(hub.options.endpoint), path, hub.options),
    InputError,
    "no such file or folder",
  );
});

permittedTest(
  "downloadFile() takes git's checksum of a blob, as the git book computes it (Git Internals, Git Objects)",
  () =>
    withFolder(async (dir) => {
      const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
      await using server = Deno.serve(listen, () => new Response("what is up, doc?"));
      const endpoint = `http://127.0.0.1:${server.addr.port}`;
      const file = { url: `${endpoint}/a`, name: "a", size: 16, checksum: "bd9dbf5aae1a3862dd1526723246b20206e5fc37" };
      await downloadFile(file, `${dir}/a`, hubOptions(() => undefined, { endpoint }));
      assertEquals(await Deno.readTextFile(`${dir}/a`), "what is up, doc?");
    }),
);
