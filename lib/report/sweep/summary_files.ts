/** `summary.csv` and `front.csv`. */
import { type CellValue, writeTable } from "../../data/mod.ts";
import type { Value } from "../../metrics/mod.ts";
import {
  type Contender,
  type Ends,
  type SeedMean,
  snakeCase,
  type Summary,
  type SummaryRow,
} from "../../evaluate/mod.ts";

/**
 * Writes `summary.csv`, one line per contender, table, metric, estimate and what its interval is over, and `front.csv`, one
 * line per contender and gap. The folder's README says what the lines mean.
 *
 * @param folder Where they go.
 * @param summary What was found.
 * @param keys The keys that the sweep varies; each has a column.
 * @throws {InputError} When they cannot be written.
 */
export async function writeSummary(folder: string, summary: Summary, keys: readonly string[]): Promise<void> {
  const rows = summary.rows.flatMap((row) => summaryLines(row, summary.level, keys));
  await writeTable(`${folder}/summary.csv`, Object.keys(rows[0]!), rows);
  const front = frontRows(summary, keys);
  await writeTable(`${folder}/front.csv`, Object.keys(front[0]!), front);
}

/** A number and an interval of it. */
interface Measured {
  readonly value: Value;
  readonly ends: Ends;
}

/** One line of `summary.csv` for each interval of a number. */
function summaryLines(row: SummaryRow, level: number, keys: readonly string[]): Record<string, CellValue>[] {
  const { contender, table, attribute, metric, mean, crossed, noise, pooled, change } = row;
  const line = (
    estimate: "mean" | "pooled",
    over: "runs" | "splits" | "candidates" | "candidates_and_seeds",
    { value, ends }: Measured,
    difference: Measured & { seeds: number } | null,
    more: { pValue?: number | null; chance?: number | null; left?: Measured },
  ): Record<string, CellValue> => ({
    ...identify(contender, keys),
    table,
    attribute: attribute ?? "",
    metric: snakeCase(metric),
    estimate,
    interval_over: over,
    seeds: mean.seeds,
    value: value.value,
    low: ends.low,
    high: ends.high,
    p_value: more.pValue ?? null,
    expected_by_chance: more.chance ?? null,
    difference_from: contender.reference ?? "",
    difference: difference?.value.value ?? null,
    difference_low: difference?.ends.low ?? null,
    difference_high: difference?.ends.high ?? null,
    difference_seeds: difference?.seeds ?? null,
    part_left: more.left?.value.value ?? null,
    part_left_low: more.left?.ends.low ?? null,
    part_left_high: more.left?.ends.high ?? null,
    confidence: level,
    undefined_because: value.value === null ? value.reason : "",
  });
  const ofMean = ({ mean }: SeedMean, ends: Ends): Measured => ({
    value: mean === null ? { value: null, reason: "undefined in every run" } : { value: mean },
    ends,
  });
  const meanLine = (over: "runs" | "splits" | "candidates_and_seeds", own: Ends, changed: Ends | null) =>
    line(
      "mean",
      over,
      ofMean(mean, own),
      change && changed && { ...ofMean(change.mean, changed), seeds: change.mean.seeds },
      { chance: noise },
    );
  const pooledLine = (over: "candidates" | "candidates_and_seeds", from: "candidates" | "crossed") => {
    const changed = change?.pooled;
    const left = from === "crossed" && changed ? { value: changed.left.value, ends: changed.left.crossed } : null;
    return line(
      "pooled",
      over,
      { value: pooled!.value, ends: pooled![from] },
      changed ? { value: changed.value, ends: changed[from], seeds: changed.seeds } : null,
      { pValue: pooled!.pValue, chance: pooled!.noise.value, ...(left ? { left } : {}) },
    );
  };
  return [
    meanLine("runs", mean.runs, change && change.mean.runs),
    meanLine("splits", mean.splits, change && change.mean.splits),
    ...(crossed ? [meanLine("candidates_and_seeds", crossed, change && change.crossed)] : []),
    ...(pooled ? [pooledLine("candidates", "candidates"), pooledLine("candidates_and_seeds", "crossed")] : []),
  ];
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

function identify({ title, model, point }: Contender, keys: readonly string[]): Record<string, CellValue> {
  const values = keys.map((key) => {
    const value = point.values[key];
    return [key, value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)];
  });
  return { point: title, model, variant: point.variant, ...Object.fromEntries(values) };
}
