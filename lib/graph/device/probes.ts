/**
 * What this machine has, asked through the drivers' own libraries and without starting a runtime: graphics adapters
 * (through Vulkan on Linux, the ones that WebGPU can use), and whether ONNX Runtime's CUDA provider can start (the
 * graphics card, its driver, and three sets of libraries).
 */
import { fromFileUrl } from "@std/path";
import { exists } from "../../files.ts";

/** A graphics adapter. */
export interface Adapter {
  readonly name: string;
  /** Whether it is a program on the CPU, such as SwiftShader or llvmpipe: correct, and slower than the CPU itself. */
  readonly isSoftware: boolean;
  /** Its own memory; null where the system does not say. */
  readonly memoryBytes: number | null;
}

/** The adapters for WebGPU, or why there are none and what to do about it. */
type AdapterSearch = { readonly adapters: readonly Adapter[]; readonly problem: string | null };

/** Looks for graphics adapters: through Vulkan on Linux, elsewhere through Deno's own WebGPU. */
export async function findAdapters(system: string = Deno.build.os): Promise<AdapterSearch> {
  if (system !== "linux") {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return { adapters: [], problem: "no graphics adapter was found: install the graphics card's driver" };
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    const name = description || [vendor, architecture, device].filter(Boolean).join(" ") || "unnamed adapter";
    return { adapters: [{ name, isSoftware: isFallbackAdapter, memoryBytes: null }], problem: null };
  }
  const adapters = vulkanAdapters();
  if (!adapters) {
    return { adapters: [], problem: "there is no Vulkan loader: install libvulkan1 (Debian, Ubuntu) or vulkan-loader" };
  }
  const problem = adapters.length > 0
    ? null
    : "Vulkan finds no graphics adapter: install the graphics card's driver (NVIDIA: the proprietary one; AMD, " +
      "Intel: mesa-vulkan-drivers)";
  return { adapters, problem };
}

const VULKAN_SYMBOLS = {
  vkCreateInstance: { parameters: ["buffer", "pointer", "buffer"], result: "i32" },
  vkDestroyInstance: { parameters: ["pointer", "pointer"], result: "void" },
  vkEnumeratePhysicalDevices: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
  vkGetPhysicalDeviceProperties: { parameters: ["pointer", "buffer"], result: "void" },
  vkGetPhysicalDeviceMemoryProperties: { parameters: ["pointer", "buffer"], result: "void" },
} as const;

/** `VkInstanceCreateInfo` without layers or extensions, 64 bytes; its first field says what it is. */
const CREATE_INSTANCE = Uint32Array.from({ length: 16 }, (_, i) => i === 0 ? 1 : 0);
/** Larger than the structures `VkPhysicalDeviceProperties` and `VkPhysicalDeviceMemoryProperties`. */
const STRUCTURE_BYTES = 1024;
const DEVICE_TYPE_CPU = 4;
const HEAP_IS_ON_DEVICE = 1;

/** The adapters, without starting any of them: null where there is no Vulkan loader, empty where it finds no driver. */
export function vulkanAdapters(library = "libvulkan.so.1"): Adapter[] | null {
  let vulkan: Deno.DynamicLibrary<typeof VULKAN_SYMBOLS>;
  try {
    vulkan = openLibrary(library, VULKAN_SYMBOLS);
  } catch {
    return null;
  }
  const { symbols } = vulkan;
  try {
    const handle = new BigUint64Array(1);
    if (symbols.vkCreateInstance(bytes(CREATE_INSTANCE), null, bytes(handle)) !== 0) return [];
    const instance = Deno.UnsafePointer.create(handle[0]!);
    const count = new Uint32Array(1);
    symbols.vkEnumeratePhysicalDevices(instance, bytes(count), null);
    const devices = new BigUint64Array(count[0]!);
    symbols.vkEnumeratePhysicalDevices(instance, bytes(count), bytes(devices));
    const adapters = [...devices].map((device) => describe(symbols, Deno.UnsafePointer.create(device)));
    symbols.vkDestroyInstance(instance, null);
    return adapters;
  } finally {
    vulkan.close();
  }
}

