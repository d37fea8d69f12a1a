/** Runs graphs with TensorFlow.js, one operation after the other. */
import * as tf from "@tensorflow/tfjs-core";
import { checkedFeeds, type Executable, inputLeaves } from "../executable.ts";
import { topologicalOrder } from "../gradients.ts";
import type { DataType, InputLeaf, Node, Tensor, TensorData } from "../tensor.ts";
import { openBackend, type TfjsBackend, withBackend } from "./backend.ts";
import { type Kernel, TFJS_KERNELS } from "./kernels.ts";
import { acquireWeight, releaseWeight, toTensor } from "./weights.ts";

/** Everything a run needs. */
interface Plan {
  readonly order: readonly Node[];
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly InputLeaf[];
  /** Constants and weights, which outlive a run. */
  readonly frozen: ReadonlyMap<Node, tf.Tensor>;
  readonly kernels: Readonly<Record<string, Kernel>>;
  readonly backend: TfjsBackend;
}

/**
 * Loads the weights of a graph and prepares to run it, with our own table of what operations compute or another.
 * @throws {InputError} When the backend cannot be loaded, or a weight's file is too short.
 * @throws {RangeError} When an operation or an element type is not supported, or two leaves, or a leaf and an output,
 * share a name.
 */
export async function compileTfjs(
  outputs: Readonly<Record<string, Tensor>>,
  backend: TfjsBackend | "best",
  kernels: Readonly<Record<string, Kernel>> = TFJS_KERNELS,
): Promise<Executable> {
  const order = topologicalOrder(Object.values(outputs));
  const inputs = inputLeaves(order, Object.keys(outputs));
  for (const { leaf, op } of order) {
    if (!leaf && !kernels[op]) throw new RangeError(`TensorFlow.js has no kernel for operation ${op}`);
  }
  const opened = await openBackend(backend);
  const frozen = await frozenTensors(order, opened);
  const plan: Plan = { order, outputs: Object.values(outputs), inputs, frozen, kernels, backend: opened };
  let released = false;

  return {
    inputs: inputs.map((leaf) => leaf.name),
    async run(feeds) {
      if (released) throw new Error("The executable was released and runs no more");
      const given = checkedFeeds(inputs, feeds);
      const results = withBackend(opened, () => evaluate(plan, given));
      try {
        const values = await Promise.all(results.map(hostValue));
        return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, values[i]!]));
      } finally {
        tf.dispose(results);
      }
    },
    async release() {
      if (released) return;
      released = true;
      await releaseFrozen(frozen, opened);
    },
  };
}

async function frozenTensors(order: readonly Node[], backend: TfjsBackend): Promise<ReadonlyMap<Node, tf.Tensor>> {
  const frozen = new Map<Node, tf.Tensor>();
  try {
    for (const node of order) {
      const { leaf } = node;
      if (leaf?.kind === "weight") frozen.set(node, await acquireWeight(leaf, backend));
      if (leaf?.kind === "constant") frozen.set(node, withBackend(backend, () => toTensor(leaf.value)));
    }
  } catch (error) {
    await releaseFrozen(frozen, backend);
    throw error;
  }
  return frozen;
}

async function releaseFrozen(frozen: ReadonlyMap<Node, tf.Tensor>, backend: TfjsBackend): Promise<void> {
  for (const [{ leaf }, tensor] of frozen) {
    if (leaf?.kind === "weight") await releaseWeight(leaf, backend);
    else tensor.dispose();
  }
}

/** Computes the outputs, freeing every value as soon as the last operation that needs it has run. */
function evaluate(
  { order, outputs, inputs, frozen, kernels, backend }: Plan,
  given: readonly TensorData[],
): tf.Tensor[] {
  const uses = new Map<Node, number>();
  for (const { node } of [...order.flatMap((node) => node.inputs), ...outputs]) {
    uses.set(node, (uses.get(node) ?? 0) + 1);
  }
  const values = new Map<Node, readonly tf.Tensor[]>();
  const compute = (node: Node): readonly tf.Tensor[] => {
    if (node.leaf?.kind === "input") return [toTensor(given[inputs.indexOf(node.leaf)]!)];
    if (node.leaf) return [frozen.get(node)!.clone()];
    const operands = node.inputs.map((x) => values.get(x.node)![x.output]!);
    return tf.tidy(() => {
      const results = [kernels[node.op]!(operands, node, backend)].flat() as tf.Tensor[];
      // What hands its input back gets a tensor of its own on the same memory, to be freed on its own.
      return results.map((result) => operands.includes(result) ? result.clone() : result);
    });
  };
  try {
    for (const node of order) {
      values.set(node, compute(node));
      for (const { node: used } of node.inputs) {
        const left = uses.get(used)! - 1;
        uses.set(used, left);
        if (left > 0) continue;
        tf.dispose([...values.get(used)!]);
        values.delete(used);
      }
    }
    return outputs.map(({ node, output }) => values.get(node)![output]!.clone());
  } finally {
    for (const left of values.values()) tf.dispose([...left]);
  }
}

async function hostValue(tensor: tf.Tensor): Promise<TensorData> {
  // A copy: backends keep what they have handed out, and two outputs can lie in the same memory.
  const data = (await tensor.data()).slice() as Float32Array;
  return { dtype: tensor.dtype as DataType, shape: tensor.shape, data };
}
