/** Many fairness terms as one: their losses added to a training's graph, and their values brought to it. */
import { closestString } from "@std/text/closest-string";
import { InputError } from "../../errors.ts";
import { add, customVjp, gather, input, learningRateFactor, mul, sameShape, scalar } from "../../graph/mod.ts";
import { ShapeError } from "../../graph/mod.ts";
import type { DataType, Shape, Tensor, TensorData } from "../../graph/mod.ts";
import { parameterFeeds, type Parameters } from "../../model/mod.ts";
import type { TrainingItem } from "../objective_graph.ts";
import { scaleGradient } from "./heads.ts";

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

/** A batch on the host. */
export interface TermBatch {
  readonly items: readonly TrainingItem[];
  /** Optimiser steps made. */
  readonly step: number;
  /** Has one more text per item encoded with the batch, and gives their rows, which `TermInputs.texts` reads. */
  rows(texts: readonly number[]): TensorData;
}

/** A batch in the graph: what a term's loss is made of. */
export interface TermInputs {
  /** Embeddings of the jobs `[items, hidden]`. */
  readonly job: Tensor;
  /** Embeddings of the résumés `[items, hidden]`. */
  readonly resume: Tensor;
  /** Cosines of the pairs `[items]`. */
  readonly cosine: Tensor;
  /** Logits of the pairs being a match `[items]`: their sigmoid is a probability, and its group mean a soft rate. */
  readonly logit: Tensor;
  /** Rank 0, without a gradient: what a unit of cosine adds to the logit, where that is trained. */
  readonly scale?: Tensor | undefined;
  /** `[items]` in [0, 1]. */
  readonly label: Tensor;
  /** `[items]`: what makes a mean over a group estimate that of the data where batches are balanced; else all 1. */
  readonly populationWeight: Tensor;
  /**
   * Who belongs to which group of an attribute: one-hot `[items, groups]`; a row of zeros where it is not known.
   * @throws {InputError} When there is no such attribute.
   */
  groups(attribute: string): Tensor;
  /** Embeddings `[items, hidden]` of the texts whose rows the term's `feeds()` gives under this name. */
  texts(name: string): Tensor;
  /** A value that the term's `feeds()` gives under this name; no gradient flows there. */
  input(name: string, shape: Shape, dtype?: DataType): Tensor;
  /** The term's trainable parameters by name. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** What the term remembers of the batches before, by name. */
  readonly state: Readonly<Record<string, Tensor>>;
}

/** How the parameters of a term are updated, by AdamW. */
export interface TermOptimizer {
  /** Follows the training's schedule; default: that of the objective's own parameters. */
  readonly learningRate?: number;
  /** Default: 0. */
  readonly weightDecay?: number;
  /** Updates per step of the encoder, on the same batch; default: 1. */
  readonly steps?: number;
}

/** What a term computes: a loss of rank 0; with a state, also what to remember next. */
export type TermLoss = Tensor | { readonly loss: Tensor; readonly next: Readonly<Record<string, Tensor>> };

/** A part of the training's objective beside its main loss. */
export interface FairnessTerm {
  /** Unique among the terms of a training. */
  readonly name: string;
  /**
   * At least 0: what the term's gradient is multiplied by where it enters the model. The term's own parameters always
   * learn at full strength, so an adversary of weight 0 watches without interfering.
   */
  readonly weight: number;
  /** Builds the loss, without its weight. */
  build(x: TermInputs): TermLoss;
  /** Starting values of its trainable parameters by name. */
  readonly parameters?: Parameters;
  /** How those are updated. */
  readonly optimizer?: TermOptimizer;
  /**
   * What it remembers before the first batch, by name. Of what ends in "multipliers" the sum is written to the history.
   */
  readonly state?: Parameters;
  /** The values of its `input()`s and `texts()` for a batch. */
  feeds?(batch: TermBatch): Record<string, TensorData>;
}
