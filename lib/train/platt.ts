/** The head of the pair objective starts where it fits the base model, not at an arbitrary scale. */

/**
 * Fits sigmoid(scale · x + bias) to labels by maximum likelihood (Platt 1999) with Newton's method.
 *
 * @param x `[n]` cosines
 * @param labels `[n]`, in [0, 1]
 * @returns The fit. A ridge of `prior` pseudo-observations on the scale keeps it finite where labels are separable.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { fitPlatt } from "./platt.ts";
 *
 * // Half of the low and three quarters of the high scores match: log-odds of 0 and ln 3.
 * const { scale, bias } = fitPlatt([0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 1, 1], 0);
 * assertAlmostEquals(bias, 0, 1e-9);
 * assertAlmostEquals(scale, Math.log(3), 1e-9);
 * ```
 */
export function fitPlatt(
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
  prior = 1e-2,
): { scale: number; bias: number } {
  let scale = 0, bias = 0;
  for (let iteration = 0; iteration < 50; iteration++) {
    let gs = -prior * scale, gb = 0, ss = prior, sb = 0, bb = 0;
    for (let i = 0; i < x.length; i++) {
      const p = 1 / (1 + Math.exp(-(scale * x[i]! + bias)));
      const error = labels[i]! - p, weight = p * (1 - p);
      gs += error * x[i]!;
      gb += error;
      ss += weight * x[i]! * x[i]!;
      sb += weight * x[i]!;
      bb += weight;
    }
    const determinant = ss * bb - sb * sb;
    // All cosines equal, or labels predicted with certainty: no step would improve the fit.
    if (!(determinant > 1e-12)) break;
    const ds = (bb * gs - sb * gb) / determinant, db = (ss * gb - sb * gs) / determinant;
    // Newton's step can overshoot far from the optimum; cosines differ by tenths, so a scale moves by tens.
    const damping = Math.min(1, 20 / Math.max(Math.abs(ds), Math.abs(db), 1e-12));
    scale += damping * ds;
    bias += damping * db;
    if (Math.max(Math.abs(ds), Math.abs(db)) < 1e-10) break;
  }
  return { scale, bias };
}
