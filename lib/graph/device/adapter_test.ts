import { assert, assertEquals } from "@std/assert";
import { findAdapters } from "./adapter.ts";

for (const system of ["linux", "windows", "darwin"]) {
  Deno.test(`findAdapters() on ${system} gives adapters, or a problem with its remedy`, async () => {
    const { adapters, problem } = await findAdapters(system);
    assertEquals(problem === null, adapters.length > 0);
    assert(problem === null || problem.includes("install"), problem ?? "");
  });
}
