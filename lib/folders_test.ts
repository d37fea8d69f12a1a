import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest, withFolder } from "./_testing.ts";
import { filesIn, writeWhole } from "./folders.ts";

permittedTest(
  "writeWhole() puts all files in place or none, and sweeps what a killed process left",
  () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/unfinished`);
      await Deno.writeTextFile(`${folder}/unfinished/left`, "by another");
      await Deno.writeTextFile(`${folder}/a`, "old");
      const write = async (next: string) => {
        await Deno.mkdir(`${next}/inner`);
        await Deno.writeTextFile(`${next}/a`, "new");
        await Deno.writeTextFile(`${next}/inner/b`, "new");
        return await filesIn(folder);
      };
      const failing = async (next: string) => {
        await write(next);
        throw new Error("full");
      };
      await assertRejects(() => writeWhole(folder, failing), Error, "full");
      assertEquals([await filesIn(folder), await Deno.readTextFile(`${folder}/a`)], [["a"], "old"]);

      assertEquals(await writeWhole(folder, write), ["a", "unfinished/a", "unfinished/inner/b"]);
      assertEquals([await filesIn(folder), await Deno.readTextFile(`${folder}/a`)], [["a", "inner/b"], "new"]);
    }),
);
