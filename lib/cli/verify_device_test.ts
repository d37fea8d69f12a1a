import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../errors.ts";
import type { Check } from "../graph/mod.ts";
import { verifyCommand, type VerifyFlags } from "./verify_device.ts";

const FLAGS: VerifyFlags = { device: "tfjs:cpu", precision: "fp32", models: "tiny" };

/** Runs the command on given checks; what it prints and whether all passed. */
async function outcome(...checks: Check[]): Promise<{ passed: boolean; text: string }> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    const passed = await verifyCommand(FLAGS, async function* () {
      for (const check of checks) yield await Promise.resolve({ ...check, kind: "operation" as const });
    });
    return { passed, text: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

Deno.test("verifyCommand() passes when every check does, and says how far off the worst was", async () => {
  const { passed, text } = await outcome(
    { name: "add", tolerance: 1e-4, errors: { value: 1e-7, gradient: 2e-6 } },
    { name: "sign", tolerance: 1e-4, errors: { value: 0 } },
  );
  assertEquals(passed, true);
  assertStringIncludes(text, "tfjs:cpu: all 2 checks passed, the largest relative error is 2.0e-6");
});

Deno.test("verifyCommand() fails when one number is too far off or one check could not run", async () => {
  const { passed, text } = await outcome(
    { name: "add", tolerance: 1e-4, errors: { value: 1e-7 } },
    { name: "gelu", tolerance: 1e-4, errors: { value: 5e-4 } },
    { name: "erf", tolerance: 1e-4, errors: {}, failure: "no such instruction" },
  );
  assertEquals(passed, false);
  for (const part of ["too far off", "no such instruction", "2 of 3 checks failed"]) assertStringIncludes(text, part);
});

Deno.test("verifyCommand() refuses values that its options do not have", async () => {
  const refused = (flags: Partial<VerifyFlags>, message: string) =>
    assertRejects(() => verifyCommand({ ...FLAGS, ...flags }), InputError, message);
  await refused({ device: "gpu" }, "--device: expected one of cpu, webgpu, cuda, ");
  await refused({ precision: "int8" }, '--precision: expected one of fp32, fp16, found "int8"');
  await refused({ models: "tiny,bert" }, '--models: expected one of tiny, minilm, found "bert"');
});
