/** What a run says about its bounds: what its tables can show at all, and what became of the bounds. */
import { dim, green, yellow } from "@std/fmt/colors";
import { type Dataset, type Example, labelClass } from "../data/mod.ts";
import { METRICS } from "../evaluate/mod.ts";
import { detectableDifferences } from "../metrics/mod.ts";
import type { Config } from "./config.ts";
import { confidenceOfEach, type ConstraintCheck } from "./constraints.ts";
import type { Constraint } from "./settings.ts";

/** What a bound is of, and where it lies. */
export function boundText(
  { metric, attribute, against, atMost, atLeast }: Constraint,
  title: string = METRICS[metric]!.title,
): string {
  return `${title}${attribute === null ? "" : ` by ${attribute}`}${
    against === "label" ? "" : " against ground truth"
  } at ${atMost === undefined ? `least ${atLeast}` : `most ${atMost}`}`;
}

/** A bound and what became of it, in a line: where it was looked at, what was found, and what follows. */
export function constraintText(
  constraint: Constraint,
  { value, limit, met }: ConstraintCheck,
  { where, confidence }: { readonly where: string; readonly confidence: number },
): string {
  const { atMost, atLeast } = constraint;
  const bound = boundText(constraint);
  if (value !== null && limit === null) {
    return `${bound}: ${value.toFixed(3)} on ${where} without a group that has no such rows, ` +
      "of which nothing is shown";
  }
  if (value === null || limit === null) return `${bound}: undefined on ${where}, so nothing is shown`;
  const within = atMost === undefined ? value >= atLeast! : value <= atMost;
  const verdict = met ? "kept" : within ? "kept as measured, but not shown" : "not kept";
  const worst = `${atMost === undefined ? "at least" : "at most"} ${limit.toFixed(3)}`;
  return `${bound}: ${verdict} on ${where}, ${value.toFixed(3)}, ${worst} with ` +
    `${Number((100 * confidence).toFixed(1))}% confidence`;
}

/** Says what became of each bound on the two splits that nothing was trained on. */
export function tellConstraints(
  config: Config,
  { validation, test, print }: {
    readonly validation: readonly ConstraintCheck[];
    readonly test: readonly ConstraintCheck[];
    readonly print: (text: string) => void;
  },
): void {
  config.fairness.constraints.forEach((constraint, i) => {
    for (const [where, checks] of [["validation", validation], ["test", test]] as const) {
      const { confidence } = config.selection;
      const check = checks[i]!;
      const text = constraintText(constraint, check, { where: `the ${where} split`, confidence });
      print(check.met ? green(text) : yellow(text));
    }
  });
  if (validation.length > 0) print(dim(looksText(config)));
}

function looksText(config: Config): string {
  const each = Number((100 * confidenceOfEach(config, 1)).toFixed(1));
  return `Limits on the validation split allow for having looked at it after every epoch and at several thresholds, ` +
    `each at ${each}% or more.`;
}

/** Says, before training, how small a difference between groups each split can show. */
export function tellPower(
  { data, evaluation }: Pick<Config, "data" | "evaluation">,
  { validation, test }: Pick<Dataset, "validation" | "test">,
  print: (text: string) => void,
): void {
  for (const { name } of data.groups) {
    const of = (examples: readonly Example[]) =>
      detectableDifferences({
        values: examples.map(labelClass),
        groups: examples.map(({ groups }) => groups[name]!),
        clusters: examples.map(({ candidateId }) => candidateId),
      }, { level: (1 - evaluation.confidence) / data.groups.length });
    const splits = ([["validation", of(validation)], ["test", of(test)]] as const).flatMap(([where, found]) => {
      const known = found.flatMap(({ group, n, difference: { value } }) => value === null ? [] : [{ group, n, value }]);
      if (known.length === 0) return [];
      known.sort((a, b) => a.value - b.value);
      const text = ({ group, n, value }: typeof known[number]) => `${value.toFixed(2)} of ${group} (${n} rows)`;
      const [first, last] = [known[0]!, known.at(-1)!];
      return [`the ${where} split ${first === last ? text(first) : `${text(first)} to ${text(last)}`}`];
    });
    if (splits.length > 0) {
      print(
        dim(
          `smallest difference from the others' selection rate that is found in 4 of 5 cases, by ${name}: ${
            splits.join("; ")
          }`,
        ),
      );
    }
  }
}
