import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { wilsonInterval } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import { parseConfig } from "./config.ts";
import { checkConstraints, confidenceOfEach, type DecidedRows, decisionRule, largestExcess } from "./constraints.ts";
import { constraintText } from "./constraints_text.ts";
import type { Constraint } from "./settings.ts";

function constraint(changes: Partial<Constraint>): Constraint {
  return { metric: "demographicParityDifference", attribute: "town", against: "label", ...changes };
}

/** Ten people of each of two towns; six and three are accepted, of five matches four and two. */
const ROWS: DecidedRows = (() => {
  const decisions = [1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0];
  return {
    labels: decisions.map((_, i) => Number(i % 10 < 5)),
    groundTruth: decisions.map((_, i) => i === 0 ? NaN : Number(i % 10 < 5)),
    scores: decisions.map((decision, i) => decision - i / 100),
    decisions,
    flips: decisions.map((_, i) => i < 2 ? 1 : i < 10 ? 0 : NaN),
    groups: { town: decisions.map((_, i) => i < 10 ? "city" : "rural") },
    people: decisions.map((_, i) => `p${i}`),
  };
})();

const check = (changes: Partial<Constraint>, rows = ROWS) => checkConstraints(rows, [constraint(changes)], 0.95)[0]!;

Deno.test("checkConstraints() measures each bound, with Newcombe's limit of a difference, by hand", () => {
  const parity = check({ atMost: 0.7 });
  const [city, rural] = [wilsonInterval(0.6, 10, 0.9), wilsonInterval(0.3, 10, 0.9)];
  assertAlmostEquals(parity.value!, 0.3);
  assertAlmostEquals(parity.limit!, 0.3 + Math.hypot(city.high - 0.6, 0.3 - rural.low), 1e-12);
  assertEquals([parity.name, parity.met], ["demographicParityDifference.town", true]);
  assertEquals(check({ atMost: 0.3 }).met, false, "kept as measured is not shown");

  assertAlmostEquals(check({ metric: "demographicParityRatio", atLeast: 0.8 }).value!, 0.5);
  assertAlmostEquals(check({ metric: "equalOpportunityDifference", atMost: 0.1 }).value!, 0.8 - 0.4);
  assertAlmostEquals(check({ metric: "falsePositiveRateDifference", atMost: 0.1 }).value!, 0.4 - 0.2);
  assertAlmostEquals(check({ metric: "equalizedOddsDifference", atMost: 0.1 }).value!, 0.4);
  const truth = check({ metric: "equalOpportunityDifference", atMost: 0.1, against: "groundTruth" });
  assertAlmostEquals(truth.value!, 0.75 - 0.4);
  assertEquals(truth.name, "equalOpportunityDifference.town.groundTruth");

  const floor = check({ metric: "tpr", atLeast: 0.1 });
  assertEquals(floor, {
    name: "tpr.town",
    value: 0.4,
    limit: wilsonInterval(0.4, 5, 0.9).low,
    met: true,
  });
  const flips = check({ metric: "flipRate", attribute: null, atMost: 0.1 });
  assertEquals(flips, { name: "flipRate", value: 0.2, limit: wilsonInterval(0.2, 10, 0.9).high, met: false });
});

Deno.test("the limit of a ratio is where one share's multiple may just exceed the other", () => {
  const { value, limit } = check({ metric: "demographicParityRatio", atLeast: 0.8 });
  const [city, rural] = [wilsonInterval(0.6, 10, 0.9), wilsonInterval(0.3, 10, 0.9)];
  const upper = limit! * 0.6 - 0.3 + Math.hypot(limit! * (city.high - 0.6), 0.3 - rural.low);
  assertAlmostEquals(upper, 0, 1e-9);
  assert(limit! < value!);
});

