import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { mul } from "../../graph/operations.ts";
import { reduceSum } from "../../graph/operations.ts";
import { evaluate } from "../../graph/_reference_testing.ts";
import { Rng } from "../../random.ts";
import { assertGradients, assertNothing, type Build, lossGraph, oneHot, row, testGolden } from "./_testing.ts";
import {
  adversary,
  balancedClassWeights,
  crossEntropy,
  headLogits,
  initHead,
  reverseGradient,
  scaleGradient,
} from "./heads.ts";
import { permittedTest } from "../../_testing.ts";

Deno.test("adversary() is named after its attribute and brings its head's parameters", () => {
  const term = adversary({ attribute: "education", weight: 0.5, features: 384, classes: 3, hidden: 64 }, new Rng(1));
  assertEquals(term.name, "adversary.education");
  assertEquals(Object.entries(term.parameters!).map(([name, { shape }]) => [name, shape]), [
    ["hidden.weight", [64, 384]],
    ["hidden.bias", [64]],
    ["weight", [3, 64]],
    ["bias", [3]],
  ]);
});

Deno.test("crossEntropy() of equal logits is ln 2, rows of no class left out", () => {
  const feeds = { logits: { shape: [2, 2], data: [0, 0, 5, 9] }, target: oneHot([0, -1], 2) };
  const graph = lossGraph((x) => crossEntropy(x.logits!, x.target!), feeds, []);
  assertAlmostEquals(evaluate(graph, feeds).loss!.data[0]!, Math.log(2));
});

Deno.test("reverseGradient() keeps values and turns gradients round", () => {
  const feeds = { x: row(3, 4) };
  const results = evaluate(lossGraph(({ x }) => reduceSum(reverseGradient(x!, 0.5)), feeds, ["x"]), feeds);
  assertEquals([...results.loss!.data, ...results["gradient by x"]!.data], [7, -0.5, -0.5]);
});

for (const hidden of [0, 5]) {
  permittedTest(`the gradients of a head of hidden width ${hidden} equal finite differences`, async () => {
    const rng = new Rng(3);
    const head = initHead({ features: 4, classes: 3, hidden }, rng);
    const names = Object.keys(head);
    assertEquals(names.length, hidden === 0 ? 2 : 4);
    const x = { shape: [6, 4], data: Array.from({ length: 24 }, () => rng.normal()) };
    const feeds = { x, target: oneHot([0, 1, 2, -1, 2, 0], 3), ...head };
    const build: Build = (tensors) => crossEntropy(headLogits(tensors.x!, tensors), tensors.target!);
    await assertGradients(build, feeds, ["x", ...names]);
  });
}

Deno.test("initHead() draws within ±1/√in and the same for the same seed", () => {
  const size = { features: 100, classes: 3, hidden: 16 };
  const head = initHead(size, new Rng(1));
  assertEquals(head, initHead(size, new Rng(1)));
  assert(head["hidden.weight"]!.data.every((x) => Math.abs(x) <= 0.1));
  assert(Math.max(...head["hidden.weight"]!.data) > 0.09);
  assert(head["weight"]!.data.every((x) => Math.abs(x) <= 0.25));
});

Deno.test("balancedClassWeights() gives every class the same total and keeps the sum of all rows", () => {
  const counts = [5, 1, 14];
  const totals = balancedClassWeights(counts).map((weight, i) => weight * counts[i]!);
  for (const total of totals) assertAlmostEquals(total, 20 / 3, 1e-12);
});

Deno.test("balancedClassWeights() of no rows are 0", () => {
  assertEquals(balancedClassWeights([6, 2, 0]), [8 / 12, 8 / 4, 0]);
  assertEquals(balancedClassWeights([0, 0]), [0, 0]);
});

testGolden("cross_entropy", (x) => crossEntropy(x.logits!, x.target!));
testGolden("cross_entropy_class_weights", (x) => crossEntropy(x.logits!, x.target!, x.class_weight!));

const logits = { shape: [4, 3], data: [0.3, -1.2, 0.9, 2, -0.4, 0.1, 0.5, 0.6, 0.7, -3, 1, 0] };

permittedTest("crossEntropy(): gradients with weights and a row of no class", async () => {
  const feeds = { logits, target: oneHot([2, -1, 0, 2], 3), weight: { shape: [3], data: [0.5, 2, 1] } };
  await assertGradients(
    (x) => crossEntropy(x.logits!, x.target!, x.weight!),
    feeds,
    ["logits"],
  );
});

permittedTest("crossEntropy() is 0 with a gradient of 0 when no class is known", async () => {
  const feeds = { logits, target: oneHot([-1, -1, -1, -1], 3) };
  await assertNothing((x) => crossEntropy(x.logits!, x.target!), feeds, "logits", "no class");
});

for (const name of ["gradient_reversal_1.0", "gradient_reversal_0.5", "gradient_reversal_0.0"]) {
  testGolden(name, ({ x, weight, bias, group, lam }) => {
    const logits = headLogits(reverseGradient(x!, lam!), { weight: weight!, bias: bias! });
    return crossEntropy(logits, group!);
  });
}

Deno.test("scaleGradient() scales the gradient of one use and leaves other uses alone", () => {
  const feeds = { x: row(3), factor: { shape: [], data: [0.25] } };
  const graph = lossGraph(({ x, factor }) => reduceSum(mul(x!, scaleGradient(x!, factor!))), feeds, ["x"]);
  const results = evaluate(graph, feeds);
  assertEquals([results.loss!.data[0], results["gradient by x"]!.data[0]], [9, 3 + 0.25 * 3]);
});
