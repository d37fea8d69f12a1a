import { assert } from "@std/assert";

Deno.test("mod.ts exports every file of the folder", async () => {
  const exported = await Deno.readTextFile(new URL("./mod.ts", import.meta.url));
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (!name.endsWith(".ts") || /_(test|bench|testing)\.ts$/.test(name) || name === "mod.ts") continue;
    assert(exported.includes(`export * from "./${name}";`), name);
  }
});
