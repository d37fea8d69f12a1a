/** Runs graphs with ONNX Runtime. */
import * as ort from "onnxruntime-node";
import type { DataType, Tensor, TensorData } from "../tensor.ts";
import { formatShape } from "../shape.ts";
import { type OnnxModel, toOnnxModel } from "./model_proto.ts";

/** Where a graph runs. */
export type OnnxDevice = "cpu" | "webgpu" | "cuda";

/** A compiled graph, ready to run on any sizes of its named dimensions. */
export interface Executable {
  /** The names of the inputs it expects. */
  readonly inputs: readonly string[];
  /**
   * Computes all outputs.
   *
   * @param feeds One value per input; values for inputs that the graph does not have are ignored, so that one
   *   batch serves graphs that use different parts of it.
   * @throws {RangeError} When an input is missing, its type or shape is not the declared one, or two inputs disagree
   *   in the size of a named dimension.
   */
  run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>>;
  /** Frees the memory it holds. */
  release(): Promise<void>;
}

/** How to compile. */
export interface CompileOptions {
  /** Default `"cpu"`. */
  device?: OnnxDevice;
  /** Threads of one operation; default: as many as there are cores. */
  threads?: number;
  /** When given, ONNX Runtime writes a Chrome trace of every operation to `<prefix>_<time>.json`. */
  profilePrefix?: string;
}

/**
 * Compiles what the outputs depend on into one ONNX Runtime session.
 *
 * @param outputs The tensors to compute, by name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { input } from "../tensor.ts";
 * import { mul } from "../elementwise.ts";
 * import { compile } from "./session.ts";
 *
 * const square = await compile({ y: mul(input("x", ["n"]), input("x2", ["n"])) });
 * const x = { dtype: "float32", shape: [2], data: Float32Array.of(3, 4) } as const;
 * const { y } = await square.run({ x, x2: x });
 * assertEquals([...y!.data], [9, 16]);
 * await square.release();
 * ```
 */
export async function compile(
  outputs: Readonly<Record<string, Tensor>>,
  options: CompileOptions = {},
): Promise<Executable> {
  const model = toOnnxModel(outputs);
  const session = await ort.InferenceSession.create(model.bytes, sessionOptions(model.weightsFolder, options));
  return {
    inputs: model.inputs.map((leaf) => leaf.name),
    async run(feeds) {
      const sizes: NamedSizes = new Map();
      const converted: Record<string, ort.Tensor> = {};
      for (const leaf of model.inputs) {
        const { dtype, shape, data } = checkedFeed(leaf, feeds[leaf.name], sizes);
        converted[leaf.name] = new ort.Tensor(dtype as "float32", data as Float32Array, shape);
      }
      const results = await session.run(converted);
      return Object.fromEntries(model.outputs.map((name) => {
        const { type, dims, data } = results[name]!;
        return [name, { dtype: type as DataType, shape: dims, data: data as Float32Array }];
      }));
    },
    release: () => session.release(),
  };
}

/** The sizes that the feeds so far have given to named dimensions, each with the input that did. */
type NamedSizes = Map<string, { size: number; input: string }>;

function checkedFeed(
  { name, dtype, shape }: OnnxModel["inputs"][number],
  value: TensorData | undefined,
  sizes: NamedSizes,
): TensorData {
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

function sessionOptions(weightsFolder: string | null, options: CompileOptions): ort.InferenceSession.SessionOptions {
  const { device = "cpu", threads, profilePrefix } = options;
  return {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Batches differ in size from step to step: a memory pattern of the last one would be planned in vain.
    enableMemPattern: false,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session: {
        // Packing would copy every frozen weight once per product it occurs in; reading them from the mapped file
        // costs about as much time (see README.md, "Measured") and keeps them in memory once, shared by all sessions.
        disable_prepacking: "1",
        ...(weightsFolder === null ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
      },
    },
  };
}
