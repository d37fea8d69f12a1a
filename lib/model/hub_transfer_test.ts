import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { downloadFile, hubOptions, hubRequest, retrying, TransientError } from "./hub_transfer.ts";
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

Deno.test("retrying() gives up after as many repetitions as there are pauses, with the last error", async () => {
  let attempts = 0;
  const fail = () => Promise.reject(new TransientError(`attempt ${++attempts}`));
  await assertRejects(() => retrying(fail, [0, 0, 0]), TransientError, "attempt 4");
});

Deno.test("retrying() does not repeat what will not pass", async () => {
  let attempts = 0;
  const refuse = () => (attempts++, Promise.reject(new InputError("no such model")));
  await assertRejects(() => retrying(refuse, [0, 0]), InputError, "no such model");
  assertEquals(attempts, 1);
});

Deno.test("retrying() counts anew after progress, and only then", async () => {
  let attempts = 0;
  const failTen = () => ++attempts < 10 ? Promise.reject(new TransientError("broken")) : Promise.resolve(attempts);
  assertEquals(await retrying(failTen, [0], () => attempts), 10);
  attempts = 0;
  await assertRejects(() => retrying(failTen, [0], () => Math.min(attempts, 3)), TransientError);
  assertEquals(attempts, 4, "the third got somewhere, its one repetition did not");
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
