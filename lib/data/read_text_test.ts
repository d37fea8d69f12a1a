import { assertEquals } from "@std/assert";
import { readText } from "./read_text.ts";
import { permittedTest } from "../_testing.ts";

permittedTest("readText() drops the byte order mark", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "\uFEFFcafé");
  assertEquals((await Array.fromAsync(readText(path))).join(""), "café");
  await Deno.remove(path);
});
