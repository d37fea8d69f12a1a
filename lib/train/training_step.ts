/** One forward and backward pass: from a batch of items to the loss and the gradients of all trainable parameters. */
import { InputError } from "../errors.ts";
import { add, compile, gradients, input, mul, type Tensor, type TensorData, toHalf } from "../graph/mod.ts";
import { buildEncoder, dropoutInput, encoderFeeds, parameterFeeds } from "../model/mod.ts";
import type { EncoderOptions, EncoderSpec, Parameters } from "../model/mod.ts";
import type { Rng } from "../random.ts";
import { combine, type CombinedTerms, type TermResults } from "./fairness/combine.ts";
import { compileHeadSteps, headStepBatch } from "./fairness/head_steps.ts";
import type { TermBatch } from "./fairness/term.ts";
import { objectiveBatch, objectiveLoss, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";

/** What a pass over one batch gives. */
export interface StepResult {
  /** Of the objective alone. */
  readonly loss: number;
  /** By parameter name, in the shape of the parameter. */
  readonly gradients: Record<string, Float32Array>;
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

/** The compiled training graph. */
export interface TrainingStep {
  run(items: readonly TrainingItem[], inputs: StepInputs): Promise<StepResult>;
  /** The gradients of terms that update their heads several times per step, for embeddings as in a pass. */
  headGradients(batch: Record<string, TensorData>, parameters: Parameters): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
}

/** How to compile a training step. */
export interface TrainingStepOptions extends EncoderOptions {
  readonly terms?: CombinedTerms;
  /** Whether the pair objective weighs the items. */
  readonly weighted?: boolean;
}

/**
 * Compiles the encoder, the objective and their backward pass into one session; release it in the end.
 * @throws {InputError} When the device is not there or cannot do it.
 */
export async function compileTrainingStep(
  spec: EncoderSpec,
  objective: ObjectiveSettings,
  { terms = combine([], { attributes: {}, warmup: 0 }), weighted = false, prefix = null, ...options }:
    TrainingStepOptions = {},
): Promise<TrainingStep> {
  const { outputs, parameterNames, headSteps } = await stepGraph(spec, objective, { terms, weighted, prefix });
  const executable = await compile(spec.half ? toHalf(outputs) : outputs, options);

  const pass = async (given: Record<string, TensorData>, scale: number): Promise<StepResult> => {
    const factor: TensorData = { dtype: "float32", shape: [], data: Float32Array.of(scale) };
    const results = await executable.run({ ...given, [LOSS_SCALE]: factor });
    const gradient = (name: string) => {
      const data = results[gradientOutput(name)]!.data as Float32Array;
      return [name, scale === 1 ? data : data.map((x) => x / scale)] as const;
    };
    return {
      loss: results.loss!.data[0] as number,
      gradients: Object.fromEntries(parameterNames.map(gradient)),
      terms: terms.read(results),
      batch: headSteps ? headStepBatch.feeds(given, results) : {},
    };
  };

  return {
    async run(items, { tokens, parameters, matches, rng, lossScale = initialLossScale(), terms: before }) {
      const { state, step } = before ?? { state: terms.state, step: 0 };
      const more = (rows: TermBatch["rows"]) => terms.feeds({ items, step, rows }, state);
      const { texts, feeds } = objectiveBatch(items, objective, { matches, more });
      const packed = await encoderFeeds(texts.map((text) => tokens[text]!), spec, prefix);
      const masks = dropoutMasks(spec, packed.inputIds!.shape[0]!, rng);
      const given = { ...feeds, ...packed, ...parameterFeeds(parameters), ...masks };
      if (!spec.half) return pass(given, 1);
      while (true) {
        const result = await pass(given, lossScale.factor);
        // No scale makes up for a loss that is not finite itself: the caller says so.
        if (!Number.isFinite(result.loss)) return result;
        const finite = Object.values(result.gradients).every((gradient) => gradient.every(Number.isFinite));
        adjustLossScale(lossScale, finite);
        if (finite) return result;
      }
    },
    headGradients: async (batch, parameters) => await headSteps?.gradients(batch, parameters) ?? {},
    async release() {
      await executable.release();
      await headSteps?.release();
    },
  };
}

/** Loss, fairness terms and the gradients of all trainable parameters, in full precision. */
async function stepGraph(
  spec: EncoderSpec,
  objective: ObjectiveSettings,
  { terms, weighted, prefix }: Required<Pick<TrainingStepOptions, "terms" | "weighted" | "prefix">>,
) {
  const encoder = buildEncoder(spec, { from: prefix?.layers ?? 0 });
  const { loss, head, ...pairs } = objectiveLoss(encoder.embeddings, objective, weighted);
  const shared = { ...pairs, embeddings: encoder.embeddings };
  const fairness = terms.build(shared);
  const trainable = [...encoder.parameters, ...head, ...fairness.parameters];
  const parameterNames = trainable.map(inputName);
  const total = add(loss, fairness.loss);
  const grads = gradients(spec.half ? mul(total, input(LOSS_SCALE, [])) : total, trainable);
  const headSteps = await compileHeadSteps(terms, spec.config.hiddenSize);
  const outputs = {
    loss,
    ...fairness.outputs,
    ...(headSteps ? headStepBatch.outputs(shared) : {}),
    ...Object.fromEntries(parameterNames.map((name, i) => [gradientOutput(name), grads[i]!])),
  };
  return { outputs, parameterNames, headSteps };
}

function inputName(parameter: Tensor): string {
  const { leaf } = parameter.node;
  if (leaf?.kind !== "input") throw new TypeError("Expected a trainable parameter to be an input of the graph");
  return leaf.name;
}

const LOSS_SCALE = "lossScale";
const gradientOutput = (name: string) => `gradient of ${name}`;

/** One mask per adapted layer, bool `[tokens, in]`. */
function dropoutMasks(spec: EncoderSpec, tokens: number, rng: Rng): Record<string, TensorData> {
  if (spec.dropout === 0) return {};
  // Two decisions per draw: the masks of a large encoder take 10⁸ of them per step.
  const threshold = Math.round(spec.dropout * 65536);
  return Object.fromEntries(spec.lora.map(({ name, inFeatures }) => {
    const keep = new Uint8Array(tokens * inFeatures);
    for (let i = 0; i < keep.length; i += 2) {
      const draw = rng.uint32();
      keep[i] = Number((draw & 0xffff) >= threshold);
      keep[i + 1] = Number((draw >>> 16) >= threshold);
    }
    return [dropoutInput(name), { dtype: "bool", shape: [tokens, inFeatures], data: keep }];
  }));
}

/**
 * What the loss is multiplied by before it is differentiated in float16, whose smallest number is 6·10⁻⁸: as large as
 * it can be without an infinite gradient (Micikevicius et al. 2018, section 3.2).
 */
export interface LossScale {
  /** A power of two, so that dividing by it again is exact. */
  factor: number;
  /** Passes since it last changed. */
  passes: number;
}

/** PyTorch's GradScaler starts here and doubles after as many passes without an infinite gradient. */
const FIRST_FACTOR = 2 ** 16, GROWTH_INTERVAL = 2000;

/** The scale before the first pass. */
export function initialLossScale(): LossScale {
  return { factor: FIRST_FACTOR, passes: 0 };
}

/**
 * Adapts the scale after a pass: half of it where gradients were not finite, twice as much after 2,000 good passes. The
 * scale is changed in place.
 * @throws {InputError} When not even a scale of 1 keeps the gradients finite.
 */
export function adjustLossScale(scale: LossScale, finite: boolean): void {
  if (finite) {
    scale.passes++;
    if (scale.passes < GROWTH_INTERVAL) return;
    scale.factor *= 2;
  } else {
    if (scale.factor <= 1) {
      throw new InputError(
        'training.precision "fp16": the gradients are too large for float16; lower training.learningRate or use "fp32"',
      );
    }
    scale.factor /= 2;
  }
  scale.passes = 0;
}
