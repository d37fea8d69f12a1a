/** Writes a graph as an ONNX `ModelProto`. */
import { basename, dirname } from "@std/path";
import onnxProto from "onnx-proto";
import { inputLeaves } from "../executable.ts";
import { topologicalOrder } from "../gradients.ts";
import type { Attribute, DataType, InputLeaf, Leaf, Node, Shape, Tensor, TensorData } from "../tensor.ts";

const { onnx } = onnxProto;
type NodeProto = onnxProto.onnx.INodeProto;
type TensorProto = onnxProto.onnx.ITensorProto;

/** Opset 20 is the first with Gelu; IR version 9 belongs to it. */
const OPSET = 20;
const IR_VERSION = 9;

/** The domain of the operators that ONNX Runtime has beyond ONNX's own. */
export const MICROSOFT = "com.microsoft";

const ELEMENT_TYPES: Record<DataType, number> = {
  float32: onnx.TensorProto.DataType.FLOAT,
  float16: onnx.TensorProto.DataType.FLOAT16,
  bfloat16: onnx.TensorProto.DataType.BFLOAT16,
  int32: onnx.TensorProto.DataType.INT32,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
};

/** ONNX tells integers from floats by the attribute's type, JavaScript does not: these are floats. */
const FLOAT_ATTRIBUTES = new Set(["alpha", "beta", "epsilon"]);

/** What the runner of a model needs to know about it. */
export interface OnnxFacts {
  /** The folder that the weights' file names are relative to; null when there are no weights. */
  readonly weightsFolder: string | null;
  /** What it must be given. */
  readonly inputs: readonly InputLeaf[];
  /** The names of what it computes. */
  readonly outputs: readonly string[];
}

/** A graph as ONNX writes it. */
interface OnnxGraph extends OnnxFacts {
  readonly proto: onnxProto.onnx.IGraphProto;
}

/** An encoded model, and what its runner needs to know about it. */
export interface OnnxModel extends OnnxFacts {
  /** The serialised `ModelProto`; weights that lie in files are not in it. */
  readonly bytes: Uint8Array;
}

/** Adds nodes of ONNX to a graph by the names of their inputs and outputs. */
export interface OnnxNodes {
  /** How many nodes there are. */
  readonly count: number;
  /** Adds a node. */
  emit(opType: string, input: string[], output: string[], attributes?: Record<string, Attribute>): void;
  /** The name of an int64 vector. */
  integers(values: readonly number[]): string;
  /** The name of a constant. */
  constant(value: TensorData): string;
}

/**
 * Serialises everything that the outputs depend on. Weights become external data: file name, offset and length, so that
 * the runtime maps them into memory and no byte passes through JavaScript.
 * @throws {RangeError} When two leaves, or a leaf and an output, share a name, or weights lie in different folders.
 */
export function toOnnxModel(outputs: Readonly<Record<string, Tensor>>): OnnxModel {
  const { proto, ...rest } = toOnnxGraph(outputs);
  return { bytes: encodeModel(proto), ...rest };
}

/** The serialised model of a graph. */
export function encodeModel(graph: onnxProto.onnx.IGraphProto): Uint8Array {
  const opsetImport = [{ domain: "", version: OPSET }];
  if (graph.node?.some(({ domain }) => domain === MICROSOFT)) opsetImport.push({ domain: MICROSOFT, version: 1 });
  return onnx.ModelProto.encode({ irVersion: IR_VERSION, opsetImport, graph }).finish();
}

/**
 * Everything that the outputs depend on, between nodes that others put before and after it. Throws as
 * {@linkcode toOnnxModel}.
 */
export function toOnnxGraph(
  outputs: Readonly<Record<string, Tensor>>,
  { before, after }: { before?: (nodes: OnnxNodes) => void; after?: (nodes: OnnxNodes) => void } = {},
): OnnxGraph {
  const names = Object.keys(outputs), order = topologicalOrder(Object.values(outputs));
  const inputs = inputLeaves(order, names);
  const writer = new GraphWriter();
  before?.(writer);
  for (const node of order) writer.add(node);
  for (const name of names) writer.emit("Identity", [writer.nameOf(outputs[name]!)], [name]);
  after?.(writer);
  const proto = {
    name: "graph",
    node: writer.nodes,
    initializer: writer.initializers,
    input: inputs.map((leaf) => valueInfo(leaf.name, leaf.dtype, leaf.shape)),
    output: names.map((name) => valueInfo(name, outputs[name]!.dtype, outputs[name]!.shape)),
  };
  return { proto, weightsFolder: writer.weightsFolder, inputs, outputs: names };
}

