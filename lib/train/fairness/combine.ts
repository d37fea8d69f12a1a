/** Many fairness terms as one: their losses added to a training's graph, and their values brought to it. */
import { closestString } from "@std/text/closest-string";
import { InputError } from "../../errors.ts";
import { add, customVjp, gather, input, learningRateFactor, mul, sameShape, scalar } from "../../graph/mod.ts";
import { ShapeError } from "../../graph/mod.ts";
import type { Tensor, TensorData } from "../../graph/mod.ts";
import { parameterFeeds, type Parameters } from "../../model/mod.ts";
import { scaleGradient } from "./heads.ts";
import type { TrainingItem } from "../objective_graph.ts";
import type { FairnessTerm, TermBatch, TermInputs, TermOptimizer } from "./term.ts";

/** The tensors of a training's graph that terms build on. */
export interface SharedTensors extends Pick<TermInputs, "job" | "resume" | "cosine" | "logit" | "scale" | "label"> {
  /** Of all texts of the batch, `[texts, hidden]`. */
  readonly embeddings: Tensor;
}

/** Options of {@linkcode combine}. */
export interface CombineOptions {
  /** The groups' names by attribute, in the order of the items' group numbers. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Optimiser steps over which the weights rise from 0: a model that knows nothing yet has no bias to unlearn. */
  readonly warmup: number;
}

/** What terms gave in one pass. */
export interface TermResults {
  /** Each term's loss, without its weight. */
  readonly losses: Readonly<Record<string, number>>;
  /** Sums of the multipliers of each bound, by name. */
  readonly multipliers: Readonly<Record<string, number>>;
  readonly state: Parameters;
}

/** Several terms, ready to join a training. Names of parameters and of state are `<term>.<name>`. */
export interface CombinedTerms {
  readonly terms: readonly FairnessTerm[];
  readonly options: CombineOptions;
  /** Starting values of all own parameters. */
  readonly parameters: Parameters;
  /** What is remembered before the first batch. */
  readonly state: Parameters;
  build(shared: SharedTensors): { loss: Tensor; parameters: Tensor[]; outputs: Record<string, Tensor> };
  /** The values of all inputs but the parameters. */
  feeds(batch: TermBatch, state: Parameters): Record<string, TensorData>;
  read(results: Readonly<Record<string, TensorData>>): TermResults;
  /** How a parameter is updated; `undefined` if it is no term's. */
  optimizer(parameter: string): TermOptimizer | undefined;
}

/**
 * Combines terms. What is minimised is main loss + Σ weight·ramp·loss, with one exception: the parameters of a term
 * learn to minimise the term's own loss, whatever its weight.
 * @throws {InputError} When two terms have one name, a weight is negative, or an attribute has less than two groups.
 */
export function combine(terms: readonly FairnessTerm[], options: CombineOptions): CombinedTerms {
  const { attributes, warmup } = options;
  checkTerms(terms, attributes);
  const optimizers = new Map(
    terms.flatMap((term) =>
      Object.keys(term.parameters ?? {}).map((name) => [ownName(term, name), term.optimizer ?? {}])
    ),
  );
  return {
    terms,
    options,
    optimizer: (parameter) => optimizers.get(parameter),
    parameters: prefixed(terms, (term) => term.parameters),
    state: prefixed(terms, (term) => term.state),

    build(shared) {
      const membership = new Map<string, Tensor>();
      const groupsOf = (term: FairnessTerm) => (attribute: string): Tensor => {
        const names = groupNames(attributes, attribute, term);
        const known = membership.get(attribute) ??
          input(groupsInput(attribute), [shared.label.shape[0]!, names.length]);
        membership.set(attribute, known);
        return known;
      };
      const populationWeight = input(POPULATION, [shared.label.shape[0]!]);
      const built = terms.map((term) => buildTerm(term, { ...shared, populationWeight }, groupsOf(term)));
      return {
        loss: built.map(({ contribution }) => contribution).reduce((a, b) => add(a, b), scalar(0)),
        parameters: built.flatMap(({ parameters }) => parameters),
        outputs: Object.assign({}, ...built.map(({ outputs }) => outputs)),
      };
    },

    feeds(batch, state) {
      const feeds: Record<string, TensorData> = parameterFeeds(state);
      for (const [attribute, names] of Object.entries(attributes)) {
        feeds[groupsInput(attribute)] = oneHotGroups(batch.items, attribute, names.length);
      }
      feeds[POPULATION] = {
        dtype: "float32",
        shape: [batch.items.length],
        data: Float32Array.from(batch.items, (item) => item.populationWeight ?? 1),
      };
      const ramp = learningRateFactor(batch.step, { schedule: "constant", warmup, total: 0 });
      for (const term of terms) {
        feeds[strengthInput(term)] = { dtype: "float32", shape: [], data: Float32Array.of(term.weight * ramp) };
        for (const [name, value] of Object.entries(term.feeds?.(batch) ?? {})) feeds[ownName(term, name)] = value;
      }
      return feeds;
    },

    read: (results) => readTerms(terms, results),
  };
}

