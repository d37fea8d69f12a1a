/**
 * A plain float64 interpreter of graphs: the project's numerical referee. It shares no code with any executor, favours
 * clearness over speed, and rounds to nothing narrower than float64, so losses and derivative rules can be held against
 * published numbers and finite differences to 10⁻⁹ where an executor's float32 leaves room for a wrong term to hide.
 */
import { topologicalOrder } from "./gradients.ts";
import { type DataType, formatShape, type Leaf, type Node, type Tensor } from "./tensor.ts";

/**
 * Computes tensors in float64, one operation after the other. Every value is checked against the shape that the graph
 * inferred for it, named dimensions included, so a mistake in shape inference shows here as well. Booleans are 0 and 1.
 * A feed named like a frozen weight replaces it; feeds that the graph does not have are ignored.
 * @throws {RangeError} When an input is missing, or a value does not have the shape the graph says.
 */
export function evaluate(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, ReferenceFeed>>,
): Record<string, { shape: number[]; data: Float64Array }> {
  const values = new Map<Node, readonly NdArray[]>();
  const sizes = new Map<string, number>();
  const valueOf = (tensor: Tensor): NdArray => {
    const value = values.get(tensor.node)![tensor.output]!;
    checkShape(tensor, value.shape, sizes);
    return value;
  };
  for (const node of topologicalOrder(Object.values(outputs))) {
    values.set(node, node.leaf ? [leafValue(node.leaf, feeds)] : kernelOf(node)(node.inputs.map(valueOf), node));
  }
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => {
      const { shape, data } = valueOf(tensor);
      return [name, { shape: [...shape], data }];
    }),
  );
}

function kernelOf(node: Node): Kernel {
  const kernel = REFERENCE_KERNELS[node.op];
  if (!kernel) throw new RangeError(`Operation ${node.op} has no reference`);
  return kernel;
}

function checkShape({ node, shape }: Tensor, actual: readonly number[], sizes: Map<string, number>): void {
  const fits = shape.length === actual.length && shape.every((dim, axis) => {
    if (typeof dim === "number") return dim === actual[axis];
    if (!sizes.has(dim)) sizes.set(dim, actual[axis]!);
    return sizes.get(dim) === actual[axis];
  });
  if (fits) return;
  const name = node.leaf && node.leaf.kind !== "constant" ? `${node.leaf.kind} "${node.leaf.name}"` : node.op;
  const known = shape.map((dim) => typeof dim === "string" && sizes.has(dim) ? `${dim} = ${sizes.get(dim)}` : dim);
  throw new RangeError(`Value of ${name}: expected shape ${formatShape(known)}, was given ${formatShape(actual)}`);
}

/** Values given for an input, or in place of a weight. */
export interface ReferenceFeed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The value of a leaf: a feed if there is one of its name, else what the constant or the weight's file holds. */
export function leafValue(leaf: Leaf, feeds: Readonly<Record<string, ReferenceFeed>>): NdArray {
  if (leaf.kind === "constant") {
    const { shape, data } = leaf.value;
    return { shape, data: leaf.exact ?? Float64Array.from(data as ArrayLike<number | bigint>, Number) };
  }
  const feed = feeds[leaf.name];
  if (feed) {
    if (feed.data.length !== sizeOf(feed.shape)) {
      const found = `${feed.data.length} for shape [${feed.shape.join(", ")}]`;
      throw new RangeError(`Input "${leaf.name}": expected ${sizeOf(feed.shape)} values, was given ${found}`);
    }
    return { shape: feed.shape, data: Float64Array.from(feed.data) };
  }
  if (leaf.kind === "input") throw new RangeError(`Input "${leaf.name}" of the graph was not given a value`);
  return { shape: leaf.shape, data: DECODERS[leaf.dtype](readBytes(leaf)) };
}

function readBytes({ name, source }: Extract<Leaf, { kind: "weight" }>): ArrayBuffer {
  const bytes = new Uint8Array(source.byteLength);
  using file = Deno.openSync(source.path);
  file.seekSync(source.byteOffset, Deno.SeekMode.Start);
  for (let read = 0; read < bytes.length;) {
    const count = file.readSync(bytes.subarray(read));
    if (count === null) throw new RangeError(`${source.path} ends within weight "${name}"`);
    read += count;
  }
  return bytes.buffer;
}

