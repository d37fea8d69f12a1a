/**
 * A plain float64 interpreter of graphs: the project's numerical referee. It shares no code with any executor, favours
 * clearness over speed, and rounds to nothing narrower than float64, so losses and derivative rules can be held against
 * published numbers and finite differences to 10⁻⁹ where an executor's float32 leaves room for a wrong term to hide.
 */
import { topologicalOrder } from "./gradients.ts";
import { type Kernel, type NdArray, REFERENCE_KERNELS, sizeOf } from "./reference_kernels.ts";
import { formatShape } from "./shape.ts";
import type { DataType, Leaf, Node, Tensor } from "./tensor.ts";

/**
 * Computes tensors in float64, one operation after the other. Every value is checked against the shape that the graph
 * inferred for it, named dimensions included, so a mistake in shape inference shows here as well.
 *
 * @param outputs The tensors to compute, by name.
 * @param feeds Values of the inputs by name; booleans are 0 and 1. A feed named like a frozen weight replaces it;
 *   other weights are read from their files. Feeds that the graph does not have are ignored.
 * @returns The values of the outputs in row-major order; integers and booleans are given as float64 too.
 * @throws {RangeError} When an input is missing, or a value does not have the shape the graph says.
 *
 * @example The derivative of ln Σ eˣ is the softmax
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { gradients } from "./gradients.ts";
 * import { logSumExp } from "./reduce.ts";
 * import { evaluate } from "./reference.ts";
 * import { input } from "./tensor.ts";
 *
 * const x = input("x", ["n"]);
 * const [dx] = gradients(logSumExp(x, [0]), [x]);
 * const { result } = evaluate({ result: dx! }, { x: { shape: [2], data: [0, Math.log(3)] } });
 * assertAlmostEquals(result!.data[1]!, 0.75, 1e-15);
 * ```
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