function readTerms(terms: readonly FairnessTerm[], results: Readonly<Record<string, TensorData>>): TermResults {
  const before = prefixed(terms, (term) => term.state);
  const next = Object.entries(before).map(([name, { shape }]) => {
    return [name, { shape, data: results[nextOutput(name)]!.data as Float32Array }] as const;
  });
  return {
    losses: Object.fromEntries(terms.map((term) => [term.name, Number(results[lossOutput(term)]!.data[0])])),
    multipliers: Object.fromEntries(
      next.flatMap(([name, { data }]) =>
        name.endsWith(MULTIPLIERS) ? [[name.slice(0, -MULTIPLIERS.length), data.reduce((a, b) => a + b, 0)]] : []
      ),
    ),
    state: Object.fromEntries(next),
  };
}

function buildTerm(
  term: FairnessTerm,
  shared: SharedTensors & Pick<TermInputs, "populationWeight">,
  groups: (attribute: string) => Tensor,
) {
  const strength = input(strengthInput(term), []);
  // The weight acts where the gradient enters the model, so that it does not slow down the term's own parameters.
  const weighted = (x: Tensor) => scaleGradient(x, strength);
  const embeddings = weighted(shared.embeddings);
  const items = shared.label.shape[0]!;
  const named = (values: Parameters = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, input(ownName(term, name), shape)]));
  const parameters = named(term.parameters), state = named(term.state);

  const result = term.build({
    job: weighted(shared.job),
    resume: weighted(shared.resume),
    cosine: weighted(shared.cosine),
    logit: weighted(shared.logit),
    scale: shared.scale,
    label: shared.label,
    populationWeight: shared.populationWeight,
    groups,
    texts: (name) => gather(embeddings, input(ownName(term, name), [items], "int32")),
    input: (name, shape, dtype) => input(ownName(term, name), shape, dtype),
    parameters,
    state,
  });
  const { loss, next } = "next" in result ? result : { loss: result, next: {} as Record<string, Tensor> };
  if (loss.shape.length !== 0) throw new ShapeError(`Fairness term "${term.name}"`, [loss], "a loss of rank 0");
  const outputs: Record<string, Tensor> = { [lossOutput(term)]: loss };
  for (const [name, before] of Object.entries(state)) {
    const after = next[name];
    if (!after || !sameShape(after.shape, before.shape)) {
      const what = `State "${name}" of fairness term "${term.name}"`;
      throw new ShapeError(what, after ? [before, after] : [before], "a next value of the same shape");
    }
    outputs[nextOutput(ownName(term, name))] = after;
  }
  return {
    contribution: customVjp(mul(loss, strength), [loss], (dy) => [dy]),
    parameters: Object.values(parameters),
    outputs,
  };
}

function checkTerms(terms: readonly FairnessTerm[], attributes: CombineOptions["attributes"]): void {
  const names = new Set<string>();
  for (const { name, weight } of terms) {
    if (names.has(name)) throw new InputError(`fairness term "${name}": expected one term of this name, found two`);
    names.add(name);
    if (!(weight >= 0 && weight < Infinity)) {
      throw new InputError(`fairness term "${name}": expected a weight of at least 0, found ${weight}`);
    }
  }
  for (const [attribute, groups] of Object.entries(attributes)) {
    if (groups.length > 1) continue;
    const found = groups.length === 0 ? "none" : `only "${groups[0]}"`;
    throw new InputError(`attribute "${attribute}": expected at least two groups to compare, found ${found}`);
  }
}

function groupNames(
  attributes: CombineOptions["attributes"],
  attribute: string,
  term: FairnessTerm,
): readonly string[] {
  if (Object.hasOwn(attributes, attribute)) return attributes[attribute]!;
  const known = Object.keys(attributes);
  const near = known.length > 0 ? `, did you mean "${closestString(attribute, known)}"` : "";
  throw new InputError(`fairness term "${term.name}": unknown attribute "${attribute}"${near}`);
}

function oneHotGroups(items: readonly TrainingItem[], attribute: string, groups: number): TensorData {
  const data = new Float32Array(items.length * groups);
  items.forEach((item, i) => {
    const group = item.groups?.[attribute] ?? -1;
    if (group >= groups) throw new RangeError(`Group ${group} of ${attribute}: expected a number below ${groups}`);
    if (group >= 0) data[i * groups + group] = 1;
  });
  return { dtype: "float32", shape: [items.length, groups], data };
}

function prefixed(terms: readonly FairnessTerm[], of: (term: FairnessTerm) => Parameters | undefined): Parameters {
  return Object.fromEntries(
    terms.flatMap((term) => Object.entries(of(term) ?? {}).map(([name, value]) => [ownName(term, name), value])),
  );
}

const MULTIPLIERS = ".multipliers";
const POPULATION = "population weight";
const ownName = (term: FairnessTerm, name: string) => `${term.name}.${name}`;
const strengthInput = (term: FairnessTerm) => `strength of ${term.name}`;
const lossOutput = (term: FairnessTerm) => `loss of ${term.name}`;
const groupsInput = (attribute: string) => `groups of ${attribute}`;
const nextOutput = (name: string) => `next ${name}`;
