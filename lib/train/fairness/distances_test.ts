import { assertAlmostEquals } from "@std/assert";
import { mul, sigmoid } from "../../graph/operations.ts";
import { reduceSum } from "../../graph/operations.ts";
import { evaluate } from "../../graph/_reference_testing.ts";
import {
  assertFlat,
  assertGradients,
  assertNothing,
  type Build,
  degenerateFeeds,
  type Feeds,
  lossGraph,
  oneHot,
  row,
  testGolden,
} from "./_testing.ts";
import { coral, groupNumbers, hsic, mmd, squaredCorrelation, wasserstein } from "./distances.ts";
import { permittedTest } from "../../_testing.ts";

Deno.test("distances of a few numbers by hand", () => {
  const value = (build: Build, feeds: Feeds) => evaluate(lossGraph(build, feeds, []), feeds).loss!.data[0]!;
  const two = { x: row(0, 1), groups: oneHot([0, 1], 2) };
  assertAlmostEquals(value((t) => mmd(t.x!, t.groups!, 1), two), 2 - 2 * Math.exp(-0.5));
  assertAlmostEquals(value((t) => hsic(t.x!, t.groups!, 1), two), 1 - Math.exp(-0.5));
  const three = { x: row(0.1, 0.5, 0.9), groups: oneHot([0, 1, 1], 2) };
  assertAlmostEquals(value((t) => wasserstein(t.x!, t.groups!), three), 0.6);
  // Variances of 0.5 and 2.
  const four = { x: { shape: [4, 1], data: [0, 1, 5, 7] }, groups: oneHot([0, 0, 1, 1], 2) };
  assertAlmostEquals(value((t) => coral(t.x!, t.groups!), four), 1.5 ** 2 / 4);
  const degrees = { x: row(0.1, 0.2, 0.3), degree: row(2, 1, 0) };
  assertAlmostEquals(value((t) => squaredCorrelation(t.x!, t.degree!), degrees), 1);
});

testGolden("wasserstein1", (x) => wasserstein(x.x!, x.group!));

permittedTest("wasserstein() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => wasserstein(x.score!, x.groups!), "score");
});

permittedTest("wasserstein() is 0 with a gradient of 0 when all scores are the same", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [], [0.3, 0.3, 0.3, 0.3]);
  await assertNothing((x) => wasserstein(x.score!, x.groups!), feeds, "score", "equal scores");
});

permittedTest("wasserstein(): gradients over three groups of which one is missing, and rows of no group", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0, 2], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1, 0.7]);
  await assertGradients((x) => wasserstein(x.score!, x.groups!), feeds, ["score"]);
});

Deno.test("wasserstein() of tied scores equals scipy.stats.wasserstein_distance, and ties share the gradient", () => {
  const feeds = degenerateFeeds([0, 0, 0, 0, 1, 1, 1, -1], [], [0.1, 0.5, 0.5, 0.8, 0.5, 0.9, 0.9, 0.5]);
  const graph = lossGraph((x) => wasserstein(x.score!, x.groups!), feeds, ["score"]);
  const { loss, "gradient by score": slope } = evaluate(graph, feeds);
  // wasserstein_distance([0.1, 0.5, 0.5, 0.8], [0.5, 0.9, 0.9]) of scipy 1.17.1
  assertAlmostEquals(loss!.data[0]!, 0.2916666666666667, 1e-12);
  assertAlmostEquals(slope!.data[1]!, slope!.data[2]!, 1e-15);
  assertAlmostEquals(slope!.data.reduce((a, b) => a + b), 0, 1e-12);
});

testGolden("mmd_rbf", (x) => mmd(x.x!, x.group!, x.sigma!));

permittedTest("mmd() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => mmd(x.score!, x.groups!), "score");
  await assertFlat((x) => mmd(x.x!, x.groups!), "x");
});

