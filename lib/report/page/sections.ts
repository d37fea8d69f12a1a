/** The sections of a report, in order. */
import { counterfactualShiftScatter } from "../figures/counterfactuals.ts";
import { paretoPlot } from "../figures/pareto.ts";
import { errorRates, selectionRates } from "../figures/rates.ts";
import { html } from "../html/html.ts";
import { estimateCell, right } from "../table.ts";
import { metricTitle } from "../../evaluate/mod.ts";
import { count, metricFormat } from "../format.ts";
import { dataParts, trainingParts } from "./data_sections.ts";
import {
  calibrationParts,
  counterfactualParts,
  fairnessParts,
  leakageParts,
  qualityParts,
  rankingParts,
} from "./model_sections.ts";
import { decisionParts } from "./decision.ts";
import { flipParts } from "./flips.ts";
import { intervalsText, limitsOf, subjectText } from "./limits.ts";
import { attributesOf, type Report, type ReportRun, shownPath } from "./report.ts";
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
  return {
    title: `${name}, on ${count(data.rows)} pairs of its own`,
    columns: ["Metric", ...models.map(({ name }) => right(name))],
    rows: QUALITY.filter((metric) => models.some(({ overall }) => overall.metrics[metric])).map((metric) => [
      metricTitle(metric),
      ...models.map(({ overall }) => estimateCell(overall.metrics[metric], { format: metricFormat(metric) })),
    ]),
  };
}

function makingParts({ subject, others }: Report): Part[] {
  const runs = [subject, ...others];
  return [
    shown({
      title: "Fingerprints (the first digits of SHA-256) and versions",
      columns: ["run", "base model", "adapter", "base weights", "test split", "computed with"],
      rows: runs.map(({ name, base, file: { modelFingerprint, dataFingerprint, madeWith }, adapter }) => [
        name,
        base.name,
        ...[adapter.fingerprint, modelFingerprint, dataFingerprint].map((fingerprint) => fingerprint.slice(0, 16)),
        madeWith === undefined
          ? "not recorded"
          : Object.entries(madeWith).map(([what, version]) => `${what} ${version}`).join(", "),
      ]),
    }),
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
