/** From what runtimes say when a device fails to one line that says what to do. */
import { InputError } from "../../errors.ts";
import type { Device } from "./names.ts";

/** A device that is not there, failed, or was overtaxed: an input error, after which the same can run elsewhere. */
export class DeviceError extends InputError {}

/** What can happen to a device, and what helps. */
export type DeviceFailure = "no adapter" | "no library" | "no float16" | "out of memory" | "lost";

const MEMORY_REMEDY = "set training.gradientCheckpointing=true, or lower training.batchSize (and raise " +
  "training.accumulation by as much), model.maxLength or evaluation.batchTokens";

/** Patterns of messages of ONNX Runtime, Dawn, CUDA and TensorFlow, the more telling ones first. */
const PATTERNS: readonly (readonly [RegExp, DeviceFailure])[] = [
  [/Failed to get a WebGPU adapter|No supported adapters/i, "no adapter"],
  [/Failed to load (shared )?library|cannot open shared object file/i, "no library"],
  [/requires f16 but the device does not support it|shader-f16/i, "no float16"],
  [
    /device (was |is )?lost|DeviceLost|DEVICE_(LOST|REMOVED)|CUDA (failure|error)[: ]*(46|7\d\d|999)\b|cudaErrorIllegal/i,
    "lost",
  ],
  [/out of memory|out_of_(device|host)_memory|bad_alloc|CUDA (failure|error)[: ]*2\b/i, "out of memory"],
  [/Failed to allocate memory|failed to allocate|resource exhausted|Array buffer allocation failed/i, "out of memory"],
  // Dawn reports an allocation that failed by whatever uses it next; a buffer may also be larger than the adapter binds.
  [/Invalid Buffer .*is invalid due to a previous error|Too many storage buffers in shader/i, "out of memory"],
  [/maxStorageBufferBindingSize|maxBufferSize|exceeds the max(imum)? buffer/i, "out of memory"],
];

/** What an error of a runtime means; null when it is none of a device. */
export function deviceFailure(error: unknown): DeviceFailure | null {
  const message = error instanceof Error ? error.message : String(error);
  return PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

/**
 * An error of a runtime as one line with its remedy; errors that are none of the device stay what they are.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { explainDeviceError } from "./device_error.ts";
 *
 * const error = explainDeviceError(new Error("CUDA failure 2: out of memory ; GPU=0"), "cuda") as Error;
 * assertStringIncludes(error.message, "device cuda ran out of memory: set training.gradientCheckpointing=true");
 * ```
 */
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
