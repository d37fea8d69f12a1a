import type { ConfusionInput, ConfusionTable } from "../classification/confusion.ts";
import type { Value } from "../value.ts";
import { bootstrap, type BootstrapOptions } from "./bootstrap.ts";
import { confusionPValues, type PermutationOptions } from "./permutation.ts";
import type { PermuteWithin } from "./shuffles.ts";
import { type Estimate, tableMaker, uniqueDecisions } from "./unique_rows.ts";

/** Plain bootstrap intervals of anything computed from confusion counts. */
export function bootstrapConfusion<Name extends string>(
  input: ConfusionInput,
  statistics: Readonly<Record<Name, (table: ConfusionTable) => Value>>,
  options: BootstrapOptions,
): Record<Name, Estimate> {
  const kinds = uniqueDecisions(input);
  const names = Object.keys(statistics) as Name[];
  const make = tableMaker(kinds);
  const { intervals } = bootstrap(kinds, (counts) => {
    const table = make(counts);
    return names.map((name) => statistics[name](table).value ?? NaN);
  }, options);
  return Object.fromEntries(
    names.map((name, s) => [name, { estimate: statistics[name](kinds.table), interval: intervals[s]! }]),
  ) as Record<Name, Estimate>;
}

/** The p-value of one disparity of decisions. */
export function permutationTest(
  input: ConfusionInput,
  { of, within = "nothing" }: {
    readonly of: (table: ConfusionTable) => Value;
    readonly within?: PermuteWithin | null;
  },
  options: PermutationOptions,
): number | null {
  const statistic = (table: ConfusionTable) => [of(table).value ?? NaN];
  return confusionPValues(uniqueDecisions(input), { within: within!, ideals: [0], statistic }, options)[0]!;
}
