import type { ConfusionInput, ConfusionTable } from "../classification/confusion.ts";
import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import { reachIdeal } from "../inference/intervals.ts";
import { confusionPValues, type PermutationOptions } from "../inference/permutation.ts";
import { shuffledTables } from "../inference/shuffles.ts";
import { tableMaker, uniqueDecisions } from "../inference/unique_rows.ts";
import { defined, type Disparity, type Interval, undefinedBecause, type Value } from "../value.ts";
import type { DisparityDefinition } from "./disparities.ts";

/** A disparity with its interval and its test. */
export interface DisparityEstimate {
  /** The disparity on the data. */
  readonly estimate: Disparity;
  /** It reaches perfect fairness exactly where the test finds nothing; see `disparityInterval`. */
  readonly interval: Interval;
  /** Permutation p-value: how often chance alone gives so large a disparity. `null` where no test applies. */
  readonly pValue: number | null;
}

/**
 * Disparities of decisions with intervals that hold close to perfect fairness, and a permutation test of each. Both
 * work on counts of unique rows, so the cost does not grow with the rows.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 */
export function estimateDisparities<Name extends string>(
  input: ConfusionInput,
  disparities: Readonly<Record<Name, DisparityDefinition>>,
  options: BootstrapOptions,
): Record<Name, DisparityEstimate> {
  const names = Object.keys(disparities) as Name[];
  const list = names.map((name) => disparities[name]);
  const unique = uniqueDecisions(input);
  const make = tableMaker(unique);
  const values = (of: readonly DisparityDefinition[], table: ConfusionTable) =>
    of.map((own) => own.of(table).value ?? NaN);
  const { intervals } = bootstrap(
    unique,
    (counts) => values(list, make(counts)),
    { ...options, rng: options.rng.derive("intervals") },
    list.map(({ ideal }) => ideal === 0 ? "difference" : "ratio"),
  );
  const pValues = new Map<DisparityDefinition, number | null>();
  for (const within of ["nothing", "label", "prediction"] as const) {
    const tested = list.filter((own) => own.within === within && (unique.table.labelled || !own.needsLabels));
    if (tested.length === 0) continue;
    confusionPValues(unique, {
      within,
      ideals: tested.map(({ ideal }) => ideal),
      statistic: (table) => values(tested, table),
    }, {
      rng: options.rng.derive(`within ${within}`),
      permutations: options.resamples,
    }).forEach((pValue, j) => pValues.set(tested[j]!, pValue));
  }
  return Object.fromEntries(names.map((name, s) => {
    const { of, ideal } = disparities[name];
    const pValue = pValues.get(disparities[name]) ?? null;
    const interval = options.method === undefined ? reachIdeal(intervals[s]!, ideal, pValue) : intervals[s]!;
    return [name, { estimate: of(unique.table), interval, pValue }];
  })) as Record<Name, DisparityEstimate>;
}

/**
 * The disparity to expect where decisions are independent of the group: the mean over random exchanges of group names.
 *
 * A difference is a largest minus a smallest rate, so chance alone makes it positive, the more the smaller and the more
 * numerous the groups. What is held fixed in the exchange is what the disparity's test holds fixed (see
 * `PermutationQuestion`): whole clusters are exchanged where there are any.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 */
export function expectedUnderIndependence(
  input: ConfusionInput,
  disparity: DisparityDefinition,
  options: PermutationOptions,
): Value {
  const { rng, permutations = 1000 } = options;
  if (disparity.within === null) return undefinedBecause("no exchange of rows fits this disparity");
  const shuffle = shuffledTables(uniqueDecisions(input), disparity.within);
  if (shuffle === null) return undefinedBecause("clusters span groups");
  let sum = 0, count = 0;
  for (let r = 0; r < permutations; r++) {
    const { value } = disparity.of(shuffle(rng));
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? undefinedBecause("the disparity is undefined on every permutation") : defined(sum / count);
}
