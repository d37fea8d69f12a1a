/**
 * The dataflow graph: immutable nodes that point at their inputs. There is no graph object and no global state; a graph
 * is whatever can be reached from the tensors one asks for, so a node that nobody asks for costs nothing.
 */

/** Element types. `float16` and `bfloat16` occur only in weight files and are cast before arithmetic. */
export type DataType = "float32" | "float16" | "bfloat16" | "int32" | "int64" | "bool";

/** A dimension: a size known now, or the name of a size known when the graph runs (`"batch"`, `"tokens"`). */
export type Dim = number | string;

/** Dimensions, outermost first. */
export type Shape = readonly Dim[];

/** An attribute of a node, with ONNX's name and meaning. */
export type Attribute = number | string | readonly number[];

/** Where the bytes of a frozen weight lie: little-endian, row-major, contiguous. */
export interface WeightSource {
  /** Path of the file. */
  readonly path: string;
  /** First byte in the file. */
  readonly byteOffset: number;
  /** Number of bytes. */
  readonly byteLength: number;
  /** Gives the bytes where there is no file, as in a web page; TensorFlow.js alone asks for them. */
  readonly read?: () => ArrayBuffer;
}

/** Values of a tensor on the host. */
export interface TensorData {
  /** What the elements are. */
  readonly dtype: DataType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** `bool` is stored as 0 or 1 in a `Uint8Array`. */
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
}

/** A value that is given at every run. */
export type InputLeaf = {
  readonly kind: "input";
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
};

/** A small value in the graph itself, and the exact one where it was rounded, for the tests' float64 arithmetic. */
export type ConstantLeaf = { readonly kind: "constant"; readonly value: TensorData; readonly exact?: Float64Array };

/** A frozen weight in a file. */
export type WeightLeaf = {
  readonly kind: "weight";
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly source: WeightSource;
};

/** What a leaf holds. */
export type Leaf = InputLeaf | ConstantLeaf | WeightLeaf;

/** A rule that replaces the derivative of everything between some inputs and one output, see {@linkcode customVjp}. */
export interface CustomVjp {
  /** The tensors the derivative is taken with respect to. */
  readonly inputs: readonly Tensor[];
  /** From the cotangent of the output to the cotangents of `inputs`; null where there is none. */
  readonly rule: (cotangent: Tensor) => readonly (Tensor | null)[];
}

/** One operation. */
export interface Node {
  /** ONNX's name for it, or `"Leaf"`. */
  readonly op: string;
  /** What it is computed from. */
  readonly inputs: readonly Tensor[];
  /** ONNX's attributes by name. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** What a leaf holds. */
  readonly leaf?: Leaf;
  /** A derivative of its own. */
  readonly custom?: CustomVjp;
}

/** One output of a node. */
export interface Tensor {
  /** The operation that computes it. */
  readonly node: Node;
  /** Which of the node's outputs. */
  readonly output: number;
  /** What its elements are. */
  readonly dtype: DataType;
  /** Sizes, or names of sizes, outermost first. */
  readonly shape: Shape;
}

/**
 * A value given anew at every run, under a name that is unique in the graph. Trainable parameters are inputs too: their
 * owner keeps them on the host. Dimensions with a name have a size that may differ from run to run.
 */
export function input(name: string, shape: Shape, dtype: DataType = "float32"): Tensor {
  return leafTensor({ kind: "input", name, dtype, shape }, shape, dtype);
}

/** A small constant stored in the graph itself; a RangeError unless there is one value per element of the shape. */
export function constant(value: TensorData): Tensor {
  const size = value.shape.reduce((n, dim) => n * dim, 1);
  if (value.data.length !== size) {
    throw new RangeError(
      `Constant of shape ${formatShape(value.shape)}: expected ${size} values, was given ${value.data.length}`,
    );
  }
  return leafTensor({ kind: "constant", value }, value.shape, value.dtype);
}

/** A float32 constant of rank 0. */
export function scalar(value: number): Tensor {
  const leaf: TensorData = { dtype: "float32", shape: [], data: Float32Array.of(value) };
  return leafTensor({ kind: "constant", value: leaf, exact: Float64Array.of(value) }, [], "float32");
}

/** A frozen weight, read by the executor straight from its file. */
export function weight(leaf: Omit<WeightLeaf, "kind">): Tensor {
  return leafTensor({ kind: "weight", ...leaf }, leaf.shape, leaf.dtype);
}

function leafTensor(leaf: Leaf, shape: Shape, dtype: DataType): Tensor {
  return { node: { op: "Leaf", inputs: [], attributes: {}, leaf }, output: 0, dtype, shape };
}

/** A node with one output. Callers have already inferred the shape. */
export function operation(
  op: string,
  inputs: readonly Tensor[],
  shape: Shape,
  options: { dtype?: DataType; attributes?: Record<string, Attribute> } = {},
): Tensor {
  const dtype = options.dtype ?? inputs[0]?.dtype ?? "float32";
  return { node: { op, inputs, attributes: options.attributes ?? {} }, output: 0, dtype, shape };
}

/**
 * Gives a composite its own derivative: `gradients()` stops at the result and applies `rule` instead of walking through
 * the operations that computed it. Used where the derivative has a cheaper form than the chain of its parts, or where
 * the chain is wrong at a point: from the cotangent of the result to one (or null) per input. Gives the values of
 * `output`, which ordinary operations compute from `inputs`.
 */
export function customVjp(output: Tensor, inputs: readonly Tensor[], rule: CustomVjp["rule"]): Tensor {
  // A node of its own, so that `output` itself keeps its derivative and is computed once; executors drop the Identity.
  const identity = operation("Identity", [output], output.shape);
  return { ...identity, node: { ...identity.node, custom: { inputs, rule } } };
}

/** `[tokens, 384]`, as error messages and the documentation show shapes. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** A mistake in the building of a graph: the operation and the shapes it was given. */
export class ShapeError extends Error {
  /** As in stack traces. */
  override readonly name = "ShapeError";

  /** From the operation, its operands, and what it takes. */
  constructor(op: string, operands: readonly Tensor[], expected: string) {
    super(`${op} of ${operands.map((t) => formatShape(t.shape)).join(" and ")}: expected ${expected}`);
  }
}

/**
 * The shape of an elementwise operation on several tensors, by NumPy's broadcasting rule. A named dimension matches
 * itself and 1, nothing else: two names that happen to be equal at run time are still a mistake.
 */
export function broadcastShapes(
  op: string,
  operands: readonly Tensor[],
  shapes: readonly Shape[] = operands.map((t) => t.shape),
): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: Dim[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    shape.forEach((dim, i) => {
      const there = result[offset + i]!;
      if (dim === there || dim === 1) return;
      if (there !== 1) throw new ShapeError(op, operands, "dimensions that are equal or 1, aligned from the right");
      result[offset + i] = dim;
    });
  }
  return result;
}

/** Whether two shapes are the same, names included. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** An axis counted from the left; negative axes count from the right. Throws a {@linkcode ShapeError} out of range. */
export function resolveAxis(op: string, x: Tensor, axis: number): number {
  const resolved = axis < 0 ? axis + x.shape.length : axis;
  if (resolved < 0 || resolved >= x.shape.length) {
    throw new ShapeError(op, [x], `an axis within the rank, was given ${axis}`);
  }
  return resolved;
}