Deno.test("an AUC's limit is that of a share of as many rows as the smaller class has", () => {
  const { value, limit } = check({ metric: "rocAuc", atLeast: 0.5 });
  // City: failures at the scores 1, 1, 0, 0, 0 less a bit, matches at 1, 1, 1, 1, 0: 20 + 3 of 25 pairs are in order.
  // Rural: matches 1, 1, 0, 0, 0, failures 1, 0, 0, 0, 0: 10 + 12 of 25.
  assertAlmostEquals(value!, 22 / 25);
  assertAlmostEquals(limit!, wilsonInterval(value!, 5, 0.9).low, 1e-12);
});

Deno.test("what cannot be measured is not claimed", () => {
  const one = { ...ROWS, groups: { town: ROWS.people.map(() => "city") } };
  assertEquals(check({ atMost: 0.5 }, one), {
    name: "demographicParityDifference.town",
    value: null,
    limit: null,
    met: false,
  });
  const noMatches = { ...ROWS, labels: ROWS.labels.map((label, i) => i < 10 ? label : 0) };
  assertEquals(check({ metric: "tpr", atLeast: 0.1 }, noMatches).met, false);
  const odds = { ...ROWS, labels: ROWS.labels.map((label, i) => i === 19 ? 1 : i < 10 ? label : 0) };
  assert(check({ metric: "equalOpportunityDifference", atMost: 1 }, odds).met);
  const three = { ...odds, groups: { town: ROWS.groups.town!.map((town, i) => i === 18 ? "suburb" : town) } };
  const { value, limit, met } = check({ metric: "equalOpportunityDifference", atMost: 1 }, three);
  assertEquals([value, limit, met], [0.8, null, false], "the suburb has no match");
  assertEquals(largestExcess([check({ atMost: 0.5 }, one)], [constraint({ atMost: 0.5 })]), 1);
});

Deno.test("rows of one person count as one where they are alike", () => {
  const double = (values: ArrayLike<number>) => Array.from(values).flatMap((value) => [value, value]);
  const twice: DecidedRows = {
    labels: double(ROWS.labels),
    groundTruth: double(ROWS.groundTruth),
    scores: double(ROWS.scores),
    decisions: double(ROWS.decisions),
    flips: double(ROWS.flips),
    groups: { town: ROWS.groups.town!.flatMap((town) => [town, town]) },
    people: ROWS.people.flatMap((person) => [person, person]),
  };
  assertAlmostEquals(check({ atMost: 0.5 }, twice).limit!, check({ atMost: 0.5 }).limit!, 1e-12);
});

Deno.test("a bound that is broken is claimed to be kept in at most 5% of samples", () => {
  const rng = new Rng(5);
  const trials = 2000,
    bounds = [constraint({ atMost: 0.1 }), constraint({ metric: "demographicParityRatio", atLeast: 0.7 })];
  const claims = [0, 0];
  for (let trial = 0; trial < trials; trial++) {
    // True rates 0.3, 0.3 and 0.2: a difference of exactly 0.1, and a ratio of 0.667, below 0.7.
    const town = Array.from({ length: 900 }, (_, i) => ["city", "suburb", "rural"][i % 3]!);
    const decisions = town.map((name) => Number(rng.uniform() < (name === "rural" ? 0.2 : 0.3)));
    const rows = { ...ROWS, decisions, groups: { town }, people: town.map((_, i) => `p${i}`) };
    checkConstraints(rows, bounds, 0.95).forEach(({ met }, i) => claims[i]! += Number(met));
  }
  // Three standard errors of 2,000 throws with 5%: 0.065.
  for (const times of claims) assert(times / trials < 0.065, `${times} of ${trials}`);
});

