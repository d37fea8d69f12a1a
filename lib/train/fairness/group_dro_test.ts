import { assertAlmostEquals } from "@std/assert";
import { assertClose } from "../../graph/_testing.ts";
import { mul, softplus, sub } from "../../graph/elementwise.ts";
import { evaluate } from "../../graph/reference.ts";
import { input } from "../../graph/tensor.ts";
import { assertNothing, type Build, degenerateFeeds, oneHot, row, runOnnx, testGolden } from "./_testing.ts";
import { groupDro } from "./group_dro.ts";

const crossEntropy: Build = (x) => sub(softplus(x.logits!), mul(x.label!, x.logits!));
testGolden("group_dro", (x) => groupDro(crossEntropy(x), x.group!, { eta: 2 }).loss);

const losses = input("losses", ["items"]), groups = input("groups", ["items", 3]), weights = input("before", [3]);

/** Algorithm 1 of Sagawa et al. with plain numbers, for batches in which every group occurs. */
function algorithm1(weights: readonly number[], groupLosses: readonly number[], eta: number): number[] {
  const raised = weights.map((weight, g) => weight * Math.exp(eta * groupLosses[g]!));
  const total = raised.reduce((a, b) => a + b);
  return raised.map((weight) => weight / total);
}

Deno.test("groupDro() with weights kept from batch to batch is algorithm 1 of Sagawa et al.", async () => {
  const graph = groupDro(losses, groups, { eta: 0.5, weights });
  const batches = [[0.2, 1, 0.6, 0.4], [0.1, 1.2, 0.5, 0.5], [0.3, 0.9, 0.4, 0.2]];
  let kept = [1 / 3, 1 / 3, 1 / 3], expected = kept;
  for (const batch of batches) {
    const feeds = { losses: row(...batch), groups: oneHot([0, 1, 2, 2], 3), before: row(...kept) };
    const groupLosses = [batch[0]!, batch[1]!, (batch[2]! + batch[3]!) / 2];
    expected = algorithm1(expected, groupLosses, 0.5);
    const loss = expected.reduce((sum, weight, g) => sum + weight * groupLosses[g]!, 0);
    const exact = evaluate(graph, feeds), rounded = await runOnnx(graph, feeds);
    assertClose(exact.weights!.data, expected, 1e-12, "weights");
    assertClose(exact.loss!.data, [loss], 1e-12, "loss");
    assertClose(rounded.weights!.data as Float32Array, expected, 1e-6, "weights on ONNX Runtime");
    kept = [...exact.weights!.data];
  }
});

Deno.test("groupDro(): a group that is not in the batch keeps its weight, and all weights still sum to 1", () => {
  const graph = groupDro(losses, groups, { eta: 3, weights });
  const feeds = { losses: row(0.1, 0.9), groups: oneHot([0, 2], 3), before: row(0.2, 0.5, 0.3) };
  const { weights: next, loss } = evaluate(graph, feeds);
  const [first, third] = algorithm1([0.2, 0.3], [0.1, 0.9], 3) as [number, number];
  assertClose(next!.data, [0.5 * first, 0.5, 0.5 * third], 1e-12, "weights");
  assertAlmostEquals(loss!.data[0]!, first * 0.1 + third * 0.9, 1e-12);
});

Deno.test("groupDro() without a known group is 0 with a gradient of 0 and leaves the weights as they are", async () => {
  const feeds = degenerateFeeds([-1, -1], [], [0.4, 0.6]);
  await assertNothing((x) => groupDro(x.score!, x.groups!, { eta: 2 }).loss, feeds, "score", "no group");
  const given = { losses: row(0.4, 0.6), groups: oneHot([-1, -1], 3), before: row(0.2, 0.5, 0.3) };
  assertClose(
    evaluate(groupDro(losses, groups, { eta: 2, weights }), given).weights!.data,
    [0.2, 0.5, 0.3],
    0,
    "weights",
  );
});

Deno.test("groupDro(): a weight that fell to 0 comes back, and huge losses do not overflow", async () => {
  const graph = groupDro(losses, groups, { eta: 100, weights });
  const feeds = { losses: row(50, 1, 1), groups: oneHot([0, 1, 2], 3), before: row(0, 0.5, 0.5) };
  const { weights: next, loss } = await runOnnx(graph, feeds);
  assertClose(next!.data as Float32Array, [1, 0, 0], 1e-6, "weights");
  assertClose(loss!.data as Float32Array, [50], 1e-6, "loss");
});
