import type { CellValue } from "../../data/mod.ts";
import type { AuditResult, Measure, Measures } from "../../evaluate/mod.ts";

/** A table of an audit for a spreadsheet, with numbers in full. */
export interface CsvTable {
  /** File name without its folder. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
}

const MEASURE_COLUMNS = ["value", "low", "high", "undefined_because"];

/**
 * An audit as CSV tables in long form: one number a row, undefined ones empty with their reason beside.
 *
 * @param result The audit.
 * @returns `overall.csv`, `groups.csv`, `disparities.csv`, and those of distances, rankings and jobs that have rows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { auditCsv } from "./audit_csv.ts";
 *
 * const tables = auditCsv(audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 }));
 * assertEquals(tables.map(({ file }) => file), ["overall.csv", "groups.csv", "disparities.csv", "distances.csv"]);
 * ```
 */
export function auditCsv(result: AuditResult): CsvTable[] {
  const { overall, attributes } = result;
  const rankings = attributes.flatMap(({ attribute, ranking }) => ranking === null ? [] : [{ attribute, ranking }]);
  const tables: CsvTable[] = [
    {
      file: "overall.csv",
      columns: ["part", "metric", ...MEASURE_COLUMNS],
      rows: [
        ...listed({ part: "decisions" }, overall.metrics),
        ...listed({ part: "calibration" }, overall.calibration ?? {}),
        ...listed({ part: "ranking" }, overall.rankingQuality?.metrics ?? {}),
        ...listed({ part: "counterfactual" }, overall.counterfactual ?? {}),
      ],
    },
    {
      file: "groups.csv",
      columns: ["attribute", "group", "rows", "small", "part", "metric", ...MEASURE_COLUMNS],
      rows: attributes.flatMap(({ attribute, groups, ranking, counterfactual }) =>
        groups.flatMap(({ group, count, small, metrics, impactRatio, calibration }) => {
          const key = { attribute, group, rows: count, small };
          const ranked = ranking?.groups.find((own) => own.group === group)?.metrics;
          const twins = counterfactual?.groups.find((own) => own.group === group)?.metrics;
          return [
            ...listed({ ...key, part: "decisions" }, {
              ...metrics,
              impactRatio: { ...impactRatio, interval: null },
            }),
            ...listed({ ...key, part: "calibration" }, calibration ?? {}),
            ...listed({ ...key, part: "ranking" }, ranked ?? {}),
            ...listed({ ...key, part: "counterfactual" }, twins ?? {}),
          ];
        })
      ),
    },
    {
      file: "disparities.csv",
      columns: ["attribute", "control", "disparity", ...MEASURE_COLUMNS, "p_value", "left_out"],
      rows: attributes.flatMap(({ attribute, disparities, controlled, ranking }) => [
        ...[{ level: "", disparities }, ...(controlled ?? [])].flatMap(({ level, disparities }) =>
          disparities.map((disparity) => ({
            attribute,
            control: level,
            disparity: disparity.name,
            ...measured(disparity),
            p_value: disparity.pValue,
            left_out: disparity.excluded.map(({ group }) => group).join("; "),
          }))
        ),
        ...Object.entries(ranking?.overall ?? {}).map(([name, measure]) => ({
          attribute,
          control: "",
          disparity: name,
          ...measured(measure),
          p_value: null,
          left_out: "",
        })),
      ]),
    },
    {
      file: "distances.csv",
      columns: ["attribute", "a", "b", "mean_difference", "wasserstein", "wasserstein_p", "ks", "ks_p"],
      rows: attributes.flatMap(({ attribute, distances }) =>
        distances.map((pair) => ({
          attribute,
          a: pair.a,
          b: pair.b,
          mean_difference: pair.meanDifference.value,
          wasserstein: pair.wasserstein.value,
          wasserstein_p: pair.wassersteinP.value,
          ks: pair.kolmogorovSmirnov.value,
          ks_p: pair.kolmogorovSmirnovP.value,
        }))
      ),
    },
    {
      file: "jobs.csv",
      columns: ["attribute", "job", "group", "candidates", "selected", "top_k_share", "mean_exposure", "skew", "ndkl"],
      rows: rankings.flatMap(({ attribute, ranking }) =>
        ranking.jobs.flatMap(({ job, ndkl, groups }) =>
          groups.map((own) => ({
            attribute,
            job,
            group: own.group,
            candidates: own.candidates,
            selected: own.selected,
            top_k_share: own.topKShare,
            mean_exposure: own.exposure,
            skew: own.skew.value,
            ndkl: ndkl.value,
          }))
        )
      ),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function listed(key: Record<string, CellValue>, measures: Measures): Record<string, CellValue>[] {
  return Object.entries(measures).map(([metric, measure]) => ({ ...key, metric, ...measured(measure) }));
}

function measured(measure: Measure): Record<string, CellValue> {
  return {
    value: measure.value,
    low: measure.interval?.low ?? null,
    high: measure.interval?.high ?? null,
    undefined_because: measure.value === null ? measure.reason : "",
  };
}
