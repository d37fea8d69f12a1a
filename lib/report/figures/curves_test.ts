import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { averagePrecision } from "../../metrics/mod.ts";
import { fairness, fairnessRows, fairnessTable, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { precisionRecallByGroup, rocCurvesByGroup } from "./curves.ts";
import { permittedTest } from "../../_testing.ts";

const { evaluation, table } = fairness();
const roc = rocCurvesByGroup(evaluation, { table });
const precisionRecall = precisionRecallByGroup(evaluation, { table });
const rocOf = (rows: ReturnType<typeof fairnessRows>) => {
  const { evaluation, table } = fairness(rows);
  return rocCurvesByGroup(evaluation, { table });
};

permittedTest("rocCurvesByGroup() looks as reviewed", () => assertSnapshot(roc));

Deno.test("rocCurvesByGroup() names a group without a curve with the reason, and every name as text", () => {
  const headings = roc.layout.annotations!.map(({ text }) => text!);
  const at = headings.findIndex((text) => text.startsWith("no positives"));
  assertEquals(headings[at], "no positives<br>(n = 32)<br>undefined: only<br>one class among<br>the labels");
  // Two lines a panel: everybody, then the group.
  assertEquals((roc.data[2 * at + 1] as { x: unknown[] }).x, [null]);
  assertEquals(plotTexts(roc.data).filter((text) => text.includes('"R&D"')), []);
  assertStringIncludes(roc.alt, `${HOSTILE} (n = 45) 0.`);
});

Deno.test("rocCurvesByGroup() finds no difference where there is none, and nothing to compare in one group", () => {
  assertStringIncludes(
    rocOf(fairnessRows([["a", 60], ["b", 60]], 0)).title,
    "difference not statistically significant",
  );
  const alone = rocOf(fairnessRows([["a", 80]]));
  assertEquals(alone.title, "education: ROC-AUC of the groups cannot be compared");
});

Deno.test("rocCurvesByGroup() draws a few hundred points of a curve of many", () => {
  const table = fairnessTable(fairnessRows([["a", 3000], ["b", 3000]]));
  const small = {
    ...evaluation,
    data: { ...evaluation.data, rows: 6000 },
    settings: { ...evaluation.settings, resamples: 1 },
  };
  for (const { x } of rocCurvesByGroup(small, { table }).data as { x: number[] }[]) {
    assertEquals([x.length < 410, x[0], x.at(-1)], [true, 0, 1]);
  }
});

permittedTest("precisionRecallByGroup() looks as reviewed", () => assertSnapshot(precisionRecall));

Deno.test("precisionRecallByGroup() draws steps whose area is the average precision", () => {
  const [all] = precisionRecall.data as { x: number[]; y: number[]; line: { shape: string } }[];
  const area = all!.x.reduce((sum, x, i) => i === 0 ? 0 : sum + (x - all!.x[i - 1]!) * all!.y[i]!, 0);
  const { labels, tuned } = fairnessRows();
  // Points are drawn to four decimals.
  assertAlmostEquals(area, averagePrecision({ labels, scores: tuned }).value!, 1e-3);
  assertEquals(all!.line.shape, "vh");
});

Deno.test("figures of rows refuse another table, and rows without labels", () => {
  const other = fairness(fairnessRows([["a", 8]])).table;
  assertThrows(() => rocCurvesByGroup(evaluation, { table: other }), InputError, "Expected the 140 rows that were");
  assertThrows(
    () => rocCurvesByGroup(evaluation, { table: { ...table, labels: null } }),
    InputError,
    "expected labels",
  );
});
