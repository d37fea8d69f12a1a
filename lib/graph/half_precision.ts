/**
 * Mixed precision (Micikevicius et al. 2018) as a rewrite of a finished graph: matrix products in float16, everything
 * that sums or exponentiates in float32, and what lies between in whatever its operands have, as in PyTorch's autocast.
 */
import { cast } from "./operations.ts";
import { topologicalOrder } from "./gradients.ts";
import { gather } from "./layout.ts";
import { type Node, operation, type Tensor } from "./tensor.ts";

/** Always in float16: here is the speed, and devices sum in float32 inside of a product. */
const HALF = new Set(["MatMul", "Gemm"]);

/** In float16 when all of their floating operands are, constants aside. */
const ELEMENTWISE = new Set(["Add", "Sub", "Mul", "Neg", "Max", "Min", "Relu", "Gelu", "Where", "Concat"]);

/** In float16 when their first operand is; the others are indices, shapes or signals. */
const MOVEMENT = new Set(["Reshape", "Transpose", "Unsqueeze", "Squeeze", "Slice", "Gather", "Expand", "Identity"]);

/** What float16 holds without becoming infinite or losing digits. */
const LARGEST = 65504, SMALLEST_NORMAL = 2 ** -14;

/**
 * The same values, in float32 whatever {@linkcode toHalf} makes of what surrounds them: where a model ends and a loss
 * begins, which is as small as it is sensitive.
 */
export function fullPrecision(x: Tensor): Tensor {
  return operation("Identity", [x], x.shape, { attributes: { precision: "float32" } });
}

/**
 * Rewrites a graph, gradients included, to mixed precision. Inputs and outputs keep their types, so that parameters and
 * their gradients stay float32 on the host.
 *
 * Gradients smaller than 6·10⁻⁸ vanish in float16: multiply the loss by a large number before differentiating, and the
 * gradients by its inverse.
 */
export function toHalf(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const rewritten = new Map<Node, Node>();
  const casts = { float16: new Map<Node, Tensor[]>(), float32: new Map<Node, Tensor[]>() };

  const moved = (x: Tensor): Tensor => {
    const node = rewritten.get(x.node)!;
    const dtype = x.dtype === "float32" && halves.has(node) ? "float16" : x.dtype;
    return { node, output: x.output, dtype, shape: x.shape };
  };
  const halves = new Set<Node>();
  const cast = (x: Tensor, dtype: "float16" | "float32"): Tensor => {
    if (x.dtype === dtype || (x.dtype !== "float16" && x.dtype !== "float32")) return x;
    // A weight that is stored in float16 needs no detour.
    const source = x.node.op === "Cast" ? x.node.inputs[0]! : x;
    if (source.dtype === dtype) return source;
    const known = casts[dtype].get(x.node) ?? [];
    casts[dtype].set(x.node, known);
    return known[x.output] ??= operation("Cast", [x], x.shape, { dtype, attributes: { to: dtype } });
  };

  for (const node of topologicalOrder(Object.values(outputs))) {
    if (node.leaf) {
      rewritten.set(node, node);
      continue;
    }
    const operands = node.inputs.map(moved);
    const half = isHalf(node, operands);
    const inputs = MOVEMENT.has(node.op)
      ? [half ? operands[0]! : cast(operands[0]!, "float32"), ...operands.slice(1)]
      : node.op === "Cast"
      ? operands
      : operands.map((x) => cast(x, half ? "float16" : "float32"));
    const { custom: _, ...rest } = node;
    const result: Node = { ...rest, inputs };
    if (half) halves.add(result);
    rewritten.set(node, result);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, cast(moved(x), "float32")]));
}

function isHalf(node: Node, operands: readonly Tensor[]): boolean {
  if (HALF.has(node.op)) return true;
  if (MOVEMENT.has(node.op)) return operands[0]!.dtype === "float16" && node.attributes.precision !== "float32";
  if (!ELEMENTWISE.has(node.op)) return false;
  const floats = operands.filter((x) => x.dtype.startsWith("float"));
  return floats.some((x) => x.dtype === "float16") &&
    floats.every((x) => x.dtype === "float16" || isSmallConstant(x));
}

function isSmallConstant({ node: { leaf } }: Tensor): boolean {
  return leaf?.kind === "constant" && leaf.value.dtype === "float32" &&
    (leaf.value.data as Float32Array).every((x) =>
      x === 0 || (Math.abs(x) >= SMALLEST_NORMAL && Math.abs(x) <= LARGEST)
    );
}

/**
 * Rewrites rows that are picked from a half-precision weight and then cast, into rows picked from the cast weight. The
 * values are the same; the cast of a whole weight is folded when the graph is loaded, so that a device without float16
 * arithmetic never meets one. The price is a table of twice the size. For finished graphs, with their gradients.
 */
export function widenTables(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const rewritten = new Map<Node, Node>();
  const moved = (x: Tensor): Tensor => ({ ...x, node: rewritten.get(x.node)! });
  for (const node of topologicalOrder(Object.values(outputs))) {
    const inputs = node.inputs.map(moved);
    const [picked] = inputs;
    if (node.op === "Cast" && picked && picksRows(picked)) {
      const [table, indices] = picked.node.inputs as [Tensor, Tensor];
      rewritten.set(node, gather(cast(table, node.attributes.to as "float32"), indices).node);
    } else {
      const { custom: _, ...rest } = node;
      rewritten.set(node, { ...rest, inputs });
    }
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, moved(x)]));
}

/** Whether rows come straight from a frozen weight in half precision. */
function picksRows({ node, dtype }: Tensor): boolean {
  return node.op === "Gather" && (dtype === "float16" || dtype === "bfloat16") &&
    node.inputs[0]!.node.leaf?.kind === "weight";
}
