/**
 * Post-training dynamic quantisation of a finished ONNX graph (Jacob et al. 2018; ONNX Runtime's `quantize_dynamic`):
 * frozen weights in 8 bits with a scale per output channel, activations in 8 bits with a scale that each product takes
 * from what it is given, sums in 32 bits. Embedding tables have a scale per row. Everything else stays float32.
 *
 * Weights are unsigned with the zero point 128, not signed: x86 processors without VNNI add pairs of products of signed
 * bytes in 16 bits, which can overflow, and would give other numbers than the rest.
 */
import onnxProto from "onnx-proto";
import { tensorProto } from "./model_proto.ts";

const { onnx } = onnxProto;
type GraphProto = onnxProto.onnx.IGraphProto;
type NodeProto = onnxProto.onnx.INodeProto;
type TensorProto = onnxProto.onnx.ITensorProto;

const { FLOAT, FLOAT16, BFLOAT16, UINT8 } = onnx.TensorProto.DataType;
const ZERO_POINT = 128;

/** The same graph with its products by frozen matrices, and its tables, in 8 bits. */
export function quantizeWeights(graph: GraphProto): GraphProto {
  const weights = new Map((graph.initializer ?? []).map((tensor) => [tensor.name!, tensor]));
  const rewriter = new Rewriter(weights);
  for (const node of graph.node ?? []) rewriter.add(node);
  const used = new Set(rewriter.nodes.flatMap(({ input }) => input ?? []));
  const kept = [...weights.values()].filter(({ name }) => used.has(name!));
  return { ...graph, node: rewriter.nodes, initializer: [...kept, ...rewriter.initializers] };
}

class Rewriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [
    tensorOf("/zero_point", UINT8, [], Uint8Array.of(ZERO_POINT)),
    tensorProto("/last_axis", { dtype: "int64", shape: [1], data: BigInt64Array.of(-1n) }),
    // A row of zeros is divided by this.
    tensorProto("/tiny", { dtype: "float32", shape: [], data: Float32Array.of(1e-20) }),
  ];
  readonly #weights: Map<string, TensorProto>;
  readonly #quantized = new Map<string, string>();

  constructor(weights: ReadonlyMap<string, TensorProto>) {
    this.#weights = new Map(weights);
  }

  add(node: NodeProto): void {
    const [stored] = node.input!.map((name) => this.#weights.get(name));
    // A weight that is stored in half precision: what it is cast to is as frozen as itself.
    if (node.opType === "Cast" && attribute(node, "to") === FLOAT && isStored(stored)) {
      this.#weights.set(node.output![0]!, stored!);
    }
    const [first, second] = node.input!.map((name) => this.#weights.get(name));
    // Tables in half precision are picked from before they are cast, and are small enough.
    const table = node.opType === "Gather" && isMatrix(first) && first!.dataType === FLOAT;
    const product = node.opType === "Gemm" && isMatrix(second);
    if (table) this.#gather(node, first!);
    else if (product && attribute(node, "transB") === 1 && attribute(node, "transA") !== 1) this.#gemm(node, second!);
    else this.nodes.push(node);
  }

  /**
   * x · Wᵀ + b as DynamicQuantizeLinear, MatMulInteger and a rescaling, which ONNX Runtime fuses into one kernel. Rows
   * are divided by their largest number before and multiplied by it afterwards: a few tokens ([CLS], [SEP]) have numbers
   * ten times as large as the others, which one scale for all would leave with three bits.
   */
  #gemm(node: NodeProto, weight: TensorProto): void {
    const [x, , bias] = node.input as string[], [y] = node.output as string[];
    const { values, scales } = this.#rows(weight, "transposed");
    const { bytes, largest } = this.#activation(x!);
    this.#emit("MatMulInteger", [bytes, values, `${bytes}.zero`, "/zero_point"], [`${y}.sum`]);
    this.#emit("Cast", [`${y}.sum`], [`${y}.float`], FLOAT);
    this.#emit("Mul", [`${bytes}.scale`, scales], [`${y}.scale`]);
    this.#emit("Mul", [`${y}.float`, `${y}.scale`], [`${y}.scaled`]);
    this.#emit("Mul", [`${y}.scaled`, largest], [bias === undefined ? y! : `${y}.product`]);
    if (bias !== undefined) this.#emit("Add", [`${y}.product`, bias], [y!]);
  }

  /** What products share that have the same input: it in 8 bits, and the largest number of each row. */
  #activation(x: string): { bytes: string; largest: string } {
    const [bytes, largest] = [`${x}.uint8`, `${x}.largest`];
    if (this.#quantized.has(bytes)) return { bytes, largest };
    this.#quantized.set(bytes, x);
    this.#emit("Abs", [x], [`${x}.abs`]);
    this.#emit("ReduceMax", [`${x}.abs`, "/last_axis"], [`${x}.most`]);
    this.#emit("Max", [`${x}.most`, "/tiny"], [largest]);
    this.#emit("Div", [x, largest], [`${x}.unit`]);
    this.#emit("DynamicQuantizeLinear", [`${x}.unit`], [bytes, `${bytes}.scale`, `${bytes}.zero`]);
    return { bytes, largest };
  }

  #gather(node: NodeProto, table: TensorProto): void {
    const [, rows] = node.input as string[], [y] = node.output as string[];
    const { values, scales } = this.#rows(table, "as it is");
    this.#emit("Gather", [values, rows!], [`${y}.uint8`]);
    this.#emit("DequantizeLinear", [`${y}.uint8`, this.#one(), "/zero_point"], [`${y}.whole`]);
    this.#emit("Gather", [scales, rows!], [`${y}.scale`]);
    this.#emit("Mul", [`${y}.whole`, `${y}.scale`], [y!]);
  }

  #emit(opType: string, input: string[], output: string[], to?: number): void {
    const attributes = to === undefined ? [] : [{ name: "to", type: onnx.AttributeProto.AttributeType.INT, i: to }];
    this.nodes.push({ opType, input, output, name: output[0]!, attribute: attributes });
  }

  #one(): string {
    if (!this.#quantized.has("/one")) {
      this.#quantized.set("/one", "/one");
      this.initializers.push(tensorProto("/one", { dtype: "float32", shape: [], data: Float32Array.of(1) }));
    }
    return "/one";
  }

  /** A matrix in 8 bits with a scale per row: `[rows, columns]`, or transposed for a product. */
  #rows(weight: TensorProto, layout: "transposed" | "as it is"): { values: string; scales: string } {
    const { name, dims } = weight;
    const [values, scales] = [`${name}.uint8.${layout}`, `${name}.scales.${layout}`];
    if (this.#quantized.has(values)) return { values, scales };
    this.#quantized.set(values, name!);
    const [rows, columns] = (dims as number[]).map(Number) as [number, number];
    const { quantized, scale } = quantizeRows(floatsOf(weight), columns);
    const transposed = layout === "transposed";
    const data = transposed ? transpose(quantized, columns) : quantized;
    this.initializers.push(
      tensorOf(values, UINT8, transposed ? [columns, rows] : [rows, columns], data),
      tensorProto(scales, { dtype: "float32", shape: transposed ? [rows] : [rows, 1], data: scale }),
    );
    return { values, scales };
  }
}

