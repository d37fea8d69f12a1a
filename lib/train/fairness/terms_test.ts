import { assertAlmostEquals, assertEquals } from "@std/assert";
import { assertClose } from "../../graph/_testing.ts";
import { mul, softplus, sub } from "../../graph/operations.ts";
import { evaluate } from "../../graph/_reference_testing.ts";
import { constant, input } from "../../graph/tensor.ts";
import { pairwiseCosine } from "../objective_graph.ts";
import {
  assertGradients,
  assertNothing,
  type Build,
  degenerateFeeds,
  lossGraph,
  oneHot,
  row,
  runOnnx,
  testGolden,
} from "./_testing.ts";
import { batchOf } from "./_terms_testing.ts";
import {
  baseDistillation,
  counterfactual,
  counterfactualEmbeddings,
  counterfactualScores,
  distillation,
  distribution,
  groupDro,
  parity,
  worstGroup,
} from "./terms.ts";
import { permittedTest } from "../../_testing.ts";

Deno.test("terms are named after what they compare and remember what they need", () => {
  const attribute = "education", weight = 1;
  const odds = parity({ attribute, weight, classes: 2, criterion: "equalizedOdds", spread: "variance", decay: 0.9 });
  assertEquals(odds.name, "equalizedOdds.education");
  assertEquals(Object.keys(odds.state!), ["positive.sums", "positive.counts", "negative.sums", "negative.counts"]);
  assertEquals(distribution({ attribute, weight, distance: "scoreWasserstein" }).name, "scoreWasserstein.education");
  const worst = worstGroup({ attribute, weight, classes: 4, eta: 0.01 });
  assertEquals([...worst.state!.weights!.data], [0.25, 0.25, 0.25, 0.25]);
});

Deno.test("counterfactual() lets the counterfactuals of a résumé take turns", () => {
  const term = counterfactual({ weight: 1, compare: "embeddings" });
  const items = [
    { job: 0, resume: 1, label: 1, negatives: [], counterfactuals: [7, 8] },
    { job: 0, resume: 2, label: 0, negatives: [] },
  ];
  const { batch, texts } = batchOf(items, 1);
  const { counterfactual: rows, hasCounterfactual } = term.feeds!(batch);
  assertEquals([[...rows!.data].map((row) => texts[Number(row)]), [...hasCounterfactual!.data]], [[8, 2], [1, 0]]);
});

Deno.test("baseDistillation() feeds the base model's embedding of each résumé", () => {
  const embeddings = [[1, 0], [0, 1]].map((row) => Float32Array.from(row));
  const term = baseDistillation({ weight: 1, distance: "mse", features: 2, baseEmbedding: (i) => embeddings[i]! });
  const feeds = term.feeds!(batchOf([{ job: 0, resume: 1, label: 1, negatives: [] }]).batch);
  assertEquals([...feeds.base!.data], [0, 1]);
});

Deno.test("losses of terms on a few numbers by hand", () => {
  const value = (build: Build, feeds: Parameters<typeof lossGraph>[1]) =>
    evaluate(lossGraph(build, feeds, []), feeds).loss!.data[0]!;
  const scores = { score: row(0.9, 0.5), other: row(0.7, 0.5) };
  assertAlmostEquals(value((t) => counterfactualScores(t.score!, t.other!), scores), 0.02);
  const corners = { x: { shape: [1, 2], data: [1, 0] }, base: { shape: [1, 2], data: [0, 1] } };
  assertAlmostEquals(value((t) => distillation(t.x!, t.base!, "cosine"), corners), 1);
  assertAlmostEquals(value((t) => distillation(t.x!, t.base!, "mse"), corners), 1);
});

/** Weights of groups of which nothing is known yet. */
const uniform = (groups: number) =>
  constant({ dtype: "float32", shape: [groups], data: new Float32Array(groups).fill(1 / groups) });

const crossEntropy: Build = (x) => sub(softplus(x.logits!), mul(x.label!, x.logits!));
testGolden(
  "group_dro",
  (x) => groupDro(crossEntropy(x), x.group!, { eta: 2, weights: uniform(x.group!.shape[1] as number) }).loss,
);

