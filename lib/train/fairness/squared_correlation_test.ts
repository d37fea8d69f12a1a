import { sigmoid } from "../../graph/elementwise.ts";
import { reduceSum } from "../../graph/reduce.ts";
import { assertFlat, assertGradients, assertNothing, type Build, degenerateFeeds, testGolden } from "./_testing.ts";
import { groupNumbers, squaredCorrelation } from "./squared_correlation.ts";

testGolden("squared_correlation", (x) => squaredCorrelation(sigmoid(x.logits!), groupNumbers(x.group!)));

const build: Build = (x) => squaredCorrelation(x.score!, groupNumbers(x.groups!), reduceSum(x.groups!, { axes: [1] }));

Deno.test("squaredCorrelation() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat(build, "score");
});

Deno.test("squaredCorrelation() is 0 with a gradient of 0 when all scores are the same", async () => {
  await assertNothing(build, degenerateFeeds([0, 0, 1, 2], [], [0.5, 0.5, 0.5, 0.5]), "score", "equal scores");
});

Deno.test("squaredCorrelation(): gradients with rows of no group", async () => {
  await assertGradients(build, degenerateFeeds([0, 0, 1, -1, 2], [], [0.5, -1, 0.2, 3, 0.8]), ["score"]);
});
