import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { assertClose } from "../../graph/_testing.ts";
import { add, sigmoid, sub } from "../../graph/operations.ts";
import { gradients } from "../../graph/gradients.ts";
import { reduceSum } from "../../graph/operations.ts";
import { evaluate, type ReferenceFeed } from "../../graph/_reference_testing.ts";
import { input, type Tensor } from "../../graph/tensor.ts";
import { Rng } from "../../random.ts";
import {
  assertFlat,
  assertGradients,
  assertNothing,
  degenerateFeeds,
  oneHot,
  row,
  runOnnx,
  testGolden,
} from "./_testing.ts";
import {
  DISPARITIES,
  type Disparity,
  groupMeans,
  maxDifference,
  movingMeans,
  toOverall,
  variance,
  weightedMean,
} from "./rates.ts";
import { permittedTest } from "../../_testing.ts";

/** The criteria on one batch: a disparity of the rates of all, of positives, and of both positives and negatives. */
function demographicParity(decision: Tensor, membership: Tensor, disparity: Disparity = variance): Tensor {
  return disparity(groupMeans(decision, membership));
}

function equalOpportunity(decision: Tensor, membership: Tensor, label: Tensor): Tensor {
  return variance(groupMeans(decision, membership, label));
}

function equalizedOdds(decision: Tensor, membership: Tensor, label: Tensor, disparity: Disparity = variance): Tensor {
  return add(
    disparity(groupMeans(decision, membership, label)),
    disparity(groupMeans(decision, membership, sub(1, label))),
  );
}

Deno.test("groupMeans() gives each group's mean and that of all", () => {
  const { means, overall } = groupMeans(input("p", ["items"]), input("groups", ["items", 2]));
  const results = evaluate({ means, overall }, { p: row(0.2, 0.4, 0.9), groups: oneHot([0, 0, 1], 2) });
  assertEquals([...results.means!.data, ...results.overall!.data], [0.6000000000000001 / 2, 0.9, 0.5]);
});

Deno.test("weightedMean() leaves out rows of weight 0, and is 0 without any other", () => {
  const mean = weightedMean(input("x", ["items"]), input("w", ["items"]));
  assertEquals(evaluate({ mean }, { x: row(3, 5), w: row(0, 2) }).mean!.data[0], 5);
  assertEquals(evaluate({ mean }, { x: row(3, 5), w: row(0, 0) }).mean!.data[0], 0);
});

Deno.test("variance() and maxDifference() of two rates", () => {
  const means = groupMeans(input("p", ["items"]), input("groups", ["items", 2]));
  const feeds = { p: row(0.2, 0.6), groups: oneHot([0, 1], 2) };
  const results = evaluate({ variance: variance(means), difference: maxDifference(means) }, feeds);
  assertAlmostEquals(results.variance!.data[0]!, 0.04);
  assertAlmostEquals(results.difference!.data[0]!, 0.4);
});

Deno.test("movingMeans() forgets half of what was known of a group that is there", () => {
  const batch = groupMeans(input("p", ["items"]), input("groups", ["items", 2]));
  const { means } = movingMeans(batch, { sums: input("sums", [2]), counts: input("counts", [2]) }, 0.5);
  const feeds = { p: row(1), groups: oneHot([0], 2), sums: row(0, 3), counts: row(2, 4) };
  // (½·0 + 1)/(½·2 + 1), and the second group's 3/4 as it was.
  assertEquals([...evaluate({ means: means.means }, feeds).means!.data], [0.5, 0.75]);
});

testGolden("dp_variance", (x) => demographicParity(sigmoid(x.logits!), x.group!));
testGolden("dp_variance_probabilities", (x) => demographicParity(x.p!, x.group!));
testGolden("dp_variance_one_group", (x) => demographicParity(sigmoid(x.logits!), x.group!));
testGolden("dp_max_gap", (x) => demographicParity(sigmoid(x.logits!), x.group!, maxDifference));
testGolden("dp_to_overall", (x) => demographicParity(sigmoid(x.logits!), x.group!, toOverall));
testGolden("eo_variance", (x) => equalizedOdds(sigmoid(x.logits!), x.group!, x.label!));
testGolden("eo_variance_missing_cell", (x) => equalizedOdds(sigmoid(x.logits!), x.group!, x.label!));
testGolden("eopp_variance", (x) => equalOpportunity(sigmoid(x.logits!), x.group!, x.label!));