/** Rows of `columns` numbers as round(x / scale) + 128 with scale = max|x| / 127, each row its own. */
export function quantizeRows(x: Float32Array, columns: number): { quantized: Uint8Array; scale: Float32Array } {
  const quantized = new Uint8Array(x.length), scale = new Float32Array(x.length / columns);
  for (let row = 0; row < scale.length; row++) {
    let largest = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) largest = Math.max(largest, Math.abs(x[i]!));
    // A row of zeros stays one, whatever its scale.
    scale[row] = largest === 0 ? 1 : largest / 127;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      quantized[i] = Math.round(x[i]! / scale[row]!) + ZERO_POINT;
    }
  }
  return { quantized, scale };
}

/** The numbers that {@linkcode quantizeRows} made something of, up to half a scale each. */
export function dequantizeRows(quantized: Uint8Array, scale: Float32Array): Float32Array<ArrayBuffer> {
  const columns = quantized.length / scale.length;
  return Float32Array.from(quantized, (value, i) => (value - ZERO_POINT) * scale[Math.floor(i / columns)]!);
}

function transpose(x: Uint8Array, columns: number): Uint8Array {
  const rows = x.length / columns, result = new Uint8Array(x.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = x[row * columns + column]!;
  }
  return result;
}

function isStored(tensor: TensorProto | undefined): boolean {
  return [FLOAT, FLOAT16, BFLOAT16].includes(tensor?.dataType as number);
}

function isMatrix(tensor: TensorProto | undefined): boolean {
  return isStored(tensor) && tensor?.dims?.length === 2;
}

function attribute(node: NodeProto, name: string): number {
  return Number(node.attribute?.find((one) => one.name === name)?.i ?? 0);
}

function tensorOf(name: string, dataType: number, dims: number[], rawData: Uint8Array): TensorProto {
  return { name, dataType, dims, rawData };
}

function floatsOf({ dataType, rawData }: TensorProto): Float32Array {
  const { buffer, byteOffset, byteLength } = rawData!;
  if (dataType === FLOAT) return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dataType === FLOAT16) return Float32Array.from(new Float16Array(buffer, byteOffset, byteLength / 2));
  const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), (half) => half << 16);
  return new Float32Array(bits.buffer);
}
