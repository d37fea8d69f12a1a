import { InputError } from "../../errors.ts";
import type { Rng } from "../../random.ts";
import type { ConfusionInput, ConfusionTable } from "../classification/confusion.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "../classification/scores.ts";
import type { Value } from "../value.ts";
import { type PermuteWithin, shuffledScores, shuffledTables } from "./shuffles.ts";
import { type UniqueDecisions, uniqueDecisions } from "./unique_rows.ts";

/** How to permute. */
export interface PermutationOptions {
  /** The source of chance. */
  readonly rng: Rng;
  /** Permutations; 1000 if absent, so the smallest p-value is about 0.001. */
  readonly permutations?: number | undefined;
  /** Whether a large (`greater`, if absent) or a small value (`less`, for ratios) speaks against chance. */
  readonly tail?: "greater" | "less" | undefined;
}

/** The answer to "is this gap more than noise?". */
export interface PermutationResult {
  /** The value on the data. */
  readonly observed: Value;
  /**
   * Share of permutations at least as extreme, the data counted among them; `null` where the observed value is undefined or
   * clusters span groups.
   */
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
 * the number of rows. Where rows come in clusters, names are exchanged among whole clusters and nothing is held fixed.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1, or if labels are to be held fixed and there are none.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "@fair-embeddings/lib";
 * import { demographicParityDifference, permutationTest } from "@fair-embeddings/lib/metrics";
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
  const kinds = uniqueDecisions(input, false);
  const shuffle = shuffledTables(kinds, within);
  return judgeOne(statistic(kinds.table), options, shuffle && ((rng) => statistic(shuffle(rng))));
}

/**
 * The same test for a gap in scores (AUC, ABROCA, mean score): group names are shuffled over the sorted rows, among those of equal
 * label if asked for. O(n) per permutation below 8,192 rows, and from there on the same cost for any number.
 *
 * @throws {InputError} If a cell is missing or out of range.
 */
export function scorePermutationTest(
  input: ScoreInput | ScoreTable,
  statistic: (table: ScoreTable) => Value,
  within: "nothing" | "label",
  options: PermutationOptions,
): PermutationResult {
  const table = "codes" in input ? input : scoreTable(input);
  const shuffle = shuffledScores(table, within);
  const value = statistic(table);
  if (shuffle === null || value.value === null) return judgeOne(value, options, null);
  const at = ({ table, mass }: ReturnType<typeof shuffle.draw>) => statistic({ ...table, mass });
  const onGrid = shuffle.observed.table === table ? value : at(shuffle.observed);
  return { ...judgeOne(onGrid, options, (rng) => at(shuffle.draw(rng))), observed: strip(value) };
}

/** The p-values of several gaps on the same permutations. */
export function permutationPValues(
  observed: ArrayLike<number>,
  ideals: readonly (0 | 1)[],
  permutations: number,
  draw: () => ArrayLike<number>,
): { pValues: (number | null)[]; undefinedPermutations: Int32Array } {
  const sign = ideals.map((ideal) => ideal === 0 ? 1 : -1);
  const extreme = new Int32Array(ideals.length);
  const undefinedPermutations = new Int32Array(ideals.length);
  for (let r = 0; r < permutations; r++) {
    const values = draw();
    for (let s = 0; s < sign.length; s++) {
      const value = values[s]!;
      if (Number.isNaN(value)) undefinedPermutations[s]! += 1;
      // Rounding must not make a permutation that equals the data look smaller than it.
      else if (sign[s]! * value >= sign[s]! * observed[s]! - 1e-12) extreme[s]! += 1;
    }
  }
  const pValues = sign.map((_, s) =>
    Number.isNaN(observed[s]!) ? null : (1 + extreme[s]!) / (1 + permutations - undefinedPermutations[s]!)
  );
  return { pValues, undefinedPermutations };
}

/** Permutation tests of several gaps within the same kind of rows. */
export function confusionPValues(
  kinds: UniqueDecisions,
  within: PermuteWithin,
  ideals: readonly (0 | 1)[],
  statistic: (table: ConfusionTable) => ArrayLike<number>,
  options: { readonly rng: Rng; readonly permutations: number },
): (number | null)[] {
  const shuffle = shuffledTables(kinds, within);
  if (shuffle === null) return ideals.map(() => null);
  const rng = options.rng.derive(`within ${within}`);
  return permutationPValues(
    Float64Array.from(statistic(kinds.table)),
    ideals,
    options.permutations,
    () => statistic(shuffle(rng)),
  ).pValues;
}

/** Permutation tests of several gaps in scores within the same kind of rows. */
export function scorePValues(
  table: ScoreTable,
  within: "nothing" | "label",
  ideals: readonly (0 | 1)[],
  statistic: (table: ScoreTable, mass: Float64Array) => ArrayLike<number>,
  options: { readonly rng: Rng; readonly permutations: number; readonly gridFrom?: number | undefined },
): (number | null)[] {
  const shuffle = shuffledScores(table, within, options.gridFrom);
  if (shuffle === null) return ideals.map(() => null);
  const rng = options.rng.derive(`scores within ${within}`);
  const { observed } = shuffle;
  return permutationPValues(
    Float64Array.from(statistic(observed.table, observed.mass)),
    ideals,
    options.permutations,
    () => {
      const drawn = shuffle.draw(rng);
      return statistic(drawn.table, drawn.mass);
    },
  ).pValues;
}

function judgeOne(
  observed: Value,
  options: PermutationOptions,
  permute: ((rng: Rng) => Value) | null,
): PermutationResult {
  const { rng, permutations = 1000, tail = "greater" } = options;
  if (observed.value === null || permute === null) {
    return { observed: strip(observed), pValue: null, permutations: 0, undefinedPermutations: 0 };
  }
  const ideal = tail === "greater" ? 0 : 1;
  const outcome = permutationPValues([observed.value], [ideal], permutations, () => [permute(rng).value ?? NaN]);
  return {
    observed: strip(observed),
    pValue: outcome.pValues[0]!,
    permutations,
    undefinedPermutations: outcome.undefinedPermutations[0]!,
  };
}

/** A disparity carries its groups; the result of a test needs the number only. */
function strip(value: Value): Value {
  return value.value === null ? { value: null, reason: value.reason } : { value: value.value };
}
