/** The fairness terms of a configuration, and of whoever calls it from a program. */
import type { Rng } from "../../random.ts";
import { learningRateFactor } from "../../graph/mod.ts";
import type { Config } from "../config.ts";
import { combine, type CombinedTerms } from "./combine.ts";
import { constraintTerm } from "./constraint_term.ts";
import { adversary, attributeHead, balancedClassWeights } from "./heads.ts";
import type { FairnessTerm } from "./term.ts";
import { baseDistillation, counterfactual, distribution, parity } from "./terms.ts";

type FairnessSettings = Config["fairness"];

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

/** Whether a configuration asks for any fairness objective. */
export function hasTerms(fairness: FairnessSettings): boolean {
  return fairness.constraints.length > 0 ||
    Object.values(fairness).some((part) =>
      typeof part === "object" && part !== null && "weight" in part && part.weight > 0
    );
}

/**
 * Makes and combines the terms of a training, ready to be compiled into the training step. The base model's embeddings
 * are asked for with distillation only.
 * @throws {InputError} When an attribute has less than two groups, or two terms have one name.
 */
export function fairnessTerms(
  fairness: FairnessSettings,
  sources: TermsContext & { baseEmbedding: (text: number) => Float32Array; own?: OwnTerms | undefined },
): CombinedTerms {
  const { attributes, width: features, totalSteps, baseEmbedding, own = () => [] } = sources;
  const treated = fairness.attributes ?? Object.keys(attributes);
  const terms = treated.flatMap((attribute) => attributeTerms(fairness, attribute, sources));
  if (fairness.counterfactual.weight > 0) terms.push(counterfactual(fairness.counterfactual));
  for (const constraint of fairness.constraints) {
    const classes = constraint.attribute === null ? 1 : attributes[constraint.attribute]!.length;
    terms.push(constraintTerm(constraint, { classes, dual: fairness.dual }));
  }
  if (fairness.distillation.weight > 0) {
    terms.push(baseDistillation({ ...fairness.distillation, features, baseEmbedding }));
  }
  terms.push(...own(sources));
  const warmup = Math.round(fairness.warmup * totalSteps);
  // Without terms no attribute is looked at, and one with a single group is no mistake.
  return combine(terms, { attributes: terms.length === 0 ? {} : attributes, warmup });
}

/** By which factor a term, by its name in the history, counted in the loss of a step; 1 for a term of one's own. */
export function termWeight(fairness: FairnessSettings, term: string, { step, steps }: { step: number; steps: number }) {
  const kind = term.split(".")[0]!;
  const part = kind === "baseDistillation"
    ? fairness.distillation
    : kind === fairness.distribution.distance
    ? fairness.distribution
    : fairness[kind as keyof FairnessSettings];
  const weight = typeof part === "object" && part !== null && "weight" in part ? part.weight : 1;
  const warmup = Math.round(fairness.warmup * steps);
  return weight * learningRateFactor(step - 1, { schedule: "constant", warmup, total: 0 });
}

/** The terms that treat one attribute. */
function attributeTerms(fairness: FairnessSettings, attribute: string, context: TermsContext): FairnessTerm[] {
  const { counts, width: features } = context;
  const classes = context.attributes[attribute]!.length;
  const common = { attribute, classes };
  const on = ({ weight }: { weight: number }) => weight > 0;
  const classWeights = balancedClassWeights(counts[attribute]!);
  const heads = ([["adversary", adversary], ["attributeHead", attributeHead]] as const).flatMap(([name, make]) => {
    const { steps = 1, seesLabel = false, ...settings }: FairnessSettings["attributeHead"] & {
      steps?: number;
      seesLabel?: boolean;
    } = fairness[name];
    const { weight, hidden, learningRate, weightDecay } = settings;
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
  ];
}
