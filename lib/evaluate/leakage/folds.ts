import type { Rng } from "../../random.ts";

/**
 * Deals people into folds so that every fold has its share of every group: each group is shuffled and dealt one by one, and the
 * next group goes on where the last one ended, so that the folds' sizes differ by one at most.
 *
 * @param codes `[n]` group of each person, 0 to `groups − 1`.
 * @param groups How many.
 * @param folds How many folds.
 * @param rng The source of chance; only numbers of people and groups decide beside it.
 * @returns `[n]` fold of each person, 0 to `folds − 1`.
 * @throws {RangeError} If a group has fewer people than there are folds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { stratifiedFolds } from "./folds.ts";
 *
 * const folds = stratifiedFolds([0, 0, 1, 1, 0, 1], 2, 3, new Rng(1));
 * const ofGroup = (code: number) => [...folds].filter((_, i) => [0, 0, 1, 1, 0, 1][i] === code).sort();
 * assertEquals([ofGroup(0), ofGroup(1)], [[0, 1, 2], [0, 1, 2]]);
 * ```
 */
export function stratifiedFolds(codes: ArrayLike<number>, groups: number, folds: number, rng: Rng): Int32Array {
  const members: number[][] = Array.from({ length: groups }, () => []);
  for (let i = 0; i < codes.length; i++) members[codes[i]!]!.push(i);
  const fold = new Int32Array(codes.length);
  let next = 0;
  for (const [group, people] of members.entries()) {
    if (people.length < folds) {
      throw new RangeError(`Expected at least ${folds} people in a group, found ${people.length} in group ${group}`);
    }
    for (const i of rng.shuffle(people)) fold[i] = next++ % folds;
  }
  return fold;
}
