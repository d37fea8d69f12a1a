import { type ConfusionInput, confusionOf, type ConfusionTable, confusionTable } from "../classification/confusion.ts";
import { fisherExact, holm, type Selected } from "../inference/exact.ts";
import { confusionPValues, type PermutationOptions } from "../inference/permutation.ts";
import { uniqueDecisions } from "../inference/unique_rows.ts";
import { groupRows } from "../rows.ts";
import { defined, ratio, undefinedBecause, type Value } from "../value.ts";
import { metricByGroup } from "./by_group.ts";

/** A group beside the one that it is compared with. */
export interface GroupPair {
  /** Its name. */
  readonly group: string;
  /** The one that it is compared with. */
  readonly reference: string;
  /** Rows of the group with the favourable decision, of all its rows. */
  readonly counts: Selected;
  /** The same of the reference. */
  readonly referenceCounts: Selected;
  /** Selection rate over that of the reference. */
  readonly ratio: Value;
  /** Selection rate less that of the reference. */
  readonly difference: Value;
  /** `fisher`: exact. `permutation`: where rows have weights or come in clusters, which no exact test of rows allows. */
  readonly test: "fisher" | "permutation";
  /** Two-sided p-value of that test. */
  readonly pValue: Value;
  /** Mid-p value of Fisher's test. */
  readonly midP: Value;
  /** `pValue`, adjusted for the number of pairs (Holm). */
  readonly holmP: Value;
  /** Difference in standard deviations of what chance gives. */
  readonly standardDeviations: Value;
  /** If one more of the group had been selected, and one fewer of the reference. */
  readonly oneMore: {
    /** The ratio then. */
    readonly ratio: Value;
    /** Whether the group would then be the one selected more; `null` if it already is. */
    readonly reverses: boolean | null;
  };
}

/** Whom to compare, and how to test what has no exact test. */
export interface GroupPairsOptions extends PermutationOptions {
  /** The group that each other one is compared with. */
  readonly reference: string;
}

/**
 * Each group's selection rate beside that of a reference: ratio, difference and tests of this pair alone.
 *
 * - Fisher's exact test, its mid-p value, and Holm's adjustment over the pairs: `fisherExact`, `holm`.
 * - Standard deviations: `(p_g − p_r) / √(p (1 − p) (1/n_g + 1/n_r))`, `p` the rate of both together. Courts call two
 * or three of them suspect (Castaneda v. Partida, 430 U.S. 482, 496 n. 17 (1977); Hazelwood School District v. United
 * States, 433 U.S. 299, 308 n. 14 (1977)).
 * - One more: the four-fifths rule says little where one decision turns it over (Questions and Answers to the Uniform
 * Guidelines, 44 FR 11996 (1979), no. 21).
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 * @throws {RangeError} If no group has the reference's name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupPairs, Rng } from "@fair-embeddings/lib/metrics";
 *
 * const predictions = [1, 0, 0, 0, 1, 1, 1, 0];
 * const groups = ["BA", "BA", "BA", "BA", "PhD", "PhD", "PhD", "PhD"];
 * const [pair] = groupPairs({ predictions, groups }, { reference: "PhD", rng: new Rng(1) });
 * assertEquals([pair!.ratio.value, pair!.difference.value, pair!.oneMore.ratio.value], [1 / 3, -0.5, 1]);
 * ```
 */
