import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { InputError } from "./errors.ts";
import { checkJson, exists, fileError, fileSha256, makeFolder, openFile, readJson, readTextFile } from "./files.ts";
import { parseJson, sha256, writeAtomic, writeText } from "./files.ts";
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
  await assertRejects(
    () => readJson("", schema),
    InputError,
    '"" cannot be read: expected the name of a file or folder',
  );
  await Deno.remove(dir, { recursive: true });
});

Deno.test("parseJson() refuses what is nested so deeply that nothing else could walk it", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assertEquals(JSON.stringify(parseJson(nested(200))), nested(200));
  for (const text of [nested(201), nested(1e6), '{"a":'.repeat(5000) + "0" + "}".repeat(5000), "[1"]) {
    assertThrows(() => parseJson(text), SyntaxError);
  }
  assertEquals([parseJson("null"), parseJson('"[[["'), parseJson("[1, {}]")], [null, "[[[", [1, {}]]);
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

permittedTest(
  "fileSha256() is the digest of the bytes, of a file of several pieces as well",
  () =>
    withFolder(async (dir) => {
      await writeText(`${dir}/abc`, "abc");
      assertEquals(await fileSha256(`${dir}/abc`), await sha256("abc"));
      const large = new Uint8Array(2 ** 21 + 5).fill(7);
      await Deno.writeFile(`${dir}/large`, large);
      assertEquals(await fileSha256(`${dir}/large`), await sha256(large));
    }),
);

permittedTest(
  "what is no file is refused in one line: pipes, devices, folders, links in a circle, odd names",
  () =>
    withFolder(async (dir) => {
      assertEquals((await new Deno.Command("mkfifo", { args: [`${dir}/pipe`] }).output()).code, 0);
      await Deno.symlink(`${dir}/b`, `${dir}/a`);
      await Deno.symlink(`${dir}/a`, `${dir}/b`);
      const cases = [
        ["/pipe", "it is a pipe or a device, expected a file"],
        ["", "it is a folder, expected a file"],
        ["/a", "its links lead in a circle"],
        ["/none", "no such file or folder"],
        ["/nul\0.csv", "a name cannot hold NUL"],
        [`/${"x".repeat(5000)}.csv`, "the name is too long"],
      ] as const;
      for (const [name, reason] of cases) {
        for (const read of [openFile, readTextFile, fileSha256]) {
          const { message } = await assertRejects(() => read(dir + name), InputError, reason);
          assert(message.length < 400 && !message.includes("\0"));
        }
      }
      for (const name of ["/nul\0.csv", `/${"x".repeat(5000)}.csv`]) {
        await assertRejects(() => writeText(dir + name, ""), InputError, "cannot be written");
        await assertRejects(() => makeFolder(dir + name), InputError, "cannot be made");
        await assertRejects(() => exists(dir + name), InputError, "cannot be read");
      }
    }),
);

permittedTest(
  "writeAtomic() replaces a link and follows none, and knows no name that one could be waiting at",
  () =>
    withFolder(async (dir) => {
      await writeText(`${dir}/victim`, "precious");
      for (const name of ["a", "a.tmp", "a.partial"]) await Deno.symlink(`${dir}/victim`, `${dir}/${name}`);
      await writeText(`${dir}/a`, "new");
      assertEquals(await Deno.readTextFile(`${dir}/victim`), "precious");
      assertEquals((await Deno.lstat(`${dir}/a`)).isSymlink, false);
      assertEquals(await names(dir), ["a", "a.partial", "a.tmp", "victim"]);
    }),
);

permittedTest(
  "writeAtomic() removes what a killed writer left, and not what a living one is writing",
  () =>
    withFolder(async (dir) => {
      const left = "big.csv.0123456789abcdef.tmp", own = ["notes.tmp", "big.csv.tmp"];
      for (const name of [left, ...own]) await Deno.writeTextFile(`${dir}/${name}`, "half");
      const during: string[][] = [];
      async function* slowly() {
        yield new Uint8Array(1);
        await writeText(`${dir}/other`, "");
        during.push(await names(dir));
      }
      await writeAtomic(`${dir}/big.csv`, slowly());
      assertEquals(during[0]!.length, 4); // its own file, the other, and two that are somebody's
      assertEquals(await names(dir), ["big.csv", "big.csv.tmp", "notes.tmp", "other"]);
    }),
);
