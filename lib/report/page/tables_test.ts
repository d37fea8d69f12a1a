import { assert, assertEquals } from "@std/assert";
import { conclude, type Estimate } from "../../evaluate/mod.ts";
import type { Table, TableCell } from "../table.ts";
import { HOSTILE, NO_DATA, reportRun } from "./_testing.ts";
import { reportOf } from "./report.ts";
import { comparedTable, disparityRows, glanceRows, leakageRow, overallRow, rateTable, verdictOf } from "./tables.ts";

const titles = ({ columns }: Table) => columns.map((column) => typeof column === "string" ? column : column.title);

const alone = reportRun({ hasLeakage: true }).evaluation;
const together = reportOf(
  reportRun({ advantage: 0, hasLeakage: true }),
  [reportRun({ name: "plain", advantage: 3, hasLeakage: true })],
  NO_DATA,
).evaluation;

const rest = { level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
const change = (value: number, low: number, high: number): Estimate => ({ value, interval: { low, high, ...rest } });

Deno.test("rows of a table hold the evaluation's own numbers, model by model and change by change", () => {
  const { metric, models, changes } = overallRow("rocAuc", together);
  assertEquals(metric, "rocAuc");
  assertEquals(models, together.models.map(({ overall }) => overall.metrics.rocAuc));
  assertEquals(changes, together.comparisons.map(({ overall }) => overall.rocAuc));
  const flips = overallRow("flipRate", together);
  assertEquals(flips.models, together.models.map(({ overall }) => overall.counterfactual!.metrics.flipRate));
  const [parity] = disparityRows("education", together);
  assertEquals(parity!.metric, "demographicParityDifference");
  assertEquals(
    parity!.models,
    together.models.map(({ attributes }) =>
      attributes[0]!.disparities.find(({ metric }) => metric === "demographicParityDifference")
    ),
  );
  assertEquals(parity!.changes[1]!.value, parity!.models[2]!.value! - parity!.models[1]!.value!);
});

Deno.test("leakageRow() knows the change that the run itself measured, and no other", () => {
  const { models, changes } = leakageRow("balancedAccuracy", "education", together);
  assertEquals(models.map((own) => own!.value), [0.5, 1, 0.4]);
  assertEquals(changes.map((own) => own === undefined), [false, true]);
  assertEquals(leakageRow("macroAuc", "education", together).metric, "leakageMacroAuc");
  assertEquals(leakageRow("macroAuc", "town", together).models, [undefined, undefined, undefined]);
});

Deno.test("glanceRows() leaves out what nobody measured", () => {
  const metrics = (evaluation: typeof alone) => glanceRows(evaluation).map(({ metric }) => metric);
  assertEquals(metrics(alone), [
    "rocAuc",
    "groundTruthRocAuc",
    "averagePrecision",
    "demographicParityRatio",
    "demographicParityDifference",
    "equalizedOddsDifference",
    "falsePositiveRateDifference",
    "predictiveParityDifference",
    "groundTruthEqualizedOddsDifference",
    "flipRate",
    "leakageBalancedAccuracy",
  ]);
  const bare = reportRun({ hasGroundTruth: false, hasCounterfactuals: false }).evaluation;
  assertEquals(metrics(bare), metrics(alone).filter((metric) => !/^(groundTruth|flip|leakage)/.test(metric)));
});

Deno.test("glanceRows() names the attribute of a row where there are several", () => {
  const titles = (attributes: string[]) => glanceRows(reportRun({ attributes }).evaluation).map(({ title }) => title);
  assert(titles(["education"]).includes("Demographic parity difference"));
  const both = titles(["education", "side"]);
  assertEquals(both.filter((title) => title.startsWith("Demographic parity")), [
    "Demographic parity ratio, education",
    "Demographic parity difference, education",
    "Demographic parity ratio, side",
    "Demographic parity difference, side",
  ]);
  assert(both.includes("ROC-AUC"));
});

Deno.test("verdictOf() judges a shown change by which way is better", () => {
  const cases = [
    ["rocAuc", change(0.1, 0.05, 0.15), "better"],
    ["rocAuc", change(-0.1, -0.15, -0.05), "worse"],
    ["equalizedOddsDifference", change(-0.1, -0.15, -0.05), "better"],
    ["equalizedOddsDifference", change(0.1, 0.05, 0.15), "worse"],
    ["rocAuc", change(0.1, -0.05, 0.15), "not significant"],
    ["rocAuc", { value: 0.1, interval: null }, "not significant"],
    // Neither way is better.
    ["selectionRate", change(0.1, 0.05, 0.15), "–"],
    ["rocAuc", { value: null, reason: "no rows", interval: null }, "–"],
    ["rocAuc", undefined, "–"],
  ] as const;
  for (const [metric, own, verdict] of cases) assertEquals(verdictOf(metric, own), verdict);
});

Deno.test("comparedTable() has a column for each model and change, and marks what conclude() calls shown", () => {
  const rows = disparityRows("education", together);
  const table = comparedTable(rows, together);
  assertEquals(titles(table), [
    "Metric",
    "base",
    "plain",
    "fair",
    "fair − base",
    "fair − plain",
  ]);
  assertEquals(titles(comparedTable(rows, together, { brief: true })).slice(-2), ["fair − plain", "verdict"]);
  assertEquals(titles(comparedTable(rows, { ...together, models: together.models.slice(0, 1), comparisons: [] })), [
    "Metric",
    "base",
    "p",
  ]);
  assertEquals(table.rows.length, rows.length);
  const marked = (cell: TableCell) => cell.marks?.includes("significant") ?? false;
  const shown = rows.map(({ metric, models }) =>
    models.map((own) =>
      conclude({ ...own!, metric, pValue: own!.pValue ?? null }, { confidence: 0.95 }).kind === "difference shown"
    )
  );
  assertEquals(table.rows.map((row) => row.slice(1, 4).map((cell) => marked(cell as TableCell))), shown);
  assert(shown.flat().includes(true) && shown.flat().includes(false), "the rows try both");
});

Deno.test("comparedTable() keeps a row that one model lacks, and drops one that all lack", () => {
  const rows = [overallRow("rocAuc", alone), overallRow("ndcg", alone), {
    title: "half",
    metric: "f1",
    models: [undefined, change(0.5, 0.4, 0.6)],
    changes: [undefined],
  }];
  const table = comparedTable(rows, alone, { brief: true });
  assertEquals(table.rows.map(([title]) => (title as TableCell).value), ["ROC-AUC", "half"]);
  assertEquals(table.rows[1]!.map((cell) => (cell as TableCell).value), ["half", "", 0.5, "", "–"]);
});

Deno.test("rateTable() shows every group of the models named, small ones marked", () => {
  const one = rateTable("education", ["fair"], together);
  assertEquals(titles(one), [
    "group",
    "n",
    "positive labels",
    "Selection rate",
    "True positive rate",
    "False positive rate",
    "ROC-AUC",
  ]);
  assertEquals(one.rows.map(([group]) => [(group as TableCell).value, (group as TableCell).marks]), [
    [HOSTILE, []],
    ["degree", []],
    ["tiny", ["small"]],
  ]);
  const { groups } = together.models[2]!.attributes[0]!;
  assertEquals(
    one.rows.map((row) => row.slice(1, 4).map((cell) => typeof cell === "object" ? cell!.value : cell)),
    groups.map(({ count, positives, metrics }) => [count, positives, metrics.selectionRate!.value]),
  );
  assertEquals(one.smallBelow, 30);
  const all = rateTable("education", ["base", "plain", "fair"], together);
  assertEquals(titles(all)[0], "model");
  assertEquals(all.rows.length, 9);
});
