import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { COMMIT, fakeHub, NAME, sha256, weights } from "../testdata/fake_hub.ts";
import { downloadFile } from "./hub_file.ts";

const remote = (endpoint: string) => ({
  url: `${endpoint}/${NAME}/resolve/${COMMIT}/model.safetensors`,
  name: "model.safetensors",
  size: weights.length,
  checksum: sha256(weights),
});

Deno.test("downloadFile() throws away a part that turns out damaged, and does better the next time", async () => {
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

Deno.test("downloadFile() only checks a part that is already whole", async () => {
  await using hub = await fakeHub();
  const file = remote(hub.options.endpoint);
  const path = `${hub.options.cacheDir}/w`;
  await Deno.writeFile(`${path}.${file.checksum.slice(0, 16)}.part`, weights);
  await downloadFile(file, path, hub.options);
  assertEquals(hub.log, []);
});

Deno.test("downloadFile() does not go on with the part of another version", async () => {
  await using hub = await fakeHub();
  const path = `${hub.options.cacheDir}/w`;
  await Deno.writeFile(`${path}.0123456789abcdef.part`, new Uint8Array(1000));
  await downloadFile(remote(hub.options.endpoint), path, hub.options);
  assertEquals(hub.log.at(-1), "STORE all");
});

Deno.test("downloadFile() refuses more bytes than were announced", async () => {
  await using hub = await fakeHub();
  const file = { ...remote(hub.options.endpoint), size: 1000 };
  await assertRejects(
    () => downloadFile(file, `${hub.options.cacheDir}/w`, hub.options),
    InputError,
    "expected 1000 bytes",
  );
});

Deno.test("downloadFile() names a folder that is missing", async () => {
  await using hub = await fakeHub();
  const path = `${hub.options.cacheDir}/none/w`;
  await assertRejects(
    () => downloadFile(remote(hub.options.endpoint), path, hub.options),
    InputError,
    "no such file or folder",
  );
});
