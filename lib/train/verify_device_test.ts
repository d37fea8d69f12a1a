import { assert, assertEquals, assertRejects } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { passes } from "../graph/mod.ts";
import { verifyDevice } from "./verify_device.ts";

// The operations of these devices are held against the reference in lib/graph/ops_test.ts, one test each.
for (const [device, models] of [["tfjs:wasm", ["tiny", "minilm"]], ["tfjs:cpu", ["tiny"]]] as const) {
  permittedTest(`${device} embeds, differentiates and trains like the CPU`, async () => {
    const checks = await Array.fromAsync(verifyDevice({ device, models }));
    const onModels = checks.filter((check) => check.kind === "model");
    assertEquals(onModels.length, 3 * models.length);
    assertEquals(checks.filter((check) => !passes(check)), []);
    const errors = onModels.flatMap((check) => Object.values(check.errors));
    assert(errors.every((error) => error > 0), "a device that is not the CPU rounds differently somewhere");
  });
}

permittedTest("every operation of ONNX Runtime on the CPU agrees with the reference", async () => {
  for (const half of [false, true]) {
    const checks = await Array.fromAsync(verifyDevice({ device: "cpu", half, models: [] }));
    assert(checks.length > 40);
    assertEquals(checks.filter((check) => !passes(check)), []);
  }
});

Deno.test("verifyDevice() refuses float16 where there is none, instead of passing float32 for it", async () => {
  const first = () => verifyDevice({ device: "tfjs:wasm", half: true }).next();
  await assertRejects(first, InputError, "device tfjs:wasm has no float16");
});

Deno.test("verifyDevice() does not take a device that is not there for one that fails", async () => {
  // Without a native package, as in this repository; with one it would pass.
  const installed = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"].some((name) => {
    try {
      return import.meta.resolve(name) !== "";
    } catch {
      return false;
    }
  });
  if (installed) return;
  const first = () => verifyDevice({ device: "tfjs:tensorflow" }).next();
  await assertRejects(first, InputError, "deno add npm:@tensorflow/tfjs-node-gpu");
});
