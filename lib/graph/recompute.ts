/** Gradient checkpointing (Chen et al. 2016): computing a part of the forward pass again instead of keeping it. */
import { vjp } from "./gradients.ts";
import { customVjp, operation, type Tensor } from "./tensor.ts";

/** The same values, but not before `signal` has been computed; the derivative passes to x alone. */
export function after(x: Tensor, signal: Tensor): Tensor {
  return operation("Identity", [x, signal], x.shape);
}

/**
 * What `build` makes of the inputs; for the backward pass it is built and computed a second time, from the inputs, so
 * that nothing between inputs and output needs to be kept in memory from the first time to the second. The inputs are
 * all tensors through which a gradient flows to the output; `build` must make the same of them each time.
 *
 * The second computation waits for the cotangent of the output. Without that an executor that removes common
 * subexpressions would find both to be the same and keep the first, and one that orders operations by their inputs
 * alone would compute the second right after the first.
 */
export function recompute(build: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  return customVjp(build(...inputs), inputs, (dy) => {
    const again = inputs.map((x) => after(x, dy));
    return vjp(build(...again), dy, again);
  });
}
