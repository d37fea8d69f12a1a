/** How good the current parameters are on the validation split. */
import type { Config } from "../config.ts";
import { POSITIVE_LABEL } from "../data/example.ts";
import { compile } from "../device/compile.ts";
import { InputError } from "../errors.ts";
import { input } from "../graph/tensor.ts";
import { averagePrecision, rocAuc } from "../metrics/scores.ts";
import type { Encoder } from "../model/encoder.ts";
import { parameterFeeds, type Parameters } from "../model/lora.ts";
import { knownMatches, objectiveBatch, objectiveLoss, type TrainingSet } from "../train/objective_graph.ts";
import { cosine, type NumberedPair } from "./score.ts";

/** Numbers on the validation split; null where one class alone makes them undefined. */
export interface ValidationResult {
  readonly loss: number;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  /** What epochs are compared by. */
  readonly score: number;
}

/** A validation split that can be measured again and again. */
export interface Validation {
  /** @throws {InputError} When training has diverged, or one class alone leaves nothing to select epochs by. */
  measure(parameters: Parameters): Promise<ValidationResult>;
  release(): Promise<void>;
}

/**
 * Prepares the validation split.
 *
 * @param pairs The labelled pairs that are ranked.
 * @param labels `[pairs]`, in [0, 1]; one half and above counts as positive
 * @param set The same split as the objective sees it, for the loss.
 * @param encoder The adapted encoder; it is not released here.
 * @param config Objective, batch sizes and what epochs are selected by.
 * @returns The split, ready to be measured.
 */
export async function openValidation(
  pairs: readonly NumberedPair[],
  labels: readonly number[],
  set: TrainingSet,
  encoder: Encoder,
  config: Config,
): Promise<Validation> {
  const { training, evaluation } = config;
  const embeddings = input("embeddings", ["texts", encoder.width]);
  const lossGraph = await compile({ loss: objectiveLoss(embeddings, training).loss });
  const binary = labels.map((label) => Number(label >= POSITIVE_LABEL));
  const referred = [...pairs, ...set.items].flatMap(({ job, resume }) => [job, resume]);
  const texts = [...new Set([...referred, ...set.items.flatMap((item) => item.negatives)])];
  const matches = knownMatches(set.items);

  return {
    async measure(parameters) {
      // The encoder has no input for the head and ignores it.
      const vectors = await encoder.embed(texts.map((text) => set.tokens[text]!), parameters, evaluation.batchTokens);
      const vectorOf = new Map(texts.map((text, i) => [text, vectors[i]!]));
      const scores = pairs.map(({ job, resume }) => cosine(vectorOf.get(job)!, vectorOf.get(resume)!));

      let loss = 0;
      for (let at = 0; at < set.items.length; at += training.batchSize) {
        const items = set.items.slice(at, at + training.batchSize);
        const batch = objectiveBatch(items, training, matches);
        const rows = new Float32Array(batch.texts.length * encoder.width);
        batch.texts.forEach((text, row) => rows.set(vectorOf.get(text)!, row * encoder.width));
        const results = await lossGraph.run({
          ...batch.feeds,
          ...parameterFeeds(parameters),
          embeddings: { dtype: "float32", shape: [batch.texts.length, encoder.width], data: rows },
        });
        loss += (results.loss!.data[0] as number) * items.length / set.items.length;
      }
      if (!Number.isFinite(loss) || !scores.every(Number.isFinite)) {
        throw new InputError("the embeddings are no longer finite numbers: lower training.learningRate");
      }
      const auc = rocAuc(binary, scores).value, ap = averagePrecision(binary, scores).value;
      const score = { loss, rocAuc: auc, averagePrecision: ap }[training.select];
      if (score === null) {
        throw new InputError(`training.select ${training.select}: expected validation labels on both sides of 0.5`);
      }
      return { loss, rocAuc: auc, averagePrecision: ap, score };
    },
    release: () => lossGraph.release(),
  };
}
