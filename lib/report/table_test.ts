import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { estimateCell, Notes, type Table, tableHtml, tableMarkdown, tableText } from "./table.ts";

setColorEnabled(false);

const TABLE: Table = {
  title: "Groups",
  caption: "Of the test split.",
  columns: [{ title: "group" }, { title: "n" }, { title: "selected", format: "percent" }, {
    title: "p",
    format: "pValue",
  }],
  rows: [
    ["a", 1078, { value: 0.4391, interval: { low: 0.4, high: 0.48 } }, 0.0004],
    ["b|<i>", { value: 12, marks: ["small"] }, { value: 0.1, marks: ["below four fifths"] }, 0.25],
    ["c", 3, estimateCell({ value: null, reason: "no rows" }), null],
  ],
  smallBelow: 30,
};

Deno.test("tableText() writes values, intervals, marks and notes, and explains them under the table", () => {
  assertEquals(
    tableText(TABLE),
    `Groups
group      n              selected        p
─────  ─────  ────────────────────  ───────
a      1,078  43.9% [40.0%, 48.0%]  ≤ 0.001
b|<i>    12†               10.0% ✗    0.250
c          3                    –¹        –
Of the test split. † fewer than 30 rows: read with care. ✗ below four fifths of the reference's rate.
¹ no rows
`,
  );
});

Deno.test("tableText() aligns wide characters by what they take up on the screen", () => {
  const table = tableText({
    columns: [{ title: "name" }, { title: "n", align: "right" }],
    rows: [["日本", "1"], ["ab", "22"]],
  });
  assertEquals(table, "name   n\n────  ──\n日本   1\nab    22\n");
});

Deno.test("tableText() lets no cell break a line or move the cursor", () => {
  assertEquals(tableText({ columns: [{ title: "x" }], rows: [["a\nb\u001b[2J"]] }), "x\n───────\na b [2J\n");
});

Deno.test("tableText() breaks columns of text, then puts columns under the others, to fit a width", () => {
  const table: Table = {
    columns: [{ title: "metric" }, { title: "base" }, { title: "tuned" }],
    rows: [["Area between the ROC curves", 0.25, 0.125]],
  };
  assertEquals(
    tableText(table, { width: 34 }),
    "metric                 base  tuned\n────────────────────  ─────  ─────\nArea between the ROC  0.250  0.125\ncurves\n",
  );
  assertEquals(
    tableText(table, { width: 20 }),
    "metric         base\n────────────  ─────\nArea between  0.250\nthe ROC\ncurves\n" +
      "\nmetric        tuned\n────────────  ─────\nArea between  0.125\nthe ROC\ncurves\n",
  );
});

Deno.test("tableText() shows what is brief of a long table", () => {
  const table: Table = { columns: [{ title: "n" }], rows: [[1], [2]], brief: { rows: 1, which: "first" } };
  assertEquals(tableText(table), "n\n─\n1\nThe first 1 of 2.\n");
  assertEquals(tableText({ ...table, brief: { rows: 2, which: "first" } }), "n\n─\n1\n2\n");
});

Deno.test("tableText() numbers notes through the tables that share them", () => {
  const notes = new Notes();
  const table = (reason: string): Table => ({
    columns: [{ title: "x" }],
    rows: [[estimateCell({ value: null, reason })]],
  });
  assertEquals(tableText(table("no rows"), { notes }), "x\n──\n–¹\n");
  assertEquals(tableText(table("one class"), { notes }), "x\n──\n–²\n");
  assertEquals(tableText(table("no rows"), { notes }), "x\n──\n–¹\n");
  assertEquals(notes.texts, ["no rows", "one class"]);
  assertEquals(Array.from({ length: 12 }, (_, i) => notes.mark(`${i}`)).at(-1), "¹⁴");
});

Deno.test("tableHtml() escapes every cell and heading, and tells rows from columns", () => {
  const { markup } = tableHtml({ title: "a & b", columns: [{ title: "<i>" }, { title: "n" }], rows: [["<b>", 3]] });
  assert(!markup.includes("<i>") && !markup.includes("<b>"));
  assertStringIncludes(markup, `<th scope="col" style="padding: 0.25em 0.75em; text-align: left">&lt;i&gt;</th>`);
  assertStringIncludes(markup, `<th scope="row"`);
  assertStringIncludes(markup, `data-value="3">3</td>`);
  assertStringIncludes(markup, "a &amp; b</caption>");
});

