import { assertAlmostEquals } from "@std/assert";
import { evaluate } from "../../graph/reference.ts";
import { assertFlat, assertGradients, assertNothing, degenerateFeeds, lossGraph, testGolden } from "./_testing.ts";
import { wasserstein } from "./wasserstein.ts";

testGolden("wasserstein1", (x) => wasserstein(x.x!, x.group!));

Deno.test("wasserstein() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => wasserstein(x.score!, x.groups!), "score");
});

Deno.test("wasserstein() is 0 with a gradient of 0 when all scores are the same", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [], [0.3, 0.3, 0.3, 0.3]);
  await assertNothing((x) => wasserstein(x.score!, x.groups!), feeds, "score", "equal scores");
});

Deno.test("wasserstein(): gradients over three groups of which one is missing, and rows of no group", async () => {
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
