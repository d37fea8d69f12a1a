import type { Rng } from "../../random.ts";
import type { ConfusionTable } from "../classification/confusion.ts";
import type { ScoreTable } from "../classification/scores.ts";
import { type PermuteWithin, shuffledScores, shuffledTables } from "./shuffles.ts";
import type { UniqueDecisions } from "./unique_rows.ts";

/** How to permute. */
export interface PermutationOptions {
  /** The source of chance. */
  readonly rng: Rng;
  /** Permutations; 1000 if absent, so the smallest p-value is about 0.001. */
  readonly permutations?: number | undefined;
}

/**
 * What is tested, and what is held fixed in the exchange of group names, which must match the question: `nothing` for
 * selection rates and accuracy; `label` for true and false positive rates, where different base rates are not the
 * question; `prediction` for precision.
 */
export interface PermutationQuestion<Within extends PermuteWithin, Arguments extends readonly unknown[]> {
  /** What rows share within which names are exchanged. */
  readonly within: Within;
  /** `[S]` each number without any difference: 0 where large values speak against it, 1 where small ones do. */
  readonly ideals: readonly (0 | 1)[];
  /** `[S]` the numbers, NaN where undefined. */
  readonly statistic: (...data: Arguments) => ArrayLike<number>;
}

/**
 * `[S]` p-values of several numbers on the same permutations, `(1 + #{at least as extreme}) / (1 + permutations)`
 * (Phipson & Smyth 2010); permutations on which a number is undefined are left out. `null` where the number itself is
 * undefined.
 */
export function permutationPValues(
  observed: ArrayLike<number>,
  ideals: readonly (0 | 1)[],
  { permutations = 1000, draw }: { readonly permutations?: number | undefined; readonly draw: () => ArrayLike<number> },
): (number | null)[] {
  const sign = ideals.map((ideal) => ideal === 0 ? 1 : -1);
  const extreme = new Int32Array(ideals.length);
  const defined = new Int32Array(ideals.length);
  for (let r = 0; r < permutations; r++) {
    const values = draw();
    for (let s = 0; s < sign.length; s++) {
      if (Number.isNaN(values[s]!)) continue;
      defined[s]! += 1;
      // Rounding must not make a permutation that equals the data look smaller than it.
      if (sign[s]! * values[s]! >= sign[s]! * observed[s]! - 1e-12) extreme[s]! += 1;
    }
  }
  return sign.map((_, s) => Number.isNaN(observed[s]!) ? null : (1 + extreme[s]!) / (1 + defined[s]!));
}

/**
 * Tests whether disparities of decisions are more than chance, by hypergeometric draws of counts: the cost does not
 * depend on the number of rows. Where rows come in clusters, names are exchanged among whole clusters and nothing is
 * held fixed; there is no test (`null`) where clusters span groups.
 */
export function confusionPValues(
  unique: UniqueDecisions,
  { within, ideals, statistic }: PermutationQuestion<PermuteWithin, [ConfusionTable]>,
  { rng, permutations }: PermutationOptions,
): (number | null)[] {
  const shuffle = shuffledTables(unique, within);
  if (shuffle === null) return ideals.map(() => null);
  const observed = Float64Array.from(statistic(unique.table));
  return permutationPValues(observed, ideals, { permutations, draw: () => statistic(shuffle(rng)) });
}

/**
 * The same for scores. O(n) per permutation below 2,048 rows, and from there on the same cost for any number
 * (`gridFrom`).
 */
export function scorePValues(
  table: ScoreTable,
  { within, ideals, statistic }: PermutationQuestion<"nothing" | "label", [ScoreTable, Float64Array]>,
  { rng, permutations, gridFrom }: PermutationOptions & { readonly gridFrom?: number | undefined },
): (number | null)[] {
  const shuffle = shuffledScores(table, within, gridFrom);
  if (shuffle === null) return ideals.map(() => null);
  const numbers = ({ table, mass }: typeof shuffle.observed) => statistic(table, mass);
  const observed = Float64Array.from(numbers(shuffle.observed));
  return permutationPValues(observed, ideals, { permutations, draw: () => numbers(shuffle.draw(rng)) });
}
