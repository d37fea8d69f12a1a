/**
 * A graph as an ONNX file for other programs: its weights inside, the inputs and outputs that those programs expect,
 * and on request its large products in int8.
 */
import onnxProto from "onnx-proto";
import { InputError } from "../../errors.ts";
import { readInto } from "../../files.ts";
import type { InputLeaf, Tensor } from "../tensor.ts";
import { encodeModel, type OnnxModel, type OnnxNodes, toOnnxGraph, valueInfo } from "./model_proto.ts";
import { type QuantizeOptions, quantizeWeights } from "./quantize_weights.ts";

const { onnx } = onnxProto;
type GraphProto = onnxProto.onnx.IGraphProto;
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
  const graph = { ...proto, input: seen.inputs.map(info), output: seen.results.map(info) };
  const bytes = await encodeWithWeights(graph, weightsFolder, int8 ? {} : null);
  return { bytes, weightsFolder: null, inputs: seen.inputs, outputs: seen.results.map(({ name }) => name) };
}

/** A graph with its products by frozen weights in 8 bits, for a session of our own. */
export async function int8Model(
  outputs: Readonly<Record<string, Tensor>>,
  options: QuantizeOptions = {},
): Promise<OnnxModel> {
  const { proto, weightsFolder, ...rest } = toOnnxGraph(outputs);
  return { bytes: await encodeWithWeights(proto, weightsFolder, options), weightsFolder: null, ...rest };
}

/** The serialised model with its weights inside; these in 8 bits unless `int8` is null. */
async function encodeWithWeights(
  graph: GraphProto,
  weightsFolder: string | null,
  int8: QuantizeOptions | null,
): Promise<Uint8Array> {
  const files = new WeightFiles(weightsFolder ?? ".");
  try {
    // One weight after the other is read and left behind: all of them would take four times what becomes of them.
    const rewritten = int8 === null ? graph : await quantizeWeights(graph, (tensor) => files.inside(tensor), int8);
    const initializers = rewritten.initializer ?? [];
    const total = initializers.reduce((sum, tensor) => sum + byteLengthOf(tensor), 0);
    if (total > LARGEST_FILE) {
      throw new InputError(`an ONNX file holds at most 2 GB, and the weights take ${(total / 1e9).toFixed(1)} GB`);
    }
    const initializer: TensorProto[] = [];
    for (const tensor of initializers) initializer.push(await files.inside(tensor));
    return encodeModel({ ...rewritten, initializer });
  } finally {
    files.close();
  }
}

function byteLengthOf(tensor: TensorProto): number {
  return tensor.rawData?.length ?? placeOf(tensor)?.length ?? 0;
}

/** Where in which file a weight lies; null for those that are in the graph. */
function placeOf({ dataLocation, externalData }: TensorProto) {
  if (dataLocation !== onnx.TensorProto.DataLocation.EXTERNAL) return null;
  const entries = Object.fromEntries((externalData ?? []).map(({ key, value }) => [key!, value!]));
  return { name: entries.location!, offset: Number(entries.offset), length: Number(entries.length) };
}

/** Reads weights that lie in the files of a folder. */
class WeightFiles {
  readonly #folder: string;
  readonly #open = new Map<string, Deno.FsFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The same tensor with its numbers inside. */
  async inside(tensor: TensorProto): Promise<TensorProto> {
    const place = placeOf(tensor);
    if (place === null) return tensor;
    const path = `${this.#folder}/${place.name}`;
    const file = this.#open.get(path) ?? await Deno.open(path);
    this.#open.set(path, file);
    await file.seek(place.offset, Deno.SeekMode.Start);
    const rawData = new Uint8Array(place.length);
    const missing = place.length - await readInto(file, rawData);
    if (missing > 0) throw new InputError(`${path}: the file ended ${missing} bytes early`);
    return { name: tensor.name!, dataType: tensor.dataType!, dims: tensor.dims!, rawData };
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
  }
}
