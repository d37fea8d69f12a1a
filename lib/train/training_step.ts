/** One forward and backward pass: from a batch of items to the loss and the gradients of all trainable parameters. */
import { gradients, input, mul, type TensorData } from "../graph/mod.ts";
import { buildEncoder, compileAs, encoderFeeds, parameterFeeds } from "../model/mod.ts";
import type { EncoderOptions, EncoderSpec, Parameters } from "../model/mod.ts";
import { combine, type CombinedTerms } from "./fairness/combine.ts";
import { compileHeadSteps, headStepBatch } from "./fairness/head_steps.ts";
import type { TermBatch } from "./fairness/term.ts";
import { initialLossScale, withLossScale } from "./trainer.ts";
import { objectiveBatch, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";
import { type CompiledOptions, dropoutMasks, gradientOutput, type Gradients, inputName } from "./pass.ts";
import { objectiveGraph, type Pass, type StepInputs, type StepResult } from "./pass.ts";
import { ALONE } from "./ranks.ts";
import { compileInPieces, type PieceOptions } from "./step_in_pieces.ts";

/** The compiled training graph. */
export interface TrainingStep {
  run(items: readonly TrainingItem[], inputs: StepInputs): Promise<StepResult>;
  /** The gradients of terms that update their heads several times per step, for embeddings as in a pass. */
  headGradients(batch: Record<string, TensorData>, parameters: Parameters): Promise<Gradients>;
  release(): Promise<void>;
}

/** How to compile a training step. */
export interface TrainingStepOptions extends EncoderOptions, PieceOptions {
  readonly terms?: CombinedTerms;
  /** Whether the pair objective weighs the items. */
  readonly weighted?: boolean;
}

/**
 * Compiles the encoder, the objective and their backward pass: into one session, or into sessions that encode a batch
 * in pieces; release it in the end.
 * @throws {InputError} When the device is not there or cannot do it.
 */
export async function compileTrainingStep(
  spec: EncoderSpec,
  objective: ObjectiveSettings,
  {
    terms = combine([], { attributes: {}, warmup: 0 }),
    weighted = false,
    prefix = null,
    miniBatchSize = null,
    ranks = ALONE,
    ...device
  }: TrainingStepOptions = {},
): Promise<TrainingStep> {
  const headSteps = await compileHeadSteps(terms, spec.config.hiddenSize);
  const options = { terms, weighted, prefix, headSteps, device };
  const pass = miniBatchSize === null && ranks.size === 1
    ? await compileWhole(spec, objective, options)
    : await compileInPieces(spec, objective, { ...options, miniBatchSize, ranks });

  return {
    run(items, { matches, lossScale = initialLossScale(), terms: before, ...inputs }) {
      const { state, step } = before ?? { state: terms.state, step: 0 };
      const more = (rows: TermBatch["rows"]) => terms.feeds({ items, step, rows }, state);
      return pass.run({ items, ...objectiveBatch(items, objective, { matches, more }) }, { ...inputs, lossScale });
    },
    headGradients: async (batch, parameters) => ranks.fromFirst(await headSteps?.gradients(batch, parameters) ?? {}),
    async release() {
      await pass.release();
      await headSteps?.release();
    },
  };
}

/** Encoder, objective and their backward pass as one graph, in one session. */
async function compileWhole(
  spec: EncoderSpec,
  objective: ObjectiveSettings,
  { prefix, device, ...options }: CompiledOptions,
): Promise<Pass> {
  const encoder = buildEncoder(spec, { from: prefix?.layers ?? 0 });
  const { total, trainable, outputs } = objectiveGraph(encoder.embeddings, objective, options);
  const parameters = [...encoder.parameters, ...trainable], names = parameters.map(inputName);
  const grads = gradients(spec.half ? mul(total, input(LOSS_SCALE, [])) : total, parameters);
  const graph = { ...outputs, ...Object.fromEntries(names.map((name, i) => [gradientOutput(name), grads[i]!])) };
  const executable = await compileAs(spec, graph, device);
  return {
    async run({ texts, feeds }, { tokens, parameters, rng, lossScale }) {
      const packed = await encoderFeeds(texts.map((text) => tokens[text]!), spec, prefix);
      const masks = dropoutMasks(spec, { texts, tokens, rng });
      const given = { ...feeds, ...packed, ...parameterFeeds(parameters), ...masks };
      return withLossScale(spec.half, lossScale, async (scale) => {
        const factor: TensorData = { dtype: "float32", shape: [], data: Float32Array.of(scale) };
        const results = await executable.run({ ...given, [LOSS_SCALE]: factor });
        const gradient = (name: string) => {
          const data = results[gradientOutput(name)]!.data as Float32Array;
          return [name, scale === 1 ? data : data.map((x) => x / scale)] as const;
        };
        return {
          loss: results.loss!.data[0] as number,
          gradients: Object.fromEntries(names.map(gradient)),
          terms: options.terms.read(results),
          batch: options.headSteps ? headStepBatch.feeds(given, results) : {},
        };
      });
    },
    release: () => executable.release(),
  };
}

const LOSS_SCALE = "lossScale";
