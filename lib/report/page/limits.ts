/** What a report cannot say. */
import { count, listText, quoted } from "../format.ts";
import type { Report } from "../report_run.ts";
import type { Comparison } from "./comparison.ts";
import { levelText } from "./words.ts";

/**
 * The limits of a report's findings, made of its data.
 *
 * @param report The runs.
 * @param comparison Their models.
 * @returns Plain text, an item each.
 */
export function limitsOf(report: Report, { apart }: Comparison): string[] {
  const { subject: { quality, predictions, file }, data } = report;
  const { config, groupThresholds } = file;
  const small = Object.entries(quality.tuned.attributes).flatMap(([attribute, { groups }]) => {
    const few = groups.filter(({ small }) => small);
    return few.length === 0 ? [] : [
      `${attribute}: ${listText(few.map(({ group, count: rows }) => `${quoted(group)} (n = ${count(rows)})`))} ${
        few.length === 1 ? "has" : "have"
      } fewer than ${config.evaluation.smallGroup} test rows, and rates there are mostly noise.`,
    ];
  });
  const extracted = config.data.groups.filter((group) => "extract" in group).map(({ name }) => name);
  return [
    ...small,
    predictions.groundTruth === null
      ? "There is no trusted label: rates are compared against labels that may themselves be biased, so equal rates may repeat a bias."
      : "Ground truth is known only because the table has a column for it; real data rarely do, and labels beside it may be biased.",
    ...(extracted.length === 0 ? [] : [
      `${listText(extracted)} was read from the résumés by rules, which miss and mistake some; groups are weak labels.`,
    ]),
    ...("missing" in data ? [`The data could not be shown whole: ${data.missing}.`] : []),
    "Candidates of the test split were not trained on, but their jobs may have been: the numbers hold for new people at such jobs.",
    `${levelText(quality.confidence)} intervals resample ${
      quality.candidates === null ? "pairs" : `${count(quality.candidates)} candidates`
    } of one test split; they do not cover other splits, seeds, or data of another kind. A sweep over seeds does: deno task sweep.`,
    "There are many intervals in this report, and about one in twenty leaves out what is true. Where a gap closes almost wholly, " +
    "the interval of its change holds less often than it says; then look at both gaps.",
    "Thresholds were chosen on the validation split; with others, rates and gaps are others, as the figure of thresholds shows.",
    ...(groupThresholds === null ? [] : [
      `Decisions use thresholds by ${groupThresholds.attribute}: they need everybody’s group, treat equal scores differently, and may be unlawful.`,
    ]),
    ...(quality.tuned.counterfactual
      ? ["Twins change what a résumé states of its education, not what else hints at it."]
      : []),
    ...apart.map(({ run, reason }) => `${run.name} stands apart: ${reason}.`),
  ];
}
