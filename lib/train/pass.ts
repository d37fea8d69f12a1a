/** What a pass over a batch is, however it is computed: what goes in and comes out, and the parts of its graphs. */
import { add, type CompileOptions, type Tensor, type TensorData } from "../graph/mod.ts";
import { dropoutInput, type EncoderSpec, type FrozenPrefix, type Parameters } from "../model/mod.ts";
import type { Rng } from "../random.ts";
import type { CombinedTerms, TermResults } from "./fairness/combine.ts";
import { headStepBatch, type HeadSteps } from "./fairness/head_steps.ts";
import type { LossScale } from "./trainer.ts";
import { type ObjectiveBatch, objectiveLoss, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";

/** By parameter name, in the shape of the parameter. */
export type Gradients = Record<string, Float32Array>;

/** What a pass over one batch gives. */
export interface StepResult {
  /** Of the objective alone. */
  readonly loss: number;
  readonly gradients: Gradients;
  readonly terms: TermResults;
  /** The batch as fairness terms saw it, for further steps of their heads; empty where none takes any. */
  readonly batch: Record<string, TensorData>;
}

/** What a pass is computed with. */
export interface StepInputs {
  /** Token ids of all texts, by the numbers that items use. */
  readonly tokens: readonly (readonly number[])[];
  readonly parameters: Parameters;
  /** Known matches, never used as negatives. */
  readonly matches: (job: number, resume: number) => boolean;
  /** Draws the dropout masks; not used without dropout. */
  readonly rng: Rng;
  /** Used in half precision only, and adapted in place: a pass with infinite gradients is repeated. */
  readonly lossScale?: LossScale;
  /** What the fairness terms remember of the batches before, and the optimiser steps made; not used without them. */
  readonly terms?: { readonly state: Parameters; readonly step: number };
}

/** What both ways of computing a step are compiled with. */
export interface CompiledOptions {
  readonly terms: CombinedTerms;
  readonly weighted: boolean;
  readonly prefix: FrozenPrefix | null;
  readonly headSteps: HeadSteps | null;
  readonly device: CompileOptions;
}

/** One way of computing a step: forward and backward pass over a batch. */
export interface Pass {
  run(batch: ObjectiveBatch & { items: readonly TrainingItem[] }, inputs: PassInputs): Promise<StepResult>;
  release(): Promise<void>;
}

type PassInputs = Pick<StepInputs, "tokens" | "parameters" | "rng"> & { readonly lossScale: LossScale };

/** What is minimised, as a function of the embeddings of a batch, in full precision. */
export function objectiveGraph(
  embeddings: Tensor,
  objective: ObjectiveSettings,
  { terms, weighted, headSteps }: Pick<CompiledOptions, "terms" | "weighted" | "headSteps">,
) {
  const { loss, head, ...pairs } = objectiveLoss(embeddings, objective, weighted);
  const shared = { ...pairs, embeddings };
  const fairness = terms.build(shared);
  return {
    total: add(loss, fairness.loss),
    trainable: [...head, ...fairness.parameters],
    outputs: { loss, ...fairness.outputs, ...(headSteps ? headStepBatch.outputs(shared) : {}) },
  };
}

/** The name of a trainable parameter, which is an input of the graph. */
export function inputName(parameter: Tensor): string {
  const { leaf } = parameter.node;
  if (leaf?.kind !== "input") throw new TypeError("Expected a trainable parameter to be an input of the graph");
  return leaf.name;
}

export const gradientOutput = (name: string): string => `gradient of ${name}`;

/** One mask per adapted layer, bool `[tokens, in]`. That of a text is the same whatever it is encoded with. */
export function dropoutMasks(
  spec: EncoderSpec,
  { texts, tokens, rng }: Pick<StepInputs, "tokens" | "rng"> & { readonly texts: readonly number[] },
): Record<string, TensorData> {
  if (spec.dropout === 0) return {};
  // Two decisions per draw: the masks of a large encoder take 10⁸ of them per step.
  const threshold = Math.round(spec.dropout * 65536);
  const count = texts.reduce((sum, text) => sum + tokens[text]!.length, 0);
  const draws = texts.map((text) => ({ rng: rng.derive(`text ${text}`), length: tokens[text]!.length }));
  return Object.fromEntries(spec.lora.map(({ name, inFeatures }) => {
    const keep = new Uint8Array(count * inFeatures);
    let at = 0;
    for (const { rng, length } of draws) {
      const end = at + length * inFeatures;
      for (; at < end; at += 2) {
        const draw = rng.uint32();
        keep[at] = Number((draw & 0xffff) >= threshold);
        if (at + 1 < end) keep[at + 1] = Number((draw >>> 16) >= threshold);
      }
      at = end;
    }
    return [dropoutInput(name), { dtype: "bool", shape: [count, inFeatures], data: keep }];
  }));
}