/** Collects the nodes and constants of an ONNX graph. */
class GraphWriter implements OnnxNodes {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  weightsFolder: string | null = null;
  readonly #names = new Map<Node, string>();
  readonly #integers = new Map<string, string>();

  get count(): number {
    return this.nodes.length;
  }

  nameOf(tensor: Tensor): string {
    const name = this.#names.get(tensor.node)!;
    return tensor.output === 0 ? name : `${name}.${tensor.output}`;
  }

  add(node: Node): void {
    // The slash keeps our own names apart from those of inputs and weights.
    const name = node.leaf && node.leaf.kind !== "constant" ? node.leaf.name : `/${node.op}_${this.#names.size}`;
    this.#names.set(node, name);
    if (node.leaf) this.#addLeaf(name, node.leaf);
    else (EMITTERS[node.op] ?? emitPlain)(this, name, node, node.inputs.map((x) => this.nameOf(x)));
  }

  emit(opType: string, input: string[], output: string[], attributes: Record<string, Attribute> = {}): void {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push({ opType, input, output, name: output[0]!, attribute });
  }

  // Shared by all nodes that need the same one.
  integers(values: readonly number[]): string {
    const key = values.join("_");
    let name = this.#integers.get(key);
    if (name === undefined) {
      name = `/integers_${key}`;
      this.#integers.set(key, name);
      const data = BigInt64Array.from(values, BigInt);
      this.initializers.push(tensorProto(name, { dtype: "int64", shape: [values.length], data }));
    }
    return name;
  }

  constant(value: TensorData): string {
    const name = `/constant_${this.initializers.length}`;
    this.initializers.push(tensorProto(name, value));
    return name;
  }

  #addLeaf(name: string, leaf: Leaf): void {
    if (leaf.kind === "constant") {
      this.initializers.push(tensorProto(name, leaf.value));
    } else if (leaf.kind === "weight") {
      const { path, byteOffset, byteLength } = leaf.source;
      const folder = dirname(path);
      if (this.weightsFolder !== null && this.weightsFolder !== folder) {
        throw new RangeError(`Weights lie in ${this.weightsFolder} and in ${folder}: expected one folder`);
      }
      this.weightsFolder = folder;
      this.initializers.push({
        name,
        dataType: ELEMENT_TYPES[leaf.dtype],
        dims: [...leaf.shape],
        dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
        externalData: [
          { key: "location", value: basename(path) },
          { key: "offset", value: String(byteOffset) },
          { key: "length", value: String(byteLength) },
        ],
      });
    }
  }
}

type Emitter = (writer: GraphWriter, name: string, node: Node, inputs: string[]) => void;

const emitPlain: Emitter = (writer, name, node, inputs) => writer.emit(node.op, inputs, [name], node.attributes);

/** ONNX takes the axes of reductions, and of the insertion and removal of axes, as an input. */
const emitWithAxes: Emitter = (writer, name, node, inputs) => {
  const { axes, ...attributes } = node.attributes;
  writer.emit(node.op, [...inputs, writer.integers(axes as number[])], [name], attributes);
};

