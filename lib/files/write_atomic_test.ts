import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { writeAtomic } from "./write_atomic.ts";

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map((entry) => entry.name).sort();
}

Deno.test("writeAtomic() keeps the old file and leaves nothing behind when the bytes cannot be made", async () => {
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

Deno.test("writeAtomic() names the file when its folder is missing", async () => {
  await assertRejects(
    () => writeAtomic("/no/such/folder/a", []),
    InputError,
    "/no/such/folder/a cannot be written: no such file or folder",
  );
});
