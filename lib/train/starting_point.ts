/** Where training starts: the adapter as PEFT begins it, and what the base model makes of the texts. */
import type { Config } from "./config.ts";
import { Encoder, initLora, type Parameters, readStored, rowNorms } from "../model/mod.ts";
import type { Rng } from "../random.ts";
import { HEAD, type TrainingSet } from "./objective_graph.ts";
import { fitPlatt } from "./platt.ts";
import { embedTexts, scorePairs } from "./score.ts";
import type { RunModel } from "./setup.ts";
import type { TextTable } from "./texts.ts";

/** What training needs to know of the base model. */
export interface BaseModel {
  /** The pair objective's scale and bias where they fit the base model; empty for other objectives. */
  readonly head: Parameters;
  /** Of a training text, by its number; there with distillation only. */
  readonly embedding: (text: number) => Float32Array;
}

/** Embeds with the base model what training has to know of it. */
export async function baseModel(
  config: Config,
  model: RunModel,
  set: TrainingSet,
  table: TextTable,
  rng: Rng,
): Promise<BaseModel> {
  const distils = config.fairness.distillation.weight > 0, pair = config.training.objective === "pair";
  // A few hundred cosines place two numbers well enough to start from.
  const sample = rng.derive("head").shuffle([...set.items]).slice(0, 256);
  const texts = [
    ...(pair ? sample.flatMap(({ job, resume }) => [job, resume]) : []),
    ...(distils ? set.items.map(({ resume }) => resume) : []),
  ];
  if (texts.length === 0) return { head: {}, embedding: () => new Float32Array() };
  const { device: { device }, prefix } = model;
  const encoder = await Encoder.compile({ ...model.spec, lora: [] }, { device, prefix });
  const embeddings = await embedTexts(texts, table, encoder, {}, config.evaluation.batchTokens);
  await encoder.release();
  return {
    head: pair ? startingHead(scorePairs(sample, embeddings), sample.map((item) => item.label)) : {},
    embedding: (text) => embeddings.get(text)!,
  };
}

function startingHead(cosines: Float64Array, labels: readonly number[]): Parameters {
  const { scale, bias } = fitPlatt(cosines, labels);
  return {
    // Where the base model ranks at random or worse, the fit is flat, and a flat head passes no gradient on.
    [HEAD.scale]: { shape: [], data: Float32Array.of(Math.max(scale, 5)) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(scale >= 5 ? bias : -5 * mean(cosines)) },
  };
}

/** The adapter as PEFT starts it. */
export function startingAdapter({ spec }: RunModel, rng: Rng): Promise<Parameters> {
  return initLora(spec.lora, rng.derive("lora"), async (module) => {
    const stored = spec.weights.get(`${module}.weight`)!;
    return rowNorms(await readStored(stored), stored.shape[1]!);
  });
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}
