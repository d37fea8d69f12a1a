import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { concludeChange, type Evaluation, type ModelComparison } from "../../evaluate/mod.ts";
import { estimateText, number } from "../format.ts";
import { HOSTILE, NO_DATA, reportRun, runFile, type RunOptions } from "./_testing.ts";
import { type Report, reportOf } from "./report.ts";
import { gainWord, groupChanges, limitsOf, summarise } from "./summary.ts";

const alone = (options: RunOptions = {}): Report => reportOf(reportRun(options), [], NO_DATA);

/** The sentence of a summary that begins so. */
function sentence(report: Report, start: string): string {
  const found = summarise(report).find((text) => text.startsWith(start));
  assert(found !== undefined, `a sentence that starts with "${start}"`);
  return found;
}

/** The same report with another evaluation. */
const withEvaluation = (report: Report, changes: Partial<Evaluation>): Report => ({
  ...report,
  evaluation: { ...report.evaluation, ...changes },
});

const rest = { level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
const estimate = (value: number, low: number, high: number) => ({ value, interval: { low, high, ...rest } });

Deno.test("summarise() begins with what was trained and measured, and ends with caution", () => {
  const texts = summarise(alone());
  assertEquals(
    texts[0],
    "fair is thenlper/gte-small, fine-tuned with LoRA on résumé–job pairs and evaluated here on 166 pairs " +
      "of 83 candidates that were not trained on; 88 of them have a positive label.",
  );
  assertMatch(texts.at(-1)!, /^Brackets are 95% bootstrap intervals over candidates of this one test split/);
  assert(texts.every((text) => /\.$/.test(text) && !/undefined|NaN/.test(text)));
});

Deno.test("summarise() quotes the evaluation's numbers with their intervals, beside those of the base model", () => {
  const report = alone();
  const [base, tuned] = report.evaluation.models;
  const { rocAuc, groundTruthRocAuc } = tuned!.overall.metrics;
  const before = base!.overall.metrics;
  const shown = concludeChange(report.evaluation.comparisons[0]!.overall.rocAuc!).kind === "difference shown";
  const text = sentence(report, "Its ROC-AUC");
  assert(text.startsWith(
    `Its ROC-AUC is ${estimateText(rocAuc!, number)}, that of the base model ${estimateText(before.rocAuc!, number)}: `,
  ));
  assert(text.endsWith(shown ? "], statistically significant." : "], not statistically significant."));
  assertStringIncludes(sentence(report, "Against ground truth"), estimateText(groundTruthRocAuc!, number));
  const parity = tuned!.attributes[0]!.disparities.find(({ metric }) => metric === "demographicParityDifference")!;
  assertStringIncludes(
    sentence(report, "The demographic parity difference"),
    `${estimateText(parity, number)}, not statistically significant (p\u00a0=\u00a0${parity.pValue!.toFixed(3)})`,
  );
});

Deno.test("summarise() speaks of ground truth only where it is known", () => {
  const texts = summarise(alone({ hasGroundTruth: false }));
  assert(!texts.some((text) => text.includes("round truth")));
  assert(texts.some((text) => text.startsWith("The equalized odds difference is ")));
  sentence(alone(), "The equalized odds difference against ground truth is ");
});

Deno.test("summarise() speaks of counterfactuals and leakage only where they were measured", () => {
  const starts = ["The share of its decisions that another education", "The balanced accuracy with which a classifier"];
  const bare = summarise(alone({ hasCounterfactuals: false }));
  for (const start of starts) {
    sentence(alone({ hasLeakage: true }), start);
    assert(!bare.some((text) => text.startsWith(start)));
  }
  assertStringIncludes(
    sentence(alone({ hasLeakage: true }), starts[1]!),
    "where 38% needs no knowledge, is 60%",
  );
});

Deno.test("a change without a value or an interval is never called significant", () => {
  const report = alone();
  const [comparison] = report.evaluation.comparisons;
  const changed = (rocAuc: ModelComparison["overall"][string] | undefined) => {
    const overall = { ...comparison!.overall };
    if (rocAuc === undefined) delete overall.rocAuc;
    else overall.rocAuc = rocAuc;
    return sentence(withEvaluation(report, { comparisons: [{ ...comparison!, overall }] }), "Its ROC-AUC");
  };
  assertMatch(changed({ value: 0.09, interval: null }), /: a change of \+0\.090, not statistically significant\.$/);
  assertMatch(changed(estimate(0.09, 0.05, 0.14)), /: a change of \+0\.090 \[\+0\.050, \+0\.140\], statistically sig/);
  assertMatch(changed(estimate(0.09, -0.05, 0.14)), /\[−0\.050, \+0\.140\], not statistically significant\.$/);
  assertMatch(
    changed({ value: null, reason: "one class", interval: null }),
    /: whether it changed cannot be said: one cl/,
  );
  assertMatch(changed(undefined), /: whether it changed was not measured\.$/);
});

Deno.test("selection is told of the lowest and the highest of the groups that are not small", () => {
  const report = alone();
  const text = sentence(report, "By education");
  assertMatch(text, /^By education, small groups aside, it selects .* at the least and .* at the most\.$/);
  assert(!text.includes("tiny"));
  const { groups } = report.evaluation.models[1]!.attributes[0]!;
  const sorted = groups.filter(({ small }) => !small)
    .toSorted((a, b) => a.metrics.selectionRate!.value! - b.metrics.selectionRate!.value!);
  assert(text.indexOf(sorted[0]!.group) < text.indexOf(sorted[1]!.group));
});

Deno.test("one group cannot be compared with itself", () => {
  const run = reportRun();
  const [base, tuned] = run.evaluation.models;
  const [own] = tuned!.attributes;
  const single = { ...tuned!, attributes: [{ ...own!, groups: own!.groups.slice(0, 1) }] };
  const texts = summarise(withEvaluation(reportOf(run, [], NO_DATA), { models: [base!, single] }));
  assert(texts.includes("There is only one group of education, so no groups can be compared."));
});

Deno.test("who gains and who loses is said in the words of the table, and never of a small group", () => {
  const report = reportOf(reportRun({ advantage: 0 }), [reportRun({ name: "plain", advantage: 3 })], NO_DATA);
  const comparison = report.evaluation.comparisons[1]!;
  const groups = groupChanges(comparison, "education");
  assert(groups.every(({ against }) => against === "label"));
  assertEquals(groups.map((group) => [group.group, gainWord(group)]), [
    [HOSTILE, "gains"],
    ["degree", "loses"],
    ["tiny", "few rows"],
  ]);
  const beside = sentence(report, "Beside plain, on the same test pairs, fair ");
  assertMatch(beside, /in selection “<b>R&D<\/b> \| \*x\*” gains \+.* and “degree” loses −.*\.$/);
  assert(!beside.includes("tiny"));
  const still = withEvaluation(report, {
    comparisons: report.evaluation.comparisons.map((own) => ({
      ...own,
      overall: { ...own.overall, selectionRate: estimate(0, 0, 0) },
      attributes: own.attributes.map((one) => ({ ...one, groups: [] })),
    })),
  });
  assertEquals(
    sentence(still, "From base to fair"),
    "From base to fair the share selected stays the same; compared with that, no group gains or loses significantly.",
  );
  assertMatch(sentence(still, "Beside plain"), /in selection no group gains or loses significantly\.$/);
});

Deno.test("limitsOf() names small groups, weak labels, rules by group, and runs that stand apart", () => {
  const plain = limitsOf(alone());
  assertEquals(plain[0], "education: “tiny” (n = 6) has fewer than 30 test rows, and rates there are mostly noise.");
  assert(plain.includes("The data could not be shown whole: nothing was kept."));
  assert(plain.some((text) => text.startsWith("Counterfactuals change what a résumé states")));
  assert(plain.some((text) => text.startsWith("Ground truth is known only because")));
  const file = runFile();
  const { config } = file;
  const extracted = { ...config.data, groups: [{ name: "education", extract: "degree" as const }] };
  const rules = { constraint: "demographicParity", objective: "balancedAccuracy", rates: {}, reached: 0, rules: {} };
  const weak = alone({
    hasGroundTruth: false,
    hasCounterfactuals: false,
    file: {
      config: { ...config, data: extracted as typeof config.data },
      groupThresholds: { attribute: "education", rules: rules as never },
    },
  });
  const other = { ...weak.subject, name: "other" };
  const limits = limitsOf({ ...weak, apart: [{ run: other, reason: "it knows other groups of education" }] });
  for (
    const start of [
      "There is no ground-truth label: rates are compared against labels",
      "education was read from the résumés by rules",
      "Decisions use thresholds by education: they need everybody’s group",
      "other stands apart: it knows other groups of education.",
    ]
  ) assert(limits.some((text) => text.startsWith(start)), start);
  assert(!limits.some((text) => text.startsWith("Counterfactuals")));
});
