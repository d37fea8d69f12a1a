import { assertEquals } from "@std/assert";
import { figureBundle } from "../../report/show_figure.ts";
import { makeFigure } from "../../report/figures/figure.ts";
import { addPictures, cleanNotebook, type CleanOptions, outputFault } from "./kept.ts";
import { type CodeCell, displays, type MimeBundle, type Notebook, type Output } from "./notebook.ts";

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
  assertEquals(printed("10%\r 50%\r\u001b[32m100%\u001b[39m\r\nnext\n"), "100%\nnext\n");
});

Deno.test("cleanNotebook() drops what becomes empty, and displays that were taken away", () => {
  assertEquals(clean([{ output_type: "display_data", data: {}, metadata: {} }]), []);
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

const figure = (name: string, y: number) =>
  makeFigure({ name, title: "T", subtitle: "S", alt: "A", data: [{ type: "bar", y: [y] }], layout: {} });

function notebook(...outputs: MimeBundle[]): Notebook {
  return {
    cells: [{
      cell_type: "code",
      source: "",
      metadata: {},
      execution_count: 1,
      outputs: outputs.map((data) => ({ output_type: "display_data", data, metadata: {} })),
    }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** As an output comes: JSON, its keys in the order of a file. */
const bundle = (name: string, y: number): MimeBundle => JSON.parse(JSON.stringify(figureBundle(figure(name, y))));

Deno.test("addPictures() draws what is new and keeps the pictures of what has not changed", async () => {
  const drawn: string[] = [];
  const draw = ({ name }: { name: string }) => {
    drawn.push(name);
    return Promise.resolve(`png of ${name}`);
  };
  const first = notebook(bundle("a", 1), bundle("b", 2), { "text/plain": "no figure" });
  const pictures = await addPictures(first, notebook(), draw);
  assertEquals(pictures.map(({ figure, isNew }) => [figure.name, isNew]), [["a", true], ["b", true]]);
  assertEquals(pictures[0]!.figure, figure("a", 1));

  const { "image/png": _, ...old } = bundle("a", 1);
  const reordered = Object.fromEntries(Object.entries(old).reverse());
  const second = notebook(reordered, bundle("b", 3));
  const again = await addPictures(second, first, draw);
  assertEquals(again.map(({ isNew }) => isNew), [false, true]);
  assertEquals(displays(second).map((data) => data["image/png"]), ["png of a", "png of b"]);
  assertEquals(drawn, ["a", "b", "b"]);
});

Deno.test("addPictures() leaves figures without HTML, and without a picture where nothing can be drawn", async () => {
  const executed = notebook(bundle("a", 1));
  assertEquals(await addPictures(executed, notebook(), () => Promise.resolve(null)), []);
  const [cell] = executed.cells;
  const [output] = cell!.cell_type === "code" ? cell!.outputs : [];
  assertEquals(output && "data" in output && Object.keys(output.data), [
    "application/vnd.plotly.v1+json",
    "text/plain",
  ]);
});

Deno.test("outputFault() names a cell that wrote to standard error, drew nothing, or lost what it had shown", () => {
  const cell = (outputs: Output[], id = "a"): CodeCell => ({
    cell_type: "code",
    id,
    source: "show(x)",
    metadata: {},
    execution_count: 1,
    outputs,
  });
  const of = (...cells: CodeCell[]): Notebook => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  const text: Output = { output_type: "display_data", data: { "text/plain": "x" }, metadata: {} };
  assertEquals(outputFault(of(cell([text])), of(cell([text]))), null);
  assertEquals(
    outputFault(of(cell([]), cell([{ output_type: "stream", name: "stderr", text: "oh\n" }], "b")), of()),
    "code cell 2 (b): expected nothing on standard error, found: oh",
  );
  assertEquals(
    outputFault(of(cell([])), of(cell([text]))),
    "code cell 1 (a): expected output, as before, found none",
  );
  // A cell that was changed may show something else, or nothing.
  assertEquals(outputFault(of({ ...cell([]), source: "x = 1" }), of(cell([text]))), null);
  const empty: Output = {
    output_type: "display_data",
    data: { "application/vnd.plotly.v1+json": { data: [{ type: "bar", x: [], y: [] }] } },
    metadata: {},
  };
  assertEquals(outputFault(of(cell([empty])), of()), "code cell 1 (a): expected marks in its figure, found none");
  const none: Output = { ...empty, data: { "application/vnd.plotly.v1+json": { data: { 0: "no trace" } } } };
  assertEquals(outputFault(of(cell([none])), of()), "code cell 1 (a): expected marks in its figure, found none");
});
