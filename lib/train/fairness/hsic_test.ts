import { assertAlmostEquals } from "@std/assert";
import { mul } from "../../graph/elementwise.ts";
import { evaluate } from "../../graph/reference.ts";
import { assertFlat, assertGradients, degenerateFeeds, lossGraph, testGolden } from "./_testing.ts";
import { hsic } from "./hsic.ts";

testGolden("hsic_scores", (x) => hsic(x.x!, x.group!, x.sigma!));
testGolden("hsic_embeddings", (x) => hsic(x.x!, x.group!, x.sigma!));

Deno.test("hsic() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => hsic(x.score!, x.groups!), "score");
  await assertFlat((x) => hsic(x.x!, x.groups!, 1), "x");
});

Deno.test("hsic(): gradients with a missing group and rows of no group", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => hsic(x.score!, x.groups!, 0.7), feeds, ["score"]);
  await assertGradients((x) => hsic(x.x!, x.groups!, 0.7), feeds, ["x"]);
});

Deno.test("hsic() without a width: gradients, and the same value at any scale", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
  await assertGradients((x) => hsic(x.x!, x.groups!), feeds, ["x"]);
  const lossAt = (scale: number) =>
    evaluate(lossGraph((x) => hsic(mul(x.x!, scale), x.groups!), feeds, ["x"]), feeds).loss!.data[0]!;
  assertAlmostEquals(lossAt(10), lossAt(1), 1e-12);
});
