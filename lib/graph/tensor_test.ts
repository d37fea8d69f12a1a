import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { slopesOf, valuesOf, vector } from "./_testing.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import { add, matMul, mul, reduceSum, tanh } from "./operations.ts";
import {
  broadcastShapes,
  constant,
  customVjp,
  formatShape,
  input,
  resolveAxis,
  sameShape,
  scalar,
  ShapeError,
} from "./tensor.ts";

Deno.test("constant() refuses a wrong number of values", () => {
  assertThrows(
    () => constant({ dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3) }),
    RangeError,
    "Constant of shape [2, 2]: expected 4 values, was given 3",
  );
});

Deno.test("scalar() keeps the number in float64 for the reference", () => {
  assertEquals(valuesOf(scalar(0.1)), [0.1]);
});

Deno.test("customVjp() replaces the derivative and leaves the values", () => {
  const tripled = (dy: Parameters<typeof mul>[0]) => [mul(dy, 3)];
  assertEquals(slopesOf((x) => customVjp(tanh(x), [x], tripled), 0.5, 2), [3, 3]);
  const x = input("x", ["n"]);
  assertEquals(valuesOf(customVjp(tanh(x), [x], tripled), { x: vector(0.5) }), [Math.tanh(0.5)]);
});

Deno.test("customVjp() gives an input itself a derivative of its own", () => {
  assertEquals(slopesOf((x) => customVjp(x, [x], (dy) => [mul(dy, -1)]), 7), [-1]);
});

Deno.test("customVjp() leaves the composite itself as it was", () => {
  assertEquals(
    slopesOf((x) => {
      const y = mul(x, x);
      return add(customVjp(y, [x], (dy) => [dy]), y);
    }, 5),
    [1 + 10],
  );
});

Deno.test("customVjp() computes the composite once even if its rule uses the result", () => {
  const x = input("x", ["n"]);
  const y = tanh(x);
  const wrapped = customVjp(y, [x], (dy) => [mul(dy, y)]);
  const order = topologicalOrder([wrapped, ...gradients(reduceSum(wrapped), [x])]);
  assertStrictEquals(order.filter((node) => node.op === "Tanh").length, 1);
});

Deno.test("customVjp() with null passes nothing on", () => {
  const x = input("x", ["n"]), y = input("y", ["n"]);
  const product = customVjp(mul(x, y), [x, y], (dy) => [mul(dy, y), null]);
  const feeds = { x: vector(2), y: vector(5) };
  assertEquals(valuesOf(gradients(reduceSum(product), [x])[0]!, feeds), [5]);
  assertThrows(() => gradients(reduceSum(product), [y]), RangeError, 'input "y"');
});

Deno.test("input() as a reader would call it", () => {
  const y = matMul(input("x", ["texts", 384]), input("w", [384, 2]));
  assertEquals(y.shape, ["texts", 2]);
});

const x = input("x", ["batch", "tokens", 384]);

Deno.test("formatShape() shows names and sizes", () => {
  assertEquals(formatShape(["batch", 2]), "[batch, 2]");
  assertEquals(formatShape([]), "[]");
});

Deno.test("broadcastShapes() aligns from the right and stretches 1", () => {
  assertEquals(broadcastShapes("Add", [x, input("y", [384])]), ["batch", "tokens", 384]);
  assertEquals(broadcastShapes("Add", [input("y", ["n", 1]), input("z", ["m"])]), ["n", "m"]);
  assertEquals(broadcastShapes("Add", [input("y", [1, 1]), input("z", [])]), [1, 1]);
});

Deno.test("broadcastShapes() does not take two names for the same size", () => {
  const error = assertThrows(() => broadcastShapes("Add", [x, input("y", ["length", 384])]), ShapeError);
  assertEquals(
    error.message,
    "Add of [batch, tokens, 384] and [length, 384]: expected dimensions that are equal or 1, aligned from the right",
  );
});

Deno.test("sameShape() compares rank, sizes and names", () => {
  assertEquals(sameShape(["n", 2], ["n", 2]), true);
  assertEquals(sameShape(["n", 2], ["m", 2]), false);
  assertEquals(sameShape(["n"], ["n", 1]), false);
});

Deno.test("resolveAxis() counts negative axes from the right and refuses others", () => {
  assertEquals([resolveAxis("Softmax", x, 0), resolveAxis("Softmax", x, -1)], [0, 2]);
  assertThrows(() => resolveAxis("Softmax", x, 3), ShapeError, "Softmax of [batch, tokens, 384]: expected an axis");
  assertThrows(() => resolveAxis("Softmax", x, -4), ShapeError, "was given -4");
});
