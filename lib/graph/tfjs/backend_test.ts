import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs-core";
import { openBackend, TFJS_BACKENDS, withBackend } from "./backend.ts";

Deno.test("openBackend() finds the best backend that loads, and it computes", async () => {
  const backend = await openBackend("best");
  assert(TFJS_BACKENDS.includes(backend));
  const sum = withBackend(backend, () => tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1)));
  assertEquals([...await sum.data()], [2, 3]);
  sum.dispose();
});

Deno.test("openBackend() does not make the backend it loads the active one", async () => {
  await openBackend("cpu");
  await tf.setBackend("cpu");
  await openBackend("wasm");
  assertEquals(tf.getBackend(), "cpu");
});

Deno.test("withBackend() switches back after an error", async () => {
  await openBackend("wasm");
  await tf.setBackend("cpu");
  const work = () => {
    assertEquals(tf.getBackend(), "wasm");
    throw new RangeError("stop");
  };
  assertThrows(() => withBackend("wasm", work), RangeError, "stop");
  assertEquals(tf.getBackend(), "cpu");
});