function describe(symbols: Deno.DynamicLibrary<typeof VULKAN_SYMBOLS>["symbols"], device: Deno.PointerValue): Adapter {
  const properties = new DataView(new ArrayBuffer(STRUCTURE_BYTES));
  symbols.vkGetPhysicalDeviceProperties(device, new Uint8Array(properties.buffer));
  const name = new Uint8Array(properties.buffer, 20, 256);
  const memory = new DataView(new ArrayBuffer(STRUCTURE_BYTES));
  symbols.vkGetPhysicalDeviceMemoryProperties(device, new Uint8Array(memory.buffer));
  let memoryBytes = 0;
  for (let heap = 0; heap < memory.getUint32(260, true); heap++) {
    const onDevice = memory.getUint32(264 + 16 * heap + 8, true) & HEAP_IS_ON_DEVICE;
    if (onDevice) memoryBytes = Math.max(memoryBytes, Number(memory.getBigUint64(264 + 16 * heap, true)));
  }
  return {
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    isSoftware: properties.getUint32(16, true) === DEVICE_TYPE_CPU,
    memoryBytes,
  };
}

function bytes(view: Uint32Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer);
}

/** A graphics card as NVIDIA's driver describes it. */
interface CudaDevice {
  readonly name: string;
  readonly memoryBytes: number;
  /** For example `"9.0"`. */
  readonly computeCapability: string;
}

/** What was found, and the first thing that is missing with how to get it; null when nothing is. */
type CudaSearch = { readonly devices: readonly CudaDevice[]; readonly problem: string | null };

const CUDA_SYMBOLS = {
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

/** Where drivers and CUDA put their libraries on Linux. */
const LIBRARY_FOLDERS = [
  ...["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/lib/wsl/lib"],
  ...["/usr/local/cuda/lib64", "/usr/local/nvidia/lib64", "/run/opengl-driver/lib"],
];

const mayLoadAny = () => Deno.permissions.querySync({ name: "ffi" }).state === "granted";

function libraryPath(name: string): string | null {
  const folders = [...(Deno.env.get("LD_LIBRARY_PATH")?.split(":") ?? []), ...LIBRARY_FOLDERS];
  return folders.map((folder) => `${folder}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}

/** Opens a library by its name, or, where a task may load single ones only, the file of that name. */
function openLibrary<T extends Deno.ForeignLibraryInterface>(name: string, symbols: T): Deno.DynamicLibrary<T> {
  return Deno.dlopen(mayLoadAny() ? name : libraryPath(name) ?? name, symbols);
}

/** The NVIDIA cards that the driver knows; null where there is no driver. */
export function cudaDevices(library = "libcuda.so.1"): CudaDevice[] | null {
  let driver: Deno.DynamicLibrary<typeof CUDA_SYMBOLS>;
  try {
    driver = openLibrary(library, CUDA_SYMBOLS);
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
    ? 'the CUDA part of ONNX Runtime is not in its npm package: run "deno install ' +
      '--allow-scripts=npm:onnxruntime-node", which fetches it from nuget.org'
    : missingLibrary(Object.keys(LIBRARIES));
  return { devices, problem };
}

/** The first library that cannot be loaded, as a problem with its remedy. */
export function missingLibrary(names: readonly string[]): string | null {
  for (const name of names) {
    try {
      if (mayLoadAny()) Deno.dlopen(name, {}).close();
      else if (libraryPath(name) === null) throw new Error(name);
    } catch {
      return `${name} cannot be loaded: install ${LIBRARIES[name] ?? "its package"} and put its folder into ` +
        "LD_LIBRARY_PATH";
    }
  }
  return null;
}

function isProviderInstalled(): Promise<boolean> {
  const library = "../bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so";
  return exists(fromFileUrl(new URL(library, import.meta.resolve("onnxruntime-node"))));
}

/** Whether a package was added to the project. */
export function isAdded(name: string, resolve: (name: string) => unknown = import.meta.resolve): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}
