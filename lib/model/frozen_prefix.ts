/**
 * The layers below the first adapted one are frozen: what they make of a text is the same in every step, in every
 * validation, and for the base model. It is computed once per text, kept as float32, and everything starts from there.
 *
 * Only texts of the same length are computed together. Attention then has no padding, whose width would depend on the
 * neighbours, and on the CPU a text gets the same bits whatever it was computed with: which run asked for it first, or
 * whether a run was interrupted, cannot be seen in what is trained.
 */
import { sha256 } from "../files.ts";
import type { CompileOptions, Executable, TensorData } from "../graph/mod.ts";
import { buildEncoder, compileAs, type EncoderSpec, firstAdaptedLayer } from "./bert.ts";
import { lengthBatches, packBatch } from "./packed_batch.ts";

/** Token ids of one text. */
type Text = readonly number[];

/** Tokens computed together, unless a single text is longer: enough for fast products, little memory. */
const BATCH_TOKENS = 2048;

/** 2 GiB: a million tokens of a small model, 500,000 of a large one. */
const DEFAULT_LIMIT = 2 ** 31;

// A product of a single row is computed by other code, which rounds otherwise: texts of one token come one by one.
const sameLength = (length: number, last: number) => length === last && length > 1;

/** Memory that is left for hidden states, shared by all prefixes of a {@linkcode FrozenPrefixes}. */
interface Room {
  bytes: number;
}

/** What the first layers of one model make of each text; {@linkcode FrozenPrefixes} opens it. */
export class FrozenPrefix {
  /** How many layers it spans: the number of the first one that is computed each time. */
  readonly layers: number;
  readonly #spec: EncoderSpec;
  readonly #options: Omit<CompileOptions, "precision">;
  readonly #room: Room;
  readonly #kept = new Map<string, Float32Array>();
  readonly #embedded = new Map<string, readonly Float32Array[]>();
  #executable: Promise<Executable> | null = null;

  /** `spec` below `layers`; `room` is shared with other prefixes. */
  constructor(
    spec: EncoderSpec,
    layers: number,
    { room, ...options }: Omit<CompileOptions, "precision"> & { room: Room },
  ) {
    this.layers = layers;
    this.#spec = { ...spec, lora: [], dropout: 0, half: false, checkpointing: false };
    this.#options = options;
    this.#room = room;
  }

