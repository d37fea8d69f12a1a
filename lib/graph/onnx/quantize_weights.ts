/**
 * Products with frozen weights in 8 bits, as a rewriting of a finished ONNX graph, its backward pass included (Jacob et
 * al. 2018; LLM.int8's vector-wise scales, Dettmers et al. 2022): a weight has a scale for each channel that comes out
 * of the product, the output channels on the way forwards, the input channels on the way back; what it is multiplied
 * with, activations or gradients, has a scale per row, taken when it is there; sums are in 32 bits. Embedding tables
 * have a scale per row. Everything else stays float32.
 *
 * A row's bytes depend on that row alone: a text gives the same numbers whatever it is computed together with.
 *
 * Weights are unsigned with the zero point 128 where the processor is not known: x86 processors without VNNI add pairs
 * of products of signed bytes in 16 bits, which can overflow, and would give other numbers than the rest. Signed bytes
 * are the same weights and give the same sums wherever those are exact, and VNNI is for them.
 */
import onnxProto from "onnx-proto";
import { encodeModel, MICROSOFT, type OnnxModel, tensorProto, valueInfo } from "./model_proto.ts";

const { onnx } = onnxProto;
type GraphProto = onnxProto.onnx.IGraphProto;
type NodeProto = onnxProto.onnx.INodeProto;
type TensorProto = onnxProto.onnx.ITensorProto;

const { FLOAT, FLOAT16, BFLOAT16, UINT8, INT8 } = onnx.TensorProto.DataType;
const ZERO_POINT = 128;

/** How the weights of products are written; see above. */
export interface QuantizeOptions {
  /** As signed bytes; default: no. */
  signed?: boolean;
}

/** The same tensor with its numbers inside, which may lie in a file until then. */
type Inside = (tensor: TensorProto) => Promise<TensorProto>;

/** The same graph with its products by frozen matrices, and its tables, in 8 bits; others stay where they are. */
export async function quantizeWeights(
  graph: GraphProto,
  inside: Inside,
  options: QuantizeOptions,
): Promise<GraphProto> {
  const weights = new Map((graph.initializer ?? []).map((tensor) => [tensor.name!, tensor]));
  const rewriter = new Rewriter(weights, inside, options);
  for (const node of graph.node ?? []) await rewriter.add(node);
  const used = new Set([
    ...rewriter.nodes.flatMap(({ input }) => input ?? []),
    ...(graph.output ?? []).map(({ name }) => name!),
  ]);
  // What widened a weight that is now in 8 bits.
  const node = rewriter.nodes.filter(({ opType, output }) => opType !== "Cast" || used.has(output![0]!));
  const needed = new Set(node.flatMap(({ input }) => input ?? []));
  const initializer = [...weights.values(), ...rewriter.initializers].filter(({ name }) => needed.has(name!));
  return { ...graph, node, initializer };
}

/**
 * A product in which any sum of two products of bytes overflows 16 bits, in more rows and columns than any vector has,
 * and what each of its sums is.
 */
export function largestSum() {
  const size = 64, [most, mostSigned] = [255, 127];
  const x = { kind: "input", name: "x", dtype: "float32", shape: [size, size] } as const;
  const graph: GraphProto = {
    name: "graph",
    node: [
      { opType: "Cast", input: ["x"], output: ["bytes"], attribute: [intAttribute("to", UINT8)] },
      { opType: "MatMulInteger", input: ["bytes", "w"], output: ["sums"] },
      { opType: "Cast", input: ["sums"], output: ["y"], attribute: [intAttribute("to", FLOAT)] },
    ],
    initializer: [tensorOf("w", INT8, [size, size], new Uint8Array(size * size).fill(mostSigned))],
    input: [valueInfo(x.name, x.dtype, x.shape)],
    output: [valueInfo("y", "float32", x.shape)],
  };
  const model: OnnxModel = { bytes: encodeModel(graph), weightsFolder: null, inputs: [x], outputs: ["y"] };
  const feeds = { x: { ...x, data: new Float32Array(size * size).fill(most) } };
  return { model, feeds, expected: size * most * mostSigned };
}

class Rewriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [
    tensorProto("/last_axis", { dtype: "int64", shape: [1], data: BigInt64Array.of(-1n) }),
    tensorOf("/zero_point", UINT8, [], Uint8Array.of(ZERO_POINT)),
    tensorOf("/signed_zero_point", INT8, [], Uint8Array.of(0)),
    // The bytes above the zero point, and below.
    scalar("/above", 255 - ZERO_POINT),
    scalar("/below", -ZERO_POINT),
    // A row of zeros is divided by this.
    scalar("/tiny", 1e-20),
    scalar("/one", 1),
  ];
  readonly #weights: Map<string, TensorProto>;
  readonly #made = new Set<string>();
  readonly #inside: Inside;
  readonly #signed: boolean;

  constructor(weights: ReadonlyMap<string, TensorProto>, inside: Inside, { signed = false }: QuantizeOptions) {
    this.#weights = new Map(weights);
    this.#inside = inside;
    this.#signed = signed;
  }

  async add(node: NodeProto): Promise<void> {
    const [stored] = node.input!.map((name) => this.#weights.get(name));
    // A weight that is stored in half precision: what it is cast to is as frozen as itself.
    if (node.opType === "Cast" && attribute(node, "to") === FLOAT && isStored(stored)) {
      this.#weights.set(node.output![0]!, stored!);
    }
    const [first, second] = node.input!.map((name) => this.#weights.get(name));
    // Tables in half precision are picked from before they are cast, and are small enough.
    const table = node.opType === "Gather" && isMatrix(first) && first!.dataType === FLOAT;
    const product = node.opType === "Gemm" && isMatrix(second) && !attribute(node, "transA") &&
      attribute(node, "alpha", 1) === 1 && attribute(node, "beta", 1) === 1;
    if (table) await this.#gather(node, first!);
    else if (product) await this.#gemm(node, second!);
    else this.nodes.push(node);
  }

  /**
   * x · Wᵀ + b, forwards, or dy · W, backwards. Scales are per row of x: a few tokens ([CLS], [SEP]) have numbers ten
   * times as large as the others, which one scale for all would leave with three bits, and gradients differ more.
   */
  async #gemm(node: NodeProto, weight: TensorProto): Promise<void> {
    const [x, , bias] = node.input as string[], [y] = node.output as string[];
    const { values, scales } = await this.#factor(weight, attribute(node, "transB") === 1);
    const { bytes, scale } = this.#rows(x!);
    const zeroPoint = this.#signed ? "/signed_zero_point" : "/zero_point";
    const product = [bytes, values, "/one", scales, "/zero_point", zeroPoint];
    this.#emit("MatMulIntegerToFloat", product, [`${y}.of_bytes`], { domain: MICROSOFT });
    this.#emit("Mul", [`${y}.of_bytes`, scale], [bias === undefined ? y! : `${y}.product`]);
    if (bias !== undefined) this.#emit("Add", [`${y}.product`, bias], [y!]);
  }

  /**
   * x in 8 bits, and the scale of each row, `[rows, 1]`: its largest number becomes 255 or its lowest 0, whichever takes
   * the larger scale. Products with the same input share it.
   */
  #rows(x: string): { bytes: string; scale: string } {
    const [bytes, scale] = [`${x}.uint8`, `${x}.scale`];
    if (!this.#isNew(bytes)) return { bytes, scale };
    this.#emit("ReduceMax", [x, "/last_axis"], [`${x}.most`], { keepdims: 0 });
    this.#emit("ReduceMin", [x, "/last_axis"], [`${x}.least`], { keepdims: 0 });
    this.#emit("Div", [`${x}.most`, "/above"], [`${x}.above`]);
    this.#emit("Div", [`${x}.least`, "/below"], [`${x}.below`]);
    this.#emit("Max", [`${x}.above`, `${x}.below`, "/tiny"], [`${x}.scales`]); // [rows]
    this.#emit("Shape", [`${x}.scales`], [`${x}.rows`]);
    this.#emit("Expand", ["/zero_point", `${x}.rows`], [`${x}.zeros`]);
    this.#emit("QuantizeLinear", [x, `${x}.scales`, `${x}.zeros`], [bytes], { axis: 0 });
    this.#emit("Unsqueeze", [`${x}.scales`, "/last_axis"], [scale]);
    return { bytes, scale };
  }

  async #gather(node: NodeProto, table: TensorProto): Promise<void> {
    const [, rows] = node.input as string[], [y] = node.output as string[];
    const [values, scales] = [`${table.name}.rows.uint8`, `${table.name}.rows.scales`];
    if (this.#isNew(values)) {
      const { shape, quantized, scale } = quantizedRows(matrixOf(await this.#inside(table)));
      this.initializers.push(tensorOf(values, UINT8, shape, quantized), floats(scales, [shape[0], 1], scale));
    }
    this.#emit("Gather", [values, rows!], [`${y}.uint8`]);
    this.#emit("DequantizeLinear", [`${y}.uint8`, "/one", "/zero_point"], [`${y}.whole`]);
    this.#emit("Gather", [scales, rows!], [`${y}.scale`]);
    this.#emit("Mul", [`${y}.whole`, `${y}.scale`], [y!]);
  }

  #emit(opType: string, input: string[], output: string[], { domain = "", ...own }: NodeAttributes = {}): void {
    const attribute = Object.entries(own).map(([name, value]) => intAttribute(name, Number(value)));
    this.nodes.push({ opType, input, output, domain, name: output[0]!, attribute });
  }

  /** The right factor of x · Wᵀ or x · W, `[in, out]` of the product, in 8 bits with a scale per column. */
  async #factor(weight: TensorProto, transposed: boolean): Promise<{ values: string; scales: string }> {
    const name = `${weight.name}${transposed ? ".transposed" : ""}`;
    const [values, scales] = [`${name}.bytes`, `${name}.scales`];
    if (this.#isNew(values)) {
      const matrix = matrixOf(await this.#inside(weight));
      const columns = quantizedRows(transposed ? matrix : transpose(matrix));
      const { shape, data } = transpose({ shape: columns.shape, data: columns.quantized });
      // Less 128, which is the highest bit.
      const bytes = this.#signed ? data.map((value) => value ^ ZERO_POINT) : data;
      const stored = tensorOf(values, this.#signed ? INT8 : UINT8, shape, bytes);
      this.initializers.push(stored, floats(scales, [shape[1]], columns.scale));
    }
    return { values, scales };
  }

  #isNew(name: string): boolean {
    if (this.#made.has(name)) return false;
    this.#made.add(name);
    return true;
  }
}

/** Attributes that are whole numbers, and the domain of an operator that is not ONNX's own. */
type NodeAttributes = { readonly domain?: string } & Readonly<Record<string, number | string>>;

interface Matrix<T extends Float32Array | Uint8Array> {
  readonly shape: [rows: number, columns: number];
  readonly data: T;
}

function quantizedRows({ shape, data }: Matrix<Float32Array>) {
  return { shape, ...quantizeRows(data, shape[1]) };
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

function transpose<T extends Float32Array | Uint8Array>({ shape: [rows, columns], data }: Matrix<T>): Matrix<T> {
  const result = data.slice() as T;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column]!;
  }
  return { shape: [columns, rows], data: result };
}

