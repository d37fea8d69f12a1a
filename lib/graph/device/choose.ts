/** From the device of a configuration to one that has shown that it works. */
import { InputError } from "../../errors.ts";
import { findAdapters } from "./adapter.ts";
import { findCuda } from "./cuda.ts";
import { matMulRate } from "./matmul_rate.ts";
import type { Device } from "./names.ts";
import { type CheckedSettings, selfCheck, TOLERANCE } from "./self_check.ts";

/** A device, and one line that says why it was chosen. */
export interface ChosenDevice {
  readonly device: Device;
  readonly reason: string;
}

/** A choice as a line for people. */
export function deviceLine({ device, reason }: ChosenDevice): string {
  return `device: ${device} (${reason})`;
}

/** How a choice is made; replaced in tests. */
export interface Choosing {
  /** The devices worth trying, and why the others are not. */
  readonly candidates: () => Promise<{ devices: readonly Device[]; absent: string }>;
  /** @see {@linkcode selfCheck} */
  readonly check: typeof selfCheck;
  /** @see {@linkcode matMulRate} */
  readonly rate: (device: Device) => Promise<number>;
}

/** What `auto` leaves the CPU for: a device that is hardly faster is not worth numbers that differ in the last digit. */
const WORTHWHILE = 1.5;

/**
 * Checks a device before it is used, by a training step of a tiny encoder compared with the same step on the CPU.
 * `"auto"` is the fastest of those that pass, by the rate of their matrix products; a graphics adapter that is software
 * is never considered. The CPU itself is not checked, so that choosing it costs nothing.
 *
 * @param wanted A device, or `"auto"`.
 * @param settings Those of the training that is to run there.
 * @throws {InputError} When the device that was asked for by name is not there, fails, or computes wrong numbers, and
 *   when it cannot do what the settings ask for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { chooseDevice } from "./choose.ts";
 *
 * assertEquals((await chooseDevice("cpu")).device, "cpu");
 * ```
 */
export async function chooseDevice(
  wanted: Device | "auto",
  settings: CheckedSettings = {},
  choosing: Choosing = CHOOSING,
): Promise<ChosenDevice> {
  if (wanted !== "auto") {
    requireHalf(wanted, settings);
    if (wanted === "cpu") return { device: "cpu", reason: "as configured" };
    return { device: wanted, reason: await checked(wanted, settings, choosing) };
  }
  const { devices, absent } = await choosing.candidates();
  const passed: { device: Device; rate: number; reason: string }[] = [], failed: string[] = [];
  for (const device of devices) {
    try {
      requireHalf(device, settings);
      const reason = await checked(device, settings, choosing);
      passed.push({ device, rate: await choosing.rate(device), reason });
    } catch (error) {
      failed.push((error as Error).message.split("\n")[0]!);
    }
  }
  if (passed.length > 0) {
    const best = passed.reduce((a, b) => b.rate > a.rate ? b : a);
    const cpu = await choosing.rate("cpu");
    const rates = `${best.rate.toFixed(0)} GFLOP/s in matrix products, the CPU ${cpu.toFixed(0)}`;
    if (best.rate >= WORTHWHILE * cpu) return { device: best.device, reason: `${rates}; ${best.reason}` };
    failed.push(`${best.device}: ${rates}`);
  }
  requireHalf("cpu", settings);
  return { device: "cpu", reason: failed.length > 0 ? failed.join("; ") : absent };
}

/** The reason to trust a device, or an error. */
async function checked(device: Device, settings: CheckedSettings, { check }: Choosing): Promise<string> {
  const { error, at, fallbacks } = await check(device, settings);
  if (!(error <= TOLERANCE[settings.half ? "half" : "full"])) {
    throw new InputError(
      `device ${device} computes wrong numbers (relative error ${error.toPrecision(2)} in ${at}): update its driver, ` +
        "or use --device cpu",
    );
  }
  const onCpu = fallbacks.length > 0 ? `; on the CPU: ${fallbacks.join(", ")}` : "";
  return `a tiny training step agrees with the CPU's to ${error.toExponential(0)}${onCpu}`;
}

function requireHalf(device: Device, { half }: CheckedSettings): void {
  if (!half || device === "webgpu" || device === "cuda") return;
  throw new InputError(
    `training.precision "fp16": device ${device} computes in float32; use "fp32", or --device webgpu or cuda`,
  );
}

const CHOOSING: Choosing = { candidates: findCandidates, check: selfCheck, rate: (device) => matMulRate(device) };

async function findCandidates(): Promise<{ devices: readonly Device[]; absent: string }> {
  const devices: Device[] = [];
  const cuda = await findCuda();
  if (!cuda.problem) devices.push("cuda");
  const { adapters, problem } = await findAdapters();
  if (adapters.some(({ isSoftware }) => !isSoftware)) devices.push("webgpu");
  if (cuda.devices.length > 0 && hasNativeTfjs()) devices.push("tfjs:tensorflow");
  const software = adapters.length > 0 ? `the only graphics adapter is software (${adapters[0]!.name})` : "";
  return { devices, absent: cuda.devices.length > 0 ? cuda.problem ?? "" : problem ?? software };
}

function hasNativeTfjs(): boolean {
  try {
    import.meta.resolve("@tensorflow/tfjs-node-gpu");
    return true;
  } catch {
    return false;
  }
}
