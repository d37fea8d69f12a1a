/** The processes that share a training, each known by its rank. */

/** What a rank can do together with all others; each call is made by all of them, in the same order. */
export interface Ranks {
  readonly rank: number;
  readonly size: number;
  /** Threads that this rank computes with; without a number, the runtime's own choice. */
  readonly threads?: number;
  /** What every rank gives, in the order of the ranks; all give as many numbers. */
  allGather(own: Float32Array): Promise<Float32Array>;
  /** The sums over all ranks, the same bytes on each: added in the order of the ranks, and rounded once. */
  allReduce(own: Float64Array): Promise<Float32Array>;
  /** What rank 0 gives, a value that can be cloned; the others may give anything. */
  fromFirst<T>(value: T): Promise<T>;
  /** A line about what sharing cost since this was asked for last. */
  spent(): string;
  /** Leaves the others, once all have come to it: nothing can be exchanged any more. */
  release(): Promise<void>;
}

/** One process, which shares its training with nobody. */
export const ALONE: Ranks = {
  rank: 0,
  size: 1,
  allGather: (own) => Promise.resolve(own),
  allReduce: (own) => Promise.resolve(Float32Array.from(own)),
  fromFirst: (value) => Promise.resolve(value),
  spent: () => "",
  release: () => Promise.resolve(),
};
