import { assertEquals } from "@std/assert";
import { figureBundle } from "../../report/display.ts";
import { makeFigure } from "../../report/figures/figure.ts";
import type { MimeBundle, Notebook } from "./notebook.ts";
import { addPictures } from "./static_pictures.ts";

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
    return Promise.resolve(`<svg>${name}</svg>`);
  };
  const first = notebook(bundle("a", 1), bundle("b", 2), { "text/plain": "no figure" });
  const pictures = await addPictures(first, notebook(), draw);
  assertEquals(pictures.map(({ figure, isNew }) => [figure.name, isNew]), [["a", true], ["b", true]]);
  assertEquals(pictures[0]!.figure, figure("a", 1));

  const { "image/svg+xml": _, ...old } = bundle("a", 1);
  const reordered = Object.fromEntries(Object.entries(old).reverse());
  const second = notebook(reordered, bundle("b", 3));
  const again = await addPictures(second, first, draw);
  assertEquals(again.map(({ svg, isNew }) => [svg, isNew]), [["<svg>a</svg>", false], ["<svg>b</svg>", true]]);
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
