import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { assertGolden, fairnessCases } from "../metrics/golden_testing.ts";
import { groupRows } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import { audit } from "./audit.ts";
import { auditCsv } from "../report/audit/audit_csv.ts";
import { auditHtml } from "../report/audit/audit_html.ts";
import type { AuditInput } from "./audit_input.ts";
import { auditJson } from "../report/audit/audit_json.ts";
import { auditText } from "../report/audit/audit_text.ts";

const golden = (await fairnessCases()).find(({ name }) => name === "b_four_groups")!;
const { y_true, y_score, groups } = golden.inputs;

const FAST = { resamples: 60 };

/** The golden case with four education groups as the columns of an audit. */
const labelled: AuditInput = {
  source: "scored.csv",
  score: { name: "score", values: Float64Array.from(y_score) },
  label: { name: "label", values: Float64Array.from(y_true) },
  groups: [{ name: "education", groups: groupRows(groups) }],
};
const { label: _, ...unlabelled } = labelled;

/** The same with jobs, twins, a second attribute, a control column and a group of five. */
function everything(): AuditInput {
  const rng = new Rng(12);
  const n = y_score.length;
  const column = (name: string, of: (i: number) => string) => ({
    name,
    groups: groupRows(Array.from({ length: n }, (_, i) => of(i))),
  });
  return {
    ...labelled,
    counterfactualScore: {
      name: "twin",
      values: Float64Array.from(y_score, (s) => Math.min(1, s + 0.05 * rng.uniform())),
    },
    groups: [
      column("education", (i) => i < 5 ? "<script>alert(1)</script>" : groups[i]!),
      column("gender", (i) => i < 5 ? "x" : i % 2 === 0 ? "f" : "m"),
    ],
    job: column("job", (i) => `job ${i % 10}`),
    control: column("city", (i) => i % 3 === 0 ? "A" : "B"),
    dropped: 3,
    missing: { label: 3 },
  };
}
const full = audit(everything(), { ...FAST, intersections: true, topK: 5 });

Deno.test("audit() gives fairlearn's golden metrics and disparities", () => {
  const result = audit(labelled, FAST);
  const { hard } = golden.expected.fairlearn.nan_for_undefined;
  assertGolden(result.overall.metrics.selectionRate!, hard.overall.selection_rate, "overall");
  for (const { group, metrics } of result.attributes[0]!.groups) {
    assertGolden(metrics.tpr!, hard.by_group[group].tpr, group);
    assertGolden(metrics.ppv!, hard.by_group[group].precision, group);
  }
  const { values } = golden.expected.disparities;
  const find = (name: string) => result.attributes[0]!.disparities.find((own) => own.name === name)!;
  assertGolden(find("demographicParityDifference"), values["demographic_parity_difference.between_groups"], "DP");
  assertGolden(find("demographicParityRatio"), values["demographic_parity_ratio.between_groups"], "DP ratio");
  assertGolden(find("equalizedOddsDifference"), values["equalized_odds_difference.between_groups.worst_case"], "EO");
  assertGolden(result.overall.calibration!.ece, golden.expected.fairlearn.nan_for_undefined.soft.overall.ece10, "ECE");
});

Deno.test("audit() gives every disparity an interval that contains it, and tests those it can", () => {
  for (const { disparities } of full.attributes) {
    for (const { name, value, interval, pValue } of disparities) {
      if (value === null) continue;
      assert(interval !== null, name);
      assert(interval.low! <= value + 1e-12 && value - 1e-12 <= interval.high!, name);
      assert(pValue === null || (pValue > 0 && pValue <= 1), name);
    }
  }
});

Deno.test("audit() reports without labels what needs none, and says why the rest is missing", () => {
  const result = audit(unlabelled, FAST);
  assertEquals(Object.keys(result.overall.metrics), ["selectionRate", "meanScore"]);
  assertEquals(result.overall.calibration, null);
  assertEquals(result.attributes[0]!.disparities.map(({ name }) => name), [
    "demographicParityDifference",
    "demographicParityRatio",
    "differentialFairness",
    "meanScoreDifference",
  ]);
  assert(result.unavailable.some(({ reason }) => reason.includes("no column of labels")));
  assert(result.verdicts.some(({ text }) => text.startsWith("Without labels")));
});

Deno.test("audit() selects the share asked for", () => {
  const result = audit(unlabelled, { ...FAST, acceptanceRate: 0.1 });
  assertEquals(result.overall.metrics.selectionRate!.value, 0.1);
  assertEquals(result.settings.thresholdFrom, "acceptanceRate");
});

Deno.test("audit() says when equal scores select more than the share asked for", () => {
  const coarse = {
    ...unlabelled,
    score: { name: "coarse", values: Float64Array.from(y_score, (s) => Math.round(2 * s)) },
  };
  const { verdicts } = audit(coarse, { ...FAST, acceptanceRate: 0.1 });
  assert(verdicts.some(({ text }) => text.startsWith("Equal scores at the threshold select")));
  const fine = audit(unlabelled, { ...FAST, acceptanceRate: 0.1 });
  assert(!fine.verdicts.some(({ text }) => text.startsWith("Equal scores")));
});

Deno.test("audit() writes scores with the decimals that their range asks for", () => {
  const narrow = { ...unlabelled, score: { name: "narrow", values: Float64Array.from(y_score, (s) => 0.68 + s / 50) } };
  const text = auditText(audit(narrow, FAST));
  assert(/Mean score +0\.6\d{4} /.test(text), text.slice(0, 900));
});

Deno.test("auditText() shows a few of many jobs and says where the others are; the page shows them", () => {
  const text = auditText(full);
  assertStringIncludes(text, "5 of 10 jobs. All are in what --output writes.");
  assertEquals(new Set(text.match(/^job \d+/gm)).size < 10, true);
  for (let i = 0; i < 10; i++) assertStringIncludes(auditHtml(full), `<td class="left">job ${i}</td>`);
});

