import { assertEquals } from "@std/assert";
import { readText, splitRecords } from "./read_text.ts";
import { permittedTest } from "../_testing.ts";

permittedTest("readText() drops the byte order mark", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "\uFEFFcafé");
  assertEquals((await Array.fromAsync(readText(path))).join(""), "café");
  await Deno.remove(path);
});

Deno.test("splitRecords() keeps a line feed inside quotes", async () => {
  const chunks = ReadableStream.from(['a,b\n"x\n', 'y",z']);
  const records = (await Array.fromAsync(splitRecords(chunks, { quoted: true, maxLength: 100 }))).flat();
  assertEquals(records, ["a,b", '"x\ny",z']);
});
