import { assertEquals, assertThrows } from "@std/assert";
import { assertClose, slopesOf, valuesOf, vector } from "./_testing.ts";
import { add, cast, exp, greater, mul, reduceMean, reduceSum, stopGradient, tanh } from "./operations.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import { evaluate } from "./_reference_testing.ts";
import { customVjp, input, operation, ShapeError } from "./tensor.ts";

const x = input("x", ["n"]), y = input("y", ["n"]);

Deno.test("gradients() adds up the ways from a tensor to the loss", () => {
  assertEquals(slopesOf((x) => mul(x, x), 3, -4), [6, -8]);
  assertEquals(slopesOf((x) => add(add(x, x), mul(mul(x, x), x)), 2), [2 + 3 * 4]);
});

Deno.test("gradients() of a tensor computed on the way", () => {
  const inner = tanh(x);
  const [d] = gradients(reduceSum(mul(inner, inner)), [inner]);
  assertClose(valuesOf(d!, { x: vector(0.5) }), [2 * Math.tanh(0.5)], 1e-15, "d");
});

Deno.test("gradients() of the loss by itself is 1", () => {
  const loss = reduceSum(x);
  assertEquals(valuesOf(gradients(loss, [loss])[0]!), [1]);
});

Deno.test("gradients() can be taken of gradients", () => {
  const [dx] = gradients(reduceSum(exp(mul(x, 2))), [x]);
  const [ddx] = gradients(reduceSum(dx!), [x]);
  assertClose(valuesOf(ddx!, { x: vector(0, 1) }), [4, 4 * Math.exp(2)], 1e-14, "second derivative");
});

Deno.test("gradients() follows stopGradient() nowhere", () => {
  const [dy] = gradients(reduceSum(mul(stopGradient(x), y)), [y]);
  assertEquals(valuesOf(dy!, { x: vector(7), y: vector(1) }), [7]);
  assertThrows(() => gradients(reduceSum(mul(stopGradient(x), y)), [x]), RangeError, 'does not depend on input "x"');
});

Deno.test("gradients() adds nothing below the first tensor asked for", () => {
  const frozen = exp(exp(exp(x)));
  const loss = reduceSum(mul(frozen, y));
  const before = new Set(topologicalOrder([loss]));
  const added = topologicalOrder(gradients(loss, [y])).filter((node) => !node.leaf && !before.has(node));
  assertEquals(added.map((node) => node.op), ["Expand", "Mul"]);
});

Deno.test("gradients() refuses a tensor that the loss does not depend on", () => {
  assertThrows(() => gradients(reduceSum(x), [y]), RangeError, 'The loss does not depend on input "y"');
  assertThrows(() => gradients(reduceSum(x), [x, tanh(x)]), RangeError, "does not depend on tensor 1 (Tanh)");
  const flags = cast(greater(x, 0), "float32");
  assertThrows(() => gradients(reduceSum(flags), [x]), RangeError, "or only through operations without a derivative");
});

Deno.test("gradients() refuses a loss that is not a number", () => {
  assertThrows(() => gradients(x, [x]), ShapeError, "gradients() of [n]: expected a loss of rank 0");
});

Deno.test("gradients() refuses an operation without a rule", () => {
  const odd = operation("CumSum", [x], x.shape);
  assertThrows(() => gradients(reduceSum(odd), [x]), RangeError, "Operation CumSum has no derivative rule");
});

Deno.test("gradients() refuses a rule that gives a cotangent of another shape", () => {
  const wrong = customVjp(tanh(x), [x], (dy) => [reduceMean(dy, { axes: [0], keepDims: true })]);
  const expected = "The derivative rule of Identity of [1] and [n]: expected a cotangent with the shape of its input";
  assertThrows(() => gradients(reduceSum(wrong), [x]), ShapeError, expected);
});

Deno.test("a chain of 5,000 operations is differentiated and computed without overflowing the stack", () => {
  let z = x;
  for (let i = 0; i < 5000; i++) z = mul(z, 1.0001);
  const loss = reduceSum(z);
  const [dx] = gradients(loss, [x]);
  const { loss: value, dx: slope } = evaluate({ loss, dx: dx! }, { x: vector(2) });
  assertClose(value!.data, [2 * 1.0001 ** 5000], 1e-12, "value");
  assertClose(slope!.data, [1.0001 ** 5000], 1e-12, "slope");
});

Deno.test("topologicalOrder() has every node once, after its inputs", () => {
  const z = add(mul(x, y), mul(x, x));
  const order = topologicalOrder([z, x]);
  assertEquals(order.length, new Set(order).size);
  assertEquals(order.map((node) => node.op), ["Leaf", "Leaf", "Mul", "Mul", "Add"]);
  for (const [i, node] of order.entries()) {
    for (const each of node.inputs) assertEquals(order.indexOf(each.node) < i, true);
  }
});

Deno.test("gradients() as a reader would call it", () => {
  const x = input("x", ["n"]);
  const [dx] = gradients(reduceSum(mul(x, x)), [x]);
  assertEquals(dx?.shape, ["n"]);
});
