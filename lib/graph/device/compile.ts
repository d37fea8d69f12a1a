/** From the name of a device to the executor that runs there. */
import { InputError } from "../../errors.ts";
import type { Executable } from "../executable.ts";
import { compileOnnx, type CompileOptions as OnnxOptions } from "../onnx/session.ts";
import type { Tensor } from "../tensor.ts";
import type { TfjsBackend } from "../tfjs/backend.ts";
import { widenTables } from "../widen_tables.ts";
import { findAdapters } from "./adapter.ts";
import { findCuda } from "./cuda.ts";
import { explainDeviceError } from "./device_error.ts";
import type { Device } from "./names.ts";

/** Where and how a graph is compiled; `threads` and `profilePrefix` are ONNX Runtime's, TensorFlow.js has no such choice. */
export interface CompileOptions extends Omit<OnnxOptions, "device"> {
  /** Default `"cpu"`. */
  device?: Device;
}

/**
 * Compiles a graph for a device.
 *
 * @param outputs The tensors to compute, by name.
 * @throws {InputError} When the device is not there, with what to do about it; when compiling or running exhausts its
 *   memory, or it is lost.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { mul } from "../elementwise.ts";
 * import { input } from "../tensor.ts";
 * import { compile } from "./compile.ts";
 *
 * const twice = await compile({ y: mul(input("x", ["n"]), 2) }, { device: "tfjs:wasm" });
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
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainDeviceError(error, device);
    }
  };
  await requirePresent(device);
  const executable = await explained(() => compileFor(outputs, device, rest));
  return { ...executable, run: (feeds) => explained(() => executable.run(feeds)) };
}

async function compileFor(
  outputs: Readonly<Record<string, Tensor>>,
  device: Device,
  options: Omit<CompileOptions, "device">,
): Promise<Executable> {
  if (device === "cpu" || device === "webgpu" || device === "cuda") {
    // A graphics adapter may lack float16, in which many model files keep their tables.
    return await compileOnnx(device === "webgpu" ? widenTables(outputs) : outputs, { device, ...options });
  }
  // Loaded when it is asked for: whoever stays with ONNX Runtime does not wait for it.
  const { compileTfjs } = await import("../tfjs/compile.ts");
  const backend = device === "tfjs" ? "best" : device.slice("tfjs:".length) as TfjsBackend;
  return compileTfjs(outputs, { backend });
}

/** Before a runtime tries and prints pages about it. */
async function requirePresent(device: Device): Promise<void> {
  if (device !== "cuda" && device !== "webgpu") return;
  const { problem } = await (device === "cuda" ? findCuda() : findAdapters());
  if (problem) throw new InputError(`device ${device}: ${problem}; or use --device cpu`);
}
