import { assertEquals } from "@std/assert";
import { demoCsv } from "./main.ts";

Deno.test("the committed demo.csv is the generator's output, byte for byte", async () => {
  const committed = await Deno.readFile(new URL("../../../data/raw/demo.csv", import.meta.url));
  const generated = new TextEncoder().encode(demoCsv());
  assertEquals(committed.length, generated.length);
  assertEquals(committed.every((byte, i) => byte === generated[i]), true);
});
