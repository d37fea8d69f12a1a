import { controlTable, disparityTable, distanceTable } from "./disparity_tables.ts";
import { count } from "../format.ts";
import { calibrationTable, groupTable, twinTable } from "./group_tables.ts";
import { metricTitle } from "./metric_titles.ts";
import { jobTable, rankingTable } from "./ranking_tables.ts";
import type { AttributeAudit, AuditResult, Measures } from "../../evaluate/mod.ts";
import { type AuditTable, left, right, type TableStyle, tableStyle } from "./table.ts";

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

/**
 * Lays an audit out as tables, the same for terminal and page.
 *
 * @param result The audit.
 * @returns The sections, and the footnotes that their marks point to.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
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
  const style = tableStyle(result);
  const sections = [
    overallSection(result, style),
    ...result.attributes.map((own) => attributeSection(own, result, style)),
  ];
  return { sections, footnotes: style.notes.reasons };
}

function overallSection(result: AuditResult, style: TableStyle): AuditSection {
  const { overall } = result;
  const list = (title: string, measures: Measures, caption?: string): AuditTable => ({
    title,
    ...(caption === undefined ? {} : { caption }),
    columns: [left("Metric"), right("Value"), style.interval],
    rows: Object.entries(measures).map(([name, measure]) => [metricTitle(name), ...style.pair(measure, name)]),
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

function attributeSection(own: AttributeAudit, result: AuditResult, style: TableStyle): AuditSection {
  const { amongLarge, ranking, counterfactual, controlled } = own;
  const tables = [groupTable(own, result, style), disparityTable("Disparities", own.disparities, style)];
  if (amongLarge !== null) {
    const title =
      `Disparities among the ${amongLarge.groups.length} groups of at least ${result.settings.smallBelow} rows`;
    tables.push(disparityTable(title, amongLarge.disparities, style));
  }
  if (own.groups.some(({ calibration }) => calibration !== undefined)) tables.push(calibrationTable(own, style));
  if (own.distances.length > 0) tables.push(distanceTable(own, style));
  if (ranking !== null) tables.push(rankingTable(ranking, style), jobTable(ranking, style));
  if (counterfactual !== null) tables.push(twinTable(counterfactual, style));
  if (controlled !== null) tables.push(controlTable(controlled, result.data.columns.control!, style));
  return { title: `By ${own.attribute}`, attribute: own, tables };
}