export function groupPairs(input: ConfusionInput, options: GroupPairsOptions): GroupPair[] {
  const groups = groupRows(input.groups);
  const { weights, clusters, ...rows } = { ...input, groups };
  const table = confusionTable({ ...rows, weights });
  const counted = confusionTable(rows);
  const at = table.names.indexOf(options.reference);
  if (at < 0) throw new RangeError(`Expected a group as the reference, found ${options.reference}`);
  const exact = weights === undefined && clusters === undefined;
  const rates = metricByGroup(table, "selectionRate").values;
  const referenceCounts = selectedOf(counted, at);
  const pairs = table.names.flatMap((group, g): GroupPair[] => {
    const counts = selectedOf(counted, g);
    if (g === at || counts.rows === 0) return [];
    const tested = exact && counts.rows > 0 && referenceCounts.rows > 0 ? fisherExact(counts, referenceCounts) : null;
    const noExact = undefinedBecause("rows with weights or in clusters have no exact test");
    return [{
      group,
      reference: options.reference,
      counts,
      referenceCounts,
      ...compared(rates[g]!, rates[at]!),
      test: exact ? "fisher" : "permutation",
      pValue: tested === null ? permutedP({ ...input, groups }, [g, at], options) : defined(tested.p),
      midP: tested === null ? noExact : defined(tested.midP),
      holmP: noExact,
      standardDeviations: exact ? standardDeviations(counts, referenceCounts) : noExact,
      oneMore: oneMore(counts, referenceCounts),
    }];
  });
  const adjusted = holm(pairs.map(({ pValue }) => pValue.value));
  return pairs.map((pair, j) => ({ ...pair, holmP: adjusted[j] === null ? pair.pValue : defined(adjusted[j]!) }));
}

function selectedOf(table: ConfusionTable, group: number): Selected {
  const { tp, fp, tn, fn } = confusionOf(table, group);
  return { rows: table.rows[group]!, selected: table.favourable === 0 ? tn + fn : tp + fp };
}

function compared(own: Value, reference: Value): Pick<GroupPair, "ratio" | "difference"> {
  if (own.value === null) return { ratio: own, difference: own };
  if (reference.value === null) return { ratio: reference, difference: reference };
  return {
    ratio: ratio(own.value, reference.value, "nobody of the reference is selected"),
    difference: defined(own.value - reference.value),
  };
}

/** The permutation test of the difference between two groups, whole clusters exchanged where there are any. */
function permutedP(
  { groups, predictions, ...input }: ConfusionInput,
  pair: readonly [number, number],
  { rng, permutations }: PermutationOptions,
): Value {
  const { names, codes } = groupRows(groups);
  const rows = Array.from(codes.keys()).filter((i) => pair.includes(codes[i]!));
  const take = (column: ArrayLike<number>) => Float64Array.from(rows, (i) => column[i]!);
  const clusters = input.clusters && groupRows(input.clusters);
  const unique = uniqueDecisions({
    predictions: take(predictions),
    weights: input.weights && take(input.weights),
    counts: input.counts && take(input.counts),
    clusters: clusters && { names: clusters.names, codes: Int32Array.from(take(clusters.codes)) },
    groups: { names: pair.map((g) => names[g]!), codes: Int32Array.from(rows, (i) => pair.indexOf(codes[i]!)) },
  });
  const [p = null] = confusionPValues(unique, {
    within: "nothing",
    ideals: [0],
    statistic: (table) => {
      const [a, b] = metricByGroup(table, "selectionRate").values;
      return [a!.value === null || b!.value === null ? NaN : Math.abs(a!.value - b!.value)];
    },
  }, { rng: rng.derive(pair.join(" and ")), permutations });
  return p === null ? undefinedBecause("a group has no weight, or clusters span both groups") : defined(p);
}

function standardDeviations(a: Selected, b: Selected): Value {
  if (a.rows === 0 || b.rows === 0) return undefinedBecause("no rows");
  const rate = (a.selected + b.selected) / (a.rows + b.rows);
  const deviation = Math.sqrt(rate * (1 - rate) * (1 / a.rows + 1 / b.rows));
  return ratio(a.selected / a.rows - b.selected / b.rows, deviation, "both groups are selected in full, or not at all");
}

function oneMore(a: Selected, b: Selected): GroupPair["oneMore"] {
  if (a.rows === 0 || b.rows === 0) return { ratio: undefinedBecause("no rows"), reverses: null };
  // Cross-multiplied: 2 of 6 and 3 of 9 are equal whatever rounding says.
  const isBehind = (own: number, other: number) => own * b.rows < other * a.rows;
  if (!isBehind(a.selected, b.selected)) {
    return { ratio: undefinedBecause("the group is selected at least as often as the reference"), reverses: null };
  }
  const [own, other] = [a.selected + 1, b.selected - 1];
  return {
    ratio: ratio(own / a.rows, other / b.rows, "nobody else of the reference is selected"),
    reverses: own * b.rows > other * a.rows,
  };
}
