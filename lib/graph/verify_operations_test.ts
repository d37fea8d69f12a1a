import { assertEquals, assertGreater, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs-core";
import { permittedTest } from "../_testing.ts";
import { OP_CASES } from "./op_cases.ts";
import { compileTfjs } from "./tfjs/compile.ts";
import { type Kernel, TFJS_KERNELS } from "./tfjs/kernels.ts";
import { type Compile, passes, relativeError, verifyOperations } from "./verify_operations.ts";

/** A device on which one operation is replaced. */
function deviceWith(kernels: Record<string, Kernel>): Compile {
  return (outputs) => compileTfjs(outputs, "cpu", { ...TFJS_KERNELS, ...kernels });
}

permittedTest("verifyOperations() passes every operation of a device that works", async () => {
  const checks = await Array.fromAsync(verifyOperations(deviceWith({}), 1e-4));
  assertEquals(checks.map((check) => check.name), Object.keys(OP_CASES));
  assertEquals(checks.filter((check) => !passes(check)), []);
});

permittedTest("verifyOperations() catches an approximation that is off in the fourth digit, and it alone", async () => {
  // The tanh form of Gelu, which many runtimes take for the exact one.
  const Gelu: Kernel = ([x]) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x!, tf.mul(0.044715, tf.mul(x!, tf.square(x!)))));
    return tf.mul(tf.mul(x!, 0.5), tf.add(tf.tanh(inner), 1));
  };
  const checks = await Array.fromAsync(
    verifyOperations(deviceWith({ Gelu }), 1e-4, { names: ["tanh", "gelu", "softmax"] }),
  );
  assertEquals(checks.map(passes), [true, false, true]);
  assertGreater(checks[1]!.errors.value!, 1e-4);
  assertLess(checks[1]!.errors.value!, 1e-3);
});

permittedTest("verifyOperations() catches an operation that is wrong in the backward pass only", async () => {
  const Sign: Kernel = ([x]) => tf.neg(tf.sign(x!));
  const [check] = await Array.fromAsync(verifyOperations(deviceWith({ Sign }), 1e-4, { names: ["abs"] }));
  assertEquals([check!.errors.value, passes(check!)], [0, false]);
});

permittedTest("verifyOperations() catches NaN, a missing value and a wrong shape", async () => {
  const Neg: Kernel = ([x]) => tf.mul(x!, NaN);
  const Not: Kernel = ([x]) => tf.slice(tf.logicalNot(x!), [0, 0], [3, 3]);
  const OneHot: Kernel = ([indices, x]) => tf.reshape(tf.cast(tf.oneHot(indices!, x!.shape[0]!), "float32"), [-1]);
  const checks = await Array.fromAsync(
    verifyOperations(deviceWith({ Neg, Not, OneHot }), 1e-4, { names: ["neg", "not", "oneHotRows"] }),
  );
  assertEquals(checks.map((check) => check.errors.value), [Infinity, Infinity, Infinity]);
  assertEquals(checks.map(passes), [false, false, false]);
});

permittedTest("verifyOperations() reports what a device throws and goes on", async () => {
  const Erf: Kernel = () => {
    throw new Error("no such instruction\nin this shader");
  };
  const checks = await Array.fromAsync(verifyOperations(deviceWith({ Erf }), 1e-4, { names: ["erf", "tanh"] }));
  assertEquals(checks.map((check) => check.failure), ["no such instruction", undefined]);
  assertEquals(checks.map(passes), [false, true]);
});

Deno.test("relativeError() is 0 for equal lists, empty ones and equal infinities included", () => {
  assertEquals([relativeError([], []), relativeError([0, -2], [0, -2])], [0, 0]);
  assertEquals(relativeError([Infinity, NaN], [Infinity, NaN]), 0);
});

Deno.test("relativeError() divides by the largest expected number, or by the floor if that is larger", () => {
  assertEquals(relativeError([1, 100], [2, 100]), 0.01);
  assertEquals(relativeError([0.5], [0.25], 1), 0.25);
  assertEquals(relativeError([3n], [4n]), 0.25);
});

Deno.test("relativeError() is infinite where a number is missing, NaN, infinite, or expected to be zero", () => {
  assertEquals(relativeError([1], [1, 2]), Infinity);
  assertEquals(relativeError([NaN], [1]), Infinity);
  assertEquals(relativeError([1], [-Infinity]), Infinity);
  assertEquals(relativeError([1e-9], [0]), Infinity);
});
