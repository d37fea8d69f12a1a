import * as tf from "@tensorflow/tfjs-core";
import type { Kernel } from "./kernel.ts";

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const unary = (f: Unary): Kernel => ([x]) => f(x!);
const binary = (f: Binary): Kernel => ([a, b]) => f(a!, b!);

/** Elementwise operations. */
export const ELEMENTWISE_KERNELS: Readonly<Record<string, Kernel>> = {
  Add: binary(tf.add),
  Sub: binary(tf.sub),
  Mul: binary(tf.mul),
  // tf.div() rounds quotients of integers down, ONNX towards zero; the cast back does that. Exact below 2²⁴.
  Div: ([a, b], node) =>
    node.inputs[0]!.dtype === "int32"
      ? tf.cast(tf.div(tf.cast(a!, "float32"), tf.cast(b!, "float32")), "int32")
      : tf.div(a!, b!),
  Max: binary(tf.maximum),
  Min: binary(tf.minimum),
  Equal: binary(tf.equal),
  Greater: binary(tf.greater),
  GreaterOrEqual: binary(tf.greaterEqual),
  Less: binary(tf.less),
  And: binary(tf.logicalAnd),
  Not: unary(tf.logicalNot),
  Where: ([condition, a, b]) => tf.where(condition!, a!, b!),
  Clip: ([x, low, high]) => tf.minimum(tf.maximum(x!, low!), high!),
  Neg: unary(tf.neg),
  Exp: unary(tf.exp),
  Log: unary(tf.log),
  Sqrt: unary(tf.sqrt),
  Abs: unary(tf.abs),
  Sign: unary(tf.sign),
  Erf: unary(tf.erf),
  Tanh: unary(tf.tanh),
  Sigmoid: unary(tf.sigmoid),
  Relu: unary(tf.relu),
  Identity: unary((x) => x),
  Cast: ([x], { attributes }) => {
    if (attributes.to === "int32") return tf.cast(x!, "int32");
    // A cast to bool keeps the low byte on some backends.
    if (attributes.to === "bool") return tf.notEqual(x!, tf.cast(0, x!.dtype));
    // There is no half precision here: weights are float32 from the start, and nothing is rounded to less.
    return tf.cast(x!, "float32");
  },
};
