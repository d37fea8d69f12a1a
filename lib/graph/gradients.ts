/** Reverse-mode differentiation: appends the backward pass to a graph, in the same operations. */
import { add } from "./operations.ts";
import { customVjp, type Node, operation, sameShape, scalar, ShapeError, type Tensor } from "./tensor.ts";
import { VJP_RULES } from "./vjp.ts";

/** The nodes that the given tensors depend on, each after all of its inputs, or those of them to `follow`. */
export function topologicalOrder(
  outputs: readonly Tensor[],
  follow: (node: Node) => readonly Tensor[] = (node) => node.inputs,
): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: a 24-layer training graph is far deeper than the JavaScript call stack allows.
  const stack: { node: Node; next: number }[] = [];
  for (const { node } of outputs) {
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push({ node, next: 0 });
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const inputs = follow(top.node);
      if (top.next < inputs.length) {
        const child = inputs[top.next++]!.node;
        if (!seen.has(child)) {
          seen.add(child);
          stack.push({ node: child, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/**
 * The gradients of a scalar with respect to some tensors, one for each and of its shape, as new tensors of the same
 * graph. Only what lies between `loss` and `wrt` is differentiated: below the first trainable tensor nothing is added.
 * @throws {ShapeError} When the loss is not of rank 0.
 * @throws {RangeError} When the loss does not depend on a tensor, or passes through an operation without a rule.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) throw new ShapeError("gradients()", [loss], "a loss of rank 0");
  return vjp(loss, scalar(1), wrt);
}

/**
 * The vector–Jacobian product: what a cotangent of some result, of its shape, is for the tensors it was computed from.
 * @throws {ShapeError} When the cotangent has not the output's shape.
 * @throws {RangeError} As {@linkcode gradients}.
 */
export function vjp(output: Tensor, cotangent: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (!sameShape(output.shape, cotangent.shape)) {
    throw new ShapeError("vjp()", [output, cotangent], "a cotangent with the shape of the output");
  }
  const follow = (node: Node) => node.custom?.inputs ?? node.inputs;
  const order = topologicalOrder([output], follow);
  const wanted = new Set(wrt.map((t) => t.node));
  const onPath = new Set<Node>();
  for (const node of order) {
    if (wanted.has(node) || follow(node).some((x) => onPath.has(x.node))) onPath.add(node);
  }

  const cotangents = new Map<Node, Tensor>([[output.node, cotangent]]);
  for (const node of order.toReversed()) {
    const dy = cotangents.get(node);
    if (!dy || !onPath.has(node) || node.leaf) continue;
    for (const [x, dx] of pullBack(node, dy)) {
      if (!onPath.has(x.node)) continue;
      if (x.output !== 0) throw new RangeError(`Output ${x.output} of ${x.node.op} has no derivative rule`);
      if (!sameShape(dx.shape, x.shape)) {
        throw new ShapeError(`The derivative rule of ${node.op}`, [dx, x], "a cotangent with the shape of its input");
      }
      const sum = cotangents.get(x.node);
      cotangents.set(x.node, sum ? add(sum, dx) : dx);
    }
  }
  return wrt.map((x, i) => {
    const dx = cotangents.get(x.node);
    if (!dx) {
      const name = x.node.leaf?.kind === "input" ? `input "${x.node.leaf.name}"` : `tensor ${i} (${x.node.op})`;
      throw new RangeError(`The loss does not depend on ${name}, or only through operations without a derivative`);
    }
    return dx;
  });
}

function pullBack(node: Node, dy: Tensor): [Tensor, Tensor][] {
  const inputs = node.custom?.inputs ?? node.inputs;
  const rule = VJP_RULES[node.op];
  if (!node.custom && !rule) throw new RangeError(`Operation ${node.op} has no derivative rule`);
  const y: Tensor = { node, output: 0, dtype: dy.dtype, shape: dy.shape };
  const results = node.custom ? node.custom.rule(dy) : rule!(dy, y, node);
  return inputs.flatMap((x, i) => results[i] ? [[x, results[i]!] as [Tensor, Tensor]] : []);
}

/** The same values, but not before `signal` has been computed; the derivative passes to x alone. */
export function after(x: Tensor, signal: Tensor): Tensor {
  return operation("Identity", [x, signal], x.shape);
}

/**
 * Gradient checkpointing (Chen et al. 2016): what `build` makes of the inputs; for the backward pass it is built and
 * computed a second time, from the inputs, so that nothing between inputs and output needs to be kept in memory from
 * the first time to the second. The inputs are all tensors through which a gradient flows to the output; `build` must
 * make the same of them each time.
 *
 * The second computation waits for the cotangent of the output. Without that an executor that removes common
 * subexpressions would find both to be the same and keep the first, and one that orders operations by their inputs
 * alone would compute the second right after the first.
 */
export function recompute(build: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  return customVjp(build(...inputs), inputs, (dy) => {
    const again = inputs.map((x) => after(x, dy));
    return vjp(build(...again), dy, again);
  });
}
