import { cast } from "./elementwise.ts";
import { topologicalOrder } from "./gradients.ts";
import { gather } from "./layout.ts";
import type { Node, Tensor } from "./tensor.ts";

/**
 * Rewrites rows that are picked from a half-precision weight and then cast, into rows picked from the cast weight. The
 * values are the same; the cast of a whole weight is folded when the graph is loaded, so that a device without float16
 * arithmetic never meets one. The price is a table of twice the size.
 *
 * @param outputs The tensors to compute, by name; finished, with their gradients.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cast } from "./elementwise.ts";
 * import { gather } from "./layout.ts";
 * import { input, weight } from "./tensor.ts";
 * import { widenTables } from "./widen_tables.ts";
 *
 * const table = weight("table", [4, 2], "float16", { path: "model.safetensors", byteOffset: 0, byteLength: 16 });
 * const { rows } = widenTables({ rows: cast(gather(table, input("i", ["n"], "int32")), "float32") });
 * assertEquals([rows!.node.op, rows!.node.inputs[0]!.node.op], ["Gather", "Cast"]);
 * ```
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
