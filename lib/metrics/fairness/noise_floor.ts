import type { Rng } from "../../random.ts";
import type { ConfusionInput } from "../classification/confusion.ts";
import { confusionKinds } from "../classification/confusion_bootstrap.ts";
import type { ConfusionGap } from "./confusion_gaps.ts";
import { shuffledTables } from "../inference/shuffle_tables.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** How to permute. */
export interface NoiseFloorOptions {
  readonly rng: Rng;
  /** Permutations; 1000 if absent. */
  readonly permutations?: number | undefined;
}

/**
 * The gap to expect where decisions have nothing to do with the group: the mean over random exchanges of group names.
 *
 * A gap is a largest minus a smallest rate, so chance alone makes it positive, the more the smaller and the more numerous the
 * groups. What a gap has in excess of this number is not explained by that. What is held fixed in the exchange is what
 * holds in the gap's test (see `permutationTest`): whole clusters are exchanged where there are any.
 *
 * @param input Columns of length `n`.
 * @param gap An entry of `CONFUSION_GAPS`.
 * @param options How to permute.
 * @returns The mean gap; undefined where clusters span groups or the gap has no test.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { CONFUSION_GAPS } from "./confusion_gaps.ts";
 * import { noiseFloor } from "./noise_floor.ts";
 *
 * // Two of four people are selected. Dealt into groups of two, they are apart in 4 of 6 deals: gaps of 0, else of 1.
 * const input = { predictions: [1, 1, 0, 0], groups: ["BA", "BA", "PhD", "PhD"] };
 * const floor = noiseFloor(input, CONFUSION_GAPS.demographicParityDifference, { rng: new Rng(1) });
 * assert(Math.abs(floor.value! - 2 / 6) < 0.05);
 * ```
 */
export function noiseFloor(input: ConfusionInput, gap: ConfusionGap, options: NoiseFloorOptions): Value {
  const { rng, permutations = 1000 } = options;
  if (gap.within === null) return undefinedBecause("no exchange of rows fits this gap");
  const shuffle = shuffledTables(confusionKinds(input, false), gap.within);
  if (shuffle === null) return undefinedBecause("clusters span groups");
  let sum = 0, count = 0;
  for (let r = 0; r < permutations; r++) {
    const { value } = gap.of(shuffle(rng));
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? undefinedBecause("the gap is undefined on every permutation") : defined(sum / count);
}
