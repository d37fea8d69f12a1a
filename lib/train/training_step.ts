/** One forward and backward pass: from a batch of items to the loss and the gradients of all trainable parameters. */
import { gradients } from "../graph/gradients.ts";
import { compile, type CompileOptions } from "../device/compile.ts";
import type { Tensor, TensorData } from "../graph/tensor.ts";
import { buildEncoder, dropoutInput, type EncoderSpec } from "../model/bert.ts";
import type { Parameters } from "../model/lora.ts";
import { packBatch } from "../model/packed_batch.ts";
import type { Rng } from "../random.ts";
import { objectiveBatch, objectiveLoss, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";

/** What a pass over one batch gives. */
export interface StepResult {
  readonly loss: number;
  /** By parameter name, in the shape of the parameter. */
  readonly gradients: Record<string, Float32Array>;
}

/** The compiled training graph. */
export interface TrainingStep {
  /** The names of all trainable parameters: the adapter's, then the objective's. */
  readonly parameterNames: readonly string[];
  /**
   * @param items The batch.
   * @param tokens Token ids of all texts, by the numbers that items use.
   * @param parameters Values of all trainable parameters.
   * @param matches Known matches, never used as negatives.
   * @param rng Draws the dropout masks; not used without dropout.
   */
  run(
    items: readonly TrainingItem[],
    tokens: readonly (readonly number[])[],
    parameters: Parameters,
    matches: (job: number, resume: number) => boolean,
    rng: Rng,
  ): Promise<StepResult>;
  release(): Promise<void>;
}

/** Compiles the encoder, the objective and their backward pass into one session. */
export async function compileTrainingStep(
  spec: EncoderSpec,
  objective: ObjectiveSettings,
  options: CompileOptions = {},
): Promise<TrainingStep> {
  const encoder = buildEncoder(spec);
  const { loss, head } = objectiveLoss(encoder.embeddings, objective);
  const trainable = [...encoder.parameters, ...head];
  const names = trainable.map(inputName);
  const grads = gradients(loss, trainable);
  const outputs = Object.fromEntries(names.map((name, i) => [gradientOutput(name), grads[i]!]));
  const executable = await compile({ loss, ...outputs }, options);

  return {
    parameterNames: names,
    async run(items, tokens, parameters, matches, rng) {
      const { texts, feeds } = objectiveBatch(items, objective, matches);
      const packed = packBatch(texts.map((text) => tokens[text]!), spec.config.numHeads, spec.pooling);
      const results = await executable.run({
        ...feeds,
        ...packed,
        ...parameterFeeds(parameters),
        ...dropoutMasks(spec, packed.inputIds!.shape[0]!, rng),
      });
      return {
        loss: results.loss!.data[0] as number,
        gradients: Object.fromEntries(
          names.map((name) => [name, results[gradientOutput(name)]!.data as Float32Array]),
        ),
      };
    },
    release: () => executable.release(),
  };
}

/** Parameters as feeds of a graph. */
export function parameterFeeds(parameters: Parameters): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { dtype: "float32", shape, data }]),
  );
}

function inputName(parameter: Tensor): string {
  const { leaf } = parameter.node;
  if (leaf?.kind !== "input") throw new TypeError("Expected a trainable parameter to be an input of the graph");
  return leaf.name;
}

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
