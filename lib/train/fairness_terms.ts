/** The fairness terms of a configuration, and of whoever calls it from a program. */
import type { Config } from "./config.ts";
import { compareGroups, type Example } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { balancedClassWeights } from "./fairness/balanced_class_weights.ts";
import { combine, type CombinedTerms } from "./fairness/combine.ts";
import type { FairnessTerm } from "./fairness/term.ts";
import { adversary, attributeHead } from "./fairness/terms/adversary.ts";
import { baseDistillation } from "./fairness/terms/base_distillation.ts";
import { counterfactual } from "./fairness/terms/counterfactual.ts";
import { distribution } from "./fairness/terms/distribution.ts";
import { parity } from "./fairness/terms/parity.ts";
import { worstGroup } from "./fairness/terms/worst_group.ts";

/** What a term of one's own can be made with. */
export interface TermsContext {
  /** Groups by attribute, in the order of the items' group numbers. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Training examples of each group. */
  readonly counts: Readonly<Record<string, readonly number[]>>;
  /** Numbers per embedding. */
  readonly width: number;
  /** Optimiser steps of the whole training. */
  readonly totalSteps: number;
  /** For starting values. */
  readonly rng: Rng;
}

/** Terms of one's own, beside those of the configuration. */
export type OwnTerms = (context: TermsContext) => readonly FairnessTerm[];

/**
 * The groups of each attribute that occur in the training split, from low to high where they are levels of education.
 *
 * @param train Training examples.
 * @param others Examples of the other splits.
 * @param config Names the attributes.
 * @param strict Whether a group that the training split lacks is an error: it cannot be treated fairly by what has never
 *   seen it.
 * @returns Names by attribute.
 * @throws {InputError} When a group is missing in training.
 */
export function trainedGroups(
  train: readonly Example[],
  others: readonly Example[],
  config: Config,
  strict: boolean,
): Record<string, string[]> {
  return Object.fromEntries(config.data.groups.map(({ name }) => {
    const groups = [...new Set(train.map((example) => example.groups[name]!))].sort(compareGroups);
    const missing = others.find((example) => !groups.includes(example.groups[name]!));
    if (strict && missing !== undefined) {
      throw new InputError(
        `${config.data.path}, row ${missing.row}: expected every group of "${name}" in the training split, ` +
          `"${missing.groups[name]}" is not; add such rows, merge the group, or train without fairness objectives`,
      );
    }
    return [name, groups];
  }));
}

/** Whether a configuration asks for any fairness objective. */
export function hasTerms({ fairness }: Config): boolean {
  return Object.values(fairness).some((part) =>
    typeof part === "object" && part !== null && "weight" in part && part.weight > 0
  );
}

/**
 * Makes and combines the terms of a training.
 *
 * @param config Their weights and settings.
 * @param context Groups, sizes and randomness.
 * @param baseEmbedding The base model's embedding of a text, by its number; asked for with distillation only.
 * @param own Terms besides.
 * @returns All terms, ready to be compiled into the training step.
 * @throws {InputError} When an attribute has less than two groups, or two terms have one name.
 */
export function fairnessTerms(
  config: Config,
  context: TermsContext,
  baseEmbedding: (text: number) => Float32Array,
  own: OwnTerms = () => [],
): CombinedTerms {
  const { fairness } = config;
  const { counts, width: features } = context;
  const treated = fairness.attributes ?? config.data.groups.map(({ name }) => name);
  const terms: FairnessTerm[] = treated.flatMap((attribute) => {
    const classes = context.attributes[attribute]!.length;
    const common = { attribute, classes };
    const on = ({ weight }: { weight: number }) => weight > 0;
    const classWeights = balancedClassWeights(counts[attribute]!);
    const heads = ([["adversary", adversary], ["attributeHead", attributeHead]] as const).flatMap(([name, make]) => {
      const settings = fairness[name];
      const { weight, hidden, learningRate, weightDecay } = settings;
      const steps = "steps" in settings ? settings.steps : 1;
      const seesLabel = "seesLabel" in settings && settings.seesLabel;
      const optimizer = { learningRate, weightDecay, steps };
      const options = { ...common, weight, features, hidden, classWeights, seesLabel, optimizer };
      return on(settings) ? [make(options, context.rng.derive(`${name} ${attribute}`))] : [];
    });
    const penalties = (["demographicParity", "equalOpportunity", "equalizedOdds"] as const)
      .filter((criterion) => on(fairness[criterion]))
      .map((criterion) => parity({ ...common, ...fairness[criterion], criterion }));
    return [
      ...heads,
      ...penalties,
      ...(on(fairness.distribution) ? [distribution({ attribute, ...fairness.distribution })] : []),
      ...(on(fairness.worstGroup) ? [worstGroup({ ...common, ...fairness.worstGroup })] : []),
    ];
  });
  if (fairness.counterfactual.weight > 0) terms.push(counterfactual(fairness.counterfactual));
  if (fairness.distillation.weight > 0) {
    terms.push(baseDistillation({ ...fairness.distillation, features, baseEmbedding }));
  }
  terms.push(...own(context));
  const warmup = Math.round(fairness.warmup * context.totalSteps);
  // Without terms no attribute is looked at, and one with a single group is no mistake.
  return combine(terms, { attributes: terms.length === 0 ? {} : context.attributes, warmup });
}
