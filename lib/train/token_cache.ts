/** The distinct texts of a data set by number: tokenized once each, embedded, and compared. */
import type { Example } from "../data/mod.ts";
import { type Encoder, type FrozenPrefix, FrozenPrefixes, type Parameters, type Tokenizer } from "../model/mod.ts";
import { showProgress } from "../progress.ts";
import { type Interruption, stopIfAsked } from "./interruption.ts";
import type { RunModel } from "./open_model.ts";
import { ALONE, type Ranks } from "./ranks.ts";

/** Which side of a pair a text is: a job is the query, a résumé the passage. */
export type Role = "job" | "resume";

/** How texts become tokens. */
export interface TokenOptions {
  /** Of the model. */
  readonly tokenizer: Tokenizer;
  /** At most this many tokens, special tokens and instruction included. */
  readonly maxLength: number;
  /** Put before every text of the role. */
  readonly instruction: Readonly<Record<Role, string>>;
}

/** A pair by the numbers of its texts. */
export interface NumberedPair {
  /** The job's number. */
  readonly job: number;
  /** The résumé's number. */
  readonly resume: number;
}

/** Token ids of distinct texts by number. */
export class TokenCache {
  readonly #options: TokenOptions;
  readonly #numbers = new Map<string, number>();
  /** Token ids of each text, by its number. */
  readonly tokens: number[][] = [];

  /** A cache that holds nothing yet. */
  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** The number of a text in a role, or with another instruction than its role's; equal texts share it. */
  number(text: string, role: Role, instruction = this.#options.instruction[role]): number {
    const { tokenizer, maxLength } = this.#options;
    const whole = instruction + text;
    let number = this.#numbers.get(whole);
    if (number === undefined) {
      number = this.tokens.push(tokenizer.encode(whole, { maxLength })) - 1;
      this.#numbers.set(whole, number);
    }
    return number;
  }

  /** The numbers of both texts of a pair. */
  pair({ resume, job, prompts }: Pick<Example, "resume" | "job" | "prompts">): NumberedPair {
    return { job: this.number(job, "job", prompts?.job), resume: this.number(resume, "resume", prompts?.resume) };
  }
}

/**
 * Embeddings of texts by number, each computed once however often it occurs, in batches of at most so many tokens;
 * without parameters those of the base model. `onText` is told how many are done.
 */
export async function embedTexts(
  texts: Iterable<number>,
  { encoder, tokens, parameters = {}, batchTokens, onText }: {
    encoder: Encoder;
    tokens: TokenCache;
    parameters?: Parameters;
    batchTokens: number;
    onText?: (done: number) => void;
  },
): Promise<Map<number, Float32Array>> {
  const needed = [...new Set(texts)];
  const embeddings = await encoder.embed(needed.map((number) => tokens.tokens[number]!), parameters, {
    batchTokens,
    onBatch: onText,
  });
  return new Map(needed.map((number, i) => [number, embeddings[i]!]));
}

/** The cosine of every pair, in [−1, 1], given the embeddings of their texts. */
export function scorePairs(
  pairs: readonly NumberedPair[],
  embeddings: ReadonlyMap<number, Float32Array>,
): Float64Array {
  return Float64Array.from(pairs, ({ job, resume }) => cosine(embeddings.get(job)!, embeddings.get(resume)!));
}

/** The cosine of two vectors of the same length, in [−1, 1] up to rounding; 0 if one of them is zero. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return dot / Math.max(Math.sqrt(aa) * Math.sqrt(bb), 1e-12);
}

/**
 * Adds to a model the hidden states below its first adapted layer for all texts of the cache, if they fit into memory:
 * recomputing some of them in every epoch, a few at a time, would be slower than the whole encoder. The cache holds the
 * tokens of everything that is trained or evaluated on; `print` is told what is kept, or why it is not.
 */
export async function withFrozenPrefix(
  model: RunModel,
  { tokens: { tokens }, prefixes, ranks = ALONE, print, signal }: {
    tokens: TokenCache;
    prefixes: FrozenPrefixes;
    ranks?: Ranks;
    print: (text: string) => void;
    signal?: Interruption | undefined;
  },
): Promise<RunModel> {
  const prefix = prefixes.open(model.fingerprint.weights, model.spec, { device: model.device.device });
  if (prefix === null) return model;
  const layers = prefix.layers === 1 ? "layer 0 is" : `layers 0–${prefix.layers - 1} are`;
  const { texts, bytes, fits } = prefix.need(tokens);
  const size = `${Math.ceil(bytes / 2 ** 20)} MiB for ${texts} texts`;
  if (!fits) {
    print(`${layers} frozen below the adapter; ${size} are too many to keep, so they are computed in every step`);
    return model;
  }
  print(
    `${layers} frozen below the adapter: ` +
      (texts === 0 ? "kept from an earlier run" : `computed once per text and kept, ${size}`),
  );
  if (texts === 0) return { ...model, prefix };
  const progress = showProgress("frozen layers", texts, { unit: "texts" });
  const onBatch = (done: number) => {
    progress.update(done);
    stopIfAsked(signal);
  };
  try {
    if (ranks.size === 1) await prefix.add(tokens, onBatch);
    else await addTogether(prefix, tokens, { ranks, onBatch });
  } finally {
    progress.stop();
  }
  return { ...model, prefix };
}

/** Texts that each rank computes before all hear of them. */
const ROUND = 128;

/** Each rank computes a part of the texts, and all keep what all have computed. */
async function addTogether(
  prefix: FrozenPrefix,
  tokens: TokenCache["tokens"],
  { ranks, onBatch }: { ranks: Ranks; onBatch: (done: number) => void },
): Promise<void> {
  const texts = tokens.toSorted((a, b) => a.length - b.length);
  for (let at = 0; at < texts.length; at += ROUND * ranks.size) {
    const round = texts.slice(at, at + ROUND * ranks.size);
    const parts = Array.from({ length: ranks.size }, (_, rank) => round.filter((_, i) => i % ranks.size === rank));
    const { data, shape: [, width] } = await prefix.hidden(parts[ranks.rank]!);
    const most = Math.max(...parts.map((part) => part.flat().length)) * width!;
    const own = new Float32Array(most);
    own.set(data as Float32Array);
    const all = await ranks.allGather(own);
    parts.forEach((part, rank) => prefix.keep(part, all.subarray(rank * most)));
    onBatch(Math.min(at + ROUND * ranks.size, texts.length));
  }
}

/** Works with prefixes that the caller shares among runs, or else with own ones that are freed in the end. */
export async function sharedOrOwn<T>(
  shared: FrozenPrefixes | undefined,
  work: (prefixes: FrozenPrefixes) => Promise<T>,
): Promise<T> {
  if (shared) return await work(shared);
  const own = new FrozenPrefixes();
  try {
    return await work(own);
  } finally {
    await own.release();
  }
}
