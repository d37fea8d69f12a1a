/** The distinct texts of a data set by number: tokenized once each, embedded, and compared. */
import type { Encoder, Parameters, Tokenizer } from "../model/mod.ts";

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

  /** The number of a text in a role; equal texts share it. */
  number(text: string, role: Role): number {
    const { tokenizer, maxLength, instruction } = this.#options;
    const whole = instruction[role] + text;
    let number = this.#numbers.get(whole);
    if (number === undefined) {
      number = this.tokens.push(tokenizer.encode(whole, { maxLength })) - 1;
      this.#numbers.set(whole, number);
    }
    return number;
  }

  /** The numbers of both texts of a pair. */
  pair({ resume, job }: { resume: string; job: string }): NumberedPair {
    return { job: this.number(job, "job"), resume: this.number(resume, "resume") };
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
