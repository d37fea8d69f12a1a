import { count, number } from "../format.ts";
import type { AttributeAudit, DisparityAudit } from "../../evaluate/mod.ts";
import { type AuditTable, briefly, left, right, type TableStyle } from "./table.ts";

/** Disparities that the table of control levels shows; all are in the files. */
const CONTROLLED = { demographicParityDifference: "DP difference", equalizedOddsDifference: "EO difference" };
/** Pairs of groups that the table of distances shows at the most. */
const MAX_PAIRS = 40;
const BRIEF_PAIRS = 10;
const BRIEF_LEVELS = 20;

/**
 * Disparities with their intervals and tests.
 *
 * @param title Of the table.
 * @param disparities The disparities.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { disparityTable } from "./disparity_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 });
 * const { rows } = disparityTable("Disparities", result.attributes[0]!.disparities, tableStyle(result));
 * assertEquals(rows[0]!.slice(0, 2), ["Demographic parity difference", "1.000"]);
 * ```
 */
export function disparityTable(
  title: string,
  disparities: readonly DisparityAudit[],
  style: TableStyle,
): AuditTable {
  return {
    title,
    caption:
      "p: how often chance alone makes groups differ so much; empty where no test fits. Fair is 0, for ratios 1; " +
      "an interval reaches it where chance can explain the gap.",
    columns: [left("Disparity"), right("Value"), style.interval, right("p")],
    rows: disparities.map(({ name, title, pValue, excluded, ...measure }) => [
      title + style.notes.mark(exclusionNote(excluded)),
      ...style.pair(measure, name),
      pValue === null ? "" : pCell(pValue),
    ]),
  };
}

/**
 * The main disparities within each level of the control column.
 *
 * @param controlled The levels.
 * @param control Name of the column.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { controlTable } from "./disparity_tables.ts";
 * import { TableStyle } from "./table.ts";
 *
 * const parity = { name: "demographicParityDifference", title: "", ideal: 0, value: 0.25, interval: null } as const;
 * const levels = [{ level: "nurse", count: 9, disparities: [{ ...parity, pValue: 0.5, excluded: [] }] }];
 * const style = new TableStyle({ confidence: 0.95, scores: { lowest: 0, highest: 1 } });
 * assertEquals(controlTable(levels, "job", style).rows, [["nurse", "9", "0.250", "", "0.500"]]);
 * ```
 */
export function controlTable(
  controlled: NonNullable<AttributeAudit["controlled"]>,
  control: string,
  style: TableStyle,
): AuditTable {
  const shown = Object.entries(CONTROLLED).filter(([name]) =>
    controlled.some(({ disparities }) => disparities.some((own) => own.name === name))
  );
  const rows = controlled.map(({ level, count: size, disparities }) => [
    level,
    count(size),
    ...shown.flatMap(([name]) => {
      const own = disparities.find((disparity) => disparity.name === name)!;
      return [...style.pair(own, name), own.pValue === null ? "" : pCell(own.pValue)];
    }),
  ]);
  return {
    title: `Within each level of ${control}`,
    caption:
      "The same groups compared among rows of one level only, so that differences between levels do not count. " +
      "DP: demographic parity, EO: equalized odds; over small groups both are large by chance.",
    columns: [
      left(control),
      right("Rows"),
      ...shown.flatMap(([, title]) => [right(title), style.interval, right("p")]),
    ],
    rows,
    ...briefly(rows, BRIEF_LEVELS, "first"),
  };
}

/**
 * Distances between the score distributions of pairs of groups, the furthest first.
 *
 * @param attribute The audit of an attribute.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { distanceTable } from "./disparity_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.25, 0.75) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree"]) }],
 * }, { resamples: 20 });
 * const [pair] = distanceTable(result.attributes[0]!, tableStyle(result)).rows;
 * assertEquals(pair!.slice(0, 2), ["degree – none", "0.500"]);
 * ```
 */
export function distanceTable({ distances }: AttributeAudit, style: TableStyle): AuditTable {
  const sorted = [...distances].sort((x, y) => (y.wasserstein.value ?? -1) - (x.wasserstein.value ?? -1));
  const cut = sorted.length > MAX_PAIRS ? ` The ${MAX_PAIRS} furthest of ${sorted.length} pairs.` : "";
  const rows = sorted.slice(0, MAX_PAIRS).map((pair) => [
    `${pair.a} – ${pair.b}`,
    style.show(pair.meanDifference, "meanScoreDifference"),
    style.show(pair.wasserstein, "wasserstein"),
    style.notes.show(pair.wassersteinP, pCell),
    style.notes.show(pair.kolmogorovSmirnov, number),
    style.notes.show(pair.kolmogorovSmirnovP, pCell),
  ]);
  return {
    title: "Score distributions",
    caption:
      "Wasserstein: mean distance between the groups' scores. KS: the largest gap in selection rates that a threshold " +
      `could open.${cut}`,
    columns: [left("Groups"), right("Mean difference"), right("Wasserstein"), right("p"), right("KS"), right("p")],
    rows,
    ...briefly(rows, BRIEF_PAIRS, "furthest"),
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
