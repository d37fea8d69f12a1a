import * as tf from "@tensorflow/tfjs-core";
import type { Kernel } from "./kernel.ts";

/** The fused operations of transformers. */
export const NEURAL_KERNELS: Readonly<Record<string, Kernel>> = {
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

function logSoftmax(x: tf.Tensor, axis: number): tf.Tensor {
  const shifted = tf.sub(x, tf.max(x, axis, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}
