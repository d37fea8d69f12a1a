import { assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { withFolder } from "./_testing.ts";
import { makeFolder } from "./make_folder.ts";

Deno.test("makeFolder() says which folder cannot be made when a file stands in the way", () =>
  withFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/taken`, "");
    await assertRejects(
      () => makeFolder(`${dir}/taken`),
      InputError,
      `${dir}/taken cannot be made: a file stands where a folder should be`,
    );
    await assertRejects(() => makeFolder(`${dir}/taken/inner`), InputError, `${dir}/taken/inner cannot be made: `);
  }));