for (const [name, disparity] of Object.entries(DISPARITIES)) {
  permittedTest(`${name} of rates is 0 with a gradient of 0 without two groups to compare`, async () => {
    await assertFlat((x) => demographicParity(sigmoid(x.score!), x.groups!, disparity), "score");
    await assertFlat((x) => equalizedOdds(sigmoid(x.score!), x.groups!, x.label!, disparity), "score");
  });

  permittedTest(`${name}: gradients of parities with a missing group, unknown rows and graded labels`, async () => {
    const feeds = degenerateFeeds([0, 0, 2, -1, 2, 0], [1, 0, 0.5, 1, 0.25, 1], [0.3, -1.2, 0.9, 2, -0.4, 0.1]);
    await assertGradients((x) => demographicParity(sigmoid(x.score!), x.groups!, disparity), feeds, ["score"]);
    await assertGradients((x) => equalizedOdds(sigmoid(x.score!), x.groups!, x.label!, disparity), feeds, ["score"]);
  });
}

permittedTest("equal opportunity is 0 when no label is positive", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [0, 0, 0, 0], [0.3, -1.2, 0.9, 2]);
  await assertNothing((x) => equalOpportunity(sigmoid(x.score!), x.groups!, x.label!), feeds, "score", "all negative");
});

permittedTest("equalized odds of labels of one kind are the disparity of the one rate there is", async () => {
  const feeds = degenerateFeeds([0, 0, 1, 2], [1, 1, 1, 1], [0.3, -1.2, 0.9, 2]);
  await assertGradients((x) => equalizedOdds(sigmoid(x.score!), x.groups!, x.label!), feeds, ["score"]);
});

const values = input("values", ["items"]);

/** The graph of the means of a batch of so many groups. */
function graphOf(groups: number) {
  const batch = groupMeans(values, input("groups", ["items", groups]));
  return { batch, before: { sums: input("sums", [groups]), counts: input("counts", [groups]) } };
}

interface Batch {
  readonly values: readonly number[];
  readonly groups: readonly number[];
}

/** The estimates after each batch, and the penalty `variance` with its slope by the batch's values. */
function estimates(batches: readonly Batch[], groups: number, decay: number) {
  const { batch, before } = graphOf(groups);
  const { means, next } = movingMeans(batch, before, decay);
  const penalty = variance(means);
  const outputs = { ...next, means: means.means, penalty, slope: gradients(penalty, [values])[0]! };
  let sums: ReferenceFeed = row(...new Array(groups).fill(0)), counts = sums;
  return batches.map((batch) => {
    const feeds = { values: row(...batch.values), groups: oneHot(batch.groups, groups), sums, counts };
    const result = evaluate(outputs, feeds);
    sums = result.sums!, counts = result.counts!;
    return { means: result.means!.data, penalty: result.penalty!.data[0]!, slope: result.slope!.data };
  });
}

// A stream in which every difference is noise: 20 groups of four rows per batch, each the rate plus normal noise.
const GROUPS = 20, PER_GROUP = 4, RATE = 0.4, SIGMA = 0.2;
const BATCH_VARIANCE = SIGMA ** 2 / PER_GROUP;

function stream(length: number, seed: number, drift = 0): Batch[] {
  const rng = new Rng(seed);
  const groups = Array.from({ length: GROUPS * PER_GROUP }, (_, i) => i % GROUPS);
  return Array.from(
    { length },
    (_, t) => ({ groups, values: groups.map(() => RATE + drift * t + SIGMA * rng.normal()) }),
  );
}

const STREAM = stream(460, 7);
/** By decay, without the first 60 estimates, which remember too little. */
const ESTIMATES = new Map([0, 0.5, 0.9].map((decay) => [decay, estimates(STREAM, GROUPS, decay).slice(60)]));

const mean = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((a, b) => a + b, 0) / numbers.length;

Deno.test("the estimate is unbiased and has (1 − β)/(1 + β) of the variance of a batch's mean", () => {
  for (const [decay, steps] of ESTIMATES) {
    const all = steps.flatMap(({ means }) => [...means]);
    const expected = BATCH_VARIANCE * (1 - decay) / (1 + decay);
    assertClose([mean(all)], [RATE], 0.002, `mean at decay ${decay}`);
    assertClose([mean(all.map((x) => (x - RATE) ** 2)) / expected], [1], 0.1, `variance at decay ${decay}`);
  }
});

