/** Scores pairs by the cosine of their embeddings. */
import type { Encoder, Parameters } from "../model/mod.ts";
import type { TextTable } from "./texts.ts";

/** A pair by the numbers of its texts in a table. */
export interface NumberedPair {
  readonly job: number;
  readonly resume: number;
}

/**
 * Embeds texts, each once.
 *
 * @param texts Their numbers in the table; a number may occur several times.
 * @param table Holds their tokens.
 * @param encoder Embeds them.
 * @param parameters The adapter that the encoder was compiled for; none for the base model.
 * @param batchTokens At most this many tokens in a batch.
 * @param onText Told how many texts are done.
 * @returns Embeddings by number.
 */
export async function embedTexts(
  texts: Iterable<number>,
  table: TextTable,
  encoder: Encoder,
  parameters: Parameters,
  batchTokens: number,
  onText?: (done: number) => void,
): Promise<Map<number, Float32Array>> {
  const needed = [...new Set(texts)];
  const tokens = needed.map((number) => table.tokens[number]!);
  const embeddings = await encoder.embed(tokens, parameters, { batchTokens, onBatch: onText });
  return new Map(needed.map((number, i) => [number, embeddings[i]!]));
}

/**
 * The cosine of every pair.
 *
 * @param pairs The pairs.
 * @param embeddings Of their texts, by number.
 * @returns `[pairs]`, in [−1, 1]
 */
export function scorePairs(
  pairs: readonly NumberedPair[],
  embeddings: ReadonlyMap<number, Float32Array>,
): Float64Array {
  return Float64Array.from(pairs, ({ job, resume }) => cosine(embeddings.get(job)!, embeddings.get(resume)!));
}

/**
 * The cosine of two vectors of the same length; 0 if one of them is zero.
 *
 * @returns A number in [−1, 1], up to rounding.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { cosine } from "./score.ts";
 *
 * assertAlmostEquals(cosine(Float32Array.of(3, 4), Float32Array.of(6, 0)), 0.6, 1e-9);
 * ```
 */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return dot / Math.max(Math.sqrt(aa) * Math.sqrt(bb), 1e-12);
}