const DECODERS: Readonly<Record<DataType, (bytes: ArrayBuffer) => Float64Array>> = {
  float32: (bytes) => Float64Array.from(new Float32Array(bytes)),
  float16: (bytes) => Float64Array.from(new Float16Array(bytes)),
  // A bfloat16 is the upper half of a float32.
  bfloat16: (bytes) =>
    Float64Array.from(new Float32Array(Uint32Array.from(new Uint16Array(bytes), (x) => x << 16).buffer)),
  int32: (bytes) => Float64Array.from(new Int32Array(bytes)),
  int64: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number),
  bool: (bytes) => Float64Array.from(new Uint8Array(bytes)),
};

/** Values with a shape known at run time. Integers and booleans are stored as float64 too, which holds them exactly. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What an operation computes: from the values of its inputs to those of its outputs. */
export type Kernel = (inputs: readonly NdArray[], node: Node) => readonly NdArray[];

const unary = (f: (x: number) => number): Kernel => ([x]) => [{ shape: x!.shape, data: x!.data.map((v) => f(v)) }];

function elementwise(f: (...values: number[]) => number): Kernel {
  return (inputs) => {
    const shape = broadcastShape(inputs.map((x) => x.shape));
    const at = inputs.map((x) => broadcastOffsets(x.shape, shape));
    const data = Float64Array.from(at[0]!, (_, i) => f(...inputs.map((x, k) => x.data[at[k]![i]!]!)));
    return [{ shape, data }];
  };
}

const divide = elementwise((a, b) => a! / b!);
/** Integers are divided as ONNX divides them: the fraction is dropped. */
const divideIntegers = elementwise((a, b) => Math.trunc(a! / b!));

/** The kernels by ONNX operator name. Boolean results are 1 and 0. */
export const REFERENCE_KERNELS: Readonly<Record<string, Kernel>> = {
  Add: elementwise((a, b) => a! + b!),
  Sub: elementwise((a, b) => a! - b!),
  Mul: elementwise((a, b) => a! * b!),
  Div: (inputs, node) => (node.inputs[0]!.dtype.startsWith("int") ? divideIntegers : divide)(inputs, node),
  Max: elementwise((a, b) => Math.max(a!, b!)),
  Min: elementwise((a, b) => Math.min(a!, b!)),
  Equal: elementwise((a, b) => Number(a === b)),
  Greater: elementwise((a, b) => Number(a! > b!)),
  GreaterOrEqual: elementwise((a, b) => Number(a! >= b!)),
  Less: elementwise((a, b) => Number(a! < b!)),
  And: elementwise((a, b) => Number(a !== 0 && b !== 0)),
  Where: elementwise((condition, a, b) => condition !== 0 ? a! : b!),
  Clip: elementwise((x, low, high) => Math.min(Math.max(x!, low!), high!)),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Erf: unary(erf),
  Tanh: unary(Math.tanh),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Relu: unary((x) => Math.max(x, 0)),
  Gelu: unary((x) => x * (1 + erf(x * Math.SQRT1_2)) / 2),
  Not: unary((x) => Number(x === 0)),
  Identity: ([x]) => [x!],
  // Narrower floating types are not imitated: the reference says what the values would be without rounding.
  Cast: ([x], { attributes }) => {
    if (attributes.to === "bool") return [{ shape: x!.shape, data: x!.data.map((v) => Number(v !== 0)) }];
    return String(attributes.to).startsWith("int") ? [{ shape: x!.shape, data: x!.data.map(Math.trunc) }] : [x!];
  },

  MatMul: ([a, b]) => {
    const [m, k, n] = [a!.shape.at(-2)!, a!.shape.at(-1)!, b!.shape.at(-1)!];
    const [outerA, outerB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    const batch = broadcastShape([outerA, outerB]);
    const [atA, atB] = [broadcastOffsets(outerA, batch), broadcastOffsets(outerB, batch)];
    const data = new Float64Array(atA.length * m * n);
    for (let i = 0; i < atA.length; i++) {
      const rows = a!.data.subarray(atA[i]! * m * k, (atA[i]! + 1) * m * k);
      const columns = b!.data.subarray(atB[i]! * k * n, (atB[i]! + 1) * k * n);
      data.set(product(rows, columns, m, k, n), i * m * n);
    }
    return [{ shape: [...batch, m, n], data }];
  },
  Gemm: ([a, b, c], { attributes }) => {
    const { alpha, beta } = attributes as { alpha: number; beta: number };
    const left = attributes.transA ? transposed(a!, [1, 0]) : a!;
    const right = attributes.transB ? transposed(b!, [1, 0]) : b!;
    const [m, k, n] = [left.shape[0]!, left.shape[1]!, right.shape[1]!];
    const shape = [m, n];
    const data = product(left.data, right.data, m, k, n).map((value) => alpha * value);
    if (c) broadcastOffsets(c.shape, shape).forEach((at, i) => data[i]! += beta * c.data[at]!);
    return [{ shape, data }];
  },
  Transpose: ([x], { attributes }) => [transposed(x!, attributes.perm as readonly number[])],

  ReduceSum: ([x], node) => [dropped(x!, node, reduced(x!, axesOf(node), 0, (a, b) => a + b))],
  ReduceMean: ([x], node) => {
    const axes = axesOf(node);
    const count = elementCount(x!, axes);
    const sums = reduced(x!, axes, 0, (a, b) => a + b);
    return [dropped(x!, node, { shape: sums.shape, data: sums.data.map((sum) => sum / count) })];
  },
  ReduceMax: ([x], node) => [dropped(x!, node, reduced(x!, axesOf(node), -Infinity, Math.max))],
  ElementCount: ([x], node) => [{ shape: [], data: Float64Array.of(elementCount(x!, axesOf(node))) }],

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

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((n, dim) => n * dim, 1);
}

/** How far apart neighbours along each axis lie in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/**
 * Where the elements of a view lie in an array: one offset per element of `shape`, in row-major order. A stride of 0
 * repeats; permuted strides transpose; a start other than 0 slices.
 */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let result = Int32Array.of(start);
  shape.forEach((dim, axis) => {
    const next = new Int32Array(result.length * dim);
    for (let i = 0; i < result.length; i++) {
      for (let j = 0; j < dim; j++) next[i * dim + j] = result[i]! + j * strides[axis]!;
    }
    result = next;
  });
  return result;
}

