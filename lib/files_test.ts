import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { InputError } from "./errors.ts";
import { checkJson, exists, fileError, makeFolder, readJson, sha256, writeAtomic, writeText } from "./files.ts";
import { permittedTest, withFolder } from "./_testing.ts";

permittedTest("fileError() names the file and the reason of a real missing file", async () => {
  const error = await assertRejects(() => Deno.open("/no/such/file"));
  const told = fileError("/no/such/file", "cannot be read", error);
  assertInstanceOf(told, InputError);
  assertEquals(told.message, "/no/such/file cannot be read: no such file or folder");
});

permittedTest("fileError() says that a path is a folder", async () => {
  const error = await assertRejects(() => Deno.readFile("."));
  assertEquals(fileError(".", "cannot be read", error).message, ". cannot be read: it is a folder, expected a file");
});

Deno.test("fileError() leaves our own errors as they are", () => {
  const bug = new TypeError("undefined is not a function");
  assertStrictEquals(fileError("x", "cannot be read", bug), bug);
  const told = new InputError("x: already explained");
  assertStrictEquals(fileError("x", "cannot be read", told), told);
  assert(fileError("x", "cannot be read", "text") instanceof Error);
});

permittedTest(
  "makeFolder() says which folder cannot be made when a file stands in the way",
  () =>
    withFolder(async (dir) => {
      await Deno.writeTextFile(`${dir}/taken`, "");
      await assertRejects(
        () => makeFolder(`${dir}/taken`),
        InputError,
        `${dir}/taken cannot be made: a file stands where a folder should be`,
      );
      await assertRejects(() => makeFolder(`${dir}/taken/inner`), InputError, `${dir}/taken/inner cannot be made: `);
    }),
);

permittedTest("readJson() names a file that is missing, broken, or of another form", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/a.json`;
  const schema = z.object({ list: z.array(z.number()) });
  await assertRejects(() => readJson(path, schema), InputError, `${path} cannot be read: no such file`);
  await Deno.writeTextFile(path, '{"list": [1');
  await assertRejects(() => readJson(path, schema), InputError, `${path}: expected JSON`);
  await Deno.writeTextFile(path, '{"list": [1, "2"]}');
  await assertRejects(() => readJson(path, schema), InputError, `${path}, "list.1": invalid input: expected number`);
  await Deno.remove(dir, { recursive: true });
});

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map((entry) => entry.name).sort();
}

permittedTest("writeAtomic() keeps the old file and leaves nothing behind when the bytes cannot be made", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/a`, "old");
  function* broken(): Generator<Uint8Array> {
    yield new Uint8Array(10);
    throw new RangeError("half way");
  }
  await assertRejects(() => writeAtomic(`${dir}/a`, broken()), RangeError, "half way");
  assertEquals(await Deno.readTextFile(`${dir}/a`), "old");
  assertEquals(await names(dir), ["a"]);
  await Deno.remove(dir, { recursive: true });
});

permittedTest("writeAtomic() names the file when its folder is missing", async () => {
  await assertRejects(
    () => writeAtomic("/no/such/folder/a", []),
    InputError,
    "/no/such/folder/a cannot be written: no such file or folder",
  );
});

permittedTest("exists() tells files and folders from nothing", async () => {
  assertEquals(await exists(import.meta.dirname!), true);
  assertEquals(await exists(`${import.meta.dirname}/nothing here`), false);
  await assertRejects(() => exists(`${import.meta.filename}/inside`), InputError, "a part of the path is not a folder");
});

Deno.test("fileError() says that the disk is full", () => {
  const full = Object.assign(new Error("os error 28"), { code: "ENOSPC" });
  assertEquals(
    fileError("a.bin", "cannot be written", full).message,
    "a.bin cannot be written: no space left on the disk",
  );
});

permittedTest("makeFolder() makes the folders above and leaves one that is there", () =>
  withFolder(async (dir) => {
    await makeFolder(`${dir}/a/b`);
    await makeFolder(`${dir}/a`);
    assertEquals((await Deno.stat(`${dir}/a/b`)).isDirectory, true);
  }));

Deno.test("checkJson() names the key", () => {
  assertThrows(() => checkJson({ r: "4" }, z.object({ r: z.number() }), "a.json"), InputError, 'a.json, "r": ');
});

permittedTest(
  "writeAtomic() and writeText() write chunks in order, and texts as UTF-8",
  () =>
    withFolder(async (dir) => {
      await writeAtomic(`${dir}/a.bin`, [new Uint8Array([1]), new Uint8Array([2])]);
      assertEquals([...await Deno.readFile(`${dir}/a.bin`)], [1, 2]);
      await writeText(`${dir}/a.txt`, "résumé\n");
      assertEquals(await Deno.readTextFile(`${dir}/a.txt`), "résumé\n");
    }),
);

Deno.test("sha256() gives the digest of FIPS 180-2, appendix B.1", async () => {
  assertEquals((await sha256("abc")).slice(0, 16), "ba7816bf8f01cfea");
});
