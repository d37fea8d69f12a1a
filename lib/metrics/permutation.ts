import { InputError } from "../errors.ts";
import type { Rng } from "../random.ts";
import type { ConfusionInput, ConfusionTable } from "./confusion.ts";
import { confusionKinds } from "./confusion_bootstrap.ts";
import { hypergeometric } from "./discrete.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "./score_table.ts";
import type { Value } from "./value.ts";

/** How to permute. */
export interface PermutationOptions {
  /** The source of chance. */
  readonly rng: Rng;
  /** Permutations; 1000 if absent, so the smallest p-value is about 0.001. */
  readonly permutations?: number | undefined;
  /** Whether a large (`greater`, if absent) or a small value (`less`, for ratios) speaks against chance. */
  readonly tail?: "greater" | "less" | undefined;
}

/** What rows share within which groups are exchanged. */
export type PermuteWithin = "nothing" | "label" | "prediction";

/** The answer to "is this gap more than noise?". */
export interface PermutationResult {
  /** The value on the data. */
  readonly observed: Value;
  /** Share of permutations at least as extreme, the data counted among them; `null` where the observed value is undefined. */
  readonly pValue: number | null;
  readonly permutations: number;
  /** Permutations on which the value was undefined; they are left out. */
  readonly undefinedPermutations: number;
}

/**
 * Tests whether a gap in decisions is more than noise: group names are dealt out again at random many times, and the p-value is
 * `(1 + #{gap ≥ observed}) / (1 + permutations)` (Phipson & Smyth 2010).
 *
 * What is held fixed must match the question. `nothing` for selection rates and accuracy. `label` for true and false positive
 * rates: groups may differ in base rates, which is not the question, so names are exchanged among rows of equal label only.
 * `prediction` for precision, likewise. The shuffling is done on counts by hypergeometric draws, so its cost does not depend on
 * the number of rows.
 *
 * @param input Columns of length `n`.
 * @param statistic The gap as a function of the table.
 * @param within What is held fixed.
 * @param options How to permute.
 * @returns The p-value.
 * @throws {InputError} If a cell is missing or not 0 or 1, or if labels are to be held fixed and there are none.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { demographicParityDifference } from "./disparities.ts";
 * import { permutationTest } from "./permutation.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const input = { predictions: rows.map((i) => i % 4 === 0 ? 1 : 0), groups: rows.map((i) => i % 2 ? "BA" : "PhD") };
 * const { pValue } = permutationTest(input, demographicParityDifference, "nothing", { rng: new Rng(1) });
 * assert(pValue! < 0.01);
 * ```
 */
export function permutationTest(
  input: ConfusionInput,
  statistic: (table: ConfusionTable) => Value,
  within: PermuteWithin,
  options: PermutationOptions,
): PermutationResult {
  if (within === "label" && input.labels === undefined) {
    throw new InputError("Expected labels to permute within, found none");
  }
  const { counts, cell, weight, table } = confusionKinds(input, false);
  const strata = new Map<number, Map<string, { bin: number; weight: number; counts: Float64Array; total: number }>>();
  const groups = table.names.length;
  for (let k = 0; k < counts.length; k++) {
    const bin = cell[k]! & 3;
    const stratum = within === "label" ? bin >> 1 : within === "prediction" ? bin & 1 : 0;
    const kinds = strata.get(stratum) ?? new Map();
    strata.set(stratum, kinds);
    const key = `${bin} ${weight[k]}`;
    const kind = kinds.get(key) ?? { bin, weight: weight[k]!, counts: new Float64Array(groups), total: 0 };
    kinds.set(key, kind);
    kind.counts[cell[k]! >> 2]! += counts[k]!;
    kind.total += counts[k]!;
  }
  const shuffled = { ...table, cells: new Float64Array(table.cells.length) };
  return judge(statistic(table), options, (rng) => {
    shuffled.cells.fill(0);
    for (const kinds of strata.values()) {
      const left = [...kinds.values()].map(({ total }) => total);
      const list = [...kinds.values()];
      for (let g = 0; g < groups; g++) {
        let wanted = list.reduce((sum, kind) => sum + kind.counts[g]!, 0);
        let pool = left.reduce((sum, count) => sum + count, 0);
        list.forEach((kind, j) => {
          const drawn = hypergeometric(left[j]!, pool - left[j]!, wanted, rng);
          shuffled.cells[4 * g + kind.bin]! += drawn * kind.weight;
          pool -= left[j]!;
          left[j]! -= drawn;
          wanted -= drawn;
        });
      }
    }
    return statistic(shuffled);
  });
}

/**
 * The same test for a gap in scores (AUC, ABROCA, mean score): group names are shuffled over the sorted rows, among those of equal
 * label if asked for. O(n) per permutation.
 *
 * @param input Columns of length `n`, or their table.
 * @param statistic The gap as a function of the table.
 * @param within `label` for AUC and ABROCA, `nothing` for mean scores.
 * @param options How to permute.
 * @returns The p-value.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { abroca } from "./abroca.ts";
 * import { scorePermutationTest } from "./permutation.ts";
 *
 * const rng = new Rng(2);
 * const rows = Array.from({ length: 120 }, (_, i) => i);
 * const labels = rows.map((i) => i >> 1 & 1);
 * const input = { labels, scores: labels.map(() => rng.uniform()), groups: rows.map((i) => i % 2 ? "BA" : "PhD") };
 * const { pValue } = scorePermutationTest(input, abroca, "label", { rng, permutations: 200 });
 * assert(pValue! > 0.05);
 * ```
 */
export function scorePermutationTest(
  input: ScoreInput | ScoreTable,
  statistic: (table: ScoreTable) => Value,
  within: "nothing" | "label",
  options: PermutationOptions,
): PermutationResult {
  const table = "codes" in input ? input : scoreTable(input);
  const codes = table.codes.slice();
  const strata: number[][] = [[], []];
  table.labels.forEach((label, k) => strata[within === "label" ? label : 0]!.push(k));
  return judge(statistic(table), options, (rng) => {
    for (const rows of strata) {
      for (let i = rows.length - 1; i > 0; i--) {
        const a = rows[i]!;
        const b = rows[rng.int(i + 1)]!;
        [codes[a], codes[b]] = [codes[b]!, codes[a]!];
      }
    }
    return statistic({ ...table, codes });
  });
}

function judge(observed: Value, options: PermutationOptions, permute: (rng: Rng) => Value): PermutationResult {
  const { rng, permutations = 1000, tail = "greater" } = options;
  if (observed.value === null) return { observed, pValue: null, permutations: 0, undefinedPermutations: 0 };
  const sign = tail === "greater" ? 1 : -1;
  // Rounding must not make a permutation that equals the data look smaller than it.
  const limit = sign * observed.value - 1e-12;
  let extreme = 0, undefinedPermutations = 0;
  for (let r = 0; r < permutations; r++) {
    const { value } = permute(rng);
    if (value === null) undefinedPermutations++;
    else if (sign * value >= limit) extreme++;
  }
  const pValue = (1 + extreme) / (1 + permutations - undefinedPermutations);
  return { observed: strip(observed), pValue, permutations, undefinedPermutations };
}

/** A disparity carries its groups; the result of a test needs the number only. */
function strip(value: Value): Value {
  return value.value === null ? value : { value: value.value };
}
