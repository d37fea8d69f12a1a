import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../errors.ts";
import { permittedTest, withFolder } from "../../_testing.ts";
import { projectFolder } from "../../project_folder.ts";
import { type Notebook, notebookText, readNotebook, writeNotebook } from "./notebook.ts";

const NOTEBOOK: Notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "deno" } },
  cells: [
    { cell_type: "markdown", id: "a", metadata: {}, source: "# Title\n\nüber 😀" },
    {
      cell_type: "code",
      id: "b",
      metadata: {},
      source: "",
      execution_count: 2,
      outputs: [
        { output_type: "stream", name: "stdout", text: "one\ntwo" },
        {
          output_type: "display_data",
          metadata: {},
          data: { "text/html": "<b>\n</b>", "application/vnd.plotly.v1+json": { y: ["1\n2"], x: "a\nb" } },
        },
        { output_type: "execute_result", metadata: {}, data: { "text/plain": "3" }, execution_count: 2 },
        { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
      ],
    },
  ],
};

permittedTest("writeNotebook() writes what readNotebook() reads", () =>
  withFolder(async (folder) => {
    await writeNotebook(`${folder}/a.ipynb`, NOTEBOOK);
    assertEquals(await readNotebook(`${folder}/a.ipynb`), NOTEBOOK);
  }));

Deno.test("notebookText() splits texts into lines, leaves JSON whole and sorts keys, as nbformat does", () => {
  const { cells } = JSON.parse(notebookText(NOTEBOOK));
  assertEquals(Object.keys(cells[1]), ["cell_type", "execution_count", "id", "metadata", "outputs", "source"]);
  assertEquals(cells[0].source, ["# Title\n", "\n", "über 😀"]);
  assertEquals(cells[1].source, []);
  assertEquals(cells[1].outputs[0].text, ["one\n", "two"]);
  assertEquals(cells[1].outputs[1].data["text/html"], ["<b>\n", "</b>"]);
  assertEquals(cells[1].outputs[1].data["application/vnd.plotly.v1+json"], { x: "a\nb", y: ["1\n2"] });
});

permittedTest("the project's notebooks are as notebookText() writes them", async () => {
  const folder = `${projectFolder()}/notebooks`;
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".ipynb")) continue;
    const path = `${folder}/${name}`;
    const notebook = await readNotebook(path);
    assertEquals(notebookText(notebook), await Deno.readTextFile(path), name);
    const ids = notebook.cells.map(({ id }) => id);
    assertEquals(new Set(ids).size, ids.length, `${name}: every cell has an id of its own`);
  }
});

permittedTest("readNotebook() refuses what is no notebook of version 4", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    await Deno.writeTextFile(path, JSON.stringify({ nbformat: 3, nbformat_minor: 0, metadata: {}, worksheets: [] }));
    await assertRejects(() => readNotebook(path), InputError, path);
    await assertRejects(() => readNotebook(`${folder}/b.ipynb`), InputError, "no such file");
    const output = { output_type: "display_data", data: { "text/plain": { a: 1 } }, metadata: {} };
    const cell = { cell_type: "code", source: "", metadata: {}, execution_count: 1, outputs: [output] };
    await Deno.writeTextFile(path, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    await assertRejects(
      () => readNotebook(path),
      InputError,
      `${path}, "cells.0.outputs.0.data.text/plain": expected a text or its lines`,
    );
  }));