/** Operations whose ONNX form is not simply name, inputs and attributes. */
const EMITTERS: Readonly<Record<string, Emitter>> = {
  ReduceSum: emitWithAxes,
  ReduceMean: emitWithAxes,
  ReduceMax: emitWithAxes,
  Unsqueeze: emitWithAxes,
  Squeeze: emitWithAxes,
  ElementCount: (writer, name, node, [x]) => {
    writer.emit("Shape", [x!], [`${name}.shape`]);
    writer.emit("Gather", [`${name}.shape`, writer.integers(node.attributes.axes as number[])], [`${name}.sizes`]);
    writer.emit("ReduceProd", [`${name}.sizes`], [`${name}.count`], { keepdims: 0 });
    writer.emit("Cast", [`${name}.count`], [name], { to: ELEMENT_TYPES.float32 });
  },
  Reshape: (writer, name, node, [x, like]) => {
    if (like) writer.emit("Shape", [like], [`${name}.shape`]);
    const shape = like ? `${name}.shape` : writer.integers(node.attributes.shape as number[]);
    writer.emit("Reshape", [x!, shape], [name]);
  },
  Slice: (writer, name, node, [x]) => {
    const { start, end, axis } = node.attributes as { start: number; end: number; axis: number };
    writer.emit("Slice", [x!, ...[start, end, axis].map((value) => writer.integers([value]))], [name]);
  },
  Expand: (writer, name, _node, [x, like]) => {
    writer.emit("Shape", [like!], [`${name}.shape`]);
    writer.emit("Expand", [x!, `${name}.shape`], [name]);
  },
  // As a comparison: ONNX Runtime has a OneHot for few types and for no WebGPU.
  OneHot: (writer, name, _node, [indices, x]) => {
    const int = (suffix: string, value: number) => {
      const data = { dtype: "int32", shape: [], data: Int32Array.of(value) } as const;
      writer.initializers.push(tensorProto(`${name}.${suffix}`, data));
      return `${name}.${suffix}`;
    };
    writer.emit("Shape", [x!], [`${name}.rows`], { start: 0, end: 1 });
    writer.emit("Squeeze", [`${name}.rows`], [`${name}.count`]);
    writer.emit("Cast", [`${name}.count`], [`${name}.depth`], { to: ELEMENT_TYPES.int32 });
    writer.emit("Range", [int("first", 0), `${name}.depth`, int("step", 1)], [`${name}.columns`]);
    writer.emit("Unsqueeze", [indices!, writer.integers([-1])], [`${name}.indices`]);
    writer.emit("Equal", [`${name}.indices`, `${name}.columns`], [`${name}.hits`]);
    writer.emit("Cast", [`${name}.hits`], [name], { to: ELEMENT_TYPES.float32 });
  },
  Cast: (writer, name, node, inputs) =>
    writer.emit("Cast", inputs, [name], { to: ELEMENT_TYPES[node.attributes.to as DataType] }),
  Identity: (writer, name, _node, [x, signal]) => {
    if (!signal) return writer.emit("Identity", [x!], [name]);
    // after(): ONNX has no control dependencies, but a reshape cannot run before its shape is known. An empty piece of
    // the signal's shape, taken at run time so that no optimiser knows it in advance, makes it wait for the signal.
    writer.emit("Shape", [signal], [`${name}.signal`]);
    writer.emit("Slice", [`${name}.signal`, writer.integers([0]), writer.integers([0])], [`${name}.nothing`]);
    writer.emit("Shape", [x!], [`${name}.own`]);
    writer.emit("Concat", [`${name}.own`, `${name}.nothing`], [`${name}.shape`], { axis: 0 });
    writer.emit("Reshape", [x!, `${name}.shape`], [name]);
  },
  // The third input is for differentiation only.
  Gather: (writer, name, _node, [x, indices]) => writer.emit("Gather", [x!, indices!], [name]),
  LayerNormalization: (writer, name, node, inputs) =>
    writer.emit("LayerNormalization", inputs, [name, `${name}.1`, `${name}.2`], node.attributes),
};

function attributeProto(name: string, value: Attribute): onnxProto.onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value !== "number") return { name, type: AttributeType.INTS, ints: [...value] };
  return FLOAT_ATTRIBUTES.has(name)
    ? { name, type: AttributeType.FLOAT, f: value }
    : { name, type: AttributeType.INT, i: value };
}

export function tensorProto(name: string, { dtype, shape, data }: TensorData): TensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: ELEMENT_TYPES[dtype], dims: [...shape], rawData };
}

export function valueInfo(name: string, dtype: DataType, shape: Shape): onnxProto.onnx.IValueInfoProto {
  const dim = shape.map((d) => typeof d === "number" ? { dimValue: d } : { dimParam: d });
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[dtype], shape: { dim } } } };
}
