/** The processes that share a training, each known by its rank. */

/** What a rank can do together with all others; each call is made by all of them, in the same order. */
export interface Ranks {
  readonly rank: number;
  readonly size: number;
  /** What every rank gives, in the order of the ranks; all give as many numbers. */
  allGather(own: Float32Array): Promise<Float32Array>;
  /** The sums over all ranks, the same bytes on each: added in the order of the ranks, and rounded once. */
  allReduce(own: Float64Array): Promise<Float32Array>;
  /** What rank 0 gives; the others may give anything. */
  broadcast(own: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** One process, which shares its training with nobody. */
export const ALONE: Ranks = {
  rank: 0,
  size: 1,
  allGather: (own) => Promise.resolve(own),
  allReduce: (own) => Promise.resolve(Float32Array.from(own)),
  broadcast: (own) => Promise.resolve(own),
};

/** Numbers by name, as rank 0 has them; the others have the same names and sizes. */
export async function fromFirst(
  ranks: Ranks,
  values: Readonly<Record<string, Float32Array>>,
): Promise<Record<string, Float32Array>> {
  if (ranks.size === 1) return values;
  const own = new Float32Array(Object.values(values).reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const data of Object.values(values)) {
    own.set(data, at);
    at += data.length;
  }
  const first = new Float32Array((await ranks.broadcast(new Uint8Array(own.buffer))).buffer);
  at = 0;
  return Object.fromEntries(
    Object.entries(values).map(([name, { length }]) => [name, first.slice(at, at += length)]),
  );
}