function isStored(tensor: TensorProto | undefined): boolean {
  return [FLOAT, FLOAT16, BFLOAT16].includes(tensor?.dataType as number);
}

function isMatrix(tensor: TensorProto | undefined): boolean {
  return isStored(tensor) && tensor?.dims?.length === 2;
}

function intAttribute(name: string, i: number): onnxProto.onnx.IAttributeProto {
  return { name, type: onnx.AttributeProto.AttributeType.INT, i };
}

function attribute(node: NodeProto, name: string, missing = 0): number {
  const found = node.attribute?.find((one) => one.name === name);
  return Number(found?.type === onnx.AttributeProto.AttributeType.FLOAT ? found.f : found?.i ?? missing);
}

function tensorOf(name: string, dataType: number, dims: number[], rawData: Uint8Array): TensorProto {
  return { name, dataType, dims, rawData };
}

function floats(name: string, shape: number[], data: Float32Array): TensorProto {
  return tensorProto(name, { dtype: "float32", shape, data });
}

function scalar(name: string, value: number): TensorProto {
  return floats(name, [], Float32Array.of(value));
}

function matrixOf(tensor: TensorProto): Matrix<Float32Array> {
  return { shape: (tensor.dims as number[]).map(Number) as [number, number], data: floatsOf(tensor) };
}

function floatsOf({ dataType, rawData }: TensorProto): Float32Array {
  const { buffer, byteOffset, byteLength } = rawData!;
  if (dataType === FLOAT) return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dataType === FLOAT16) return Float32Array.from(new Float16Array(buffer, byteOffset, byteLength / 2));
  const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), (half) => half << 16);
  return new Float32Array(bits.buffer);
}