Deno.test("audit() asks for a threshold when scores are no probabilities", () => {
  const logits = { ...unlabelled, score: { name: "logit", values: Float64Array.from(y_score, (s) => 4 * s - 2) } };
  assertThrows(() => audit(logits, FAST), InputError, 'Column "logit"');
  assertEquals(audit(logits, { ...FAST, threshold: 0 }).settings.threshold, 0);
});

Deno.test("audit() judges groups that are not small among themselves, and flags the small ones", () => {
  const [education] = full.attributes;
  assertEquals(education!.groups.find(({ count }) => count === 5)!.small, true);
  assertEquals(education!.amongLarge!.groups, ["Bachelors", "HighSchool", "Masters", "PhD"]);
  assert(full.verdicts.some(({ level, text }) => level === "note" && text.includes("fewer than 30 rows")));
});

Deno.test("audit() shows intersections with those that have no row", () => {
  const crossed = full.attributes[2]!;
  assertEquals(crossed.attribute, "education × gender");
  assertEquals(crossed.groups.length, 15);
  const absent = crossed.groups.find(({ group }) => group === "PhD|x")!;
  assertEquals([absent.count, absent.metrics.selectionRate!.value], [0, null]);
});

Deno.test("audit() compares groups within the levels of a control column", () => {
  const [education] = full.attributes;
  assertEquals(education!.controlled!.map(({ level, count }) => [level, count]), [["A", 167], ["B", 333]]);
  assertEquals(education!.controlled![0]!.disparities[0]!.name, "demographicParityDifference");
});

Deno.test("audit() pools the top places of jobs", () => {
  const { ranking } = full.attributes[0]!;
  assertAlmostEquals(ranking!.groups.reduce((sum, { metrics }) => sum + metrics.topKShare!.value!, 0), 1, 1e-12);
  assertEquals(ranking!.jobs.length, 10);
  assertEquals(ranking!.jobs[0]!.groups.reduce((sum, { selected }) => sum + selected, 0), 5);
  assert(full.overall.rankingQuality!.metrics.ndcg!.value! > 0.5);
});

Deno.test("audit() follows twins at the threshold of the originals", () => {
  const { gained, lost, mean } = full.overall.counterfactual!;
  assertEquals(lost!.value, 0);
  assert(gained!.value! > 0 && mean!.value! > 0);
});

Deno.test("audit() gives the same bytes for the same seed, and others for another", () => {
  const run = (seed: number) => auditJson(audit(labelled, { ...FAST, seed }));
  assertEquals(run(7), run(7));
  assert(run(7) !== run(8));
});

Deno.test("audit() keeps weights apart from rows", () => {
  const weight = { name: "w", values: Float64Array.from(y_score, (_, i) => 1 + i % 3) };
  const result = audit({ ...labelled, weight }, FAST);
  assertEquals(result.data.rows, 500);
  const weighted = y_score.reduce((sum, s, i) => sum + (s >= 0.5 ? 1 + i % 3 : 0), 0);
  assertAlmostEquals(
    result.overall.metrics.selectionRate!.value!,
    weighted / weight.values.reduce((a, b) => a + b),
    1e-12,
  );
});

Deno.test("auditJson() survives a round trip and holds no text for an undefined number", () => {
  const text = auditJson(full);
  assertEquals(JSON.parse(text), full);
  assert(!/NaN|Infinity/.test(text));
});

Deno.test("auditHtml() escapes what comes from the data and requests nothing", () => {
  const page = auditHtml(full);
  assertStringIncludes(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
  assert(!page.includes("<script"));
  assert(!/(?:src|href)="(?!#)/.test(page), "a reference out of the page");
  assert(!page.includes("undefined<") && !page.includes("NaN"));
});

Deno.test("auditText() shows undefined numbers as dashes with a footnote, and no control characters", () => {
  const escape = { ...full, data: { ...full.data, source: "evil\u001b[2J.csv" } };
  const text = auditText(escape);
  assertStringIncludes(text, "evil [2J.csv");
  const mark = /–([¹²³⁴⁵⁶⁷⁸⁹])/.exec(text)![1];
  assertStringIncludes(text, `\n${mark} `);
  assertStringIncludes(text, " no rows");
});

Deno.test("auditCsv() holds every group metric and leaves undefined values empty with their reason", () => {
  const tables = new Map(auditCsv(full).map((table) => [table.file, table]));
  assertEquals([...tables.keys()], ["overall.csv", "groups.csv", "disparities.csv", "distances.csv", "jobs.csv"]);
  const absent = tables.get("groups.csv")!.rows.find(({ group, metric }) => group === "PhD|x" && metric === "tpr")!;
  assertEquals([absent.value, absent.undefined_because], [null, "no rows"]);
  for (const { columns, rows } of tables.values()) {
    for (const row of rows) assertEquals(Object.keys(row).every((key) => columns.includes(key)), true);
  }
});

Deno.test("audit() refuses a column that looks like an identifier", () => {
  const ids = { name: "id", groups: groupRows(groups.map((_, i) => `person ${i}`)) };
  assertThrows(
    () => audit({ ...labelled, groups: [ids] }, FAST),
    InputError,
    'Column "id": expected at most 300 groups',
  );
});

Deno.test("audit() of a single group compares nothing and says so", () => {
  const all = { name: "all", groups: groupRows(groups.map(() => "everybody")) };
  const result = audit({ ...labelled, groups: [all] }, FAST);
  assert(result.attributes[0]!.disparities.every(({ value }) => value === null));
  assert(result.verdicts.some(({ text }) => text === "all: only one group, so there is nothing to compare"));
});