Deno.test("with many attributes bounded, that all bounds hold is claimed wrongly in at most 5% of samples", () => {
  const rng = new Rng(9);
  const trials = 1500, names = ["town", "age", "school", "language"];
  const bounds = names.map((attribute) => constraint({ attribute, atMost: 0.1 }));
  let claims = 0;
  for (let trial = 0; trial < trials; trial++) {
    // Groups at random, but for towns, whose true rates are 0.3 and 0.2: a difference of exactly the bound.
    const drawn = Array.from({ length: 1600 }, () => names.map(() => rng.pick(["a", "b"])));
    const decisions = drawn.map(([town]) => Number(rng.uniform() < (town === "a" ? 0.3 : 0.2)));
    const groups = Object.fromEntries(names.map((name, k) => [name, drawn.map((own) => own[k]!)]));
    const rows = { ...ROWS, decisions, groups, people: drawn.map((_, i) => `p${i}`) };
    claims += Number(checkConstraints(rows, bounds, 0.95).every(({ met }) => met));
  }
  // Three standard errors of 1,500 throws with 5%: 0.067.
  assert(claims / trials < 0.067, `${claims} of ${trials}`);
});

Deno.test("a bound that is clearly kept is claimed", () => {
  const rng = new Rng(6);
  const town = Array.from({ length: 4000 }, (_, i) => i % 2 === 0 ? "city" : "rural");
  const decisions = town.map(() => Number(rng.uniform() < 0.3));
  const rows = { ...ROWS, decisions, groups: { town }, people: town.map((_, i) => `p${i}`) };
  assert(check({ atMost: 0.1 }, rows).met);
});

const CONFIG = parseConfig({
  data: { groups: [{ name: "town", column: "town" }] },
  fairness: { constraints: [{ metric: "demographicParityDifference", attribute: "town", atMost: 0.9 }] },
  training: { epochs: 5 },
});

Deno.test("decisionRule() takes the highest F1 that keeps the bounds, and shares the error among its looks", () => {
  const rows = { ...ROWS, otherScores: ROWS.scores };
  assertAlmostEquals(confidenceOfEach(CONFIG, 3), 1 - 0.05 / 15);
  assertAlmostEquals(confidenceOfEach({ ...CONFIG, selection: { ...CONFIG.selection, window: [4, 5] } }, 1), 0.975);
  const { threshold, constraints } = decisionRule(rows, CONFIG);
  assertEquals(constraints.map(({ met }) => met), [true]);
  const without = decisionRule(rows, { ...CONFIG, fairness: { ...CONFIG.fairness, constraints: [] } });
  assertEquals(without, { threshold, constraints: [] });
});

Deno.test("with thresholds per group the bounds are checked on people on whom they were not fitted", () => {
  const rng = new Rng(8);
  const town = Array.from({ length: 400 }, (_, i) => i % 2 === 0 ? "city" : "rural");
  const labels = town.map(() => Number(rng.uniform() < 0.4));
  const scores = labels.map((label, i) => label + rng.normal() + (town[i] === "city" ? 1 : 0));
  const people = town.map((_, i) => `p${i}`);
  const rows = { labels, groundTruth: labels, scores, otherScores: scores, groups: { town }, people };
  const value = (groupThresholds: "none" | "demographicParity") =>
    decisionRule(rows, { ...CONFIG, evaluation: { ...CONFIG.evaluation, groupThresholds } }).constraints[0]!.value!;
  const [one, each] = [value("none"), value("demographicParity")];
  assert(one > 0.25, `one threshold: ${one}`);
  assert(each < 0.12 && each > 0, `thresholds per group: ${each}`);
});

Deno.test("constraintText() says what is kept, what is not shown, and what is undefined", () => {
  const where = { where: "the test split", confidence: 0.95 };
  const text = (limit: number | null, value: number | null, met: boolean) =>
    constraintText(constraint({ atMost: 0.05 }), { name: "", value, limit, met }, where);
  assertEquals(
    text(0.049, 0.01, true),
    "Demographic parity difference by town at most 0.05: kept on the test split, 0.010, at most 0.049 with 95% confidence",
  );
  assert(text(0.2, 0.01, false).includes("kept as measured, but not shown"));
  assert(text(0.2, 0.1, false).includes("not kept"));
  assert(text(null, null, false).includes("undefined"));
  assert(text(null, 0.02, false).includes("of which nothing is shown"));
});
