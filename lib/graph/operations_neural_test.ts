import { assertEquals, assertThrows } from "@std/assert";
import { assertClose, valuesOf, vector } from "./_testing.ts";
import { exp, gelu, layerNorm, layerNormStatistics, logSoftmax, reduceSum, softmax } from "./operations.ts";
import { gradients } from "./gradients.ts";
import { input, ShapeError } from "./tensor.ts";

const x = input("x", ["n"]);

Deno.test("softmax() and logSoftmax() are shares and their logarithms", () => {
  const feeds = { x: vector(0, Math.log(3)) };
  assertClose(valuesOf(softmax(x, 0), feeds), [0.25, 0.75], 1e-15, "softmax");
  assertClose(valuesOf(logSoftmax(x, -1), feeds), [Math.log(0.25), Math.log(0.75)], 1e-15, "logSoftmax");
});

Deno.test("logSoftmax() does not underflow", () => {
  assertEquals(valuesOf(logSoftmax(x, 0), { x: vector(0, 1e4) }), [-1e4, 0]);
});

Deno.test("gelu() is the exact form, not the tanh approximation", () => {
  // x·Φ(x) with Φ(1) = 0.841344746068542949 and Φ(−3) = 0.00134989803163009453 (NIST DLMF 7.18, tables of Φ).
  const values = valuesOf(gelu(x), { x: vector(1, -3) });
  assertClose(values, [0.841344746068543, -3 * 0.0013498980316300945], 1e-15, "gelu");
});

Deno.test("layerNorm() gives mean 0 and variance 1 before scale and shift", () => {
  const h = input("h", ["n", 2]), scale = input("scale", [2]), shift = input("shift", [2]);
  const y = layerNorm(h, { scale, shift, epsilon: 0 });
  const feeds = { h: { shape: [2, 2], data: [1, 3, 10, 10.5] }, scale: vector(2, 3), shift: vector(10, 20) };
  assertClose(valuesOf(y, feeds), [8, 23, 8, 23], 1e-13, "layerNorm");
  const { mean, inverseDeviation } = layerNormStatistics(y);
  assertEquals(valuesOf(mean, feeds), [2, 10.25]);
  assertEquals(valuesOf(inverseDeviation, feeds), [1, 4]);
});

Deno.test("no gradient is taken through the statistics of layerNorm()", () => {
  const h = input("h", ["n", 2]), scale = input("scale", [2]), shift = input("shift", [2]);
  const { mean } = layerNormStatistics(layerNorm(h, { scale, shift, epsilon: 0 }));
  const message = "of LayerNormalization has no derivative rule";
  assertThrows(() => gradients(reduceSum(mean), [h]), RangeError, `Output 1 ${message}`);
  const [dh] = gradients(reduceSum(exp(layerNorm(h, { scale, shift, epsilon: 0 }))), [h]);
  assertThrows(() => gradients(reduceSum(dh!), [h]), RangeError, message);
});

Deno.test("a ShapeError of the fused operations names their shapes", () => {
  assertThrows(() => softmax(x, 1), ShapeError, "Softmax of [n]: expected an axis within the rank, was given 1");
  assertThrows(() => logSoftmax(x, -2), ShapeError, "LogSoftmax of [n]");
  const [h, w] = [input("h", ["n", 4]), input("w", [4])];
  const expected = "LayerNormalization of [n, 4] and [4] and [3]: expected […, h], [h] and [h]";
  assertThrows(() => layerNorm(h, { scale: w, shift: input("b", [3]), epsilon: 1e-12 }), ShapeError, expected);
  assertThrows(
    () => layerNorm(h, { scale: input("b", [1, 4]), shift: w, epsilon: 1e-12 }),
    ShapeError,
    "LayerNormalization of [n, 4] and [1, 4]",
  );
  assertThrows(() => layerNormStatistics(h), ShapeError, "the result of layerNorm(), was given that of Leaf");
});
