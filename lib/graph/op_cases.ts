/**
 * The operations under test: for every constructor of the graph, graphs small enough for finite differences. The tests
 * hold every executor's CPU against float64 arithmetic with them (`ops_test.ts`), and `deno task verify-device` every
 * other device against ONNX Runtime's.
 */
import { Rng } from "../random.ts";
import * as ops from "./operations.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import * as layout from "./layout.ts";
import { type DataType, input, type InputLeaf, type Shape, type Tensor, type TensorData } from "./tensor.ts";

/** An input: its shape in the graph and where its values come from. */
interface CaseInput {
  readonly shape: Shape;
  readonly dtype: DataType;
  readonly values: readonly number[] | ((rng: Rng) => number);
}

/** One graph: an operation applied to inputs. */
export interface OpCase {
  readonly inputs: readonly CaseInput[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /** No gradient flows to any input; by default one flows to all float32 inputs. */
  readonly constant?: true;
  /** How far an executor may be from float64 arithmetic; by default 10⁻⁵. */
  readonly tolerance?: number;
  /** Something is computed in float16, which not every device can. */
  readonly half?: true;
}

/** What the named dimensions are in these cases. */
const SIZES: Readonly<Record<string, number>> = { n: 4, m: 2, k: 3, t: 3, rows: 8, "m·3": 6, "n·m": 8 };

const real = (shape: Shape, low = -2, high = 2): CaseInput => {
  return { shape, dtype: "float32", values: (rng) => Math.fround(low + (high - low) * rng.uniform()) };
};
const reals = (shape: Shape, values: readonly number[]): CaseInput => ({ shape, dtype: "float32", values });
const bools = (shape: Shape): CaseInput => ({ shape, dtype: "bool", values: (rng) => rng.int(2) });
const ints = (shape: Shape, values: readonly number[]): CaseInput => ({ shape, dtype: "int32", values });

const unary = (build: (x: Tensor) => Tensor, low = -2, high = 2): OpCase[] =>
  ([[], ["n", 3], [2, "n", 1]] as Shape[]).map((shape) => ({ inputs: [real(shape, low, high)], build }));

const BROADCASTS: readonly (readonly [Shape, Shape])[] = [
  [["n", 3], ["n", 3]],
  [["n", 3], [3]],
  [[], ["n", "m"]],
  [["n", 1, 3], ["m", 1]],
  [["m", 1, "n"], [5, "m", 3, "n"]],
];

const binary = (build: (a: Tensor, b: Tensor) => Tensor, low = -2, high = 2): OpCase[] =>
  BROADCASTS.flatMap(([a, b]) => [
    { inputs: [real(a), real(b, low, high)], build },
    { inputs: [real(b), real(a, low, high)], build },
  ]);

const comparison = (build: (a: Tensor, b: Tensor) => Tensor): OpCase[] => [
  { inputs: [real(["n", 3]), real([3])], build, constant: true },
  { inputs: [reals([4], [1, 2, 3, 4]), reals([4], [4, 2, 3, 1])], build, constant: true },
  { inputs: [ints(["k"], [0, 1, 2]), ints([1], [1])], build, constant: true },
];

const constant = (cases: readonly OpCase[]): OpCase[] => cases.map((each) => ({ ...each, constant: true }));

const REDUCTIONS: readonly (readonly [Shape, ops.ReduceOptions])[] = [
  [[], {}],
  [["n", 3], {}],
  [["n", 3], { axes: [0] }],
  [["n", 3], { axes: [-1], keepDims: true }],
  [["n", 2, "m"], { axes: [1, -3] }],
  [[5, "n", "m"], { axes: [0] }],
  [["n", 2], { axes: [] }],
];

const reduction = (build: (x: Tensor, options: ops.ReduceOptions) => Tensor): OpCase[] =>
  REDUCTIONS.map(([shape, options]) => ({ inputs: [real(shape)], build: (x) => build(x, options) }));

const alongAxes = (build: (x: Tensor, axis: number) => Tensor): OpCase[] => [
  { inputs: [real(["n", 3])], build: (x) => build(x, -1) },
  { inputs: [real(["n", 3])], build: (x) => build(x, 0) },
  { inputs: [real([2, "n", "m"])], build: (x) => build(x, 1) },
  { inputs: [real(["n", 3], 80, 120)], build: (x) => build(x, 1) },
];

const GEMMS: readonly OpCase[] = [false, true].flatMap((transA) =>
  [false, true].flatMap((transB): OpCase[] => {
    const [a, b] = [real(transA ? ["k", "n"] : ["n", "k"]), real(transB ? [2, "k"] : ["k", 2])];
    return [
      { inputs: [a, b], build: (a, b) => ops.gemm(a, b, { transA, transB }) },
      { inputs: [a, b, real([2])], build: (a, b, c) => ops.gemm(a, b, { c, transA, transB, alpha: 0.7, beta: -1.3 }) },
      { inputs: [a, b, real(["n", 1])], build: (a, b, c) => ops.gemm(a, b, { c, transA, transB }) },
    ];
  })
);

const normalised = (epsilon: number) => (x: Tensor, scale: Tensor, shift: Tensor) =>
  ops.layerNorm(x, { scale, shift, epsilon });

/** The cases by the name of the constructor. */
export const OP_CASES: Readonly<Record<string, readonly OpCase[]>> = {
  add: binary(ops.add),
  sub: binary(ops.sub),
  mul: binary(ops.mul),
  div: [
    ...binary(ops.div, 0.5, 2),
    { inputs: [ints([3], [7, -7, 6]), ints([3], [2, 2, 3])], build: ops.div, constant: true },
  ],
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  equal: comparison(ops.equal),
  greater: comparison(ops.greater),
  greaterOrEqual: comparison(ops.greaterOrEqual),
  less: comparison(ops.less),
  and: [{ inputs: [bools(["n", 3]), bools([3])], build: ops.and, constant: true }],
  not: [{ inputs: [bools(["n", 3])], build: ops.not, constant: true }],
  neg: unary(ops.neg),
  exp: unary(ops.exp),
  log: unary(ops.log, 0.5, 3),
  sqrt: unary(ops.sqrt, 0.5, 3),
  abs: unary(ops.abs),
  sign: constant(unary(ops.sign)),
  erf: unary(ops.erf),
  tanh: unary(ops.tanh),
  sigmoid: unary(ops.sigmoid),
  relu: unary(ops.relu),
  clip: [
    ...unary((x) => ops.clip(x, -0.5, 1)),
    ...unary((x) => ops.clip(x, -Infinity, 0.25)),
  ],
  softplus: [...unary(ops.softplus), { inputs: [reals([3], [-60, 0, 60])], build: ops.softplus }],
  cast: [
    {
      inputs: [reals(["n"], [-1.5, 0, 0.25, 3])],
      build: (x) => ops.cast(ops.cast(x, "float16"), "float32"),
      tolerance: 2 ** -11, // the gradient passes through float16 too
      half: true,
    },
    { inputs: [reals(["n"], [-1.5, 0, 0.25, 3])], build: (x) => ops.cast(x, "float32") },
    { inputs: [reals(["n"], [-1.5, 0, 0.25, 3])], build: (x) => ops.cast(x, "int32"), constant: true },
    { inputs: [reals(["n"], [-1.5, 0, 0.25, 3])], build: (x) => ops.cast(x, "bool"), constant: true },
    { inputs: [ints(["n"], [-1, 0, 7, 9])], build: (x) => ops.cast(x, "float32"), constant: true },
    { inputs: [bools(["n", 2])], build: (x) => ops.cast(x, "float32"), constant: true },
  ],
  where: [
    { inputs: [bools(["n", 3]), real(["n", 3]), real(["n", 3])], build: ops.where },
    { inputs: [bools(["n", 1]), real([3]), real(["m", 1, 1])], build: ops.where },
    { inputs: [bools(["n", 3]), real([3])], build: (condition, a) => ops.where(condition, a, -1) },
  ],

  matMul: [
    { inputs: [real(["n", 3]), real([3, 2])], build: ops.matMul },
    { inputs: [real(["m", "n", "k"]), real(["m", "k", 2])], build: ops.matMul },
    { inputs: [real(["m", "n", "k"]), real(["k", 2])], build: ops.matMul },
    { inputs: [real(["n", "k"]), real(["m", "k", 2])], build: ops.matMul },
    { inputs: [real(["m", 1, "n", 2]), real(["k", 2, "t"])], build: ops.matMul },
    { inputs: [real([1, "n", 2]), real(["m", 2, 1])], build: ops.matMul },
  ],
  gemm: GEMMS,
  transpose: [
    { inputs: [real(["n", 3])], build: (x) => ops.transpose(x, [1, 0]) },
    { inputs: [real([2, "n", "m"])], build: (x) => ops.transpose(x, [2, 0, 1]) },
    { inputs: [real([2, "n", "m", 3])], build: (x) => ops.transpose(x, [0, 2, 1, 3]) },
  ],
  transposeLast: [{ inputs: [real([2, "n", "m"])], build: ops.transposeLast }],

  reduceSum: reduction(ops.reduceSum),
  reduceMean: reduction(ops.reduceMean),
  reduceMax: reduction(ops.reduceMax),
  elementCount: [
    { inputs: [real(["n", 3, "m"])], build: (x) => ops.elementCount(x, [-1, 1]), constant: true },
    { inputs: [real(["n", 3, 2])], build: (x) => ops.elementCount(x, [-1, 1]), constant: true },
  ],
  logSumExp: [
    ...alongAxes((x, axis) => ops.logSumExp(x, [axis])),
    { inputs: [real(["n", 2, "m"])], build: (x) => ops.logSumExp(x, [0, -1], true) },
    { inputs: [real(["n", 2, "m"])], build: (x) => ops.logSumExp(x, [2, 1, 0]) },
  ],
  stopGradient: [{ inputs: [real(["n", 3])], build: ops.stopGradient, constant: true }],

  reshape: [
    { inputs: [real(["n", 6])], build: (x) => layout.reshape(x, ["n", 2, 3]) },
    { inputs: [real(["n", 6])], build: (x) => layout.reshape(x, ["rows", 3]) },
    { inputs: [real([4, 3])], build: (x) => layout.reshape(x, [2, 6]) },
    { inputs: [real(["n", "m", 3])], build: (x) => layout.reshape(x, ["n", "m·3"]) },
    { inputs: [real(["n", "m", 3])], build: (x) => layout.reshape(x, ["n·m", 3]) },
    { inputs: [real(["n", 2])], build: (x) => layout.reshape(x, ["n", 2]) },
  ],
  reshapeLike: [
    { inputs: [real([3]), real([3, 1])], build: layout.reshapeLike },
    {
      inputs: [real(["n", "m", 3])],
      build: (x) => layout.reshapeLike(layout.reshape(ops.mul(x, 2), ["n·m", 3]), x),
    },
  ],
  unsqueeze: [
    { inputs: [real(["n", "m"])], build: (x) => layout.unsqueeze(x, [0]) },
    { inputs: [real(["n", "m"])], build: (x) => layout.unsqueeze(x, [-1, 1]) },
    { inputs: [real([])], build: (x) => layout.unsqueeze(x, [0, 1]) },
  ],
  squeeze: [
    { inputs: [real([1, "n", 1, "m"])], build: (x) => layout.squeeze(x, [0, -2]) },
    { inputs: [real(["n", 1])], build: (x) => layout.squeeze(x, [1]) },
    { inputs: [real(["n", 1])], build: (x) => layout.squeeze(x, []) },
  ],
  concat: [
    { inputs: [real([2, "n"]), real([3, "n"])], build: (a, b) => layout.concat([a, b], 0) },
    { inputs: [real(["n", 1, 2]), real(["n", 3, 2])], build: (a, b) => layout.concat([a, b, a], -2) },
    { inputs: [real(["n", 2])], build: (a) => layout.concat([a], 1) },
  ],
  slice: [
    { inputs: [real(["n", 5])], build: (x) => layout.slice(x, 1, [1, 3]) },
    { inputs: [real([3, "n", 4])], build: (x) => layout.slice(x, 0, [0, 2]) },
    { inputs: [real(["n", 4, 2])], build: (x) => layout.slice(x, -2, [2, 4]) },
    { inputs: [real(["n", 4])], build: (x) => layout.slice(x, -1, [0, 4]) },
  ],
  expandLike: [
    { inputs: [real([]), real(["n", 3])], build: layout.expandLike },
    { inputs: [real([1, 3]), real(["n", 3])], build: layout.expandLike },
    { inputs: [real(["m", 1, "n"]), real([5, "m", 3, "n"])], build: layout.expandLike },
  ],
  gather: [
    { inputs: [real([5, 3]), ints(["n"], [4, 0, 4, 1])], build: layout.gather },
    { inputs: [real(["n", "m"]), ints(["k"], [2, 2, 0])], build: layout.gather },
    { inputs: [real(["n", 2, "m"]), ints(["k"], [3, 1, 0])], build: layout.gather },
    { inputs: [real(["n", 2]), ints(["m", 2], [3, 3, 0, 1])], build: layout.gather },
    { inputs: [real([4]), ints([2, 2], [3, 3, 0, 1])], build: layout.gather },
    { inputs: [real(["n", 2]), ints([], [2])], build: layout.gather },
    { inputs: [real(["n", 2]), ints(["m", 2], [2, 0, 3, 1]), ints(["n"], [1, 3, 0, 2])], build: layout.gather },
  ],
  oneHotRows: constant([
    { inputs: [ints(["m", 2], [3, 3, 0, 1]), real(["n", 2])], build: (i, x) => layout.oneHotRows(i, x, "n") },
    { inputs: [ints(["k"], [0, 2, 1]), real([3])], build: (i, x) => layout.oneHotRows(i, x, 3) },
  ]),

  softmax: alongAxes(ops.softmax),
  logSoftmax: alongAxes(ops.logSoftmax),
  gelu: unary(ops.gelu, -4, 4),
  layerNorm: [
    { inputs: [real(["n", 5]), real([5]), real([5])], build: normalised(1e-12) },
    { inputs: [real([2, "n", 3]), real([3]), real([3])], build: normalised(0.1) },
    { inputs: [real([4]), real([4]), real([4])], build: normalised(1e-5) },
  ],
  layerNormStatistics: [{
    inputs: [real(["n", 5]), real([5]), real([5])],
    build: (x, a, b) => {
      const { mean, inverseDeviation } = ops.layerNormStatistics(normalised(0.1)(x, a, b));
      return layout.concat([mean, inverseDeviation], 1);
    },
    constant: true,
  }],
};

/** The value of an input. */
type CaseFeed = TensorData & { readonly data: Exclude<TensorData["data"], BigInt64Array> };

/** Host values of a dtype from plain numbers. */
function tensorData(dtype: DataType, shape: readonly number[], values: readonly number[]): CaseFeed {
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(values) };
  return { dtype, shape, data: dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values) };
}

