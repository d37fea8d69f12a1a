/** `deno task verify-device` */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { type Check, DEVICES, passes } from "../graph/mod.ts";
import { right, tableText } from "../report/mod.ts";
import { VERIFIED_MODELS, verifyDevice } from "../train/mod.ts";
import { option, text, verb } from "./command.ts";

const VERIFY_OPTIONS = z.object({
  device: option(text, "-d, --device <device>", "for example webgpu, cuda, tfjs or tfjs:wasm"),
  precision: option(z.string().default("fp32"), "--precision <precision>", "fp32 or fp16"),
  models: option(
    z.string().default("tiny,minilm"),
    "--models <names>",
    "which models to train there; tiny alone takes seconds on any device",
  ),
});

/** Its options as they are typed. */
export type VerifyFlags = z.output<typeof VERIFY_OPTIONS>;

export const verifyDeviceVerb = verb(
  [
    "verify-device",
    "Compare what a device computes with the CPU: operations, gradients, and training",
    "deno task verify-device --device webgpu",
  ],
  VERIFY_OPTIONS,
  async (options) => {
    if (!await verifyCommand(options)) Deno.exit(1);
  },
);

/**
 * Verifies a device and prints two tables, one of operations and one of models. `verify`: What compares; replaced in
 * tests. Returns whether everything passed. Throws an InputError when an option has no such value, or the device is not
 * there.
 */
export async function verifyCommand(flags: VerifyFlags, verify: typeof verifyDevice = verifyDevice): Promise<boolean> {
  const options: Parameters<typeof verifyDevice>[0] = {
    device: oneOf("--device", flags.device, DEVICES),
    half: oneOf("--precision", flags.precision, ["fp32", "fp16"]) === "fp16",
    models: flags.models.split(",").filter(Boolean).map((name) => oneOf("--models", name, VERIFIED_MODELS)),
  };
  const checks = await Array.fromAsync(verify(options));
  for (const kind of ["operation", "model"]) {
    const rows = checks.filter((check) => check.kind === kind);
    if (rows.length > 0) console.log(verifyText(kind, rows));
  }
  const failed = checks.filter((check) => !passes(check)).length;
  const largest = Math.max(...checks.flatMap(({ errors }) => Object.values(errors)));
  console.log(
    failed === 0
      ? `${options.device}: all ${checks.length} checks passed, the largest relative error is ${
        largest.toExponential(1)
      }`
      : `${options.device}: ${failed} of ${checks.length} checks failed: do not train on it`,
  );
  return failed === 0;
}

function oneOf<T extends string>(option: string, value: string, values: readonly T[]): T {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new InputError(`${option}: expected one of ${values.join(", ")}, found "${value}"`);
  return found;
}

/** Checks of one kind as a table: the largest relative error of every kind of number, – for none, and the verdict. */
function verifyText(title: string, checks: readonly Check[]): string {
  const kinds = [...new Set(checks.flatMap(({ errors }) => Object.keys(errors)))];
  const columns = [{ title }, ...kinds.map((kind) => right(kind)), right("at most"), "verdict"];
  const rows = checks.map((check) => [
    check.name,
    ...kinds.map((kind) => check.errors[kind]?.toExponential(1) ?? "–"),
    check.tolerance.toExponential(0),
    passes(check)
      ? { value: "ok", tone: "good" as const }
      : { value: check.failure ?? "too far off", tone: "bad" as const },
  ]);
  return tableText({ columns, rows });
}
