/** An evaluation as CSV tables in long form: one number a row, undefined ones empty with their reason beside. */
import { type CellValue, writeTable } from "../data/mod.ts";
import { evaluationJson } from "./evaluation.ts";
import type { AttributeEvaluation, DisparityEstimate, Estimates, Evaluation, ModelEvaluation } from "./evaluation.ts";
import { writeText } from "../files.ts";

/** A table of an evaluation for a spreadsheet, with numbers in full. */
export interface CsvTable {
  /** File name without its folder. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
}

const COLUMNS = [
  "model",
  "compared_with",
  "seeds",
  "attribute",
  "group",
  "level",
  "rows",
  "positives",
  "denominator",
  "small",
  "part",
  "metric",
  "value",
  "low",
  "high",
  "interval_over",
  "p_value",
  "expected",
  "left_out",
  "undefined_because",
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], CellValue>>;

/**
 * An evaluation as CSV tables.
 *
 * @returns `evaluation.csv`, and `pairs.csv`, `distances.csv` and `queries.csv` where they have rows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, evaluationCsv } from "@fair-embeddings/lib";
 *
 * const tables = evaluationCsv(evaluate({
 *   source: "scored.csv",
 *   scores: { score: [0.1, 0.9, 0.4, 0.7] },
 *   groups: { education: ["none", "degree", "none", "degree"] },
 * }, { resamples: 20 }));
 * assertEquals(tables.map(({ file }) => file), ["evaluation.csv", "pairs.csv", "distances.csv"]);
 * ```
 */
export function evaluationCsv(evaluation: Evaluation): CsvTable[] {
  const rows = [
    ...evaluation.models.flatMap((model) => modelRows(model, evaluation.data)),
    ...evaluation.comparisons.flatMap(comparisonRows),
    ...evaluation.leakage.flatMap(leakageRows),
  ];
  const empty = Object.fromEntries(COLUMNS.map((name) => [name, null]));
  const tables: Record<string, CsvTable["rows"]> = {
    "evaluation.csv": rows.map((row) => ({ ...empty, ...row })),
    "pairs.csv": evaluation.models.flatMap(pairRows),
    "distances.csv": evaluation.models.flatMap(distanceRows),
    "queries.csv": evaluation.models.flatMap(queryRows),
  };
  return Object.entries(tables).filter(([, rows]) => rows.length > 0)
    .map(([file, rows]) => ({ file, columns: Object.keys(rows[0]!), rows }));
}

/**
 * Writes `evaluation.json` and the tables of {@linkcode evaluationCsv} into a folder that exists.
 *
 * @throws {InputError} When the disk is full or the folder cannot be written to.
 */
export async function writeEvaluation(folder: string, evaluation: Evaluation): Promise<void> {
  await writeText(`${folder}/evaluation.json`, evaluationJson(evaluation));
  for (const { file, columns, rows } of evaluationCsv(evaluation)) await writeTable(`${folder}/${file}`, columns, rows);
}

/** One row per interval: a number of many seeds has several. */
function numbers(key: Row, metric: string, estimate: Estimates[string] & Partial<DisparityEstimate>): Row[] {
  const own = {
    ...key,
    metric,
    p_value: estimate.pValue ?? null,
    left_out: estimate.excluded?.map(({ group }) => group).join("; ") || null,
    undefined_because: estimate.value === null ? estimate.reason : null,
  };
  const row = (value: number | null, ends: { low: number | null; high: number | null } | null, over: string): Row => ({
    ...own,
    value,
    low: ends?.low ?? null,
    high: ends?.high ?? null,
    interval_over: over,
    expected: estimate.expected ?? null,
  });
  const { overSeeds, overPeople } = estimate;
  if (overSeeds === undefined) {
    return [row(estimate.value, estimate.interval, String(key.interval_over ?? "people"))];
  }
  const single = {
    ...own,
    p_value: null,
    expected: overSeeds.expected,
    undefined_because: overSeeds.mean === null ? "undefined in every run" : null,
  };
  return [
    row(estimate.value, estimate.interval, "people and seeds"),
    ...(overPeople ? [row(estimate.value, overPeople, "people")] : []),
    { ...row(overSeeds.mean, overSeeds.runs, "runs"), ...single, part: `${key.part}, mean of runs` },
    { ...row(overSeeds.mean, overSeeds.splits, "splits"), ...single, part: `${key.part}, mean of runs` },
  ];
}

function listed(key: Row, estimates: Estimates | null | undefined, of?: (metric: string) => number | null): Row[] {
  return Object.entries(estimates ?? {}).flatMap(([metric, estimate]) =>
    numbers(of === undefined ? key : { ...key, denominator: of(metric) }, metric, estimate)
  );
}

function modelRows(
  { name, seeds, overall, attributes }: ModelEvaluation,
  { rows, positives }: Evaluation["data"],
): Row[] {
  const model = { model: name, seeds };
  return [
    ...listed(
      { ...model, part: "decisions", rows, positives },
      overall.metrics,
      (metric) => overall.denominators?.[metric] ?? rows,
    ),
    ...listed({ ...model, part: "calibration" }, overall.calibration),
    ...listed({ ...model, part: "ranking" }, overall.ranking?.metrics),
    ...listed(
      { ...model, part: "counterfactual", rows: overall.counterfactual?.rows ?? null },
      overall.counterfactual?.metrics,
    ),
    ...attributes.flatMap((own) => attributeRows(model, own)),
  ];
}

function attributeRows(model: Row, { attribute, groups, ranking, counterfactual, ...own }: AttributeEvaluation): Row[] {
  const key = { ...model, attribute };
  const disparities = (list: readonly DisparityEstimate[], more: Row) =>
    list.flatMap((disparity) => numbers({ ...key, part: "disparity", ...more }, disparity.metric, disparity));
  return [
    ...groups.flatMap(({ group, count, positives, small, metrics, impactRatio, calibration, denominators }) => {
      const of = (metric: string) => denominators?.[metric] ?? count;
      const whose = { ...key, group, rows: count, positives, small };
      return [
        ...listed({ ...whose, part: "decisions" }, {
          ...metrics,
          ...(Object.keys(metrics).length === 0 ? {} : { impactRatio: { ...impactRatio, interval: null } }),
        }, of),
        ...listed({ ...whose, part: "calibration" }, calibration),
        ...listed({ ...whose, part: "ranking" }, ranking?.groups.find((one) => one.group === group)?.metrics),
        ...listed({ ...whose, part: "counterfactual" }, counterfactual?.find((one) => one.group === group)?.metrics),
      ];
    }),
    ...disparities(own.disparities, {}),
    ...disparities(own.amongLarge?.disparities ?? [], { part: "disparity among large groups" }),
    ...(own.controlled ?? []).flatMap(({ level, count, disparities: list }) =>
      disparities(list, { level, rows: count })
    ),
    ...listed({ ...key, part: "ranking" }, ranking?.overall),
  ];
}

function comparisonRows({ from, to, seeds, overall, attributes }: Evaluation["comparisons"][number]): Row[] {
  const key = { model: to, compared_with: from, seeds, part: "change" };
  return [
    ...listed(key, overall),
    ...attributes.flatMap(({ attribute, disparities, groups }) => [
      ...disparities.flatMap(({ metric, left, ...change }) => [
        ...numbers({ ...key, attribute }, metric, change),
        ...(left
          ? numbers({ ...key, attribute, part: "part left", interval_over: "people and seeds" }, metric, left)
          : []),
      ]),
      ...groups.flatMap(({ group, count, small, against, rates }) =>
        Object.entries(rates).flatMap(([metric, { change, relative }]) => {
          const whose = { ...key, attribute, group, rows: count, small };
          const of = against === "groundTruth" ? " by ground truth" : "";
          return [
            ...numbers({ ...whose, part: `change${of}` }, metric, change),
            ...numbers({ ...whose, part: `change less everybody's${of}` }, metric, relative),
          ];
        })
      ),
    ]),
  ];
}

type LeakageNumbers = Pick<
  Evaluation["leakage"][number]["models"][number],
  "balancedAccuracy" | "macroAuc" | "accuracy" | "pValues"
>;

function leakageRows({ attribute, expected, models, changes }: Evaluation["leakage"][number]): Row[] {
  const key = { attribute, part: "leakage" };
  const measured = (own: Row, { balancedAccuracy, macroAuc, accuracy, pValues }: LeakageNumbers, isChange: boolean) => [
    ...numbers(own, "leakageBalancedAccuracy", {
      ...balancedAccuracy,
      pValue: pValues?.balancedAccuracy ?? null,
      expected: isChange ? null : expected.value,
    }),
    ...numbers(own, "leakageMacroAuc", { ...macroAuc, pValue: pValues?.macroAuc ?? null }),
    ...(accuracy ? numbers(own, "leakageAccuracy", accuracy) : []),
  ];
  return [
    ...models.flatMap(({ name, people, groups, majorityAccuracy, ...own }) => [
      ...measured({ ...key, model: name, rows: people }, own, false),
      ...(majorityAccuracy
        ? numbers({ ...key, model: name }, "majorityAccuracy", { interval: null, ...majorityAccuracy })
        : []),
      ...groups.flatMap(({ group, count, recall }) =>
        numbers({ ...key, model: name, group, rows: count }, "leakageRecall", recall)
      ),
    ]),
    ...changes.flatMap(({ from, to, ...own }) =>
      measured({ ...key, model: to, compared_with: from, part: "leakage change" }, { ...own, pValues: null }, true)
    ),
  ];
}

function pairRows({ name, attributes }: ModelEvaluation): CsvTable["rows"] {
  return attributes.flatMap(({ attribute, pairs }) =>
    pairs.map(({ group, reference, counts, referenceCounts, test, oneMore, ...own }) => ({
      model: name,
      attribute,
      group,
      reference,
      rows: counts.rows,
      selected: counts.selected,
      reference_rows: referenceCounts.rows,
      reference_selected: referenceCounts.selected,
      ratio: own.ratio.value,
      difference: own.difference.value,
      test,
      p_value: own.pValue.value,
      mid_p: own.midP.value,
      holm_p: own.holmP.value,
      standard_deviations: own.standardDeviations.value,
      ratio_with_one_more: oneMore.ratio.value,
      reversed_by_one_more: oneMore.reverses,
    }))
  );
}

function distanceRows({ name, attributes }: ModelEvaluation): CsvTable["rows"] {
  return attributes.flatMap(({ attribute, distances }) =>
    distances.map(({ a, b, meanDifference, wasserstein, wassersteinP, kolmogorovSmirnov, kolmogorovSmirnovP }) => ({
      model: name,
      attribute,
      a,
      b,
      mean_difference: meanDifference.value,
      wasserstein: wasserstein.value,
      wasserstein_p: wassersteinP.value,
      ks: kolmogorovSmirnov.value,
      ks_p: kolmogorovSmirnovP.value,
    }))
  );
}

function queryRows({ name, attributes }: ModelEvaluation): CsvTable["rows"] {
  return attributes.flatMap(({ attribute, ranking }) =>
    (ranking?.queries ?? []).flatMap(({ query, ndkl, groups }) =>
      groups.map(({ group, candidates, selected, topKShare, exposure, skew }) => ({
        model: name,
        attribute,
        query,
        group,
        candidates,
        selected,
        top_k_share: topKShare,
        mean_exposure: exposure,
        skew: skew.value,
        ndkl: ndkl.value,
      }))
    )
  );
}