/** A case with its inputs made, and a loss: the sum of the result weighted with random numbers. */
interface BuiltCase {
  readonly inputs: readonly Tensor[];
  readonly result: Tensor;
  readonly loss: Tensor;
  /** The gradients of the loss by name of the input; none where no gradient flows. */
  readonly gradients: Readonly<Record<string, Tensor>>;
  /** The values of all inputs, exact in float32. */
  readonly feeds: Readonly<Record<string, CaseFeed>>;
}

/** Builds a case with inputs `x0`, `x1`, … and random values, the same at every call. */
export function buildCase({ inputs, build, constant }: OpCase, prefix = ""): BuiltCase {
  const rng = new Rng(1);
  const feeds: Record<string, CaseFeed> = {};
  const fed = (name: string, { shape, dtype, values }: CaseInput): Tensor => {
    const sizes = shape.map((dim) => typeof dim === "number" ? dim : SIZES[dim]!);
    const size = sizes.reduce((n, dim) => n * dim, 1);
    const drawn = typeof values === "function" ? Array.from({ length: size }, () => values(rng)) : values;
    feeds[prefix + name] = tensorData(dtype, sizes, drawn);
    return input(prefix + name, shape, dtype);
  };
  const tensors = inputs.map((each, i) => fed(`x${i}`, each));
  const result = build(...tensors);
  const weights: CaseInput = { shape: result.shape, dtype: "float32", values: (rng) => Math.fround(rng.normal()) };
  const loss = ops.reduceSum(ops.mul(ops.cast(result, "float32"), fed("weights", weights)));
  return { inputs: tensors, result, loss, gradients: constant ? {} : gradientsOf(loss, tensors), feeds };
}

function gradientsOf(loss: Tensor, inputs: readonly Tensor[]): Record<string, Tensor> {
  const wanted = inputs.filter((x) => x.dtype === "float32" && dependsOnValue(loss, x));
  const found = gradients(loss, wanted);
  return Object.fromEntries(wanted.map((x, i) => [(x.node.leaf as InputLeaf).name, found[i]!]));
}

/** False for the second input of expandLike() and the like, whose shape alone is used. */
function dependsOnValue(loss: Tensor, x: Tensor): boolean {
  const shapeOnly = new Set(["Expand", "Reshape", "OneHot"]);
  const follow = (node: Tensor["node"]) => shapeOnly.has(node.op) ? node.inputs.slice(0, 1) : node.inputs;
  return topologicalOrder([loss], follow).includes(x.node);
}