/** For every element of `to`, the offset of the element of an array of shape `from` that is broadcast to it. */
export function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const missing = to.length - from.length;
  const strides = stridesOf(from);
  return offsets(to, to.map((_, axis) => axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing]!));
}

/** The shape that arrays broadcast to by NumPy's rule; they are known to fit. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return dims.find((dim) => dim !== 1) ?? 1;
  });
}

/** The elements of x at the given offsets. */
export function pick(x: NdArray, at: Int32Array): Float64Array {
  return Float64Array.from(at, (offset) => x.data[offset]!);
}

/**
 * The error function to an error below 3·10⁻¹⁵, by the series erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!
 * (NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov/7.6.E2). All its terms have the sign of x, so
 * nothing cancels.
 */
export function erf(x: number): number {
  // 1 − erf(6) is 2·10⁻¹⁷: less than half of the distance between 1 and the next float64.
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > Number.EPSILON * Math.abs(sum) / 4; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      for (let j = 0; j < n; j++) result[i * n + j]! += a[i * k + p]! * b[p * n + j]!;
    }
  }
  return result;
}

function transposed(x: NdArray, permutation: readonly number[]): NdArray {
  const shape = permutation.map((axis) => x.shape[axis]!);
  const strides = stridesOf(x.shape);
  return { shape, data: pick(x, offsets(shape, permutation.map((axis) => strides[axis]!))) };
}

function axesOf(node: Node): readonly number[] {
  return node.attributes.axes as readonly number[];
}

function elementCount(x: NdArray, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis]!));
}

/** Combines the elements along axes, which stay as dimensions of size 1. */
export function reduced(
  x: NdArray,
  axes: readonly number[],
  initial: number,
  combine: (a: number, b: number) => number,
): NdArray {
  const shape = x.shape.map((dim, axis) => axes.includes(axis) ? 1 : dim);
  const data = new Float64Array(sizeOf(shape)).fill(initial);
  broadcastOffsets(shape, x.shape).forEach((group, i) => data[group] = combine(data[group]!, x.data[i]!));
  return { shape, data };
}

function dropped(x: NdArray, node: Node, { data, shape }: NdArray): NdArray {
  if (node.attributes.keepdims) return { shape, data };
  return { shape: x.shape.filter((_, axis) => !axesOf(node).includes(axis)), data };
}

function checkIndices(op: string, indices: NdArray, x: NdArray): Float64Array {
  const rows = x.shape[0]!;
  const wrong = indices.data.find((index) => !(index >= 0 && index < rows));
  if (wrong !== undefined) throw new RangeError(`${op}: expected indices from 0 to ${rows - 1}, was given ${wrong}`);
  return indices.data;
}

function logSoftmax(x: NdArray, axis: number): NdArray {
  const largest = reduced(x, [axis], -Infinity, Math.max);
  const group = broadcastOffsets(largest.shape, x.shape);
  const shifted = { shape: x.shape, data: x.data.map((value, i) => value - largest.data[group[i]!]!) };
  const sums = reduced(shifted, [axis], 0, (sum, value) => sum + Math.exp(value));
  return { shape: x.shape, data: shifted.data.map((value, i) => value - Math.log(sums.data[group[i]!]!)) };
}
