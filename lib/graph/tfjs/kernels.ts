/** What every operation computes with TensorFlow.js. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Node } from "../tensor.ts";
import type { TfjsBackend } from "./backend.ts";

/**
 * What an operation computes: from the values of its inputs to that of its output, or to those of its outputs. It runs
 * within `tf.tidy()`, so it need not free what it makes on the way.
 */
export type Kernel = (
  inputs: readonly tf.Tensor[],
  node: Node,
  backend: TfjsBackend,
) => tf.Tensor | readonly tf.Tensor[];

const unary = (f: (x: tf.Tensor) => tf.Tensor): Kernel => ([x]) => f(x!);
const binary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Kernel => ([a, b]) => f(a!, b!);
const reduction = (f: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor): Kernel => ([x], node) =>
  f(x!, axesOf(node), Boolean(node.attributes.keepdims));

/** The kernels by ONNX operator name. */
export const TFJS_KERNELS: Readonly<Record<string, Kernel>> = {
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

  MatMul: ([a, b]) => {
    const [m, k, n] = [a!.shape.at(-2)!, a!.shape.at(-1)!, b!.shape.at(-1)!];
    const [outerA, outerB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
    if (b!.rank === 2) return tf.reshape(tf.matMul(tf.reshape(a!, [-1, k]), b!), [...batch, m, n]);
    // The backends pair matrices up by their number, whatever the shape of the batch.
    const left = tf.broadcastTo(a!, [...batch, m, k]), right = tf.broadcastTo(b!, [...batch, k, n]);
    const product = tf.matMul(tf.reshape(left, [-1, m, k]), tf.reshape(right, [-1, k, n]));
    return tf.reshape(product, [...batch, m, n]);
  },
  Gemm: ([a, b, c], { attributes }, backend) => {
    const { alpha, beta } = attributes as { alpha: number; beta: number };
    const [transA, transB] = [Boolean(attributes.transA), Boolean(attributes.transB)];
    // wasm multiplies transposed operands with plain loops, ten times slower or more than it copies and multiplies.
    const product = backend === "wasm"
      ? tf.matMul(transA ? tf.transpose(a!) : a!, transB ? tf.transpose(b!) : b!)
      : tf.matMul(a!, b!, transA, transB);
    const scaled = alpha === 1 ? product : tf.mul(product, alpha);
    if (!c) return scaled;
    return tf.add(scaled, beta === 1 ? c : tf.mul(c, beta));
  },
  Transpose: ([x], { attributes }) => tf.transpose(x!, [...attributes.perm as readonly number[]]),

  ReduceSum: reduction(tf.sum),
  ReduceMean: reduction(tf.mean),
  ReduceMax: reduction(tf.max),
  ElementCount: ([x], node) => tf.scalar(axesOf(node).reduce((n, axis) => n * x!.shape[axis]!, 1)),

  Reshape: ([x, like], { attributes }) => {
    if (like) return tf.reshape(x!, like.shape);
    const target = attributes.shape as readonly number[];
    return tf.reshape(x!, target.map((dim, axis) => dim === 0 ? x!.shape[axis]! : dim));
  },
  Unsqueeze: ([x], { attributes }) => {
    const shape = [...x!.shape];
    for (const axis of attributes.axes as readonly number[]) shape.splice(axis, 0, 1);
    return tf.reshape(x!, shape);
  },
  Squeeze: ([x], { attributes }) => {
    const axes = attributes.axes as readonly number[];
    return tf.reshape(x!, x!.shape.filter((_, axis) => !axes.includes(axis)));
  },
  Concat: (inputs, { attributes }) => tf.concat([...inputs], attributes.axis as number),
  Slice: ([x], { attributes }) => {
    const { axis, start, end } = attributes as { axis: number; start: number; end: number };
    const at = <T>(value: T, others: readonly T[]) => others.map((other, i) => i === axis ? value : other);
    return tf.slice(x!, at(start, x!.shape.map(() => 0)), at(end - start, x!.shape));
  },
  Expand: ([x, like]) => tf.broadcastTo(x!, like!.shape),
  // The third input is for differentiation only.
  Gather: ([x, indices], _node, backend) => backend === "wasm" ? gatherOnHost(x!, indices!) : tf.gather(x!, indices!),
  // Asked for float32, wasm writes integers into a tensor of that type.
  OneHot: ([indices, x]) => tf.cast(tf.oneHot(indices!, x!.shape[0]!), "float32"),

  Softmax: ([x], { attributes }) => {
    const axis = attributes.axis as number;
    // tf.softmax() knows the last axis only.
    return axis === x!.rank - 1 ? tf.softmax(x!) : tf.exp(logSoftmax(x!, axis));
  },
  LogSoftmax: ([x], { attributes }) => logSoftmax(x!, attributes.axis as number),
  Gelu: ([x]) => tf.mul(tf.mul(x!, 0.5), tf.add(tf.erf(tf.mul(x!, Math.SQRT1_2)), 1)),
  LayerNormalization: ([x, scale, shift], { attributes }) => {
    const mean = tf.mean(x!, -1, true);
    const centred = tf.sub(x!, mean);
    const variance = tf.mean(tf.square(centred), -1, true);
    const inverseDeviation = tf.rsqrt(tf.add(variance, attributes.epsilon as number));
    return [tf.add(tf.mul(tf.mul(centred, inverseDeviation), scale!), shift!), mean, inverseDeviation];
  },
};

function axesOf(node: Node): number[] {
  return [...node.attributes.axes as readonly number[]];
}

/** The gather of wasm computes every element's place from strides, which takes ten times as long as copying rows. */
function gatherOnHost(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const backend = tf.backend() as BackendWasm;
  const from = backend.typedArrayFromHeap(x), rows = backend.typedArrayFromHeap(indices);
  const width = x.size / x.shape[0]!;
  const picked = new (from.constructor as Float32ArrayConstructor)(rows.length * width);
  rows.forEach((row: number, i: number) => picked.set(from.subarray(row * width, (row + 1) * width), i * width));
  return tf.tensor(picked, [...indices.shape, ...x.shape.slice(1)], x.dtype);
}

function logSoftmax(x: tf.Tensor, axis: number): tf.Tensor {
  const shifted = tf.sub(x, tf.max(x, axis, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}
