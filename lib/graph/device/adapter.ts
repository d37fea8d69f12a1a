/** What graphics adapters there are, asked without starting the runtime that would use them. */
import { vulkanAdapters } from "./vulkan.ts";

/** A graphics adapter. */
export interface Adapter {
  readonly name: string;
  /** Whether it is a program on the CPU, such as SwiftShader or llvmpipe: correct, and slower than the CPU itself. */
  readonly isSoftware: boolean;
  /** Its own memory; null where the system does not say. */
  readonly memoryBytes: number | null;
}

/** The adapters for WebGPU, or why there are none and what to do about it. */
export type AdapterSearch = { readonly adapters: readonly Adapter[]; readonly problem: string | null };

/**
 * Looks for graphics adapters: through Vulkan on Linux, elsewhere through Deno's own WebGPU.
 *
 * @param system The operating system.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findAdapters } from "./adapter.ts";
 *
 * const { adapters, problem } = await findAdapters();
 * assertEquals(adapters.length === 0, problem !== null);
 * ```
 */
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
    : "Vulkan finds no graphics adapter: install the graphics card's driver (NVIDIA: the proprietary one; AMD, Intel: " +
      "mesa-vulkan-drivers)";
  return { adapters, problem };
}
