import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "./errors.ts";
import { exists } from "./files.ts";
import { lockOutput } from "./lock.ts";
import { permittedTest, withFolder } from "./_testing.ts";

permittedTest(
  "lockOutput() lets one in at a time, names who is in, and leaves nothing behind",
  () =>
    withFolder(async (folder) => {
      const busy =
        `${folder} is being written by process ${Deno.pid}: wait until it has ended, or choose another output`;
      {
        await using _lock = await lockOutput(folder);
        await assertRejects(() => lockOutput(folder), InputError, busy);
        await using _file = await lockOutput(`${folder}/a.csv`, "file");
        await assertRejects(() => lockOutput(`${folder}/a.csv`, "file"), InputError, "a.csv is being written");
      }
      assertEquals([...Deno.readDirSync(folder)], []);
      await using _again = await lockOutput(folder);
    }),
);

permittedTest(
  "lockOutput() takes a lock that a dead process left, whatever process has its id now",
  () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/.lock`, `${Deno.pid}\n`);
      await using _lock = await lockOutput(folder);
      assertEquals(await Deno.readTextFile(`${folder}/.lock`), `${Deno.pid}\n`);
    }),
);

permittedTest(
  "lockOutput() follows no link, and says in one line where nothing can be written",
  () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/victim`, "precious");
      await Deno.symlink(`${folder}/victim`, `${folder}/.lock`);
      await assertRejects(
        () => lockOutput(folder),
        InputError,
        `${folder}/.lock: expected the lock of ${folder}, found a`,
      );
      assertEquals(await Deno.readTextFile(`${folder}/victim`), "precious");
      await assertRejects(
        () => lockOutput(`${folder}/none`),
        InputError,
        "/none cannot be written: no such file",
      );
      assertEquals(await exists(`${folder}/none`), false);
    }),
);
