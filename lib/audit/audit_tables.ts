import { count, intervalText, number, percent } from "./format.ts";
import { Footnotes } from "./footnotes.ts";
import { metricFormat, metricTitle } from "./metric_titles.ts";
import type { AttributeAudit, AuditResult, DisparityAudit, Measures } from "./result.ts";

/** A table of a report, ready to be shown. */
export interface AuditTable {
  readonly title: string;
  /** A sentence that says how to read it. */
  readonly caption?: string;
  readonly columns: readonly { readonly title: string; readonly align: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of one part of a report. */
export interface AuditSection {
  readonly title: string;
  /** The attribute that the section is about; absent for the overall one. */
  readonly attribute?: AttributeAudit;
  readonly tables: readonly AuditTable[];
}

/** A report as tables. */
export interface AuditReport {
  readonly sections: readonly AuditSection[];
  /** Why something is undefined, by the number that marks it. */
  readonly footnotes: readonly string[];
}

/** Rows of a table that a person still reads; the rest is in the JSON and CSV files. */
const MAX_ROWS = 40;
const MAX_GROUP_COLUMNS = 8;

/**
 * Lays an audit out as tables, the same for terminal and page.
 *
 * @param result The audit.
 * @returns The sections, and the footnotes that their marks point to.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../metrics/groups.ts";
 * import { audit } from "./audit.ts";
 * import { auditReport } from "./audit_tables.ts";
 *
 * const { sections } = auditReport(audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 }));
 * assertEquals(sections.map(({ title }) => title), ["Overall", "By education"]);
 * ```
 */
export function auditReport(result: AuditResult): AuditReport {
  const notes = new Footnotes();
  const sections = [
    overallSection(result, notes),
    ...result.attributes.map((own) => attributeSection(own, result, notes)),
  ];
  return { sections, footnotes: notes.reasons };
}

const left = (title: string) => ({ title, align: "left" as const });
const right = (title: string) => ({ title, align: "right" as const });

function intervalTitle({ settings }: AuditResult): string {
  return `${number(100 * settings.confidence, 0)} % interval`;
}

function overallSection(result: AuditResult, notes: Footnotes): AuditSection {
  const { overall } = result;
  const list = (title: string, measures: Measures, caption?: string): AuditTable => ({
    title,
    ...(caption === undefined ? {} : { caption }),
    columns: [left("Metric"), right("Value"), left(intervalTitle(result))],
    rows: Object.entries(measures).map(([name, measure]) => {
      const format = metricFormat(name);
      return [metricTitle(name), notes.show(measure, format), intervalText(measure.interval, format)];
    }),
  });
  const tables = [list("Decisions and scores", { ...overall.metrics, ...overall.calibration })];
  if (overall.rankingQuality !== null) {
    const { metrics, jobs, withoutRelevant } = overall.rankingQuality;
    const silent = withoutRelevant > 0 ? `; ${count(withoutRelevant)} without a positive label are left out` : "";
    tables.push(
      list(`Ranking quality at ${result.settings.topK}`, metrics, `Means over ${count(jobs)} jobs${silent}.`),
    );
  }
  if (overall.counterfactual !== null) {
    tables.push(list("Twins", overall.counterfactual, "Shift is the twin's score minus the original's."));
  }
  return { title: "Overall", tables };
}

function attributeSection(own: AttributeAudit, result: AuditResult, notes: Footnotes): AuditSection {
  const tables = [groupTable(own, result, notes), disparityTable("Disparities", own.disparities, result, notes)];
  if (own.amongLarge !== null) {
    const title =
      `Disparities among the ${own.amongLarge.groups.length} groups of at least ${result.settings.smallBelow} rows`;
    tables.push(disparityTable(title, own.amongLarge.disparities, result, notes));
  }
  if (own.groups.some(({ calibration }) => calibration !== undefined)) {
    tables.push(calibrationTable(own, result, notes));
  }
  if (own.distances.length > 0) tables.push(distanceTable(own, notes));
  if (own.ranking !== null) tables.push(rankingTable(own.ranking, result, notes), jobTable(own.ranking, notes));
  if (own.counterfactual !== null) tables.push(twinTable(own.counterfactual, result, notes));
  for (const { level, count: rows, disparities } of own.controlled?.slice(0, MAX_ROWS) ?? []) {
    const title = `Within ${result.data.columns.control} = ${level} (${count(rows)} rows)`;
    tables.push(disparityTable(title, disparities, result, notes));
  }
  return { title: `By ${own.attribute}`, attribute: own, tables };
}

/** Metrics that the group table shows, where they exist. */
const GROUP_COLUMNS = ["tpr", "fpr", "ppv", "accuracy", "rocAuc", "meanScore"];

function groupTable({ groups }: AttributeAudit, result: AuditResult, notes: Footnotes): AuditTable {
  const shown = GROUP_COLUMNS.filter((name) => groups.some(({ metrics }) => metrics[name] !== undefined));
  return {
    title: "Groups",
    caption: `Ratio: selection rate over that of the group selected most; ✗ marks those below four fifths. ` +
      `* marks groups of fewer than ${result.settings.smallBelow} rows.`,
    columns: [
      left("Group"),
      right("Rows"),
      right("Selected"),
      left(intervalTitle(result)),
      right("Ratio"),
      ...shown.map((name) => right(metricTitle(name))),
    ],
    rows: groups.map(({ group, count: rows, small, metrics, impactRatio, fourFifths }) => [
      group,
      count(rows) + (small ? "*" : " "),
      notes.show(metrics.selectionRate!, percent),
      intervalText(metrics.selectionRate!.interval, percent),
      notes.show(impactRatio, (value) => number(value, 2)) + (fourFifths === false ? " ✗" : "  "),
      ...shown.map((name) => notes.show(metrics[name]!, metricFormat(name))),
    ]),
  };
}

function disparityTable(
  title: string,
  disparities: readonly DisparityAudit[],
  result: AuditResult,
  notes: Footnotes,
): AuditTable {
  return {
    title,
    caption:
      "p: how often chance alone makes groups differ so much; empty where no test fits or rows are too many to " +
      "shuffle. Fair is 0, for ratios 1.",
    columns: [left("Disparity"), right("Value"), left(intervalTitle(result)), right("p")],
    rows: disparities.map(({ title, pValue, excluded, ...measure }) => [
      title + notes.mark(exclusionNote(excluded)),
      notes.show(measure, number),
      intervalText(measure.interval, number),
      pValue === null ? "" : pCell(pValue),
    ]),
  };
}

function calibrationTable({ groups }: AttributeAudit, result: AuditResult, notes: Footnotes): AuditTable {
  return {
    title: "Calibration",
    caption: "Bias is mean score minus share of positives: above 0 the scores promise too much. " +
      "ECE of small groups is large by chance.",
    columns: [
      left("Group"),
      right("Bias"),
      left(intervalTitle(result)),
      right("ECE"),
      left(intervalTitle(result)),
      right("MCE"),
    ],
    rows: groups.filter(({ count }) => count > 0).map(({ group, calibration }) => [
      group,
      notes.show(calibration!.bias!, number),
      intervalText(calibration!.bias!.interval, number),
      notes.show(calibration!.ece!, number),
      intervalText(calibration!.ece!.interval, number),
      notes.show(calibration!.mce!, number),
    ]),
  };
}

function distanceTable({ distances }: AttributeAudit, notes: Footnotes): AuditTable {
  const sorted = [...distances].sort((x, y) => (y.wasserstein.value ?? -1) - (x.wasserstein.value ?? -1));
  const cut = sorted.length > MAX_ROWS ? ` The ${MAX_ROWS} largest of ${sorted.length} pairs.` : "";
  return {
    title: "Score distributions",
    caption:
      "Wasserstein: mean distance between the groups' scores. KS: the largest gap in selection rates that a threshold " +
      `could open.${cut}`,
    columns: [left("Groups"), right("Mean difference"), right("Wasserstein"), right("p"), right("KS"), right("p")],
    rows: sorted.slice(0, MAX_ROWS).map((pair) => [
      `${pair.a} – ${pair.b}`,
      notes.show(pair.meanDifference, number),
      notes.show(pair.wasserstein, number),
      notes.show(pair.wassersteinP, pCell),
      notes.show(pair.kolmogorovSmirnov, number),
      notes.show(pair.kolmogorovSmirnovP, pCell),
    ]),
  };
}

function rankingTable(
  ranking: NonNullable<AttributeAudit["ranking"]>,
  result: AuditResult,
  notes: Footnotes,
): AuditTable {
  const { exposureRatio, selectionRatio, ndkl, meritRatio } = ranking.overall;
  const merit = ranking.groups.some(({ metrics }) => metrics.exposureToMerit !== undefined);
  const pairwise = new Map(ranking.pairwise?.map(({ group, accuracy }) => [group, accuracy]));
  const ratios = [
    `Exposure ratio ${notes.show(exposureRatio!, number)} ${intervalText(exposureRatio!.interval, number)}`,
    `selection ratio ${notes.show(selectionRatio!, number)} ${intervalText(selectionRatio!.interval, number)}`,
    ...(meritRatio === undefined ? [] : [`exposure-to-merit ratio ${notes.show(meritRatio, number)}`]),
    `NDKL ${notes.show(ndkl!, number)} ${intervalText(ndkl!.interval, number)}`,
  ].map((text) => text.trim()).join(", ");
  return {
    title: `Rankings: the first ${ranking.topK} places of each of ${count(ranking.jobs.length)} jobs`,
    caption: `Shares pooled over jobs; exposure at rank i is 1/log2(i+1). ${ratios}. Intervals resample jobs.`,
    columns: [
      left("Group"),
      right("Candidates"),
      right(`Top-${ranking.topK} share`),
      left(intervalTitle(result)),
      right("Skew"),
      right("Mean exposure"),
      left(intervalTitle(result)),
      ...(merit ? [right("Exposure/merit"), right("Pairwise accuracy")] : []),
    ],
    rows: ranking.groups.filter(({ count }) => count > 0).map(({ group, metrics }) => [
      group,
      notes.show(metrics.candidateShare!, percent),
      notes.show(metrics.topKShare!, percent),
      intervalText(metrics.topKShare!.interval, percent),
      notes.show(metrics.skew!, number),
      notes.show(metrics.exposure!, number),
      intervalText(metrics.exposure!.interval, number),
      ...(merit ? [notes.show(metrics.exposureToMerit!, number), notes.show(pairwise.get(group)!, number)] : []),
    ]),
  };
}

function jobTable({ jobs, groups, topK }: NonNullable<AttributeAudit["ranking"]>, notes: Footnotes): AuditTable {
  const present = groups.filter((own) => own.count > 0);
  const names = present.map(({ group }) => group).slice(0, MAX_GROUP_COLUMNS);
  const cut = (jobs.length > MAX_ROWS ? ` The first ${MAX_ROWS} of ${count(jobs.length)} jobs.` : "") +
    (present.length > MAX_GROUP_COLUMNS ? ` The first ${MAX_GROUP_COLUMNS} of ${present.length} groups.` : "");
  return {
    title: "Job by job",
    caption: `Places of each group among the first ${topK}, of its candidates.${cut}`,
    columns: [left("Job"), right("Candidates"), right("Exposure ratio"), right("NDKL"), ...names.map(right)],
    rows: jobs.slice(0, MAX_ROWS).map((job) => [
      job.job,
      count(job.candidates),
      notes.show(job.exposureRatio, number),
      notes.show(job.ndkl, number),
      ...names.map((name) => {
        const own = job.groups.find(({ group }) => group === name);
        return own === undefined ? "" : `${own.selected} of ${own.candidates}`;
      }),
    ]),
  };
}

function twinTable(
  { groups }: NonNullable<AttributeAudit["counterfactual"]>,
  result: AuditResult,
  notes: Footnotes,
): AuditTable {
  return {
    title: "Twins",
    caption:
      "What changes when only the sensitive mention changes. Gain: only the twin is selected; lose: only the original.",
    columns: [
      left("Group"),
      right("Rows"),
      right("Mean shift"),
      left(intervalTitle(result)),
      right("p95 |shift|"),
      right("Flips"),
      left(intervalTitle(result)),
      right("Gain"),
      right("Lose"),
    ],
    rows: groups.filter((own) => own.count > 0).map(({ group, count: rows, small, metrics }) => [
      group,
      count(rows) + (small ? "*" : " "),
      notes.show(metrics.mean!, (value) => number(value, 4)),
      intervalText(metrics.mean!.interval, (value) => number(value, 4)),
      notes.show(metrics.p95Absolute!, (value) => number(value, 4)),
      notes.show(metrics.rate!, percent),
      intervalText(metrics.rate!.interval, percent),
      notes.show(metrics.gained!, percent),
      notes.show(metrics.lost!, percent),
    ]),
  };
}

function pCell(value: number): string {
  return value <= 0.001 ? "≤ 0.001" : number(value);
}

/** Groups left out of a disparity by reason; a group without rows needs no explanation. */
function exclusionNote(excluded: DisparityAudit["excluded"]): string {
  const byReason = new Map<string, Set<string>>();
  for (const { group, reason } of excluded) {
    if (reason.endsWith("no rows")) continue;
    const groups = byReason.get(reason) ?? new Set();
    byReason.set(reason, groups.add(`"${group}"`));
  }
  return [...byReason].map(([reason, groups]) => `without ${[...groups].join(", ")}: ${reason}`).join("; ");
}