permittedTest("mmd() is 0 with a gradient of 0 when all embeddings are the same", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [], [0.3, 0.3, 0.3, 0.3]);
  await assertNothing((x) => mmd(x.x!, x.groups!), feeds, "x", "equal embeddings");
});

permittedTest("mmd(): gradients over three groups of which one is missing, and rows of no group", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => mmd(x.x!, x.groups!, 0.7), feeds, ["x"]);
});

Deno.test("mmd() over three groups is the mean of its three pairs", () => {
  const scores = [0.3, -1.2, 0.9, 2, -0.4, 0.1], groups = [0, 1, 2, 0, 1, 2];
  const lossOf = (keep: (group: number) => boolean) => {
    const feeds = degenerateFeeds(groups.map((group) => keep(group) ? group : -1), [], scores);
    return evaluate(lossGraph((x) => mmd(x.score!, x.groups!, 1), feeds, ["score"]), feeds).loss!.data[0]!;
  };
  const pairs = [0, 1, 2].map((left) => lossOf((group) => group !== left));
  assertAlmostEquals(lossOf(() => true), pairs.reduce((a, b) => a + b) / 3, 1e-12);
});

permittedTest("mmd() without a width: gradients, and the same value at any scale", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => mmd(x.x!, x.groups!), feeds, ["x"]);
  const lossAt = (scale: number) =>
    evaluate(lossGraph((x) => mmd(mul(x.x!, scale), x.groups!), feeds, ["x"]), feeds).loss!.data[0]!;
  assertAlmostEquals(lossAt(10), lossAt(1), 1e-12);
});

testGolden("hsic_scores", (x) => hsic(x.x!, x.group!, x.sigma!));
testGolden("hsic_embeddings", (x) => hsic(x.x!, x.group!, x.sigma!));

permittedTest("hsic() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => hsic(x.score!, x.groups!), "score");
  await assertFlat((x) => hsic(x.x!, x.groups!, 1), "x");
});

permittedTest("hsic(): gradients with a missing group and rows of no group", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => hsic(x.score!, x.groups!, 0.7), feeds, ["score"]);
  await assertGradients((x) => hsic(x.x!, x.groups!, 0.7), feeds, ["x"]);
});

permittedTest("hsic() without a width: gradients, and the same value at any scale", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => hsic(x.x!, x.groups!), feeds, ["x"]);
  const lossAt = (scale: number) =>
    evaluate(lossGraph((x) => hsic(mul(x.x!, scale), x.groups!), feeds, ["x"]), feeds).loss!.data[0]!;
  assertAlmostEquals(lossAt(10), lossAt(1), 1e-12);
});

testGolden("coral", (x) => coral(x.x!, x.group!));

permittedTest("coral() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => coral(x.x!, x.groups!), "x");
});

permittedTest("coral() leaves out groups of one member, which have no covariance", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [], [0.3, -1.2, 0.9, 2]);
  await assertNothing((x) => coral(x.x!, x.groups!), feeds, "x", "groups of one");
});

permittedTest("coral(): gradients over three groups, and rows of no group", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0, 1, 1], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1, 3, -3]);
  await assertGradients((x) => coral(x.x!, x.groups!), feeds, ["x"]);
});

testGolden("squared_correlation", (x) => squaredCorrelation(sigmoid(x.logits!), groupNumbers(x.group!)));

const build: Build = (x) => squaredCorrelation(x.score!, groupNumbers(x.groups!), reduceSum(x.groups!, { axes: [1] }));

permittedTest("squaredCorrelation() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat(build, "score");
});

permittedTest("squaredCorrelation() is 0 with a gradient of 0 when all scores are the same", async () => {
  await assertNothing(build, degenerateFeeds([0, 0, 1, 2], [], [0.5, 0.5, 0.5, 0.5]), "score", "equal scores");
});

permittedTest("squaredCorrelation(): gradients with rows of no group", async () => {
  await assertGradients(build, degenerateFeeds([0, 0, 1, -1, 2], [], [0.5, -1, 0.2, 3, 0.8]), ["score"]);
});
