/** From a case of `op_cases.ts` to a graph with inputs, values, a loss and gradients. */
import { Rng } from "../random.ts";
import { cast, mul } from "./elementwise.ts";
import type { InputLeaf } from "./executable.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import type { CaseInput, OpCase } from "./op_cases.ts";
import { reduceSum } from "./reduce.ts";
import { evaluate, type ReferenceFeed } from "./reference.ts";
import { type DataType, input, type Shape, type Tensor, type TensorData } from "./tensor.ts";

/** Host values of a dtype from plain numbers. */
export function tensorData(dtype: DataType, shape: readonly number[], values: readonly number[]): TensorData {
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(values) };
  return { dtype, shape, data: dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values) };
}

/** A case with its inputs made, and a loss: the sum of the result weighted with random numbers. */
export interface BuiltCase {
  readonly inputs: readonly Tensor[];
  readonly result: Tensor;
  readonly loss: Tensor;
  /** The gradients of the loss by name of the input; none where no gradient flows. */
  readonly gradients: Readonly<Record<string, Tensor>>;
  /** The values of all inputs, exact in float32. */
  readonly feeds: Readonly<Record<string, TensorData & ReferenceFeed>>;
}

/**
 * Builds a case with inputs `x0`, `x1`, … and random values, the same at every call.
 *
 * @param prefix Put before the names of all inputs, so that several cases fit into one graph.
 */
export function buildCase({ inputs, build, constant }: OpCase, prefix = ""): BuiltCase {
  const rng = new Rng(1);
  const feeds: Record<string, TensorData & ReferenceFeed> = {};
  const feed = (name: string, sizes: readonly number[], dtype: DataType, values: CaseInput["values"]) => {
    const size = sizes.reduce((n, dim) => n * dim, 1);
    const drawn = typeof values === "function" ? Array.from({ length: size }, () => values(rng)) : values;
    feeds[name] = tensorData(dtype, sizes, drawn) as TensorData & ReferenceFeed;
  };
  const tensors = inputs.map(({ shape, sizes, dtype, values }, i) => {
    const name = `${prefix}x${i}`;
    feed(name, sizes, dtype, values);
    return input(name, shape as Shape, dtype);
  });
  const result = build(...tensors);
  const { shape } = evaluate({ result }, feeds).result!;
  feed(`${prefix}weights`, shape, "float32", (rng) => Math.fround(rng.normal()));
  const loss = reduceSum(mul(cast(result, "float32"), input(`${prefix}weights`, result.shape)));
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
