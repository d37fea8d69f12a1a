/** The sections of a report, in order. */
import { html, join } from "../html/html.ts";
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
import { type Report, type ReportRun, shownPath } from "./report.ts";
import { paragraph, type Part, type Section, shown, warning } from "./report_page.ts";
import { limitsOf, summarise } from "./summary.ts";
import { comparedTable, glanceRows, QUALITY } from "./tables.ts";

/** All sections of a report. */
export function reportSections(report: Report): Section[] {
  return [
    { id: "summary", title: "Summary", parts: summaryParts(report) },
    { id: "data", title: "Data", parts: dataParts(report) },
    { id: "training", title: "Training", parts: trainingParts(report) },
    { id: "quality", title: "Quality", parts: qualityParts(report) },
    { id: "fairness", title: "Fairness by group", parts: fairnessParts(report) },
    { id: "calibration", title: "Calibration", parts: calibrationParts(report) },
    { id: "ranking", title: "Ranking and exposure", parts: rankingParts(report) },
    { id: "counterfactuals", title: "Counterfactuals", parts: counterfactualParts(report) },
    { id: "leakage", title: "Leakage", parts: leakageParts(report) },
    {
      id: "limits",
      title: "Limits",
      parts: [html`<ul>${join(limitsOf(report).map((text) => html`<li>${text}</li>`))}</ul>`],
    },
    { id: "making", title: "How it was made", parts: makingParts(report) },
  ];
}

function summaryParts(report: Report): Part[] {
  const { subject, evaluation, apart } = report;
  return [
    ...summarise(report).map(paragraph),
    shown(comparedTable("At a glance, with intervals", glanceRows(evaluation), evaluation)),
    ...apart.flatMap(({ run, reason }) => [
      warning(`${run.name} cannot be compared with ${subject.name}: ${reason}. Its numbers stand alone.`),
      shown(apartTable(run)),
    ]),
  ];
}

function apartTable({ name, evaluation: { models, data } }: ReportRun) {
  return {
    title: `${name}, on ${count(data.rows)} pairs of its own`,
    columns: ["", ...models.map(({ name }) => right(name))],
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
