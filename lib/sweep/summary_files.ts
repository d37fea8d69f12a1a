/** `summary.csv` and `front.csv`. */
import { type CellValue, writeTable } from "../data/write_table.ts";
import type { Contender, Summary } from "./summary.ts";
import { snakeCase } from "./trial_metrics.ts";

/** How a number was taken over the seeds, as `summary.csv` calls it. */
const ESTIMATORS = {
  /** Mean over seeds; interval over runs on this table. */
  runs: "mean_of_runs",
  /** Mean over seeds; interval for another table of the same population. */
  table: "mean_of_runs_corrected",
  /** All seeds' decisions together; interval over candidates. */
  pooled: "pooled",
} as const;

/**
 * Writes `summary.csv`, one line per contender, table, metric and way of taking it over the seeds, and `front.csv`, one
 * line per contender and gap.
 *
 * @param folder Where they go.
 * @param summary What was found.
 * @param keys The keys that the sweep varies; each has a column.
 * @throws {InputError} When they cannot be written.
 */
export async function writeSummary(folder: string, summary: Summary, keys: readonly string[]): Promise<void> {
  const rows = summaryRows(summary, keys);
  await writeTable(`${folder}/summary.csv`, Object.keys(rows[0]!), rows);
  const front = frontRows(summary, keys);
  await writeTable(`${folder}/front.csv`, Object.keys(front[0]!), front);
}

function summaryRows({ rows, level }: Summary, keys: readonly string[]): Record<string, CellValue>[] {
  return rows.flatMap(({ contender, table, attribute, metric, seeds, noise, pooled, change }) => {
    const who = {
      ...identify(contender, keys),
      table,
      attribute: attribute ?? "",
      metric: snakeCase(metric),
    };
    const line = (
      estimator: string,
      value: number | null,
      own: Ends,
      more: { p_value?: number | null; noise?: number | null; undefined_because?: string },
      difference: { value: number | null; ends: Ends; seeds: number } | null,
    ): Record<string, CellValue> => ({
      ...who,
      estimator,
      seeds: seeds.seeds,
      value,
      low: own.low,
      high: own.high,
      p_value: more.p_value ?? null,
      expected_by_chance: more.noise ?? null,
      difference_from: contender.reference ?? "",
      difference: difference?.value ?? null,
      difference_low: difference?.ends.low ?? null,
      difference_high: difference?.ends.high ?? null,
      difference_seeds: difference?.seeds ?? null,
      confidence: level,
      undefined_because: more.undefined_because ?? "",
    });
    const changed = change?.seeds;
    const means = (["runs", "table"] as const).map((kind) =>
      line(
        ESTIMATORS[kind],
        seeds.mean,
        seeds[kind],
        { noise },
        changed ? { value: changed.mean, ends: changed[kind], seeds: changed.seeds } : null,
      )
    );
    if (pooled === null) return means;
    const { estimate, interval, pValue } = pooled;
    return [
      ...means,
      line(
        ESTIMATORS.pooled,
        estimate.value,
        interval,
        {
          p_value: pValue,
          noise: pooled.noise.value,
          ...(estimate.value === null ? { undefined_because: estimate.reason } : {}),
        },
        change?.pooled
          ? { value: change.pooled.estimate.value, ends: change.pooled.interval, seeds: change.pooled.seeds }
          : null,
      ),
    ];
  });
}

function frontRows({ fronts }: Summary, keys: readonly string[]): Record<string, CellValue>[] {
  return fronts.flatMap(({ table, attribute, gap, contenders, points, front }) =>
    contenders.map((contender, i) => {
      const better = front.dominated.find(({ point }) => point === i);
      return {
        ...identify(contender, keys),
        table,
        attribute,
        gap: snakeCase(gap),
        roc_auc: points[i]!.rocAuc,
        gap_value: points[i]!.gap,
        on_front: Number(front.front.includes(i)),
        dominated_by: better ? contenders[better.by]!.title : "",
        excluded_because: front.excluded.find(({ point }) => point === i)?.reason ?? "",
      };
    })
  );
}

interface Ends {
  readonly low: number | null;
  readonly high: number | null;
}

function identify({ title, model, point }: Contender, keys: readonly string[]): Record<string, CellValue> {
  const values = keys.map((key) => {
    const value = point.values[key];
    return [key, value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)];
  });
  return { point: title, model, variant: point.variant, ...Object.fromEntries(values) };
}
