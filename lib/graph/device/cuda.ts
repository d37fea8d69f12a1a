/** Whether ONNX Runtime's CUDA provider can start: the graphics card, its driver, and three sets of libraries. */

/** A graphics card as NVIDIA's driver describes it. */
export interface CudaDevice {
  readonly name: string;
  readonly memoryBytes: number;
  /** For example `"9.0"`. */
  readonly computeCapability: string;
}

/** What was found, and the first thing that is missing. */
export interface CudaSearch {
  readonly devices: readonly CudaDevice[];
  /** What is missing and how to get it; null when nothing is. */
  readonly problem: string | null;
}

const SYMBOLS = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGet: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceTotalMem_v2: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetAttribute: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const;

const CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76;

/** What the provider of ONNX Runtime 1.30 is linked with, and what each comes with. */
const LIBRARIES: Readonly<Record<string, string>> = {
  "libcudart.so.12": "CUDA 12",
  "libcublasLt.so.12": "CUDA 12",
  "libcublas.so.12": "CUDA 12",
  "libcurand.so.10": "CUDA 12",
  "libcufft.so.11": "CUDA 12",
  "libcudnn.so.9": "cuDNN 9",
};

/**
 * The NVIDIA cards that the driver knows.
 *
 * @param library The driver's library.
 * @returns Null when there is no driver.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cudaDevices } from "./cuda.ts";
 *
 * assertEquals(cudaDevices("no-such-library.so"), null);
 * ```
 */
export function cudaDevices(library = "libcuda.so.1"): CudaDevice[] | null {
  let driver: Deno.DynamicLibrary<typeof SYMBOLS>;
  try {
    driver = Deno.dlopen(library, SYMBOLS);
  } catch {
    return null;
  }
  const { symbols } = driver;
  try {
    const int = (call: (buffer: Uint8Array<ArrayBuffer>) => number) => {
      const value = new Int32Array(1);
      return call(new Uint8Array(value.buffer)) === 0 ? value[0]! : 0;
    };
    if (symbols.cuInit(0) !== 0) return [];
    return Array.from({ length: int((out) => symbols.cuDeviceGetCount(out)) }, (_, ordinal) => {
      const device = int((out) => symbols.cuDeviceGet(out, ordinal));
      const name = new Uint8Array(256), memory = new BigUint64Array(1);
      symbols.cuDeviceGetName(name, name.length, device);
      symbols.cuDeviceTotalMem_v2(new Uint8Array(memory.buffer), device);
      const [major, minor] = [CAPABILITY_MAJOR, CAPABILITY_MINOR].map((attribute) =>
        int((out) => symbols.cuDeviceGetAttribute(out, attribute, device))
      );
      return {
        name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
        memoryBytes: Number(memory[0]!),
        computeCapability: `${major}.${minor}`,
      };
    });
  } finally {
    driver.close();
  }
}

/** Looks for everything that training with CUDA needs. */
export async function findCuda(): Promise<CudaSearch> {
  const devices = cudaDevices() ?? [];
  const problem = Deno.build.os !== "linux" || Deno.build.arch !== "x86_64"
    ? "onnxruntime-node has CUDA for Linux on x86-64 only; webgpu runs on every system"
    : devices.length === 0
    ? "no NVIDIA graphics card with a driver was found: install the proprietary NVIDIA driver"
    : !await isProviderInstalled()
    ? 'the CUDA part of ONNX Runtime is not in its npm package: run "deno install --allow-scripts=npm:onnxruntime-node", ' +
      "which fetches it from nuget.org"
    : missingLibrary(Object.keys(LIBRARIES));
  return { devices, problem };
}

/** The first library that cannot be loaded, as a problem with its remedy. */
export function missingLibrary(names: readonly string[]): string | null {
  for (const name of names) {
    try {
      Deno.dlopen(name, {}).close();
    } catch {
      return `${name} cannot be loaded: install ${LIBRARIES[name] ?? "its package"} and put its folder into ` +
        "LD_LIBRARY_PATH";
    }
  }
  return null;
}

async function isProviderInstalled(): Promise<boolean> {
  const folder = new URL("../bin/napi-v6/linux/x64/", import.meta.resolve("onnxruntime-node"));
  try {
    await Deno.stat(new URL("libonnxruntime_providers_cuda.so", folder));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
