import { assertEquals } from "@std/assert";
import { cleanNotebook, type CleanOptions } from "./clean_notebook.ts";
import type { CodeCell, Output } from "./notebook.ts";

const PATHS: CleanOptions = { root: "/home/ada/fair (1)", home: "/home/ada" };

function clean(outputs: Output[], options = PATHS): Output[] {
  const cell: CodeCell = { cell_type: "code", source: "", metadata: {}, execution_count: 1, outputs };
  const [cleaned] = cleanNotebook({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, options).cells;
  return (cleaned as CodeCell).outputs;
}

const printed = (text: string, options?: CleanOptions) => {
  const [output] = clean([{ output_type: "stream", name: "stdout", text }], options);
  return output?.output_type === "stream" ? output.text : undefined;
};

Deno.test("cleanNotebook() makes paths relative, as texts and as addresses", () => {
  assertEquals(printed("/home/ada/fair (1)/data/a.csv, /home/ada/fair (1)"), "data/a.csv, .");
  assertEquals(printed("at file:///home/ada/fair (1)/lib/a.ts:1:2"), "at lib/a.ts:1:2");
  assertEquals(printed("/home/ada/.cache/x and /home/adam/x"), "~/.cache/x and /home/adam/x");
  assertEquals(printed("/home/ada/fair (1)-old/x"), "~/fair (1)-old/x");
  assertEquals(printed("/ is a path", { root: "/work", home: "/" }), "/ is a path");
});

Deno.test("cleanNotebook() keeps the last state of a line, and no colours", () => {
  assertEquals(printed("10 %\r 50 %\r\u001b[32m100 %\u001b[39m\r\nnext\n"), "100 %\nnext\n");
});

Deno.test("cleanNotebook() drops standard error and what becomes empty", () => {
  assertEquals(clean([{ output_type: "stream", name: "stderr", text: "12 pairs/s" }]), []);
  assertEquals(clean([{ output_type: "stream", name: "stdout", text: "\u001b[2K" }]), []);
});

Deno.test("cleanNotebook() cleans every text of a display, and leaves numbers", () => {
  const data = { "text/plain": "\u001b[1mx", "application/json": { a: ["/home/ada/fair (1)/b", 1, null] } };
  const [output] = clean([{ output_type: "display_data", data, metadata: {} }]);
  assertEquals(output, {
    output_type: "display_data",
    data: { "text/plain": "x", "application/json": { a: ["b", 1, null] } },
    metadata: {},
  });
});

Deno.test("cleanNotebook() keeps tags and the kernel, and nothing that editors note", () => {
  const notebook = cleanNotebook({
    cells: [{ cell_type: "markdown", source: "", metadata: { tags: ["a"], collapsed: true } }],
    metadata: { kernelspec: { name: "deno" }, vscode: {} },
    nbformat: 4,
    nbformat_minor: 5,
  }, PATHS);
  assertEquals(notebook.metadata, { kernelspec: { name: "deno" } });
  assertEquals(notebook.cells[0]!.metadata, { tags: ["a"] });
});
