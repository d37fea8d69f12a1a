/** What training starts from: the adapter as PEFT begins it, and what the base model makes of the texts. */
import { InputError } from "../errors.ts";
import { sha256 } from "../files.ts";
import { Encoder, initLora, type Parameters, readAdapter, readStored, rowNorms } from "../model/mod.ts";
import { Rng } from "../random.ts";
import type { Config } from "./config.ts";
import { HEAD, type TrainingSet } from "./objective_graph.ts";
import type { RunModel } from "./open_model.ts";
import { readRunFile } from "./run_file.ts";
import { embedTexts, scorePairs, type TokenCache } from "./token_cache.ts";

/**
 * What training has to know of the base model: the pair objective's scale and bias where they fit it (empty for other
 * objectives), and the embedding of a training text by its number
 * where distillation or `falseNegatives` ask for it.
 */
export async function askBaseModel(
  { fairness, training, evaluation: { batchTokens } }: Pick<Config, "fairness" | "training" | "evaluation">,
  { model, set, validationSet, tokens, rng }: {
    model: RunModel;
    set: TrainingSet;
    validationSet: TrainingSet;
    tokens: TokenCache;
    rng: Rng;
  },
): Promise<{ readonly head: Parameters; readonly embedding: (text: number) => Float32Array }> {
  const distils = fairness.distillation.weight > 0, pair = training.objective === "pair";
  // A few hundred cosines place two numbers well enough to start from.
  const sample = rng.derive("head").shuffle([...set.items]).slice(0, 256);
  const texts = [
    ...(pair ? sample.flatMap(({ job, resume }) => [job, resume]) : []),
    ...(distils ? set.items.map(({ resume }) => resume) : []),
    ...(training.falseNegatives.by === "base" ? [set, validationSet] : []).flatMap(({ items }) =>
      items.flatMap(({ job, resume, negatives }) => [job, resume, ...negatives])
    ),
  ];
  if (texts.length === 0) return { head: {}, embedding: () => new Float32Array() };
  const { device: { device }, prefix } = model;
  const encoder = await Encoder.compile({ ...model.spec, lora: [] }, { device, prefix });
  const embeddings = await embedTexts(texts, { encoder, tokens, batchTokens });
  await encoder.release();
  return {
    head: pair ? startingHead(scorePairs(sample, embeddings), sample.map((item) => item.label)) : {},
    embedding: (text) => embeddings.get(text)!,
  };
}

/** The adapter as PEFT starts it. */
export function startingAdapter({ spec }: Pick<RunModel, "spec">, rng: Rng): Promise<Parameters> {
  return initLora(spec.lora, rng.derive("lora"), async (module) => {
    const stored = spec.weights.get(`${module}.weight`)!;
    return rowNorms(await readStored(stored), stored.shape[1]!);
  });
}

/**
 * Adapter and head of a finished run, and what identifies them.
 * @throws {InputError} When the folder holds no run, or its adapter has other parameters than the model asks for.
 */
export async function finishedStart(
  folder: string,
  { files, spec }: Pick<RunModel, "files" | "spec">,
): Promise<{ readonly parameters: Parameters; readonly fingerprint: string }> {
  const { head } = await readRunFile(folder);
  const { parameters } = await readAdapter(folder, files.config);
  const expected = await startingAdapter({ spec }, new Rng(0));
  const different = Object.entries(expected).find(([name, { shape }]) =>
    JSON.stringify(parameters[name]?.shape) !== JSON.stringify(shape)
  );
  if (different) throw new InputError(`${folder}: expected an adapter of the same shape, ${different[0]} differs`);
  const scalar = (value: number) => ({ shape: [], data: Float32Array.of(value) });
  const own = head === null ? {} : { [HEAD.scale]: scalar(head.scale), [HEAD.bias]: scalar(head.bias) };
  const bytes = Object.values({ ...parameters, ...own }).map(({ data }) => Array.from(data));
  return { parameters: { ...parameters, ...own }, fingerprint: await sha256(JSON.stringify(bytes)) };
}

/** The head of the pair objective starts where it fits the base model, not at an arbitrary scale. */
function startingHead(cosines: Float64Array, labels: readonly number[]): Parameters {
  const { scale, bias } = fitPlatt(cosines, labels);
  return {
    // Where the base model ranks at random or worse, the fit is flat, and a flat head passes no gradient on.
    [HEAD.scale]: { shape: [], data: Float32Array.of(Math.max(scale, 5)) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(scale >= 5 ? bias : -5 * mean(cosines)) },
  };
}

/**
 * Fits sigmoid(scale · x + bias) to labels in [0, 1] by maximum likelihood (Platt 1999) with Newton's method. A ridge
 * of `prior` pseudo-observations on the scale keeps it finite where labels are separable.
 */
export function fitPlatt(
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
  prior = 1e-2,
): { scale: number; bias: number } {
  let scale = 0, bias = 0;
  for (let iteration = 0; iteration < 50; iteration++) {
    let gs = -prior * scale, gb = 0, ss = prior, sb = 0, bb = 0;
    for (let i = 0; i < x.length; i++) {
      const p = 1 / (1 + Math.exp(-(scale * x[i]! + bias)));
      const error = labels[i]! - p, weight = p * (1 - p);
      gs += error * x[i]!;
      gb += error;
      ss += weight * x[i]! * x[i]!;
      sb += weight * x[i]!;
      bb += weight;
    }
    const determinant = ss * bb - sb * sb;
    // All cosines equal, or labels predicted with certainty: no step would improve the fit.
    if (!(determinant > 1e-12)) break;
    const ds = (bb * gs - sb * gb) / determinant, db = (ss * gb - sb * gs) / determinant;
    // Newton's step can overshoot far from the optimum; cosines differ by tenths, so a scale moves by tens.
    const damping = Math.min(1, 20 / Math.max(Math.abs(ds), Math.abs(db), 1e-12));
    scale += damping * ds;
    bias += damping * db;
    if (Math.max(Math.abs(ds), Math.abs(db)) < 1e-10) break;
  }
  return { scale, bias };
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}
