import { broadcastOffsets, type Kernel, type NdArray, offsets, pick, sizeOf, stridesOf } from "./nd_array.ts";

/** Operations that move values without changing them. */
export const LAYOUT_KERNELS: Readonly<Record<string, Kernel>> = {
  Reshape: ([x, like], { attributes }) => {
    if (like) return [{ shape: like.shape, data: x!.data }];
    const target = attributes.shape as readonly number[];
    const known = target.map((dim, axis) => dim === 0 ? x!.shape[axis]! : dim);
    const rest = sizeOf(x!.shape) / sizeOf(known.filter((dim) => dim !== -1));
    const shape = known.map((dim) => dim === -1 ? rest : dim);
    if (!Number.isInteger(rest)) throw new RangeError(`Reshape of [${x!.shape}] to [${target}]: sizes do not divide`);
    return [{ shape, data: x!.data }];
  },
  Unsqueeze: ([x], { attributes }) => {
    const shape = [...x!.shape];
    for (const axis of attributes.axes as readonly number[]) shape.splice(axis, 0, 1);
    return [{ shape, data: x!.data }];
  },
  Squeeze: ([x], { attributes }) => {
    const axes = attributes.axes as readonly number[];
    return [{ shape: x!.shape.filter((_, axis) => !axes.includes(axis)), data: x!.data }];
  },
  Concat: (inputs, { attributes }) => {
    const axis = attributes.axis as number;
    const shape = inputs[0]!.shape.map((dim, i) => i === axis ? inputs.reduce((n, x) => n + x.shape[axis]!, 0) : dim);
    const strides = stridesOf(shape);
    const data = new Float64Array(sizeOf(shape));
    let start = 0;
    for (const x of inputs) {
      offsets(x.shape, strides, start * strides[axis]!).forEach((at, i) => data[at] = x.data[i]!);
      start += x.shape[axis]!;
    }
    return [{ shape, data }];
  },
  Slice: ([x], { attributes }) => {
    const { axis, start, end } = attributes as { axis: number; start: number; end: number };
    const shape = x!.shape.map((dim, i) => i === axis ? end - start : dim);
    const strides = stridesOf(x!.shape);
    return [{ shape, data: pick(x!, offsets(shape, strides, start * strides[axis]!)) }];
  },
  Expand: ([x, like]) => [{ shape: like!.shape, data: pick(x!, broadcastOffsets(x!.shape, like!.shape)) }],
  Gather: ([x, indices]) => {
    const rowShape = x!.shape.slice(1);
    const width = sizeOf(rowShape);
    const shape = [...indices!.shape, ...rowShape];
    const data = new Float64Array(sizeOf(shape));
    checkIndices("Gather", indices!, x!).forEach((row, i) => {
      data.set(x!.data.subarray(row * width, (row + 1) * width), i * width);
    });
    return [{ shape, data }];
  },
  OneHot: ([indices, x]) => {
    const depth = x!.shape[0]!;
    const shape = [...indices!.shape, depth];
    const data = new Float64Array(sizeOf(shape));
    checkIndices("OneHot", indices!, x!).forEach((index, i) => data[i * depth + index] = 1);
    return [{ shape, data }];
  },
};

function checkIndices(op: string, indices: NdArray, x: NdArray): Float64Array {
  const rows = x.shape[0]!;
  const wrong = indices.data.find((index) => !(index >= 0 && index < rows));
  if (wrong !== undefined) throw new RangeError(`${op}: expected indices from 0 to ${rows - 1}, was given ${wrong}`);
  return indices.data;
}