Deno.test("tableHtml() sets intervals apart, flags rows, scrolls and folds", () => {
  const { markup } = tableHtml(TABLE, { scroll: true, foldFrom: 3 });
  assertStringIncludes(markup, `43.9%<span class="interval"> [40.0%, 48.0%]</span>`);
  assertEquals(markup.match(/<tr class="flagged">/g)?.length, 1);
  assertStringIncludes(markup, `aria-label="Groups"`);
  assertStringIncludes(markup, "<summary>Show 3 rows</summary>");
  assertStringIncludes(markup, "<br>¹ no rows</small>");
  assert(!tableHtml(TABLE, { foldFrom: 4 }).markup.includes("<details>"));
});

Deno.test("tableMarkdown() escapes cells, and aligns numbers", () => {
  assertEquals(
    tableMarkdown({ ...TABLE, caption: undefined }),
    `**Groups**

| group | n | selected | p |
| --- | --: | --: | --: |
| a | 1,078 | 43.9% \\[40.0%, 48.0%\\] | ≤ 0.001 |
| b\\|\\<i\\> | 12† | 10.0% ✗ | 0.250 |
| c | 3 | –¹ | – |

† fewer than 30 rows: read with care. ✗ below four fifths of the reference's rate.

¹ no rows`,
  );
});

Deno.test("an interval with one end undefined shows the other, one without ends nothing, nor does a dash", () => {
  const cells = [
    { value: 0.5, interval: { low: null, high: 0.75 } },
    { value: 0.5, interval: { low: 0.25, high: NaN } },
    { value: 0.5, interval: { low: null, high: null } },
    { value: null, interval: { low: 0.25, high: 0.75 } },
    { value: NaN },
  ];
  const shown = tableText({ columns: [{ title: "x", align: "left" }], rows: cells.map((cell) => [cell]) });
  assertEquals(shown.split("\n").slice(2).map((line) => line.trimEnd()), [
    "0.500 [–, 0.750]",
    "0.500 [0.250, –]",
    "0.500",
    "–",
    "–",
    "",
  ]);
});

Deno.test("a column is of counts only where all its numbers are whole, and a cell's format goes before it", () => {
  const table: Table = {
    columns: ["n", "x", { title: "r", digits: 1, format: "signed" }],
    rows: [[1000, 1, 0.26], [2, 0.5, -1], [null, null, { value: 0.5, format: "percent" }]],
  };
  const lines = tableMarkdown(table).split("\n").slice(2);
  assertEquals(lines.slice(0, 2), ["| 1,000 | 1.000 | \\+0.3 |", "| 2 | 0.500 | −1.0 |"]);
  assertEquals(lines[2], "| – | – | 50.0% |");
});

Deno.test("tableHtml() gives sorting keys to numbers alone: not to dashes, NaN, texts or empty cells", () => {
  const rows = [[0.12345678], [-3], [null], [NaN], ["5 of 25"], [estimateCell(undefined)], [true]];
  const { markup } = tableHtml({ columns: [{ title: "x", align: "right" }], rows });
  const cells = [...markup.matchAll(/<td [^>]*?(?: data-value="([^"]*)")?>(.*?)<\/td>/g)];
  assertEquals(cells.map(([, key, text]) => [key, text]), [
    ["0.12345678", "0.123"],
    ["-3", "−3.000"],
    [undefined, "–"],
    [undefined, "–"],
    [undefined, "5 of 25"],
    [undefined, ""],
    [undefined, "true"],
  ]);
});

Deno.test("tableText() aligns emoji, combining marks and wide headings", () => {
  const table = tableText({ columns: ["学校", "n"], rows: [["e\u0301", 1], ["👩‍🔬x", 1000]] });
  assertEquals(table, "学校      n\n────  ─────\ne\u0301         1\n👩‍🔬x   1,000\n");
});
