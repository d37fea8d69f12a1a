/** The fused operations of transformers that ONNX has as one operator each. */
import { resolveAxis, sameShape, ShapeError } from "./shape.ts";
import { operation, type Tensor } from "./tensor.ts";

/** eˣ / Σ eˣ along one axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  return operation("Softmax", [x], x.shape, { attributes: { axis: resolveAxis("Softmax", x, axis) } });
}

/** ln(softmax(x)) along one axis, without the underflow of taking the logarithm afterwards. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  return operation("LogSoftmax", [x], x.shape, { attributes: { axis: resolveAxis("LogSoftmax", x, axis) } });
}

/** x · Φ(x) with Φ the standard normal distribution function (Hendrycks & Gimpel 2016), the exact form. */
export function gelu(x: Tensor): Tensor {
  return operation("Gelu", [x], x.shape);
}

/** Gives the rows of x `[…, h]` mean 0 and variance 1, then scales and shifts them by `[h]` (Ba et al. 2016). */
export function layerNorm(x: Tensor, affine: { scale: Tensor; shift: Tensor; epsilon: number }): Tensor {
  const { scale, shift, epsilon } = affine;
  const width = x.shape.at(-1);
  if (width === undefined || !sameShape(scale.shape, [width]) || !sameShape(shift.shape, [width])) {
    throw new ShapeError("LayerNormalization", [x, scale, shift], "[…, h], [h] and [h]");
  }
  return operation("LayerNormalization", [x, scale, shift], x.shape, { attributes: { axis: -1, epsilon } });
}

/**
 * The mean and 1/standard deviation, each `[…, 1]`, that {@linkcode layerNorm} computed on its way to y: outputs 1 and
 * 2 of its node. No gradient flows through them.
 */
export function layerNormStatistics(y: Tensor): { mean: Tensor; inverseDeviation: Tensor } {
  if (y.node.op !== "LayerNormalization") {
    throw new ShapeError("layerNormStatistics()", [y], `the result of layerNorm(), was given that of ${y.node.op}`);
  }
  const shape = [...y.shape.slice(0, -1), 1];
  return {
    mean: { node: y.node, output: 1, dtype: "float32", shape },
    inverseDeviation: { node: y.node, output: 2, dtype: "float32", shape },
  };
}
