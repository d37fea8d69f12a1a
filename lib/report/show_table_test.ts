import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { toDataFrame } from "./data_frame.ts";
import { JUPYTER_DISPLAY } from "./display.ts";
import { showTable, type TableData, tableOf, type TableOptions } from "./show_table.ts";
import { tableHtml } from "./table.ts";

setColorEnabled(false);

const ROWS = [
  { group: "bachelor", n: 1078, rate: 0.4391, gap: 0.05, low: -0.01, high: 0.11 },
  { group: '<script>alert("x")</script> 😀 مرحبا', n: 12, rate: null, gap: -0.2, low: null, high: null },
];

Deno.test("showTable() writes counts, percentages, signed numbers and intervals, and marks small groups", () => {
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
bachelor                              1,078   43.9 %  +0.05 [−0.01, +0.11]
<script>alert("x")</script> 😀 مرحبا    12†        –                 −0.20
All rows. † fewer than 30 rows: read with care.
`,
  );
});

Deno.test("showTable() takes a danfo frame, of one column as well, and formats by what the columns hold", async () => {
  assertEquals(
    text(await toDataFrame([{ auc: 0.5 }, { auc: 1 }])),
    "auc\n─────\n0.500\n1.000\n".replace("auc", "  auc"),
  );
  const frame = (await toDataFrame(ROWS.map(({ group, n }) => ({ group, n })))).groupby(["group"]).col(["n"]).sum();
  assertStringIncludes(text(frame), "1,078");
});

Deno.test("showTable() escapes every cell and heading, and tells rows from columns", () => {
  const { markup } = tableHtml(tableOf([{ "<i>": "<b>", n: 3 }], { caption: "a & b" }));
  assert(!markup.includes("<i>") && !markup.includes("<b>"));
  assertStringIncludes(markup, `<th scope="col" style="padding: 0.25em 0.75em; text-align: left">&lt;i&gt;</th>`);
  assertStringIncludes(markup, `<th scope="row"`);
  assertStringIncludes(markup, `data-value="3">3</td>`);
  assertStringIncludes(markup, "a &amp; b</caption>");
});

Deno.test("showTable() shows a table without rows, and refuses columns that are not there", () => {
  assertEquals(text([], { columns: [] }), "\n\n");
  assertThrows(() => showTable(ROWS, { columns: ["auc"] }), RangeError, "group, n, rate, gap, low, high, found auc");
  assertThrows(() => showTable(ROWS, { columns: [{ key: "n", interval: ["low", "up"] }] }), RangeError, "found up");
});

function text(data: TableData, options?: TableOptions): string {
  return showTable(data, options)[JUPYTER_DISPLAY]()["text/plain"] as string;
}
