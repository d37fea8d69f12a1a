import { assertEquals, assertThrows } from "@std/assert";
import { assertClose, slopesOf, valuesOf, vector } from "./_testing.ts";
import { elementCount, logSumExp, mul, reduceMax, reduceMean, reduceSum, stopGradient } from "./operations.ts";
import { input, ShapeError } from "./tensor.ts";

const x = input("x", ["n", 3]);
const feeds = { x: { shape: [2, 3], data: [1, 2, 3, 4, 5, 9] } };

Deno.test("reductions drop their axes, or keep them as dimensions of size 1", () => {
  assertEquals(reduceSum(x, { axes: [-1] }).shape, ["n"]);
  assertEquals(reduceSum(x, { axes: [0], keepDims: true }).shape, [1, 3]);
  assertEquals(reduceSum(x).shape, []);
});

Deno.test("reductions compute sum, mean and maximum", () => {
  assertEquals(valuesOf(reduceSum(x, { axes: [0] }), feeds), [5, 7, 12]);
  assertEquals(valuesOf(reduceMean(x, { axes: [1] }), feeds), [2, 6]);
  assertEquals(valuesOf(reduceMax(x), feeds), [9]);
});

Deno.test("a reduction along no axes is the tensor itself", () => {
  assertEquals(reduceMax(x, { axes: [] }) === x, true);
});

Deno.test("reduceMax() shares the gradient equally among ties", () => {
  assertEquals(slopesOf((x) => reduceMax(x), 2, 5, 5, 1), [0, 0.5, 0.5, 0]);
});

Deno.test("elementCount() is a constant where the sizes are known", () => {
  assertEquals(elementCount(x, [-1]).node.leaf?.kind, "constant");
  assertEquals(valuesOf(elementCount(x, [0, 1]), feeds), [6]);
});

Deno.test("logSumExp() neither overflows nor underflows", () => {
  const y = input("y", ["n"]);
  assertClose(valuesOf(logSumExp(y, [0]), { y: vector(1e4, 1e4) }), [1e4 + Math.LN2], 1e-15, "large");
  assertClose(valuesOf(logSumExp(y, [0]), { y: vector(-1e4, -1e4) }), [-1e4 + Math.LN2], 1e-15, "small");
  assertEquals(slopesOf((x) => logSumExp(x, [0]), 1e4, 1e4), [0.5, 0.5]);
});

Deno.test("stopGradient() makes a factor of a product constant", () => {
  assertEquals(slopesOf((x) => mul(x, stopGradient(x)), 3), [3]);
});

for (const [op, build] of Object.entries({ ReduceSum: reduceSum, ReduceMean: reduceMean, ReduceMax: reduceMax })) {
  Deno.test(`a ShapeError of ${op} names its shape and the axis`, () => {
    assertThrows(() => build(x, { axes: [2] }), ShapeError, `${op} of [n, 3]: expected an axis within the rank`);
  });
}

Deno.test("elementCount() refuses an axis out of range", () => {
  assertThrows(() => elementCount(x, [-3]), ShapeError, "ElementCount of [n, 3]: expected an axis within the rank");
});
