/**
 * Which tokens of a text make its score, by integrated gradients (Sundararajan, Taly & Yan 2017): the gradient of the
 * score with respect to a token's word embedding, averaged along the straight line from a text of [MASK] tokens to the
 * text, times the distance along it. What all tokens get sums up to the score less that of the masked text.
 */
import { compile, type CompileOptions, type Executable, gradients, input, mul, reduceSum } from "../graph/mod.ts";
import type { Tensor, TensorData } from "../graph/mod.ts";
import { InputError } from "../errors.ts";
import { buildEncoder, type EncoderSpec } from "./bert.ts";
import { parameterFeeds, type Parameters } from "./lora.ts";
import { packBatch } from "./packed_batch.ts";
import { readRows } from "./safetensors.ts";

/** What one text's tokens contribute to its score. */
export interface Attribution {
  /** `[tokens]`; of special tokens as well. */
  readonly tokens: Float64Array;
  /** The cosine of the text's embedding with the other one. */
  readonly score: number;
  /** The same of the masked text, from which contributions are counted. */
  readonly baseline: number;
  /** Score less baseline less the sum of the contributions: what the steps along the line have missed. */
  readonly error: number;
}

/** The most that contributions may miss of what they add up to. */
const TOLERANCE = 1e-3;

/** Steps along the line: doubled until the tolerance is kept. */
const FIRST_STEPS = 16, MOST_STEPS = 1024;

/** Tokens computed together. */
const BATCH_TOKENS = 4096;

/** Explains scores of one model. */
export class Attributor {
  readonly #spec: EncoderSpec;
  readonly #maskId: number;
  readonly #executable: Executable;

  private constructor(spec: EncoderSpec, maskId: number, executable: Executable) {
    this.#spec = spec;
    this.#maskId = maskId;
    this.#executable = executable;
  }

  /** Compiles the encoder and its derivative. `maskId` is the token that says nothing. */
  static async compile(spec: EncoderSpec, maskId: number, options: CompileOptions = {}): Promise<Attributor> {
    const words = input("words", ["tokens", spec.config.hiddenSize]);
    const explained = { ...spec, dropout: 0, half: false, checkpointing: false, normalize: true };
    const { embeddings } = buildEncoder(explained, { words });
    const others: Tensor = input("others", ["texts", spec.config.hiddenSize]);
    const scores = reduceSum(mul(embeddings, others), { axes: [-1] });
    const [slope] = gradients(reduceSum(scores), [words]);
    return new Attributor(explained, maskId, await compile({ scores, slope: slope! }, options));
  }

  /**
   * What the tokens of a text contribute to the cosine of its embedding with `other`, an embedding of length 1.
   * @throws {InputError} If 1,024 steps leave more than a thousandth of a cosine unexplained.
   */
  async attribute(ids: readonly number[], other: Float32Array, parameters: Parameters = {}): Promise<Attribution> {
    const { weights, config: { hiddenSize: width } } = this.#spec;
    const table = weights.get("embeddings.word_embeddings.weight")!;
    // [CLS] and [SEP] stay: without them there is no text to compare with.
    const masked = ids.map((id, i) => i === 0 || i === ids.length - 1 ? id : this.#maskId);
    const [to, from] = [await readRows(table, ids), await readRows(table, masked)];
    const line = to.map((value, i) => value - from[i]!);
    for (let steps = FIRST_STEPS; steps <= MOST_STEPS; steps *= 2) {
      const { slopes, ends } = await this.#along({ ids, from, line, other }, steps, parameters);
      const tokens = new Float64Array(ids.length);
      slopes.forEach((slope, i) => tokens[Math.floor(i / width)]! += slope * line[i]!);
      const [baseline, score] = ends;
      const error = score - baseline - tokens.reduce((sum, value) => sum + value, 0);
      if (Math.abs(error) < TOLERANCE) return { tokens, score, baseline, error };
    }
    throw new InputError(`the contributions of a text of ${ids.length} tokens do not add up to its score`);
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#executable.release();
  }

  /** The mean gradient along the line, by Gauss–Legendre's rule within equal pieces, and the scores at its ends. */
  async #along(
    { ids, from, line, other }: Line,
    steps: number,
    parameters: Parameters,
  ): Promise<{ slopes: Float64Array; ends: [number, number] }> {
    const at = points(steps), slopes = new Float64Array(line.length);
    const ends: [number, number] = [NaN, NaN];
    const size = Math.max(1, Math.floor(BATCH_TOKENS / ids.length));
    const all = [{ at: 0, weight: 0 }, { at: 1, weight: 0 }, ...at];
    for (let start = 0; start < all.length; start += size) {
      const batch = all.slice(start, start + size);
      const words = new Float32Array(batch.length * line.length);
      batch.forEach(({ at }, b) => line.forEach((step, i) => words[b * line.length + i] = from[i]! + at * step));
      const { scores, slope } = await this.#executable.run({
        ...packBatch(batch.map(() => ids), { numHeads: this.#spec.config.numHeads, pooling: this.#spec.pooling }),
        ...parameterFeeds(parameters),
        words: floats([batch.length * ids.length, line.length / ids.length], words),
        others: floats([batch.length, other.length], repeated(other, batch.length)),
      });
      batch.forEach(({ at, weight }, b) => {
        if (weight === 0) ends[at as 0 | 1] = Number(scores!.data[b]);
        else for (let i = 0; i < line.length; i++) slopes[i]! += weight * Number(slope!.data[b * line.length + i]);
      });
    }
    return { slopes, ends };
  }
}

interface Line {
  readonly ids: readonly number[];
  readonly from: Float32Array;
  readonly line: Float32Array;
  readonly other: Float32Array;
}

/** Points in (0, 1) and their weights: two-point Gauss–Legendre in each of `steps / 2` equal pieces. */
function points(steps: number): { at: number; weight: number }[] {
  const pieces = steps / 2, offset = 0.5 / Math.sqrt(3);
  return Array.from(
    { length: pieces },
    (_, piece) => [0.5 - offset, 0.5 + offset].map((part) => ({ at: (piece + part) / pieces, weight: 1 / steps })),
  ).flat();
}

function floats(shape: number[], data: Float32Array): TensorData {
  return { dtype: "float32", shape, data };
}

function repeated(row: Float32Array, times: number): Float32Array {
  const rows = new Float32Array(times * row.length);
  for (let i = 0; i < times; i++) rows.set(row, i * row.length);
  return rows;
}
