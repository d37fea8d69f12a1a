/** The identity with another gradient: what turns a classifier into an adversary, and a weight into a pull. */
import { customVjp, mul, neg, type Operand, type Tensor } from "../../graph/mod.ts";

/**
 * The same values; the gradient that flows back through them is multiplied by a factor.
 *
 * @param x Of any shape.
 * @param factor A number, or a tensor of rank 0, through which no gradient flows.
 * @returns Of the shape of x.
 */
export function scaleGradient(x: Tensor, factor: Operand): Tensor {
  return customVjp(x, [x], (dy) => [mul(dy, factor)]);
}

/**
 * Gradient reversal: the same values, and −λ times the gradient (Ganin et al., "Domain-adversarial training of neural
 * networks", 2016). What is computed from the result learns as usual; what x is computed from learns to hinder it.
 *
 * @param x Of any shape.
 * @param lambda How hard x is pulled; a tensor of rank 0 lets it grow during training.
 * @returns Of the shape of x.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gradients } from "../../graph/gradients.ts";
 * import { reduceSum } from "../../graph/reduce.ts";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { reverseGradient } from "./gradient_scaling.ts";
 *
 * const x = input("x", ["items"]);
 * const loss = reduceSum(reverseGradient(x, 0.5));
 * const [dx] = gradients(loss, [x]);
 * const results = evaluate({ loss, dx: dx! }, { x: { shape: [2], data: [3, 4] } });
 * assertEquals([...results.loss!.data, ...results.dx!.data], [7, -0.5, -0.5]);
 * ```
 */
export function reverseGradient(x: Tensor, lambda: Operand): Tensor {
  return scaleGradient(x, typeof lambda === "number" ? -lambda : neg(lambda));
}
