/** What `deno task devices` lists: every device, whether it works here, and what would make it work. */
import os from "node:os";
import { findAdapters } from "./adapter.ts";
import { findCuda } from "./cuda.ts";
import { matMulRate } from "./matmul_rate.ts";
import { type Device, DEVICES } from "./names.ts";
import { selfCheck } from "./self_check.ts";

/** One device of this machine. */
export interface DeviceReport {
  readonly device: Device;
  /** The processor, the graphics adapter, or what runs on it. */
  readonly name: string;
  /** The memory that a training can use; null where the system does not say. */
  readonly memoryBytes: number | null;
  /** What a tiny training step showed; null where it could not run. */
  readonly check: { readonly error: number; readonly fallbacks: readonly string[]; readonly gigaflops: number } | null;
  /** Why it cannot be used and what to do about it; null where it can. */
  readonly problem: string | null;
}

/** Software adapters take seconds for what they compile and minutes for large products. */
const LARGEST_ON_SOFTWARE = 256;

/**
 * Tries every device: looks for it, runs a tiny training step there, and measures its matrix products.
 *
 * @param devices Which.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reportDevices } from "./devices.ts";
 *
 * for await (const { device, problem } of reportDevices(["cpu"])) assertEquals([device, problem], ["cpu", null]);
 * ```
 */
export async function* reportDevices(
  devices: readonly Device[] = DEVICES.filter((device) => device !== "tfjs"),
): AsyncGenerator<DeviceReport> {
  for (const device of devices) {
    const { name, memoryBytes, problem, isSlow } = await describe(device);
    if (problem) {
      yield { device, name, memoryBytes, check: null, problem };
      continue;
    }
    try {
      const { error, fallbacks } = await selfCheck(device);
      const gigaflops = await matMulRate(device, isSlow ? LARGEST_ON_SOFTWARE : undefined);
      yield { device, name, memoryBytes, check: { error, fallbacks, gigaflops }, problem: null };
    } catch (error) {
      yield { device, name, memoryBytes, check: null, problem: (error as Error).message.split("\n")[0]! };
    }
  }
}

interface Description {
  readonly name: string;
  readonly memoryBytes: number | null;
  readonly problem: string | null;
  readonly isSlow: boolean;
}

async function describe(device: Device): Promise<Description> {
  const processor = `${os.cpus()[0]?.model.trim() || Deno.build.arch}, ${navigator.hardwareConcurrency} threads`;
  const host = { name: processor, memoryBytes: Deno.systemMemoryInfo().total, problem: null, isSlow: false };
  if (device === "cuda") {
    const { devices, problem } = await findCuda();
    const [first] = devices;
    const name = first ? `${first.name}, compute capability ${first.computeCapability}` : "–";
    return { name, memoryBytes: first?.memoryBytes ?? null, problem, isSlow: false };
  }
  if (device === "webgpu" || device === "tfjs:webgpu") {
    const { adapters, problem } = await findAdapters();
    const best = adapters.find(({ isSoftware }) => !isSoftware) ?? adapters[0];
    const name = best ? best.name + (best.isSoftware ? " (software: auto never takes it)" : "") : "–";
    return { name, memoryBytes: best?.memoryBytes ?? null, problem, isSlow: best?.isSoftware ?? false };
  }
  return { ...host, isSlow: device === "tfjs:cpu" || device === "tfjs:wasm" };
}
