import { sigmoid } from "../../graph/elementwise.ts";
import { assertFlat, assertGradients, assertNothing, degenerateFeeds, testGolden } from "./_testing.ts";
import { demographicParity, equalizedOdds, equalOpportunity } from "./parity.ts";
import { maxGap, SPREADS, toOverall } from "./spread.ts";

testGolden("dp_variance", (x) => demographicParity(sigmoid(x.logits!), x.group!));
testGolden("dp_variance_probabilities", (x) => demographicParity(x.p!, x.group!));
testGolden("dp_variance_one_group", (x) => demographicParity(sigmoid(x.logits!), x.group!));
testGolden("dp_max_gap", (x) => demographicParity(sigmoid(x.logits!), x.group!, maxGap));
testGolden("dp_to_overall", (x) => demographicParity(sigmoid(x.logits!), x.group!, toOverall));
testGolden("eo_variance", (x) => equalizedOdds(sigmoid(x.logits!), x.group!, x.label!));
testGolden("eo_variance_missing_cell", (x) => equalizedOdds(sigmoid(x.logits!), x.group!, x.label!));
testGolden("eopp_variance", (x) => equalOpportunity(sigmoid(x.logits!), x.group!, x.label!));

for (const [name, spread] of Object.entries(SPREADS)) {
  Deno.test(`${name} of rates is 0 with a gradient of 0 without two groups to compare`, async () => {
    await assertFlat((x) => demographicParity(sigmoid(x.score!), x.groups!, spread), "score");
    await assertFlat((x) => equalizedOdds(sigmoid(x.score!), x.groups!, x.label!, spread), "score");
  });

  Deno.test(`${name}: gradients of parities with a missing group, unknown rows and graded labels`, async () => {
    const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [1, 0, 0.5, 1, 0.25, 1], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
    await assertGradients((x) => demographicParity(sigmoid(x.score!), x.groups!, spread), feeds, ["score"]);
    await assertGradients((x) => equalizedOdds(sigmoid(x.score!), x.groups!, x.label!, spread), feeds, ["score"]);
  });
}

Deno.test("equalOpportunity() is 0 when no label is positive", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [0, 0, 0, 0], [0.3, -1.2, 0.9, 2]);
  await assertNothing((x) => equalOpportunity(sigmoid(x.score!), x.groups!, x.label!), feeds, "score", "all negative");
});

Deno.test("equalizedOdds() of labels of one kind is the spread of the one rate there is", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [1, 1, 1, 1], [0.3, -1.2, 0.9, 2]);
  await assertGradients((x) => equalizedOdds(sigmoid(x.score!), x.groups!, x.label!), feeds, ["score"]);
});
