/** The graphics adapters that Vulkan offers: on Linux the ones that WebGPU can use. */
import type { Adapter } from "./adapter.ts";

const SYMBOLS = {
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

/**
 * Lists the adapters, without starting any of them.
 *
 * @param library The Vulkan loader.
 * @returns Null when there is no Vulkan loader; empty when the loader finds no driver.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { vulkanAdapters } from "./vulkan.ts";
 *
 * assertEquals(vulkanAdapters("no-such-library.so"), null);
 * ```
 */
export function vulkanAdapters(library = "libvulkan.so.1"): Adapter[] | null {
  let vulkan: Deno.DynamicLibrary<typeof SYMBOLS>;
  try {
    vulkan = Deno.dlopen(library, SYMBOLS);
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

function describe(
  symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"],
  device: Deno.PointerValue,
): Adapter {
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
