import { assertEquals } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { demoCsv, demoData } from "./demo_data.ts";

permittedTest("the committed demo.csv is the generator's output, byte for byte", async () => {
  const committed = await Deno.readFile(new URL("../../data/raw/demo.csv", import.meta.url));
  const generated = new TextEncoder().encode(demoCsv());
  assertEquals(committed.length, generated.length);
  assertEquals(committed.every((byte, i) => byte === generated[i]), true);
});

permittedTest(
  "demo-data makes the folder and writes other people for another seed",
  () =>
    withFolder(async (folder) => {
      const output = `${folder}/deep/people.csv`;
      await demoData.parseAsync(["--output", output, "--seed", "7", "--candidates", "20"], { from: "user" });
      assertEquals(await Deno.readTextFile(output), demoCsv({ seed: 7, candidates: 20 }));
    }),
);
