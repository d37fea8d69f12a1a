/** What a fairness term is: a named, weighted loss, with whatever it needs to know, learn and remember. */
import type { DataType, Shape, Tensor, TensorData } from "../../graph/mod.ts";
import type { Parameters } from "../../model/mod.ts";
import type { TrainingItem } from "../objective_graph.ts";

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
