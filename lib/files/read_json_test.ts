import { assertRejects } from "@std/assert";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { readJson } from "./read_json.ts";

Deno.test("readJson() names a file that is missing, broken, or of another form", async () => {
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
