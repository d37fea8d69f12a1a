/** From the device that was asked for to one that has shown that it works, and the list of what there is. */
import os from "node:os";
import { InputError } from "../../errors.ts";
import { mul } from "../operations.ts";
import { matMul, reduceMean } from "../operations.ts";
import { input, type Tensor } from "../tensor.ts";
import { compile, type Device, DEVICES, requireInt8 } from "./compile.ts";
import { findAdapters, findCuda, isAdded } from "./probes.ts";

/** What came out when a device and the CPU computed the same. */
export interface SelfCheck {
  /** The largest difference to the CPU, relative to the largest number of what it was found in. */
  readonly error: number;
  /** Where it is: a gradient's name, or `loss`. */
  readonly at: string;
  /** What ran on the CPU although it was meant for the device; always empty for TensorFlow.js. */
  readonly fallbacks: readonly string[];
}

/** Computes on a device what it is to be used for, on a small scale, and compares with the CPU. */
export type DeviceCheck = (device: Device) => Promise<SelfCheck>;

/** How far a device may be off: float32 sums in another order; float16 has three digits. */
export const TOLERANCE = { full: 1e-4, half: 2e-2 } as const;

/** A device, and one line that says why it was chosen. */
export type ChosenDevice = { readonly device: Device; readonly reason: string };

/** A choice as a line for people. */
export function deviceLine({ device, reason }: ChosenDevice): string {
  return `device: ${device} (${reason})`;
}

/** What products are computed in: float32, float16, or 8 bits where one factor is a frozen weight. */
export type Precision = "fp32" | "fp16" | "int8";

/** How a choice is made. */
export interface ChoiceOptions {
  /** What a device must pass before it is used. */
  readonly check: DeviceCheck;
  /** What it is to compute in; default: float32. */
  readonly precision?: Precision;
  /** The devices worth trying, and why the others are not; replaced in tests. */
  readonly candidates?: () => Promise<{ devices: readonly Device[]; absent: string }>;
  /** 10⁹ floating point operations per second; replaced in tests. */
  readonly rate?: (device: Device) => Promise<number>;
}

/**
 * What `auto` leaves the CPU for: a device that is hardly faster is not worth numbers that differ in the last digit.
 */
const WORTHWHILE = 1.5;

/**
 * Checks a device before it is used. `"auto"` is the fastest of those that pass, by the rate of their matrix products;
 * a graphics adapter that is software is never considered. The CPU itself is not checked, so that choosing it costs
 * nothing.
 * @throws {InputError} When the device that was asked for by name is not there, fails, or computes wrong numbers, and
 * when it has not the precision.
 */
export async function chooseDevice(wanted: Device | "auto", options: ChoiceOptions): Promise<ChosenDevice> {
  const { precision = "fp32", candidates = findCandidates, rate = matMulRate } = options;
  if (wanted !== "auto") {
    requirePrecision(wanted, precision);
    if (wanted === "cpu") return { device: "cpu", reason: "as configured" };
    return { device: wanted, reason: await checked(wanted, options) };
  }
  const { devices, absent } = await candidates();
  const passed: { device: Device; rate: number; reason: string }[] = [], failed: string[] = [];
  for (const device of devices) {
    try {
      requirePrecision(device, precision);
      const reason = await checked(device, options);
      passed.push({ device, rate: await rate(device), reason });
    } catch (error) {
      failed.push((error as Error).message.split("\n")[0]!);
    }
  }
  if (passed.length > 0) {
    const best = passed.reduce((a, b) => b.rate > a.rate ? b : a);
    const cpu = await rate("cpu");
    const rates = `${best.rate.toFixed(0)} GFLOP/s in matrix products, the CPU ${cpu.toFixed(0)}`;
    if (best.rate >= WORTHWHILE * cpu) return { device: best.device, reason: `${rates}; ${best.reason}` };
    failed.push(`${best.device}: ${rates}`);
  }
  requirePrecision("cpu", precision);
  return { device: "cpu", reason: failed.length > 0 ? failed.join("; ") : absent };
}

/** The reason to trust a device, or an error. */
async function checked(device: Device, { check, precision }: ChoiceOptions): Promise<string> {
  const { error, at, fallbacks } = await check(device);
  if (!(error <= TOLERANCE[precision === "fp16" ? "half" : "full"])) {
    throw new InputError(
      `device ${device} computes wrong numbers (relative error ${error.toPrecision(2)} in ${at}): update its driver, ` +
        "or use --device cpu",
    );
  }
  const onCpu = fallbacks.length > 0 ? `; on the CPU: ${fallbacks.join(", ")}` : "";
  return `a tiny training step agrees with the CPU's to ${error.toExponential(0)}${onCpu}`;
}

