import { assert, assertEquals, assertLess } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { findAdapters } from "../graph/device/probes.ts";
import { TOLERANCE } from "../graph/mod.ts";
import { selfCheck } from "./self_check.ts";

permittedTest("the CPU agrees with itself, computing activations again or not", async () => {
  assertEquals((await selfCheck("cpu")).error, 0);
  assertLess((await selfCheck("cpu", { checkpointing: true, dropout: 0.1, dora: true })).error, 1e-6);
});

permittedTest("selfCheck() in half precision is off by what float16 rounds, with every objective", async () => {
  for (const objective of ["pair", "contrastive", "cosent", "triplet"] as const) {
    const { error, at } = await selfCheck("cpu", { half: true, dropout: 0.1, objective });
    assert(error > 1e-5 && error < TOLERANCE.half, `${objective}: ${error} at ${at}`);
  }
});

const { adapters } = await findAdapters();
Deno.test({
  name: "WebGPU agrees with the CPU over a training step, and leaves it nothing to compute",
  // Debian's chromium carries SwiftShader, which needs no graphics card; see lib/graph/README.md.
  ignore: adapters.length === 0,
  async fn() {
    const settings = { checkpointing: true, dropout: 0.1, dora: true };
    const { error, at, fallbacks } = await selfCheck("webgpu", settings);
    assertLess(error, TOLERANCE.full, at);
    assertEquals(fallbacks, []);
  },
});

permittedTest(
  "TensorFlow.js agrees with the CPU over a training step, and has no profile of what fell back",
  async () => {
    const { error, fallbacks } = await selfCheck("tfjs:wasm");
    assert(error > 0 && error < TOLERANCE.full, `${error}`);
    assertEquals(fallbacks, []);
  },
);
