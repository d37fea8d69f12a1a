import { count } from "../format.ts";
import { metricTitle } from "./metric_titles.ts";
import type { AttributeAudit, AuditResult } from "../../evaluate/mod.ts";
import { type AuditTable, briefly, left, right, type TableStyle } from "./table.ts";

/** Metrics that the group table shows, where they exist. */
const COLUMNS = ["tpr", "fpr", "ppv", "accuracy", "rocAuc", "meanScore"];
/** Groups that a terminal shows. */
const BRIEF = 40;

/**
 * Selection rates and the main metrics by group.
 *
 * @param attribute The audit of an attribute.
 * @param result The whole audit.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { groupTable } from "./group_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 });
 * const { rows } = groupTable(result.attributes[0]!, result, tableStyle(result));
 * assertEquals(rows.map(([group, , selected]) => [group, selected]), [["degree", "100.0 %"], ["none", "0.0 %"]]);
 * ```
 */
export function groupTable({ groups }: AttributeAudit, result: AuditResult, style: TableStyle): AuditTable {
  const shown = COLUMNS.filter((name) => groups.some(({ metrics }) => metrics[name] !== undefined));
  const rows = groups.map(({ group, count: rows, small, metrics, impactRatio, fourFifths }) => [
    group,
    count(rows) + (small ? "*" : " "),
    ...style.pair(metrics.selectionRate!, "selectionRate"),
    style.notes.show(impactRatio, (value) => value.toFixed(2)) + (fourFifths === false ? " ✗" : "  "),
    ...shown.map((name) => style.show(metrics[name]!, name)),
  ]);
  return {
    title: "Groups",
    caption: `Ratio: selection rate over that of the group selected most; ✗ marks those below four fifths. ` +
      `* marks groups of fewer than ${result.settings.smallBelow} rows.`,
    columns: [
      left("Group"),
      right("Rows"),
      right("Selected"),
      style.interval,
      right("Ratio"),
      ...shown.map((name) => right(metricTitle(name))),
    ],
    rows,
    ...briefly(rows, BRIEF, "first"),
  };
}

/**
 * How well the scores of each group mean what they say.
 *
 * @param attribute The audit of an attribute, with calibration.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { calibrationTable } from "./group_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.25, 0.75) },
 *   label: { name: "label", values: Float64Array.of(0, 1) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree"]) }],
 * }, { resamples: 20 });
 * const { rows } = calibrationTable(result.attributes[0]!, tableStyle(result));
 * assertEquals(rows.map(([group, bias]) => [group, bias]), [["degree", "−0.250"], ["none", "0.250"]]);
 * ```
 */
export function calibrationTable({ groups }: AttributeAudit, style: TableStyle): AuditTable {
  const rows = groups.filter(({ count }) => count > 0).map(({ group, calibration }) => [
    group,
    ...style.pair(calibration!.bias!, "bias"),
    ...style.pair(calibration!.ece!, "ece"),
    style.show(calibration!.mce!, "mce"),
  ]);
  return {
    title: "Calibration",
    caption: "Bias is mean score minus share of positives: above 0 the scores promise too much. " +
      "ECE of small groups is large by chance.",
    columns: [left("Group"), right("Bias"), style.interval, right("ECE"), style.interval, right("MCE")],
    rows,
    ...briefly(rows, BRIEF, "first"),
  };
}

/**
 * What changes for each group when only the sensitive mention changes.
 *
 * @param twins The twins of an attribute.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { twinTable } from "./group_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.25, 0.75) },
 *   counterfactualScore: { name: "twin", values: Float64Array.of(0.5, 0.75) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree"]) }],
 * }, { resamples: 20 });
 * const { rows } = twinTable(result.attributes[0]!.counterfactual!, tableStyle(result));
 * assertEquals(rows.map(([group, , shift]) => [group, shift]), [["degree", "0.000"], ["none", "0.250"]]);
 * ```
 */
export function twinTable({ groups }: NonNullable<AttributeAudit["counterfactual"]>, style: TableStyle): AuditTable {
  const rows = groups.filter((own) => own.count > 0).map(({ group, count: rows, small, metrics }) => [
    group,
    count(rows) + (small ? "*" : " "),
    ...style.pair(metrics.mean!, "mean"),
    style.show(metrics.p95Absolute!, "p95Absolute"),
    ...style.pair(metrics.rate!, "rate"),
    style.show(metrics.gained!, "gained"),
    style.show(metrics.lost!, "lost"),
  ]);
  return {
    title: "Twins",
    caption:
      "What changes when only the sensitive mention changes. Gain: only the twin is selected; lose: only the original.",
    columns: [
      left("Group"),
      right("Rows"),
      right("Mean shift"),
      style.interval,
      right("p95 |shift|"),
      right("Flips"),
      style.interval,
      right("Gain"),
      right("Lose"),
    ],
    rows,
    ...briefly(rows, BRIEF, "first"),
  };
}
