/** An encoder ready to embed texts, with whatever adapter parameters it is given. */
import type { Executable } from "../graph/executable.ts";
import { compile, type CompileOptions } from "../device/compile.ts";
import { buildEncoder, type EncoderSpec } from "./bert.ts";
import { parameterFeeds, type Parameters } from "./lora.ts";
import { packBatch } from "./packed_batch.ts";

/** A compiled encoder. One session serves every adapter of the same shape. */
export class Encoder {
  readonly #spec: EncoderSpec;
  readonly #executable: Executable;

  private constructor(spec: EncoderSpec, executable: Executable) {
    this.#spec = spec;
    this.#executable = executable;
  }

  /** Compiles the encoder in full precision and without dropout, as always outside of training. */
  static async compile(spec: EncoderSpec, options: CompileOptions = {}): Promise<Encoder> {
    const inference = { ...spec, dropout: 0, half: false, checkpointing: false };
    return new Encoder(inference, await compile({ embeddings: buildEncoder(inference).embeddings }, options));
  }

  /** Numbers per embedding. */
  get width(): number {
    return this.#spec.config.hiddenSize;
  }

  /**
   * Embeds texts in batches of similar length, whatever their order.
   *
   * @param texts Token ids of each text.
   * @param parameters The adapter that the encoder was compiled for; none for the base model.
   * @param batchTokens At most this many tokens in a batch, unless a single text is longer.
   * @param onBatch Told how many texts are done after each batch.
   * @returns One embedding per text, in the order given.
   */
  async embed(
    texts: readonly (readonly number[])[],
    parameters: Parameters = {},
    batchTokens = 4096,
    onBatch: (done: number) => void = () => {},
  ): Promise<Float32Array[]> {
    const feeds = parameterFeeds(parameters);
    const results = new Array<Float32Array>(texts.length);
    let done = 0;
    for (const batch of lengthBatches(texts.map((ids) => ids.length), batchTokens)) {
      const packed = packBatch(batch.map((i) => texts[i]!), this.#spec.config.numHeads, this.#spec.pooling);
      const { embeddings } = await this.#executable.run({ ...packed, ...feeds });
      const rows = embeddings!.data as Float32Array;
      batch.forEach((text, row) => results[text] = rows.slice(row * this.width, (row + 1) * this.width));
      onBatch(done += batch.length);
    }
    return results;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#executable.release();
  }
}

/**
 * Groups texts of similar length so that attention pads little.
 *
 * @param lengths Tokens of each text.
 * @param batchTokens At most this many tokens in a batch.
 * @returns Batches of text numbers, each text once, shortest texts first.
 */
export function lengthBatches(lengths: readonly number[], batchTokens: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [], tokens = 0;
  for (const i of order) {
    if (batch.length > 0 && tokens + lengths[i]! > batchTokens) {
      batches.push(batch);
      [batch, tokens] = [[], 0];
    }
    batch.push(i);
    tokens += lengths[i]!;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
