import { distillation } from "../distillation.ts";
import type { FairnessTerm } from "../term.ts";

/** Options of {@linkcode baseDistillation}. */
export interface BaseDistillationOptions {
  readonly weight: number;
  readonly distance: "cosine" | "mse";
  /** Numbers per embedding. */
  readonly features: number;
  /** The base model's embedding of a text, by its number; computed once, before training. */
  readonly baseEmbedding: (text: number) => Float32Array;
}

/**
 * Keeps the résumés' embeddings near those of the base model, so that a fairness term does not undo what it knew.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { baseDistillation } from "./base_distillation.ts";
 *
 * const embeddings = [[1, 0], [0, 1]].map((row) => Float32Array.from(row));
 * const term = baseDistillation({ weight: 1, distance: "mse", features: 2, baseEmbedding: (i) => embeddings[i]! });
 * const items = [{ job: 0, resume: 1, label: 1, negatives: [] }];
 * const feeds = term.feeds!({ items, step: 0, rows: () => { throw new Error("not needed") } });
 * assertEquals([...feeds.base!.data], [0, 1]);
 * ```
 */
export function baseDistillation(options: BaseDistillationOptions): FairnessTerm {
  const { weight, distance, features, baseEmbedding } = options;
  return {
    name: "baseDistillation",
    weight,
    build: ({ resume, label, input }) => distillation(resume, input("base", [label.shape[0]!, features]), distance),
    feeds({ items }) {
      const data = new Float32Array(items.length * features);
      items.forEach(({ resume }, i) => data.set(baseEmbedding(resume), i * features));
      return { base: { dtype: "float32", shape: [items.length, features], data } };
    },
  };
}
