import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { maskEducation } from "../data/mod.ts";
import { toDataFrame } from "./data_frame.ts";
import { makeFigure } from "./figures/figure.ts";
import { figureBundle, figureOf } from "./show_figure.ts";
import { JUPYTER_DISPLAY, show, type TableData, tableOf, type TableOptions } from "./show.ts";
import { tableHtml } from "./table.ts";
import { permittedTest } from "../_testing.ts";

setColorEnabled(false);

const ROWS = [
  { group: "bachelor", n: 1078, rate: 0.4391, gap: 0.05, low: -0.01, high: 0.11 },
  { group: '<script>alert("x")</script> 😀 مرحبا', n: 12, rate: null, gap: -0.2, low: null, high: null },
];

Deno.test("show() writes counts, percentages, signed numbers and intervals, and marks small groups", () => {
  const columns: TableOptions["columns"] = [
    "group",
    { key: "n", smallBelow: 30 },
    { key: "rate", title: "Label 1", format: "percent" },
    { key: "gap", format: "signed", digits: 2, interval: ["low", "high"] },
  ];
  assertEquals(
    text(ROWS, { columns, caption: "Rates", note: "All rows." }),
    `Rates
group                                     n  Label 1                   gap
────────────────────────────────────  ─────  ───────  ────────────────────
bachelor                              1,078    43.9%  +0.05 [−0.01, +0.11]
<script>alert("x")</script> 😀 مرحبا    12†        –                 −0.20
All rows. † fewer than 30 rows: read with care.
`,
  );
});

permittedTest("show() takes a danfo frame, of one column as well, and formats by what the columns hold", async () => {
  assertEquals(
    text(await toDataFrame([{ auc: 0.5 }, { auc: 1 }])),
    "auc\n─────\n0.500\n1.000\n".replace("auc", "  auc"),
  );
  const frame = (await toDataFrame(ROWS.map(({ group, n }) => ({ group, n })))).groupby(["group"]).col(["n"]).sum();
  assertStringIncludes(text(frame), "1,078");
});

Deno.test("show() escapes every cell and heading, and tells rows from columns", () => {
  const { markup } = tableHtml(tableOf([{ "<i>": "<b>", n: 3 }], { caption: "a & b" }));
  assert(!markup.includes("<i>") && !markup.includes("<b>"));
  assertStringIncludes(markup, `<th scope="col" style="padding: 0.25em 0.75em; text-align: left">&lt;i&gt;</th>`);
  assertStringIncludes(markup, `<th scope="row"`);
  assertStringIncludes(markup, `data-value="3">3</td>`);
  assertStringIncludes(markup, "a &amp; b</caption>");
});

Deno.test("show() shows a table without rows, and refuses columns that are not there", () => {
  assertEquals(text([], { columns: [] }), "\n\n");
  assertThrows(() => show(ROWS, { columns: ["auc"] }), RangeError, "group, n, rate, gap, low, high, found auc");
  assertThrows(() => show(ROWS, { columns: [{ key: "n", interval: ["low", "up"] }] }), RangeError, "found up");
});

function text(data: TableData, options?: TableOptions): string {
  return show(data, options)[JUPYTER_DISPLAY]()["text/plain"] as string;
}

Deno.test("show() of a figure gives its texts, and JSON that figureOf() reads back without its records", () => {
  const texts = { name: "a", title: "Up", subtitle: "All", alt: "It rises." };
  const figure = makeFigure({ ...texts, rows: [{ x: 1 }], data: [], layout: {} });
  const bundle = show(figure)[JUPYTER_DISPLAY]();
  assertEquals(Object.keys(bundle), ["application/vnd.plotly.v1+json", "text/html", "text/plain"]);
  assertEquals(bundle["text/plain"], "Up\nAll\nIt rises.");
  assertEquals(figureOf(JSON.parse(JSON.stringify(figureBundle(figure)))), { ...figure, rows: [] });
  assertEquals(figureOf({ "text/plain": "Up" }), null);
});

Deno.test("show() takes a table as it is", () => {
  const table = { columns: [{ title: "n" }], rows: [[1]] };
  assertEquals(show(table)[JUPYTER_DISPLAY]()["text/plain"], "n\n─\n1\n");
});

Deno.test("show() of a changed text strikes out the old and underlines the new", () => {
  const text = "Earned an MBA in 2014.";
  const shown = show({ text, changes: maskEducation(text).replacements })[JUPYTER_DISPLAY]();
  assertEquals(shown["text/plain"], "Earned [-an MBA-]{+a qualification+} in [-2014-]{+some year+}.");
  assertStringIncludes(shown["text/html"] as string, "<del>an MBA</del> <ins>a qualification</ins>");
});

Deno.test("show() takes Plotly's own figure, and a sentence, and refuses what is nothing", () => {
  const plotly = { data: [{ type: "bar" as const, y: [1] }], layout: { title: { text: "Mine" } } };
  const shown = show(plotly)[JUPYTER_DISPLAY]();
  const { data, layout } = shown["application/vnd.plotly.v1+json"] as typeof plotly;
  assertEquals({ data, layout }, plotly);
  assertEquals(shown["text/plain"], "Mine: 1 traces.");
  assertEquals(show("1 < 2")[JUPYTER_DISPLAY](), { "text/html": "<p>1 &lt; 2</p>", "text/plain": "1 < 2" });
  assertThrows(() => show(undefined as never), TypeError, "Expected a figure, a table, rows or a text to show");
});

Deno.test("a figure's bundle has a form for every viewer, in colours for pages of either kind", () => {
  const figure = makeFigure({
    name: "a",
    title: "Up",
    subtitle: "",
    alt: "It rises.",
    data: [{ type: "bar", y: [1] }],
    layout: {},
  });
  const bundle = figureBundle(figure, { picture: "iVBOR", plotly: "H4sI" });
  assertEquals(Object.keys(bundle), ["application/vnd.plotly.v1+json", "text/html", "image/png", "text/plain"]);
  const markup = bundle["text/html"] as string;
  assertStringIncludes(markup, `<img src="data:image/png;base64,iVBOR" alt="It rises."`);
  assertStringIncludes(markup, `<script type="application/gzip" class="plotly-packed">H4sI</script>`);
  const plot = JSON.stringify(bundle["application/vnd.plotly.v1+json"]);
  assertStringIncludes(plot, `"paper_bgcolor":"#ffffff00"`);
  assert(!plot.includes("responsive"));
  assertEquals(figureOf(JSON.parse(JSON.stringify(bundle))), figure);
});
