import { assertEquals } from "@std/assert";
import { mul } from "../../graph/elementwise.ts";
import { reduceSum } from "../../graph/reduce.ts";
import { evaluate } from "../../graph/reference.ts";
import { lossGraph, row, testGolden } from "./_testing.ts";
import { headLogits } from "./attribute_head.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { reverseGradient, scaleGradient } from "./gradient_scaling.ts";

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
