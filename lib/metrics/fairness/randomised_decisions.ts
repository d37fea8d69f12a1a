import { InputError } from "../../errors.ts";
import type { Rng } from "../../random.ts";
import type { ConfusionTable } from "../classification/confusion.ts";
import type { GroupThresholds } from "./group_thresholds.ts";
import { groupRows, type Groups } from "../groups.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import type { ThresholdOperation } from "../classification/tradeoff_curve.ts";
import { SMALL_GROUP } from "../value.ts";

/**
 * The chance of being selected under group thresholds.
 *
 * @param thresholds Rules from `groupThresholds`.
 * @param scores `[n]` scores.
 * @param groups `[n]` group names.
 * @returns `[n]` chances in [0, 1].
 * @throws {InputError} If a group has no rule.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupThresholds } from "./group_thresholds.ts";
 * import { selectionChances } from "./randomised_decisions.ts";
 *
 * const [labels, scores, groups] = [[1, 0, 1, 0], [0.75, 0.25, 0.5, 0.125], ["a", "a", "b", "b"]];
 * const thresholds = groupThresholds(labels, scores, groups, { constraint: "equalizedOdds" });
 * assertEquals(selectionChances(thresholds, scores, groups), Float64Array.of(1, 0, 1, 0));
 * ```
 */
export function selectionChances(thresholds: GroupThresholds, scores: Column, groups: Groups): Float64Array {
  const n = checkRows({ scores });
  checkGroupLength(groups, n);
  const { names, codes } = groupRows(groups);
  const rules = names.map((name) => {
    const rule = thresholds.rules[name];
    if (rule === undefined) throw new InputError(`Expected a group with a threshold, found ${name}`);
    return rule;
  });
  const passes = ({ operator, threshold }: ThresholdOperation, score: number) =>
    Number(operator === ">" ? score > threshold : score < threshold);
  return Float64Array.from(codes, (code, i) => {
    const { ignore, constant, p0, operation0, p1, operation1 } = rules[code]!;
    const score = scores[i]!;
    return ignore * constant + (1 - ignore) * (p0 * passes(operation0, score) + p1 * passes(operation1, score));
  });
}

/**
 * Draws decisions from chances.
 *
 * @param chances `[n]` chances of being selected.
 * @param rng The source of chance.
 * @returns `[n]` decisions, 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { drawDecisions } from "./randomised_decisions.ts";
 *
 * assertEquals(drawDecisions([1, 0], new Rng(1)), Uint8Array.of(1, 0));
 * ```
 */
export function drawDecisions(chances: Column, rng: Rng): Uint8Array {
  return Uint8Array.from(chances, (chance) => rng.uniform() < chance ? 1 : 0);
}

/**
 * The confusion counts to be expected from chances, so that every metric and disparity of a randomised rule is exact instead of
 * drawn.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param chances `[n]` chances of being selected.
 * @param groups `[n]` group names.
 * @returns The expected counts of each group.
 * @throws {InputError} If a cell is missing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionOf } from "../classification/confusion.ts";
 * import { expectedConfusion } from "./randomised_decisions.ts";
 *
 * const table = expectedConfusion([1, 0], [0.75, 0.25], ["a", "a"]);
 * assertEquals(confusionOf(table), { tp: 0.75, fn: 0.25, fp: 0.25, tn: 0.75 });
 * ```
 */
export function expectedConfusion(labels: Column, chances: Column, groups: Groups): ConfusionTable {
  const n = checkRows({ labels, scores: chances });
  checkGroupLength(groups, n);
  const { names, codes } = groupRows(groups);
  const rows = new Float64Array(names.length);
  const cells = new Float64Array(4 * names.length);
  for (let i = 0; i < n; i++) {
    const at = 4 * codes[i]! + 2 * labels[i]!;
    rows[codes[i]!]! += 1;
    cells[at]! += 1 - chances[i]!;
    cells[at + 1]! += chances[i]!;
  }
  return { names, rows, cells, labelled: true, smallBelow: SMALL_GROUP };
}
