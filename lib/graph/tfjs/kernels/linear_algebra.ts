import * as tf from "@tensorflow/tfjs-core";
import type { TfjsBackend } from "../backend.ts";
import type { Kernel } from "./kernel.ts";

/** Matrix products and transposition. */
export const LINEAR_ALGEBRA_KERNELS: Readonly<Record<string, Kernel>> = {
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
    const product = matrixProduct(a!, b!, Boolean(attributes.transA), Boolean(attributes.transB), backend);
    const scaled = alpha === 1 ? product : tf.mul(product, alpha);
    if (!c) return scaled;
    return tf.add(scaled, beta === 1 ? c : tf.mul(c, beta));
  },
  Transpose: ([x], { attributes }) => tf.transpose(x!, [...attributes.perm as readonly number[]]),
};

function matrixProduct(
  a: tf.Tensor,
  b: tf.Tensor,
  transposeA: boolean,
  transposeB: boolean,
  backend: TfjsBackend,
): tf.Tensor {
  if (backend !== "wasm") return tf.matMul(a, b, transposeA, transposeB);
  // wasm multiplies transposed operands with plain loops, ten times slower or more than it copies and multiplies.
  return tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b);
}
