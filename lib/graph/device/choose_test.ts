import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { InputError } from "../../errors.ts";
import { type ChoiceOptions, chooseDevice, matMulRate, reportDevices } from "./choose.ts";
import type { Device } from "./compile.ts";

/** Devices with made-up rates and errors. */
function pretend(devices: Partial<Record<Device, { rate: number; error?: number; throws?: string }>>): ChoiceOptions {
  return {
    candidates: () =>
      Promise.resolve({
        devices: (Object.keys(devices) as Device[]).filter((device) => device !== "cpu"),
        absent: "nothing was found",
      }),
    check: (device) => {
      const { error = 1e-6, throws } = devices[device]!;
      if (throws) return Promise.reject(new InputError(throws));
      return Promise.resolve({ error, at: "loss", fallbacks: [] });
    },
    rate: (device) => Promise.resolve(devices[device]!.rate),
  };
}

Deno.test("auto takes the fastest device that passes its check", async () => {
  const choosing = pretend({ cpu: { rate: 100 }, webgpu: { rate: 2000 }, cuda: { rate: 9000 } });
  const { device, reason } = await chooseDevice("auto", choosing);
  assertEquals(device, "cuda");
  assertStringIncludes(reason, "9000 GFLOP/s in matrix products, the CPU 100");
});

Deno.test("auto never takes a device that computes wrong numbers, or none", async () => {
  for (const error of [0.01, NaN, Infinity]) {
    const choosing = pretend({ cpu: { rate: 100 }, webgpu: { rate: 2000 }, cuda: { rate: 9000, error } });
    assertEquals((await chooseDevice("auto", choosing)).device, "webgpu");
  }
});

Deno.test("auto stays on the CPU where nothing else works or is much faster, and says why", async () => {
  const failing = pretend({ cpu: { rate: 100 }, cuda: { rate: 9000, throws: "device cuda: no driver" } });
  assertEquals(await chooseDevice("auto", failing), { device: "cpu", reason: "device cuda: no driver" });
  const slow = await chooseDevice("auto", pretend({ cpu: { rate: 100 }, webgpu: { rate: 120 } }));
  assertEquals(slow.device, "cpu");
  assertStringIncludes(slow.reason, "webgpu: 120 GFLOP/s");
  const none = await chooseDevice("auto", pretend({ cpu: { rate: 100 } }));
  assertEquals(none, { device: "cpu", reason: "nothing was found" });
});

Deno.test("a device that was asked for by name is refused when its numbers are wrong", async () => {
  const choosing = pretend({ webgpu: { rate: 2000, error: 0.3 } });
  const message = "device webgpu computes wrong numbers (relative error 0.30 in loss): update its driver";
  await assertRejects(() => chooseDevice("webgpu", choosing), InputError, message);
});

Deno.test("half precision is refused where nothing computes in it, else allowed a larger error", async () => {
  const message = 'training.precision "fp16": device cpu computes in float32';
  await assertRejects(() => chooseDevice("cpu", { ...pretend({}), precision: "fp16" }), InputError, message);
  await assertRejects(
    () => chooseDevice("auto", { ...pretend({ cpu: { rate: 1 } }), precision: "fp16" }),
    InputError,
    message,
  );
  await assertRejects(
    () => chooseDevice("webgpu", { ...pretend({}), precision: "int8" }),
    InputError,
    '"int8" (training.precision, --precision): expected device cpu, found webgpu',
  );
  const choosing = pretend({ cpu: { rate: 100 }, webgpu: { rate: 2000, error: 0.01 } });
  const chosen = await chooseDevice("auto", { ...choosing, precision: "int8" });
  assertEquals(chosen.device, "cpu");
  assertStringIncludes(chosen.reason, "found webgpu, which has no products in 8 bits");
  assertEquals((await chooseDevice("auto", { ...choosing, precision: "fp16" })).device, "webgpu");
});

Deno.test("on a machine without a graphics card auto does not look for long", async () => {
  const began = performance.now();
  const { check } = pretend({ cuda: { rate: 0 }, webgpu: { rate: 0 }, "tfjs:tensorflow": { rate: 0 } });
  const { device } = await chooseDevice("auto", { check });
  // With one, its check may compile for longer.
  if (device === "cpu") assertEquals(performance.now() - began < 10_000, true);
});

Deno.test("chooseDevice() takes the CPU without a check when it is named", async () => {
  assertEquals(await chooseDevice("cpu", pretend({})), { device: "cpu", reason: "as configured" });
});

permittedTest("reportDevices() measures what passes its check, and says what is wrong with the rest", async () => {
  const { check } = pretend({ cpu: { rate: 0, error: 0 }, "tfjs:cpu": { rate: 0, throws: "no luck\nat all" } });
  const [cpu, tfjs] = await Array.fromAsync(reportDevices(check, ["cpu", "tfjs:cpu"]));
  assertEquals([cpu!.check!.error, cpu!.problem, cpu!.check!.gigaflops > 0], [0, null, true]);
  assertEquals([tfjs!.check, tfjs!.problem], [null, "no luck at all"]);
});

permittedTest("matMulRate() is a rate", async () => {
  const rate = await matMulRate("cpu", 128);
  assert(rate > 0.01 && rate < 1e6, `${rate}`);
});
