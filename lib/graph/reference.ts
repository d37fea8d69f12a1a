/**
 * A plain float64 interpreter of graphs: the project's numerical referee. It shares no code with any executor, favours
 * clearness over speed, and rounds to nothing narrower than float64, so losses and derivative rules can be held against
 * published numbers and finite differences to 10⁻⁹ where an executor's float32 leaves room for a wrong term to hide.
 */
import { topologicalOrder } from "./gradients.ts";
import { ELEMENTWISE_KERNELS } from "./reference/elementwise.ts";
import { LAYOUT_KERNELS } from "./reference/layout.ts";
import { leafValue, type ReferenceFeed } from "./reference/leaf.ts";
import { LINEAR_ALGEBRA_KERNELS } from "./reference/linear_algebra.ts";
import type { Kernel, NdArray } from "./reference/nd_array.ts";
import { NEURAL_KERNELS } from "./reference/neural.ts";
import { REDUCE_KERNELS } from "./reference/reduce.ts";
import { formatShape } from "./shape.ts";
import type { Node, Tensor } from "./tensor.ts";

export type { ReferenceFeed } from "./reference/leaf.ts";

/** What every operation computes, by ONNX operator name. */
export const REFERENCE_KERNELS: Readonly<Record<string, Kernel>> = {
  ...ELEMENTWISE_KERNELS,
  ...LINEAR_ALGEBRA_KERNELS,
  ...REDUCE_KERNELS,
  ...LAYOUT_KERNELS,
  ...NEURAL_KERNELS,
};

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