Deno.test("the penalty on equal rates is noise: (1 − 1/G)·σ²/n of a batch, (1 − β)/(1 + β) of that with memory", () => {
  for (const [decay, steps] of ESTIMATES) {
    const expected = (1 - 1 / GROUPS) * BATCH_VARIANCE * (1 - decay) / (1 + decay);
    assertClose([mean(steps.map(({ penalty }) => penalty)) / expected], [1], 0.1, `penalty at decay ${decay}`);
  }
});

Deno.test("the false reward for scores that vary less shrinks to 1 − β", () => {
  for (const [decay, steps] of ESTIMATES) {
    // The slope of the penalty by ln σ; that of its expectation (1 − 1/G)·σ²/n is twice itself.
    const pulls = steps.map(({ slope }, t) =>
      STREAM[t + 60]!.values.reduce((sum, value, i) => sum + slope[i]! * (value - RATE), 0)
    );
    const expected = 2 * (1 - 1 / GROUPS) * BATCH_VARIANCE * (1 - decay);
    assertClose([mean(pulls) / expected], [1], 0.1, `decay ${decay}`);
  }
});

Deno.test("the estimate lags behind a drift of d per batch by d·β/(1 − β)", () => {
  const drift = 0.1, decay = 0.8;
  const lags = estimates(stream(100, 9, drift), GROUPS, decay).map(({ means }, t) => RATE + drift * t - mean(means));
  assertClose([mean(lags.slice(50)) / (drift * decay / (1 - decay))], [1], 0.03, "lag");
});

Deno.test("a group that batches seldom bring keeps its estimate, and batches count by their rows", () => {
  const steps = [
    { values: [0.2, 0.8], groups: [0, 1] },
    { values: [0.4, 0.4, 0.4], groups: [0, 0, 0] },
    { values: [0.3], groups: [-1] },
    { values: [0.5], groups: [1] },
  ];
  const means = estimates(steps, 3, 0.5).map(({ means }) => [...means]);
  const first = (0.5 * 0.2 + 3 * 0.4) / (0.5 * 1 + 3);
  assertClose(means.flat(), [0.2, 0.8, 0, first, 0.8, 0, first, 0.8, 0, first, (0.4 + 0.5) / 1.5, 0], 1e-12, "means");
});

Deno.test("the gradient is that of the batch's mean in full, taken where the estimate is", () => {
  const { batch, before } = graphOf(3);
  const decay = 0.9;
  const { means } = movingMeans(batch, before, decay);
  const feeds = {
    values: row(0.9, 0.1, 0.3),
    groups: oneHot([0, 0, 1], 3),
    sums: row(1, 6, 2),
    counts: row(10, 10, 10),
  };
  const slope = evaluate({ slope: gradients(variance(means), [values])[0]! }, feeds).slope!.data;
  const estimate = [(0.9 * 1 + 1) / 11, (0.9 * 6 + 0.3) / 10, 0.2];
  const mean = estimate.reduce((a, b) => a + b) / 3;
  const pull = (group: number) => 2 / 3 * (estimate[group]! - mean);
  assertClose(slope, [pull(0) / 2, pull(0) / 2, pull(1)], 1e-12, "slope");
});

permittedTest("no estimate is NaN before a group was seen, on ONNX Runtime too", async () => {
  const { batch, before } = graphOf(3);
  const { means, next } = movingMeans(batch, before, 0.9);
  for (const [name, disparity] of Object.entries(DISPARITIES)) {
    const loss = disparity(means);
    const outputs = { loss, slope: gradients(loss, [values])[0]!, nextSums: next.sums, nextCounts: next.counts };
    const feeds = { values: row(0.3, 0.8), groups: oneHot([-1, -1], 3), sums: row(0, 0, 0), counts: row(0, 0, 0) };
    for (const results of [evaluate(outputs, feeds), await runOnnx(outputs, feeds)]) {
      const numbers = Object.values(results).flatMap(({ data }) => Array.from(data, Number));
      assertEquals(numbers.map(Math.abs), new Array(numbers.length).fill(0), name);
    }
  }
});

Deno.test("a group that is missing from the batch still pulls the others towards its estimate", () => {
  const { batch, before } = graphOf(3);
  const { means } = movingMeans(batch, before, 0.9);
  const [slope] = gradients(maxDifference(means), [values]);
  const feeds = { values: row(0.9), groups: oneHot([0], 3), sums: row(9, 2, 0), counts: row(10, 10, 0) };
  const results = evaluate({ slope: slope!, sum: reduceSum(batch.counts) }, feeds);
  assertEquals([...results.slope!.data], [1]);
  assert(results.sum!.data[0] === 1);
});
