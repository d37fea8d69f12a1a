import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs-core";
import { permittedTest } from "../../_testing.ts";
import { InputError } from "../../errors.ts";
import { loadNative, openBackend, TFJS_BACKENDS, withBackend } from "./backend.ts";

Deno.test("openBackend() finds the best backend that loads, and it computes", async () => {
  const backend = await openBackend("best");
  assert(TFJS_BACKENDS.includes(backend));
  const sum = withBackend(backend, () => tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1)));
  assertEquals([...await sum.data()], [2, 3]);
  sum.dispose();
});

permittedTest("openBackend() does not make the backend it loads the active one", async () => {
  assertEquals(await openBackend("cpu"), "cpu");
  await tf.setBackend("cpu");
  await openBackend("wasm");
  assertEquals(tf.getBackend(), "cpu");
});

permittedTest("withBackend() switches back after an error", async () => {
  await openBackend("wasm");
  await tf.setBackend("cpu");
  const work = () => {
    assertEquals(tf.getBackend(), "wasm");
    throw new RangeError("stop");
  };
  assertThrows(() => withBackend("wasm", work), RangeError, "stop");
  assertEquals(tf.getBackend(), "cpu");
});

const GPU = "@tensorflow/tfjs-node-gpu", CPU = "@tensorflow/tfjs-node";

function added(...names: string[]) {
  return (name: string) => {
    if (!names.includes(name)) throw new TypeError(`Import "${name}" not a dependency`);
  };
}

Deno.test("loadNative() says which two lines add a native package where there is none", async () => {
  const error = await assertRejects(() => loadNative(added()), InputError);
  assertEquals(
    error.message,
    'tfjs:tensorflow needs a native package: run "deno add npm:@tensorflow/tfjs-node-gpu@4.22.0" and then ' +
      '"deno install --allow-scripts=npm:@tensorflow/tfjs-node-gpu"',
  );
});

Deno.test("loadNative() prefers the package with CUDA and imports nothing else", async () => {
  for (const [names, expected] of [[[GPU, CPU], [GPU]], [[CPU], [CPU]]] as [string[], string[]][]) {
    const loaded: string[] = [];
    await loadNative(added(...names), (name) => Promise.resolve(loaded.push(name)));
    assertEquals(loaded, expected);
  }
});

Deno.test("loadNative() takes the package without CUDA where the other's library does not load", async () => {
  const loaded: string[] = [];
  await loadNative(added(GPU, CPU), (name) => {
    loaded.push(name);
    return name === GPU ? Promise.reject(new Error("libcudart.so.11.0: cannot open")) : Promise.resolve();
  });
  assertEquals(loaded, [GPU, CPU]);
});

Deno.test("loadNative() says in one line how to fetch a library that is missing", async () => {
  // The first line is what version 4.22.0 throws without its library; it goes on for three more.
  const missing = new Error(
    "The Node.js native addon module (tfjs_binding.node) can not be found at path: x. \nPlease …",
  );
  const error = await assertRejects(() => loadNative(added(CPU), () => Promise.reject(missing)), InputError);
  assertEquals(
    error.message,
    "tfjs:tensorflow: @tensorflow/tfjs-node does not load (The Node.js native addon module (tfjs_binding.node) can not " +
      'be found at path: x.); run "deno install --allow-scripts=npm:@tensorflow/tfjs-node" to fetch its library',
  );
});
