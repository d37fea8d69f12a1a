/** Scores pairs by the cosine of their embeddings. */
import type { Encoder } from "../model/encoder.ts";
import type { Parameters } from "../model/lora.ts";
import type { TextTable } from "./texts.ts";

/** A pair by the numbers of its texts in a table. */
export interface NumberedPair {
  readonly job: number;
  readonly resume: number;
}

/**
 * Embeds the texts that pairs refer to, each once, and returns the cosine of every pair.
 *
 * @param pairs The pairs.
 * @param table Holds their tokens.
 * @param encoder Embeds them.
 * @param parameters The adapter that the encoder was compiled for; none for the base model.
 * @param batchTokens At most this many tokens in a batch.
 * @param onText Told how many texts are done.
 * @returns `[pairs]`, in [−1, 1]
 */
export async function scorePairs(
  pairs: readonly NumberedPair[],
  table: TextTable,
  encoder: Encoder,
  parameters: Parameters,
  batchTokens: number,
  onText?: (done: number) => void,
): Promise<Float64Array> {
  const needed = [...new Set(pairs.flatMap(({ job, resume }) => [job, resume]))];
  const texts = needed.map((number) => table.tokens[number]!);
  const embeddings = await encoder.embed(texts, parameters, batchTokens, onText);
  const embeddingOf = new Map(needed.map((number, i) => [number, embeddings[i]!]));
  return Float64Array.from(pairs, ({ job, resume }) => cosine(embeddingOf.get(job)!, embeddingOf.get(resume)!));
}

/**
 * The number of distinct texts that pairs refer to.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { distinctTexts } from "./score.ts";
 *
 * assertEquals(distinctTexts([{ job: 0, resume: 1 }, { job: 0, resume: 2 }]), 3);
 * ```
 */
export function distinctTexts(pairs: readonly NumberedPair[]): number {
  return new Set(pairs.flatMap(({ job, resume }) => [job, resume])).size;
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