const losses = input("losses", ["items"]), groups = input("groups", ["items", 3]), weights = input("before", [3]);

/** Algorithm 1 of Sagawa et al. with plain numbers, for batches in which every group occurs. */
function algorithm1(weights: readonly number[], groupLosses: readonly number[], eta: number): number[] {
  const raised = weights.map((weight, g) => weight * Math.exp(eta * groupLosses[g]!));
  const total = raised.reduce((a, b) => a + b);
  return raised.map((weight) => weight / total);
}

permittedTest("groupDro() with weights kept from batch to batch is algorithm 1 of Sagawa et al.", async () => {
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

permittedTest(
  "groupDro() without a known group is 0 with a gradient of 0 and leaves the weights as they are",
  async () => {
    const feeds = degenerateFeeds([-1, -1], [], [0.4, 0.6]);
    await assertNothing(
      (x) => groupDro(x.score!, x.groups!, { eta: 2, weights: uniform(3) }).loss,
      feeds,
      "score",
      "no group",
    );
    const given = { losses: row(0.4, 0.6), groups: oneHot([-1, -1], 3), before: row(0.2, 0.5, 0.3) };
    assertClose(
      evaluate(groupDro(losses, groups, { eta: 2, weights }), given).weights!.data,
      [0.2, 0.5, 0.3],
      0,
      "weights",
    );
  },
);

permittedTest("groupDro(): a weight that fell to 0 comes back, and huge losses do not overflow", async () => {
  const graph = groupDro(losses, groups, { eta: 100, weights });
  const feeds = { losses: row(50, 1, 1), groups: oneHot([0, 1, 2], 3), before: row(0, 0.5, 0.5) };
  const { weights: next, loss } = await runOnnx(graph, feeds);
  assertClose(next!.data as Float32Array, [1, 0, 0], 1e-6, "weights");
  assertClose(loss!.data as Float32Array, [50], 1e-6, "loss");
});

testGolden(
  "counterfactual_mse",
  (x) => counterfactualScores(pairwiseCosine(x.anchor!, x.embedding!), pairwiseCosine(x.anchor!, x.counterfactual!)),
);

const x = { shape: [3, 2], data: [1, 0.2, 0.5, 0.5, -0.3, 0.9] },
  changed = { shape: [3, 2], data: [0.9, 0.3, 9, 9, 0.1, 1] };

permittedTest("counterfactual losses leave out items without a counterfactual", async () => {
  const known = row(1, 0, 1);
  await assertGradients((t) => counterfactualEmbeddings(t.x!, t.other!, t.known), { x, other: changed, known }, [
    "x",
    "other",
  ]);
  const scores = { a: row(0.3, 0.5, 0.9), b: row(0.1, 7, 0.8), known };
  await assertGradients((t) => counterfactualScores(t.a!, t.b!, t.known), scores, ["a", "b"]);
});

permittedTest("counterfactual losses are 0 with a gradient of 0 when nothing has a counterfactual", async () => {
  const known = row(0, 0, 0);
  await assertNothing(
    (t) => counterfactualEmbeddings(t.x!, t.other!, t.known),
    { x, other: changed, known },
    "x",
    "none known",
  );
});

permittedTest(
  "counterfactual losses are 0 with a gradient of 0 for counterfactuals that are the same text",
  async () => {
    await assertNothing((t) => counterfactualEmbeddings(t.x!, t.other!), { x, other: x }, "x", "equal texts");
  },
);

const base = { shape: [3, 2], data: [0.9, 0.3, -1, 0.4, 0.1, 1] };

for (const distance of ["cosine", "mse"] as const) {
  permittedTest(`distillation() by ${distance}: gradients`, async () => {
    await assertGradients((t) => distillation(t.x!, t.base!, distance), { x, base }, ["x"]);
  });

  permittedTest(`distillation() by ${distance} is 0 with a gradient of 0 for a model that has not moved`, async () => {
    await assertNothing((t) => distillation(t.x!, t.base!, distance), { x, base: x }, "x", "equal embeddings");
  });
}
