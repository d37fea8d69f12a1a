/** The sections of a report, in order. */
import { type AttributeEvaluation, metricTitle } from "../../evaluate/mod.ts";
import { counterfactualShiftScatter } from "../figures/counterfactuals.ts";
import { paretoPlot } from "../figures/pareto.ts";
import { errorRates, selectionRates } from "../figures/rates.ts";
import { count, levelText, listText, metricFormat, quoted } from "../format.ts";
import { html } from "../html/html.ts";
import { type ColumnOf, estimateCell, right, tableBy } from "../table.ts";
import { dataParts, trainingParts } from "./data_sections.ts";
import { decisionParts } from "./decision.ts";
import { flipParts } from "./flips.ts";
import { calibrationParts, counterfactualParts, fairnessParts, leakageParts, qualityParts } from "./model_sections.ts";
import { rankingParts } from "./model_sections.ts";
import { attributesOf, endsOf, type Report, type ReportRun, shownPath } from "./report.ts";
import { list, paragraph, type Part, type Section, shown, warning } from "./report_page.ts";
import { QUALITY } from "./tables.ts";
import { thresholdPanel } from "./threshold_panel.ts";

/** All sections of a report: what was found, what shows it, its limits, and the details, folded. */
export function reportSections(report: Report): Section[] {
  return [
    { id: "summary", title: "What was found", parts: summaryParts(report) },
    { id: "evidence", title: "Evidence", parts: evidenceParts(report) },
    { id: "thresholds", title: "Other thresholds", parts: thresholdParts(report) },
    { id: "flips", title: "Decisions that flip", parts: flipParts(report.evaluation, report.table) },
    { id: "limits", title: "Limits", parts: [list(limitsOf(report))] },
    ...[
      { id: "data", title: "Data", parts: dataParts(report) },
      { id: "training", title: "Training", parts: trainingParts(report) },
      { id: "quality", title: "Quality", parts: qualityParts(report) },
      { id: "fairness", title: "Fairness by group", parts: fairnessParts(report) },
      { id: "calibration", title: "Calibration", parts: calibrationParts(report) },
      { id: "ranking", title: "Ranking and exposure", parts: rankingParts(report) },
      { id: "counterfactuals", title: "Counterfactuals", parts: counterfactualParts(report) },
      { id: "leakage", title: "Leakage", parts: leakageParts(report) },
      { id: "making", title: "How it was made", parts: makingParts(report) },
    ].map((section) => ({ ...section, folded: true })),
  ];
}

function summaryParts(report: Report): Part[] {
  const { subject, evaluation, apart, elsewhere } = report;
  return [
    html`<p class="lead">${subjectText(report)}</p>`,
    ...decisionParts(evaluation),
    ...elsewhere.map((text) => warning(text)),
    ...apart.flatMap(({ run, reason }) => [
      warning(
        `${run.name} cannot be compared with ${subject.name}: ${reason}. It is about ${
          count(run.evaluation.data.rows)
        } pairs, this page about ${count(evaluation.data.rows)}; its numbers stand alone.`,
      ),
      shown(apartTable(run)),
    ]),
    html`<p><small>${intervalsText(report)}</small></p>`,
  ];
}

/** The figures that decide, of every attribute. */
function evidenceParts({ evaluation, table }: Report): Part[] {
  const counterfactual = evaluation.models.filter(({ threshold, overall }) =>
    overall.counterfactual !== null && threshold !== null
  ).map(({ name }) => name);
  return [
    ...attributesOf(evaluation).flatMap((attribute) => [
      selectionRates(evaluation, { attribute }),
      errorRates(evaluation, { attribute }),
      paretoPlot(evaluation, { attribute }),
    ]),
    ...(counterfactual.length === 0 ? [] : [counterfactualShiftScatter(evaluation, { models: counterfactual, table })]),
  ];
}

function thresholdParts({ evaluation, table }: Report): Part[] {
  const panels = attributesOf(evaluation).map((attribute) => thresholdPanel(evaluation, table, attribute));
  return panels.every(({ markup }) => markup === "") ? [paragraph("No model here decides by one threshold.")] : panels;
}

function apartTable({ name, evaluation: { models, data } }: ReportRun) {
  const measured = QUALITY.filter((metric) => models.some(({ overall }) => overall.metrics[metric]));
  return tableBy(measured, [
    ["Metric", (metric) => metricTitle(metric)],
    ...models.map(({ name, overall }): ColumnOf<string> => [
      right(name),
      (metric) => estimateCell(overall.metrics[metric], { format: metricFormat(metric) }),
    ]),
  ], { title: `${name}, on ${count(data.rows)} pairs of its own` });
}

function makingParts({ subject, others }: Report): Part[] {
  const runs = [subject, ...others];
  return [
    shown(tableBy(runs, [
      ["run", ({ name }) => name],
      ["base model", ({ base }) => base.name],
      ["adapter", ({ adapter }) => adapter.fingerprint.slice(0, 16)],
      ["base weights", ({ file }) => file.modelFingerprint.slice(0, 16)],
      ["test split", ({ file }) => file.dataFingerprint.slice(0, 16)],
      [
        "computed with",
        ({ file: { madeWith } }) =>
          madeWith === undefined
            ? "not recorded"
            : Object.entries(madeWith).map(([what, version]) => `${what} ${version}`).join(", "),
      ],
    ], { title: "Fingerprints (the first digits of SHA-256) and versions" })),
    ...runs.map(({ name, file }) =>
      html`
        <details>
          <summary>Configuration of ${name}</summary>
          <pre tabindex="0" role="group" aria-label="Configuration of ${name}">${configText(file.config)}</pre>
        </details>
      `
    ),
  ];
}

/** A configuration as JSON, without paths of the machine. */
function configText(config: ReportRun["file"]["config"]): string {
  const { data, model } = config;
  const shown = {
    ...config,
    model: { ...model, source: shownPath(model.source) },
    data: { ...data, path: shownPath(data.path) },
  };
  return JSON.stringify(shown, null, 2);
}

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
