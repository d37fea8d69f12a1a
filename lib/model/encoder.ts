/** An encoder ready to embed texts, with whatever adapter parameters it is given. */
import { InputError } from "../errors.ts";
import type { CompileOptions, Executable } from "../graph/mod.ts";
import { buildEncoder, compileAs, type EncoderSpec } from "./bert.ts";
import { encoderFeeds, type FrozenPrefix } from "./frozen_prefix.ts";
import { parameterFeeds, type Parameters } from "./lora.ts";
import { lengthBatches } from "./packed_batch.ts";

/** Where and how an encoder is compiled. */
export interface EncoderOptions extends Omit<CompileOptions, "precision"> {
  /** Layers whose outputs are kept by text; default: none, every layer is computed each time. */
  prefix?: FrozenPrefix | null;
}

const NOT_FINITE =
  "the embeddings are not finite numbers: lower training.learningRate, or, where nothing is trained, " +
  "replace model and adapter, whose numbers are damaged or too large";

/**
 * Tokens that a processor's cores take at once: what one pass of attention leaves for the next then stays in their
 * cache (see lib/graph/README.md, "Measured"). A graphics card wants more.
 */
const CACHED_TOKENS = 512;

/** A compiled encoder. One session serves every adapter of the same shape. */
export class Encoder {
  readonly #spec: EncoderSpec;
  readonly #executable: Executable;
  readonly #prefix: FrozenPrefix | null;
  readonly #mostTokens: number;

  private constructor(
    spec: EncoderSpec,
    executable: Executable,
    { prefix, mostTokens }: { prefix: FrozenPrefix | null; mostTokens: number },
  ) {
    this.#spec = spec;
    this.#executable = executable;
    this.#prefix = prefix;
    this.#mostTokens = mostTokens;
  }

  /** Compiles the encoder without dropout, and in float32, or in 8 bits if the spec says so. */
  static async compile(spec: EncoderSpec, { prefix = null, ...options }: EncoderOptions = {}): Promise<Encoder> {
    const inference = { ...spec, dropout: 0, half: false, checkpointing: false };
    const { embeddings } = buildEncoder(inference, { from: prefix?.layers ?? 0 });
    const mostTokens = (options.device ?? "cpu") === "cpu" ? CACHED_TOKENS : Infinity;
    return new Encoder(inference, await compileAs(inference, { embeddings }, options), { prefix, mostTokens });
  }

  /** Numbers per embedding. */
  get width(): number {
    return this.#spec.config.hiddenSize;
  }

  /**
   * One embedding per text of token ids, in the order given; computed in batches of similar length, of at most
   * `batchTokens`, on the CPU of at most 512, unless a single text is longer. `onBatch` is told how many texts are
   * done.
   * @throws {InputError} When an embedding is not finite.
   */
  async embed(
    texts: readonly (readonly number[])[],
    parameters: Parameters = {},
    { batchTokens = 4096, onBatch }: { batchTokens?: number; onBatch?: ((done: number) => void) | undefined } = {},
  ): Promise<Float32Array[]> {
    const feeds = parameterFeeds(parameters);
    const results = new Array<Float32Array>(texts.length);
    let done = 0;
    const most = Math.min(batchTokens, this.#mostTokens);
    for (const batch of lengthBatches(texts.map((ids) => ids.length), most)) {
      const packed = await encoderFeeds(batch.map((i) => texts[i]!), this.#spec, this.#prefix);
      const { embeddings } = await this.#executable.run({ ...packed, ...feeds });
      const rows = embeddings!.data as Float32Array;
      if (!rows.every(Number.isFinite)) throw new InputError(NOT_FINITE);
      batch.forEach((text, row) => results[text] = rows.slice(row * this.width, (row + 1) * this.width));
      onBatch?.(done += batch.length);
    }
    return results;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#executable.release();
  }
}
