/**
 * From the name of a device to the executor that runs there, and from what runtimes say when it fails to what to do.
 */
import { InputError } from "../../errors.ts";
import type { Executable } from "../executable.ts";
import { widenTables } from "../half_precision.ts";
import { compileOnnx, type OnnxOptions } from "../onnx/session.ts";
import type { Tensor } from "../tensor.ts";
import type { TfjsBackend } from "../tfjs/backend.ts";
import { findAdapters, findCuda } from "./probes.ts";

/**
 * The devices that training and inference can be told to run on. `cpu`, `webgpu` and `cuda` are ONNX Runtime's; `tfjs`
 * is TensorFlow.js on the best of its backends that loads, `tfjs:<backend>` on exactly that one.
 */
export const DEVICES = [
  "cpu",
  "webgpu",
  "cuda",
  "tfjs",
  "tfjs:tensorflow",
  "tfjs:webgpu",
  "tfjs:wasm",
  "tfjs:cpu",
] as const;

/** A name in {@linkcode DEVICES}. */
export type Device = (typeof DEVICES)[number];

/** Where and how a graph is compiled; `threads` and `profilePrefix` are for ONNX Runtime alone. */
export interface CompileOptions extends Omit<OnnxOptions, "device"> {
  /** Default `"cpu"`. */
  device?: Device;
}

/** Refuses a device that has no products in 8 bits, which would compute in float32 without a word. */
export function requireInt8(device: Device): void {
  if (device === "cpu") return;
  throw new InputError(
    `"int8" (training.precision, --precision): expected device cpu, found ${device}, which has no products in 8 bits; ` +
      'use --device cpu, or "fp32"',
  );
}

/**
 * Compiles a graph, given by the tensors to compute, for a device.
 * @throws {InputError} When the device is not there, or has not the precision, with what to do about it; when compiling
 * or running exhausts its memory, or it is lost.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, input, mul } from "@fair-embeddings/lib/graph";
 *
 * const twice = await compile({ y: mul(input("x", ["n"]), 2) });
 * const { y } = await twice.run({ x: { dtype: "float32", shape: [2], data: Float32Array.of(3, 4) } });
 * assertEquals([...y!.data], [6, 8]);
 * await twice.release();
 * ```
 */
export async function compile(
  outputs: Readonly<Record<string, Tensor>>,
  options: CompileOptions = {},
): Promise<Executable> {
  const { device = "cpu", ...rest } = options;
  if (rest.precision === "int8") requireInt8(device);
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainDeviceError(error, device);
    }
  };
  if (device === "cuda" || device === "webgpu") {
    // Before a runtime tries and prints pages about it.
    const { problem } = await (device === "cuda" ? findCuda() : findAdapters());
    if (problem) throw new InputError(`device ${device}: ${problem}; or use --device cpu`);
  }
  const executable = await explained(async () => {
    if (device === "cpu" || device === "webgpu" || device === "cuda") {
      // A graphics adapter may lack float16, in which many model files keep their tables.
      return await compileOnnx(device === "webgpu" ? widenTables(outputs) : outputs, { device, ...rest });
    }
    // Loaded when it is asked for: whoever stays with ONNX Runtime does not wait for it.
    const { compileTfjs } = await import("../tfjs/compile.ts");
    return await compileTfjs(outputs, device === "tfjs" ? "best" : device.slice("tfjs:".length) as TfjsBackend);
  });
  return { ...executable, run: (feeds) => explained(() => executable.run(feeds)) };
}

/** A device that is not there, failed, or was overtaxed: an input error, after which the same can run elsewhere. */
export class DeviceError extends InputError {}

/** What can happen to a device, and what helps. */
type DeviceFailure = "no adapter" | "no library" | "no float16" | "out of memory" | "lost";

const MEMORY_REMEDY = "set training.gradientCheckpointing=true, or training.miniBatchSize below training.batchSize, " +
  "or lower model.maxLength, training.batchTokens or evaluation.batchTokens";

/** Patterns of messages of ONNX Runtime, Dawn, CUDA and TensorFlow, the more telling ones first. */
const PATTERNS: readonly (readonly [RegExp, DeviceFailure])[] = [
  [/Failed to get a WebGPU adapter|No supported adapters/i, "no adapter"],
  [/Failed to load (shared )?library|cannot open shared object file/i, "no library"],
  [/requires f16 but the device does not support it|shader-f16/i, "no float16"],
  [/device (was |is )?lost|DeviceLost|DEVICE_(LOST|REMOVED)/i, "lost"],
  [/CUDA (failure|error)[: ]*(46|7\d\d|999)\b|cudaErrorIllegal/i, "lost"],
  [/out of memory|out_of_(device|host)_memory|bad_alloc|CUDA (failure|error)[: ]*2\b/i, "out of memory"],
  [/Failed to allocate memory|failed to allocate|resource exhausted|Array buffer allocation failed/i, "out of memory"],
  // Dawn reports an allocation that failed by whatever uses it next; a buffer may also be too large to be bound.
  [/Invalid Buffer .*is invalid due to a previous error|Too many storage buffers in shader/i, "out of memory"],
  [/maxStorageBufferBindingSize|maxBufferSize|exceeds the max(imum)? buffer/i, "out of memory"],
];

/** What an error of a runtime means; null when it is none of a device. */
export function deviceFailure(error: unknown): DeviceFailure | null {
  const message = error instanceof Error ? error.message : String(error);
  return PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

/** An error of a runtime as one line with its remedy; errors that are none of the device stay what they are. */
export function explainDeviceError(error: unknown, device: Device): unknown {
  const remedy = {
    "no adapter": "finds no graphics adapter: install the graphics card's driver, see deno task devices, or use " +
      "--device cpu",
    "no library": "needs libraries that cannot be loaded: see deno task devices, or use --device cpu",
    "no float16": 'cannot compute in float16: use training.precision="fp32"',
    "out of memory": `ran out of memory: ${MEMORY_REMEDY}`,
    "lost": "was lost (its driver was reset, or the graphics card was taken away): run the same command again, with " +
      "--device cpu if it happens again",
  };
  const failure = deviceFailure(error);
  return failure && !(error instanceof InputError) ? new DeviceError(`device ${device} ${remedy[failure]}`) : error;
}
