/** `deno task verify-device` */
import { InputError } from "../errors.ts";
import { type Check, DEVICES, passes } from "../graph/mod.ts";
import { tableText } from "../report/mod.ts";
import { VERIFIED_MODELS, verifyDevice, type VerifyOptions } from "../train/mod.ts";

/** Its options as they are typed. */
export interface VerifyFlags {
  readonly device: string;
  readonly precision: string;
  readonly models: string;
}

/**
 * Verifies a device and prints two tables, one of operations and one of models.
 *
 * @param verify What compares; replaced in tests.
 * @returns Whether everything passed.
 * @throws {InputError} When an option has no such value, or the device is not there.
 */
export async function verifyCommand(flags: VerifyFlags, verify: typeof verifyDevice = verifyDevice): Promise<boolean> {
  const options: VerifyOptions = {
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

/** Checks of one kind as a table: the largest relative error of every kind of number (– where there is none), the verdict. */
export function verifyText(title: string, checks: readonly Check[]): string {
  const kinds = [...new Set(checks.flatMap(({ errors }) => Object.keys(errors)))];
  const columns = [
    { title },
    ...kinds.map((kind) => ({ title: kind, align: "right" as const })),
    { title: "at most", align: "right" as const },
    { title: "verdict" },
  ];
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
