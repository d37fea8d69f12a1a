import { assertEquals, assertThrows } from "@std/assert";
import { assertClose, slopesOf, valuesOf, vector } from "./_testing.ts";
import * as ops from "./operations.ts";
import { gradients } from "./gradients.ts";
import { reduceSum } from "./operations.ts";
import { input, ShapeError } from "./tensor.ts";

const x = input("x", ["n"]), y = input("y", ["n"]);
const feeds = { x: vector(1, 2, 3), y: vector(3, 2, 1) };

Deno.test("arithmetic takes tensors and numbers", () => {
  assertEquals(valuesOf(ops.add(x, y), feeds), [4, 4, 4]);
  assertEquals(valuesOf(ops.sub(x, y), feeds), [-2, 0, 2]);
  assertEquals(valuesOf(ops.mul(x, 0.1), feeds), [0.1, 0.2, 3 * 0.1]);
  assertEquals(valuesOf(ops.div(6, x), feeds), [6, 3, 2]);
});

Deno.test("comparisons give booleans", () => {
  assertEquals(ops.greater(x, y).dtype, "bool");
  assertEquals(valuesOf(ops.equal(x, y), feeds), [0, 1, 0]);
  assertEquals(valuesOf(ops.greater(x, y), feeds), [0, 0, 1]);
  assertEquals(valuesOf(ops.greaterOrEqual(x, y), feeds), [0, 1, 1]);
  assertEquals(valuesOf(ops.less(x, y), feeds), [1, 0, 0]);
  assertEquals(valuesOf(ops.not(ops.and(ops.less(x, y), ops.less(x, 3))), feeds), [0, 1, 1]);
});

Deno.test("maximum() and minimum() give the gradient of a tie to their first operand", () => {
  for (const [extremum, first] of [[ops.maximum, [0, 1, 1]], [ops.minimum, [1, 1, 0]]] as const) {
    const [dx, dy] = gradients(reduceSum(extremum(x, y)), [x, y]);
    assertEquals(valuesOf(dx!, feeds), [...first]);
    assertEquals(valuesOf(dy!, feeds), first.map((d) => 1 - d));
  }
});

Deno.test("relu() and abs() have derivative 0 at 0", () => {
  assertEquals(slopesOf(ops.relu, -1, 0, 1), [0, 0, 1]);
  assertEquals(slopesOf(ops.abs, -1, 0, 1), [-1, 0, 1]);
});

Deno.test("clip() passes the gradient within its bounds, bounds included", () => {
  assertEquals(valuesOf(ops.clip(x, 1.5, 2.5), feeds), [1.5, 2, 2.5]);
  assertEquals(slopesOf((x) => ops.clip(x, -1, 1), -2, -1, 0, 1, 2), [0, 1, 1, 1, 0]);
  assertEquals(slopesOf((x) => ops.clip(x, 0, Infinity), -1, 1e30), [0, 1]);
});

Deno.test("clip() refuses crossed bounds", () => {
  assertThrows(() => ops.clip(x, 1, 0), RangeError, "Clip: expected low ≤ high, was given 1 and 0");
  assertThrows(() => ops.clip(x, NaN, 0), RangeError, "was given NaN and 0");
});

Deno.test("softplus() overflows for no x and has derivative 1/2 at 0", () => {
  assertClose(valuesOf(ops.softplus(x), { x: vector(-1e4, 0, 1e4) }), [0, Math.LN2, 1e4], 1e-15, "softplus");
  assertEquals(slopesOf(ops.softplus, -1e4, 0, 1e4), [0, 0.5, 1]);
});

Deno.test("cast() to the same type is the tensor itself", () => {
  assertEquals(ops.cast(x, "float32") === x, true);
  assertEquals(valuesOf(ops.cast(x, "int32"), { x: vector(-1.7, 1.7) }), [-1, 1]);
});

Deno.test("where() takes the gradient of a branch only where it was chosen", () => {
  const [dx, dy] = gradients(reduceSum(ops.where(ops.less(x, y), ops.mul(x, 10), y)), [x, y]);
  assertEquals(valuesOf(dx!, feeds), [10, 0, 0]);
  assertEquals(valuesOf(dy!, feeds), [0, 1, 1]);
});

const binary = {
  Add: ops.add,
  Sub: ops.sub,
  Mul: ops.mul,
  Div: ops.div,
  Max: ops.maximum,
  Min: ops.minimum,
  Equal: ops.equal,
  Greater: ops.greater,
  GreaterOrEqual: ops.greaterOrEqual,
  Less: ops.less,
};
for (const [op, build] of Object.entries(binary)) {
  Deno.test(`a ShapeError of ${op} names the operation, its shapes and its element types`, () => {
    assertThrows(() => build(input("a", ["n", 2]), input("b", ["n", 3])), ShapeError, `${op} of [n, 2] and [n, 3]`);
    const ints = input("i", ["n"], "int32");
    assertThrows(
      () => build(x, ints),
      ShapeError,
      `${op} of [n] and [n]: expected one element type, was given float32`,
    );
    assertThrows(() => build(ints, 1), ShapeError, "was given int32 and float32");
  });
}

Deno.test("logical operations refuse numbers", () => {
  const flags = input("flags", ["n"], "bool");
  assertThrows(() => ops.and(flags, x), ShapeError, "And of [n]: expected bool elements, was given float32");
  assertThrows(() => ops.not(x), ShapeError, "Not of [n]: expected bool elements, was given float32");
  assertThrows(() => ops.and(flags, input("f", [3, 2], "bool")), ShapeError, "And of [n] and [3, 2]");
});

Deno.test("where() refuses a condition of numbers, branches of two types and shapes that do not broadcast", () => {
  const flags = input("flags", ["n"], "bool");
  assertThrows(() => ops.where(x, x, y), ShapeError, "Where of [n] and [n] and [n]: expected a bool condition");
  assertThrows(() => ops.where(flags, x, input("i", ["n"], "int32")), ShapeError, "was given float32 and int32");
  assertThrows(() => ops.where(flags, input("a", [2]), y), ShapeError, "Where of [n] and [2] and [n]");
});
