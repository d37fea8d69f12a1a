import { assertFlat, assertGradients, assertNothing, degenerateFeeds, testGolden } from "./_testing.ts";
import { coral } from "./coral.ts";

testGolden("coral", (x) => coral(x.x!, x.group!));

Deno.test("coral() is 0 with a gradient of 0 without two groups to compare", async () => {
  await assertFlat((x) => coral(x.x!, x.groups!), "x");
});

Deno.test("coral() leaves out groups of one member, which have no covariance", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [], [0.3, -1.2, 0.9, 2]);
  await assertNothing((x) => coral(x.x!, x.groups!), feeds, "x", "groups of one");
});

Deno.test("coral(): gradients over three groups, and rows of no group", async () => {
  const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0, 1, 1], [], [0.3, -1.2, 0.9, 2, -0.4, 0.1, 3, -3]);
  await assertGradients((x) => coral(x.x!, x.groups!), feeds, ["x"]);
});
