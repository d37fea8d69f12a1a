import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { projectFolder } from "../project_folder.ts";
import { openNotebook } from "./open_notebook.ts";

permittedTest("openNotebook() makes names that no cell has made yet say which cell makes them", async () => {
  const before = Deno.cwd();
  const names = Object.getOwnPropertyNames(globalThis);
  try {
    await openNotebook("01_data_exploration");
    assertEquals(Deno.cwd(), projectFolder());
    const { message } = assertThrows(() => (globalThis as Record<string, unknown>).labelRates, ReferenceError);
    assert(/^labelRates is made by another cell: run code cell \d+, under “What was decided”, first$/.test(message));
    // What a cell unpacks is its own as well.
    assertThrows(() => (globalThis as Record<string, unknown>).counterfactuals, ReferenceError, "run code cell");
  } finally {
    Deno.chdir(before);
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (!names.includes(name)) delete (globalThis as Record<string, unknown>)[name];
    }
  }
});

permittedTest("openNotebook() refuses a notebook that is not there", async () => {
  const before = Deno.cwd();
  try {
    await assertRejects(() => openNotebook("04_none"), InputError, "notebooks/04_none.ipynb");
  } finally {
    Deno.chdir(before);
  }
});
