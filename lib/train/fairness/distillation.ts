import { mul, reduceMean, sub, type Tensor } from "../../graph/mod.ts";
import { pairwiseCosine } from "../objectives.ts";

/**
 * Embedding distillation: how far embeddings have moved from those of the base model. Beside a fairness penalty it
 * keeps what the base model knew and the penalty has no opinion on (as in Reimers & Gurevych, "Making monolingual
 * sentence embeddings multilingual using knowledge distillation", 2020, which uses the mean squared error).
 *
 * @param x `[items, h]`
 * @param base `[items, h]`, of the same texts by the frozen base model.
 * @param distance `"cosine"` is the mean of 1 − cos; `"mse"` the mean over all numbers of (x − base)².
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { distillation } from "./distillation.ts";
 *
 * const x = input("x", ["items", 2]), base = input("base", ["items", 2]);
 * const feeds = { x: { shape: [1, 2], data: [1, 0] }, base: { shape: [1, 2], data: [0, 1] } };
 * const results = evaluate({ cosine: distillation(x, base, "cosine"), mse: distillation(x, base, "mse") }, feeds);
 * assertAlmostEquals(results.cosine!.data[0]!, 1);
 * assertAlmostEquals(results.mse!.data[0]!, 1);
 * ```
 */
export function distillation(x: Tensor, base: Tensor, distance: "cosine" | "mse"): Tensor {
  if (distance === "cosine") return reduceMean(sub(1, pairwiseCosine(x, base)));
  const moved = sub(x, base);
  return reduceMean(mul(moved, moved));
}
