/**
 * A graph as an ONNX file for other programs: its weights inside, the inputs and outputs that those programs expect,
 * and on request its large products in int8.
 */
import onnxProto from "onnx-proto";
import { InputError } from "../../errors.ts";
import { readInto } from "../../files.ts";
import type { InputLeaf, Tensor } from "../tensor.ts";
import { encodeModel, type OnnxModel, type OnnxNodes, toOnnxGraph, valueInfo } from "./model_proto.ts";
import { quantizeWeights } from "./quantize_weights.ts";

const { onnx } = onnxProto;
type TensorProto = onnxProto.onnx.ITensorProto;

/** A protobuf message, and so an ONNX file without weights beside it, ends here. */
const LARGEST_FILE = 2 ** 31 - 1;

/** What a program outside sees of a graph. */
export interface PortableInterface {
  /** What it gives. */
  readonly inputs: readonly InputLeaf[];
  /** What it gets. */
  readonly results: readonly Omit<InputLeaf, "kind">[];
  /** Nodes that make the graph's inputs, by their names, of those of the program. */
  before(writer: OnnxNodes): void;
  /** Nodes that make the results of the graph's outputs. */
  after(writer: OnnxNodes): void;
}

/**
 * An ONNX model that computes `outputs` behind another interface. With `int8`, products with frozen
 * weights are computed in 8 bits (see {@linkcode quantizeWeights}).
 * @throws {InputError} If a weights file cannot be read, or the model exceeds the 2 GB of an ONNX file.
 */
export async function portableModel(
  outputs: Readonly<Record<string, Tensor>>,
  seen: PortableInterface,
  { int8 = false }: { int8?: boolean } = {},
): Promise<OnnxModel> {
  const { proto, weightsFolder } = toOnnxGraph(outputs, seen);
  const info = ({ name, dtype, shape }: Omit<InputLeaf, "kind">) => valueInfo(name, dtype, shape);
  const initializer = await inlineWeights(proto.initializer ?? [], weightsFolder ?? ".");
  const graph = { ...proto, initializer, input: seen.inputs.map(info), output: seen.results.map(info) };
  const bytes = encodeModel(int8 ? quantizeWeights(graph) : graph);
  return { bytes, weightsFolder: null, inputs: seen.inputs, outputs: seen.results.map(({ name }) => name) };
}

/** A graph with its products by frozen weights in 8 bits, for a session of our own. */
export async function int8Model(outputs: Readonly<Record<string, Tensor>>): Promise<OnnxModel> {
  const { proto, weightsFolder, ...rest } = toOnnxGraph(outputs);
  const initializer = await inlineWeights(proto.initializer ?? [], weightsFolder ?? ".");
  return { bytes: encodeModel(quantizeWeights({ ...proto, initializer })), weightsFolder: null, ...rest };
}

/** The same constants, with those that lie in files read into memory. */
async function inlineWeights(initializers: readonly TensorProto[], folder: string): Promise<TensorProto[]> {
  const external = ({ dataLocation }: TensorProto) => dataLocation === onnx.TensorProto.DataLocation.EXTERNAL;
  const placed = (tensor: TensorProto) => {
    const entries = Object.fromEntries((tensor.externalData ?? []).map(({ key, value }) => [key!, value!]));
    return { path: `${folder}/${entries.location}`, offset: Number(entries.offset), length: Number(entries.length) };
  };
  const total = initializers.filter(external).reduce((sum, tensor) => sum + placed(tensor).length, 0);
  if (total > LARGEST_FILE) {
    throw new InputError(`an ONNX file holds at most 2 GB, and the weights take ${(total / 1e9).toFixed(1)} GB`);
  }
  const open = new Map<string, Deno.FsFile>();
  try {
    const read: TensorProto[] = [];
    for (const tensor of initializers) {
      if (!external(tensor)) {
        read.push(tensor);
        continue;
      }
      const { path, offset, length } = placed(tensor);
      const file = open.get(path) ?? await Deno.open(path);
      open.set(path, file);
      await file.seek(offset, Deno.SeekMode.Start);
      const rawData = new Uint8Array(length);
      const missing = length - await readInto(file, rawData);
      if (missing > 0) throw new InputError(`${path}: the file ended ${missing} bytes early`);
      read.push({ name: tensor.name!, dataType: tensor.dataType!, dims: tensor.dims!, rawData });
    }
    return read;
  } finally {
    for (const file of open.values()) file.close();
  }
}