function requirePrecision(device: Device, precision: Precision): void {
  if (precision === "int8") requireInt8(device);
  if (precision !== "fp16" || device === "webgpu" || device === "cuda") return;
  throw new InputError(
    `training.precision "fp16": device ${device} computes in float32; use "fp32", or --device webgpu or cuda`,
  );
}

async function findCandidates(): Promise<{ devices: readonly Device[]; absent: string }> {
  const devices: Device[] = [];
  const cuda = await findCuda();
  if (!cuda.problem) devices.push("cuda");
  const { adapters, problem } = await findAdapters();
  if (adapters.some(({ isSoftware }) => !isSoftware)) devices.push("webgpu");
  if (cuda.devices.length > 0 && isAdded("@tensorflow/tfjs-node-gpu")) devices.push("tfjs:tensorflow");
  const software = adapters.length > 0 ? `the only graphics adapter is software (${adapters[0]!.name})` : "";
  return { devices, absent: cuda.devices.length > 0 ? cuda.problem ?? "" : problem ?? software };
}

/** Products in a row: their operands stay on the device, so that transfers hardly count. */
const PRODUCTS = 8;

/** Rows and columns of the largest matrices; software adapters take minutes for large products. */
const LARGEST = 4096, LARGEST_ON_SOFTWARE = 256;

/**
 * How fast a device multiplies float32 matrices, in 10⁹ floating point operations per second: what most of a training
 * step consists of. Takes larger and larger matrices until one measurement lasts long enough.
 */
export async function matMulRate(device: Device, largest = LARGEST): Promise<number> {
  const x = input("x", ["n", "n"]);
  let y: Tensor = x;
  for (let i = 0; i < PRODUCTS; i++) y = matMul(y, x);
  const executable = await compile({ mean: reduceMean(mul(y, y)) }, { device });
  try {
    for (let n = Math.min(256, largest);; n *= 2) {
      const feeds = { x: { dtype: "float32", shape: [n, n], data: new Float32Array(n * n).fill(1 / n) } } as const;
      await executable.run(feeds);
      const began = performance.now();
      await executable.run(feeds);
      const milliseconds = performance.now() - began;
      if (milliseconds > 50 || 2 * n > largest) return PRODUCTS * 2 * n ** 3 / milliseconds / 1e6;
    }
  } finally {
    await executable.release();
  }
}

/** One device of this machine, whether it works here, and what would make it work. */
export interface DeviceReport {
  /** Its name in configurations. */
  readonly device: Device;
  /** The processor, the graphics adapter, or what runs on it. */
  readonly name: string;
  /** The memory that a training can use; null where the system does not say. */
  readonly memoryBytes: number | null;
  /** What the check showed; null where it could not run. */
  readonly check: { readonly error: number; readonly fallbacks: readonly string[]; readonly gigaflops: number } | null;
  /** Why it cannot be used and what to do about it; null where it can. */
  readonly problem: string | null;
}

/** Tries every device: looks for it, checks it, and measures its matrix products. */
export async function* reportDevices(
  check: DeviceCheck,
  devices: readonly Device[] = DEVICES.filter((device) => device !== "tfjs"),
): AsyncGenerator<DeviceReport> {
  for (const device of devices) {
    const { name, memoryBytes, problem, isSlow } = await describe(device);
    try {
      if (problem) throw new InputError(problem);
      const { error, fallbacks } = await check(device);
      const gigaflops = await matMulRate(device, isSlow ? LARGEST_ON_SOFTWARE : LARGEST);
      yield { device, name, memoryBytes, check: { error, fallbacks, gigaflops }, problem: null };
    } catch (error) {
      yield { device, name, memoryBytes, check: null, problem: (error as Error).message.split("\n")[0]! };
    }
  }
}

async function describe(device: Device): Promise<Omit<DeviceReport, "device" | "check"> & { isSlow: boolean }> {
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
  const name = `${os.cpus()[0]?.model.trim() || Deno.build.arch}, ${navigator.hardwareConcurrency} threads`;
  const isSlow = device === "tfjs:cpu" || device === "tfjs:wasm";
  return { name, memoryBytes: Deno.systemMemoryInfo().total, problem: null, isSlow };
}
