/** Computes what a run's frozen layers make of its texts before the first step. */
import { FrozenPrefixes } from "../model/mod.ts";
import { showProgress } from "../progress.ts";
import { type Interruption, stopIfAsked } from "./interruption.ts";
import type { RunModel } from "./open_model.ts";
import type { TokenCache } from "./token_cache.ts";

/**
 * Adds to a model the hidden states below its first adapted layer for all texts of the cache, if they fit into memory:
 * recomputing some of them in every epoch, a few at a time, would be slower than the whole encoder. The cache holds the
 * tokens of everything that is trained or evaluated on; `print` is told what is kept, or why it is not.
 */
export async function withFrozenPrefix(
  model: RunModel,
  { tokens: { tokens }, prefixes, print, signal }: {
    tokens: TokenCache;
    prefixes: FrozenPrefixes;
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
    await prefix.add(tokens, onBatch);
  } finally {
    progress.stop();
  }
  return { ...model, prefix };
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
