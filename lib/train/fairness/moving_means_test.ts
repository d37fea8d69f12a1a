import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../graph/_testing.ts";
import { gradients } from "../../graph/gradients.ts";
import { reduceSum } from "../../graph/reduce.ts";
import { evaluate, type ReferenceFeed } from "../../graph/reference.ts";
import { input } from "../../graph/tensor.ts";
import { Rng } from "../../random.ts";
import { oneHot, row, runOnnx } from "./_testing.ts";
import { groupMeans } from "./group_means.ts";
import { movingMeans } from "./moving_means.ts";
import { maxGap, SPREADS, variance } from "./spread.ts";

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

// A stream in which every gap is noise: 20 groups of four rows per batch, each the rate plus normal noise.
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

Deno.test("no estimate is NaN before a group was seen, on ONNX Runtime too", async () => {
  const { batch, before } = graphOf(3);
  const { means, next } = movingMeans(batch, before, 0.9);
  for (const [name, spread] of Object.entries(SPREADS)) {
    const loss = spread(means);
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
  const [slope] = gradients(maxGap(means), [values]);
  const feeds = { values: row(0.9), groups: oneHot([0], 3), sums: row(9, 2, 0), counts: row(10, 10, 0) };
  const results = evaluate({ slope: slope!, sum: reduceSum(batch.counts) }, feeds);
  assertEquals([...results.slope!.data], [1]);
  assert(results.sum!.data[0] === 1);
});