  /** Distinct texts that are not kept yet, the bytes of their hidden states, and whether these have room. */
  need(texts: readonly Text[]): { texts: number; bytes: number; fits: boolean } {
    const missing = this.#missing(texts);
    const tokens = [...missing.values()].reduce((sum, ids) => sum + ids.length, 0);
    const bytes = tokens * this.#spec.config.hiddenSize * Float32Array.BYTES_PER_ELEMENT;
    return { texts: missing.size, bytes, fits: bytes <= this.#room.bytes };
  }

  /** Computes the texts that are not kept yet, and keeps them. */
  async add(texts: readonly Text[], onBatch?: (done: number) => void): Promise<void> {
    await this.#compute(this.#missing(texts), onBatch);
  }

  /** `[tokens, hidden]` of texts one after the other; those not kept yet are computed, and kept while there is room. */
  async hidden(texts: readonly Text[]): Promise<TensorData> {
    const fresh = await this.#compute(this.#missing(texts));
    const width = this.#spec.config.hiddenSize;
    const tokens = texts.reduce((sum, ids) => sum + ids.length, 0);
    const data = new Float32Array(tokens * width);
    let at = 0;
    for (const ids of texts) {
      const key = keyOf(ids);
      data.set(this.#kept.get(key) ?? fresh.get(key)!, at);
      at += ids.length * width;
    }
    return { dtype: "float32", shape: [tokens, width], data };
  }

  /** Keeps what another process has computed, as `hidden` gives it, while there is room. */
  keep(texts: readonly Text[], hidden: Float32Array): void {
    let at = 0;
    for (const ids of texts) {
      const size = ids.length * this.#spec.config.hiddenSize;
      this.#keep(keyOf(ids), hidden.subarray(at, at + size));
      at += size;
    }
  }

  /**
   * The base model's embeddings of a list of texts: for the same list, as every trial of a sweep has it, those that
   * `embed` gave before. Of the whole list, since the last bits of an embedding depend on what it was batched with.
   */
  async baseEmbeddings(
    texts: readonly Text[],
    { pooling, normalize, batchTokens }: Pick<EncoderSpec, "pooling" | "normalize"> & { readonly batchTokens: number },
    embed: () => Promise<readonly Float32Array[]>,
  ): Promise<readonly Float32Array[]> {
    const key = await sha256(JSON.stringify([texts, pooling, normalize, batchTokens]));
    const known = this.#embedded.get(key) ?? await embed();
    this.#embedded.set(key, known);
    return known;
  }

  /** Frees the session and forgets all texts. */
  async release(): Promise<void> {
    for (const rows of this.#kept.values()) this.#room.bytes += rows.byteLength;
    this.#kept.clear();
    this.#embedded.clear();
    await (await this.#executable)?.release();
    this.#executable = null;
  }

  #missing(texts: readonly Text[]): Map<string, Text> {
    const keyed = texts.map((ids) => [keyOf(ids), ids] as const);
    return new Map(keyed.filter(([key]) => !this.#kept.has(key)));
  }

  #keep(key: string, rows: Float32Array): void {
    if (this.#kept.has(key) || rows.byteLength > this.#room.bytes) return;
    this.#room.bytes -= rows.byteLength;
    this.#kept.set(key, rows.slice());
  }

  async #compute(texts: ReadonlyMap<string, Text>, onBatch: (done: number) => void = () => {}) {
    const computed = new Map<string, Float32Array>();
    if (texts.size === 0) return computed;
    const built = buildEncoder(this.#spec, { to: this.layers });
    this.#executable ??= compileAs(this.#spec, { hidden: built.lastHidden }, this.#options);
    const executable = await this.#executable;
    const { numHeads, hiddenSize } = this.#spec.config;
    const entries = [...texts];
    for (const numbers of lengthBatches(entries.map(([, ids]) => ids.length), BATCH_TOKENS, sameLength)) {
      const batch = numbers.map((i) => entries[i]!);
      const feeds = packBatch(batch.map(([, ids]) => ids), { numHeads, pooling: this.#spec.pooling });
      const hidden = (await executable.run(feeds)).hidden!.data as Float32Array;
      batch.forEach(([key, ids], i) => {
        const size = ids.length * hiddenSize;
        const rows = hidden.subarray(i * size, (i + 1) * size);
        computed.set(key, rows);
        this.#keep(key, rows);
      });
      onBatch(computed.size);
    }
    return computed;
  }
}

/**
 * The frozen prefixes of several runs in one process: runs of the same base model that leave the same layers alone
 * share one, whatever their texts are numbered.
 */
export class FrozenPrefixes {
  readonly #room: Room;
  readonly #open = new Map<string, FrozenPrefix>();

  /** `limit`: the most bytes that hidden states of all prefixes take together. */
  constructor(limit = DEFAULT_LIMIT) {
    this.#room = { bytes: limit };
  }

  /**
   * The prefix below an adapter, the same one for all adapters on the same layers; null if the first layer is adapted,
   * or none is. `weights` is what identifies the base model's weights.
   */
  open(weights: string, spec: EncoderSpec, options: Omit<CompileOptions, "precision"> = {}): FrozenPrefix | null {
    const layers = firstAdaptedLayer(spec.lora);
    if (layers === 0 || !Number.isFinite(layers)) return null;
    const key = `${weights} ${layers} ${options.device ?? "cpu"} ${spec.int8 ? "int8" : "fp32"}`;
    const prefix = this.#open.get(key) ?? new FrozenPrefix(spec, layers, { ...options, room: this.#room });
    this.#open.set(key, prefix);
    return prefix;
  }

  /** Frees everything. */
  async release(): Promise<void> {
    for (const prefix of this.#open.values()) await prefix.release();
    this.#open.clear();
  }
}

/** The inputs of an encoder graph for a batch of texts, by name. */
export async function encoderFeeds(
  texts: readonly Text[],
  { config, pooling }: EncoderSpec,
  prefix: FrozenPrefix | null,
): Promise<Record<string, TensorData>> {
  const packed = packBatch(texts, { numHeads: config.numHeads, pooling });
  return prefix ? { ...packed, hidden: await prefix.hidden(texts) } : packed;
}

/** A text is known by its tokens: numbers of texts differ from run to run. */
function keyOf(ids: Text): string {
  return ids.join(" ");
}
