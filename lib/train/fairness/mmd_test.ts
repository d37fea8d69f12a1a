import { assertAlmostEquals } from "@std/assert";
import { mul } from "../../graph/elementwise.ts";
import { evaluate } from "../../graph/reference.ts";
import { assertFlat, assertGradients, assertNothing, degenerateFeeds, lossGraph, testGolden } from "./_testing.ts";
import { mmd } from "./mmd.ts";

testGolden("mmd_rbf", (x) => mmd(x.x!, x.group!, x.sigma!));

Deno.test("mmd() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => mmd(x.score!, x.groups!), "score");
  await assertFlat((x) => mmd(x.x!, x.groups!), "x");
});

Deno.test("mmd() is 0 with a gradient of 0 when all embeddings are the same", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [], [0.3, 0.3, 0.3, 0.3]);
  await assertNothing((x) => mmd(x.x!, x.groups!), feeds, "x", "equal embeddings");
});

Deno.test("mmd(): gradients over three groups of which one is missing, and rows of no group", async () => {
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

Deno.test("mmd() without a width: gradients, and the same value at any scale", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => mmd(x.x!, x.groups!), feeds, ["x"]);
  const lossAt = (scale: number) =>
    evaluate(lossGraph((x) => mmd(mul(x.x!, scale), x.groups!), feeds, ["x"]), feeds).loss!.data[0]!;
  assertAlmostEquals(lossAt(10), lossAt(1), 1e-12);
});
