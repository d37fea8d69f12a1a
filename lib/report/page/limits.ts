/** What a report's findings rest on, and what they cannot say. */
import type { AttributeEvaluation } from "../../evaluate/mod.ts";
import { count, levelText, listText, quoted } from "../format.ts";
import { endsOf, type Report } from "./report.ts";

/** What was trained and measured, in a sentence. */
export function subjectText({ subject: { name, base }, evaluation: { data }, data: parts }: Report): string {
  const trained = "missing" in parts ? "" : `${count(parts.train.length)} `;
  const people = data.clusters === null ? "" : ` of ${count(data.clusters)} candidates`;
  return `${name} is ${base.name}, fine-tuned with LoRA on ${trained}résumé–job pairs and evaluated here on ` +
    `${count(data.rows)} pairs${people} that were not trained on; ${count(data.positives ?? 0)} have a positive label.`;
}

/** How to read the intervals, and how far they reach. */
export function intervalsText({ evaluation: { settings: { confidence }, data } }: Report): string {
  const unit = data.clusters === null ? "pairs" : "candidates";
  return `Brackets are ${
    levelText(confidence)
  } confidence intervals: of the intervals that are made in this way from ` +
    `new samples of ${unit}, about ${levelText(confidence)} contain the value for all ${unit}. They are of this one ` +
    "test split and one training; another split or seed moves numbers further, and what is not statistically " +
    "significant here may still exist.";
}

/** The limits of a report's findings, an item each. */
export function limitsOf({ subject, evaluation, data, apart }: Report): string[] {
  const { config, groupThresholds } = subject.file;
  const { settings, data: { clusters, columns } } = evaluation;
  const extracted = config.data.groups.filter((group) => "extract" in group).map(({ name }) => name);
  return [
    ...endsOf(evaluation).tuned.attributes.flatMap((own) => smallTexts(own, settings.smallBelow)),
    columns.groundTruth === null
      ? "There is no ground-truth label: rates are compared against labels that may themselves be biased, so equal " +
        "rates may repeat a bias."
      : "Ground truth is known only because the table has a column for it; real data rarely do, and labels beside it " +
        "may be biased.",
    ...(extracted.length === 0 ? [] : [
      `${listText(extracted)} was read from the résumés by rules, which miss and mistake some; groups are weak labels.`,
    ]),
    ...("missing" in data ? [`The data could not be shown whole: ${data.missing}.`] : []),
    "Candidates of the test split were not trained on, but their jobs may have been: the numbers hold for new people " +
    "at such jobs.",
    `${levelText(settings.confidence)} intervals resample ${
      clusters === null ? "pairs" : `${count(clusters)} candidates`
    } of one test split; they do not cover other splits, seeds, or data of another kind. ` +
    "A sweep over seeds does: deno task sweep.",
    "There are many intervals in this report, and about one in twenty leaves out what is true. Where a disparity " +
    "closes almost wholly, the interval of its change holds less often than it says; then look at both disparities.",
    "Thresholds were chosen on the validation split; with others, rates and disparities are others, as the figure of " +
    "thresholds shows.",
    ...(groupThresholds === null ? [] : [
      `Decisions use thresholds by ${groupThresholds.attribute}: they need everybody’s group, treat equal scores ` +
      "differently, and may be unlawful.",
    ]),
    ...(endsOf(evaluation).tuned.overall.counterfactual === null
      ? []
      : ["Counterfactuals change what a résumé states of its education, not what else hints at it."]),
    ...apart.map(({ run, reason }) => `${run.name} stands apart: ${reason}.`),
  ];
}

function smallTexts({ attribute, groups }: AttributeEvaluation, smallBelow: number): string[] {
  const few = groups.filter(({ small }) => small);
  if (few.length === 0) return [];
  const named = few.map(({ group, count: rows }) => `${quoted(group)} (n = ${count(rows)})`);
  return [
    `${attribute}: ${listText(named)} ${few.length === 1 ? "has" : "have"} fewer than ${smallBelow} test rows, ` +
    "and rates there are mostly noise.",
  ];
}
