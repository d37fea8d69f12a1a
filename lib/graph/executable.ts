/** What every executor gives, and the checks that every executor makes before it runs. */
import { formatShape, type InputLeaf, type Node, type TensorData } from "./tensor.ts";

/** A compiled graph, ready to run on any sizes of its named dimensions. */
export interface Executable {
  /** The names of the inputs it expects. */
  readonly inputs: readonly string[];
  /**
   * Computes all outputs. Values for inputs that the graph does not have are ignored, so that one batch serves graphs
   * that use different parts of it.
   * @throws {RangeError} When an input is missing, its type or shape is not the declared one, or two inputs disagree in
   * the size of a named dimension.
   */
  run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>>;
  /** Frees the memory it holds. */
  release(): Promise<void>;
}

/**
 * The inputs of a graph in order of first use, once it is known that no name stands for two things.
 * @throws {RangeError} When two leaves, or a leaf and an output, share a name.
 */
export function inputLeaves(order: readonly Node[], outputs: readonly string[]): InputLeaf[] {
  const names = new Set<string>();
  return order.flatMap(({ leaf }) => {
    if (!leaf || leaf.kind === "constant") return [];
    if (names.has(leaf.name)) {
      throw new RangeError(`Two leaves of the graph are named "${leaf.name}": expected distinct names`);
    }
    if (outputs.includes(leaf.name)) {
      throw new RangeError(`An output and a leaf of the graph are named "${leaf.name}": expected distinct names`);
    }
    names.add(leaf.name);
    return leaf.kind === "input" ? [leaf] : [];
  });
}

/** The sizes that the feeds so far have given to named dimensions, each with the input that did. */
type NamedSizes = Map<string, { size: number; input: string }>;

/** The values of a graph's inputs, in their order, once they are known to fit. Throws as {@linkcode Executable.run}. */
export function checkedFeeds(inputs: readonly InputLeaf[], feeds: Readonly<Record<string, TensorData>>): TensorData[] {
  const sizes: NamedSizes = new Map();
  return inputs.map((leaf) => checkedFeed(leaf, feeds[leaf.name], sizes));
}

function checkedFeed({ name, dtype, shape }: InputLeaf, value: TensorData | undefined, sizes: NamedSizes): TensorData {
  if (!value) throw new RangeError(`Input "${name}" of the graph was not given a value`);
  const fits = value.dtype === dtype && value.shape.length === shape.length &&
    shape.every((dim, i) => typeof dim === "string" || dim === value.shape[i]);
  if (!fits) {
    const found = `${value.dtype} ${formatShape(value.shape)}`;
    throw new RangeError(`Input "${name}": expected ${dtype} ${formatShape(shape)}, was given ${found}`);
  }
  const length = value.shape.reduce((n, dim) => n * dim, 1);
  if (value.data.length !== length) {
    const found = `${value.data.length} for shape ${formatShape(value.shape)}`;
    throw new RangeError(`Input "${name}": expected ${length} values, was given ${found}`);
  }
  shape.forEach((dim, i) => {
    if (typeof dim === "number") return;
    const size = value.shape[i]!;
    const known = sizes.get(dim);
    if (known && known.size !== size) {
      const expected = `${known.size} as in input "${known.input}"`;
      throw new RangeError(`Input "${name}": expected its dimension "${dim}" to be ${expected}, was given ${size}`);
    }
    sizes.set(dim, known ?? { size, input: name });
  });
  return value;
}
