import { broadcastOffsets, type Kernel, type NdArray } from "./nd_array.ts";
import { reduced } from "./reduce.ts";

/** The fused operations of transformers but for Gelu, which is elementwise. */
export const NEURAL_KERNELS: Readonly<Record<string, Kernel>> = {
  Softmax: ([x], { attributes }) => {
    const { shape, data } = logSoftmax(x!, attributes.axis as number);
    return [{ shape, data: data.map(Math.exp) }];
  },
  LogSoftmax: ([x], { attributes }) => [logSoftmax(x!, attributes.axis as number)],
  LayerNormalization: ([x, scale, shift], { attributes }) => {
    const width = x!.shape.at(-1)!;
    const last = [x!.shape.length - 1];
    const row = (i: number) => Math.floor(i / width);
    const sums = reduced(x!, last, 0, (a, b) => a + b);
    const mean = { shape: sums.shape, data: sums.data.map((sum) => sum / width) };
    const centred = x!.data.map((value, i) => value - mean.data[row(i)]!);
    const squares = reduced({ shape: x!.shape, data: centred.map((c) => c * c) }, last, 0, (a, b) => a + b);
    const inverseDeviation = {
      shape: sums.shape,
      data: squares.data.map((sum) => 1 / Math.sqrt(sum / width + (attributes.epsilon as number))),
    };
    const data = centred.map((c, i) =>
      c * inverseDeviation.data[row(i)]! * scale!.data[i % width]! + shift!.data[i % width]!
    );
    return [{ shape: x!.shape, data }, mean, inverseDeviation];
  },
};

function logSoftmax(x: NdArray, axis: number): NdArray {
  const largest = reduced(x, [axis], -Infinity, Math.max);
  const group = broadcastOffsets(largest.shape, x.shape);
  const shifted = { shape: x.shape, data: x.data.map((value, i) => value - largest.data[group[i]!]!) };
  const sums = reduced(shifted, [axis], 0, (sum, value) => sum + Math.exp(value));
  return { shape: x.shape, data: shifted.data.map((value, i) => value - Math.log(sums.data[group[i]!]!)) };
}
