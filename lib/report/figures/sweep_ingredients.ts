import type { IngredientsInput, VariantValue } from "./ingredients.ts";

/** Which lines of a sweep's summary to compare. */
export interface SweepIngredientsOptions {
  /** Whose gaps. */
  readonly attribute: string;
  /** `test` or `evaluation`, as in the column `table`. */
  readonly table: string;
}

const METRICS = [
  { metric: "roc_auc", title: "ROC-AUC", better: "more", estimate: "mean" },
  { metric: "ground_truth_roc_auc", title: "ROC-AUC against ground truth", better: "more", estimate: "mean" },
  { metric: "demographic_parity_difference", title: "Demographic parity", better: "less", estimate: "pooled" },
  { metric: "equalized_odds_difference", title: "Equalized odds", better: "less", estimate: "pooled" },
  {
    metric: "ground_truth_equalized_odds_difference",
    title: "Equalized odds against ground truth",
    better: "less",
    estimate: "pooled",
  },
] as const;

/**
 * What `ingredients()` draws of the lines of a sweep's `summary.csv`: means of AUCs, and gaps of all seeds' decisions together, with
 * the intervals over candidates and seeds.
 *
 * @param lines The lines, as `readTable` gives them.
 * @param options Which of them.
 * @returns The contenders in the order of the file, the first that is compared with nothing as their reference.
 * @throws {RangeError} If no line is of the table, or none is the reference.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sweepIngredients } from "./sweep_ingredients.ts";
 *
 * const line = (point: string, value: string, difference_from: string, difference: string) => ({
 *   point, table: "test", attribute: "", metric: "roc_auc", estimate: "mean", interval_over: "candidates_and_seeds", seeds: "5",
 *   value, low: "0.8", high: "0.9", expected_by_chance: "", difference_from, difference, difference_low: "", difference_high: "",
 *   confidence: "0.95",
 * });
 * const { variants, reference, metrics } = sweepIngredients(
 *   [line("fair", "0.86", "plain", "-0.01"), line("plain", "0.87", "", "")],
 *   { attribute: "education", table: "test" },
 * );
 * assertEquals([variants, reference, metrics[0]!.values[0]!.change!.mean], [["fair", "plain"], 1, -0.01]);
 * ```
 */
export function sweepIngredients(
  lines: readonly Readonly<Record<string, string>>[],
  { attribute, table }: SweepIngredientsOptions,
): IngredientsInput {
  const own = lines.filter((line) =>
    line.table === table && line.interval_over === "candidates_and_seeds" &&
    (line.attribute === "" || line.attribute === attribute)
  );
  if (own.length === 0) throw new RangeError(`Expected lines of the table ${table}, found none`);
  const variants = [...new Set(own.map(({ point }) => point!))];
  const reference = variants.findIndex((point) =>
    own.every((line) => line.point !== point || line.difference_from === "")
  );
  if (reference < 0) throw new RangeError("Expected a contender that is compared with nothing, found none");
  const metrics = METRICS.flatMap(({ metric, title, better, estimate }) => {
    const of = own.filter((line) => line.metric === metric && line.estimate === estimate);
    if (of.length === 0) return [];
    return [{ title, better, values: variants.map((point) => valueOf(of.find((line) => line.point === point))) }];
  });
  return {
    attribute,
    variants,
    reference,
    metrics,
    seeds: Math.max(...own.map(({ seeds }) => Number(seeds))),
    confidence: Number(own[0]!.confidence),
  };
}

function valueOf(line: Readonly<Record<string, string>> | undefined): VariantValue {
  const cell = (name: string) => line?.[name] === undefined || line[name] === "" ? null : Number(line[name]);
  return {
    mean: cell("value"),
    interval: { low: cell("low"), high: cell("high") },
    chance: cell("expected_by_chance"),
    change: line?.difference_from === "" ? null : {
      mean: cell("difference"),
      interval: { low: cell("difference_low"), high: cell("difference_high") },
    },
  };
}
