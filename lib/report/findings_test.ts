import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type DisparityEstimate, evaluate, type Evaluation, type PairEvaluation } from "../evaluate/mod.ts";
import { type Finding, findingsOf } from "./findings.ts";

/** Half of A and of B are selected, and the same of those with each label. */
function alike(changes: { scoreOf?: (i: number) => number; groupOf?: (i: number) => string } = {}): Evaluation {
  const { scoreOf = (i) => (i >> 1) % 2, groupOf = (i) => i % 400 < 200 ? "A" : "B" } = changes;
  const rows = Array.from({ length: 400 }, (_, i) => i);
  return evaluate({
    source: "x.csv",
    scores: { own: rows.map(scoreOf) },
    labels: rows.map((i) => i % 2),
    groups: { school: rows.map(groupOf) },
  }, { resamples: 20 });
}

/** The same with other things said of some disparities, or other settings. */
function withDisparities(
  evaluation: Evaluation,
  changes: Readonly<Record<string, Partial<DisparityEstimate>>>,
  settings: Partial<Evaluation["settings"]> = {},
): Evaluation {
  const models = evaluation.models.map((model) => ({
    ...model,
    attributes: model.attributes.map((own) => ({
      ...own,
      disparities: own.disparities.map((one) => ({ ...one, ...changes[one.metric] }) as DisparityEstimate),
    })),
  }));
  return { ...evaluation, models, settings: { ...evaluation.settings, ...settings } };
}

const interval = (low: number, high: number): DisparityEstimate["interval"] => ({
  low,
  high,
  level: 0.95,
  method: "bca",
  resamples: 20,
  undefinedResamples: 0,
  bias: 0,
});

const PARITY = "demographicParityDifference";
const selection = (evaluation: Evaluation) =>
  findingsOf(evaluation).find(({ text }) => text.includes("is selected at"))!;

/** The same evaluation with other tests of its pairs. */
function withPairs(evaluation: Evaluation, change: Partial<PairEvaluation>): Evaluation {
  const models = evaluation.models.map((model) => ({
    ...model,
    attributes: model.attributes.map((own) => ({ ...own, pairs: own.pairs.map((pair) => ({ ...pair, ...change })) })),
  }));
  return { ...evaluation, models };
}

Deno.test("the finding about selection has the level of what the test of its own pair says, and its words", () => {
  const said = (p: string) => ` (Fisher's exact p\u00a0${p}, 0.0\u00a0standard deviations)`;
  const cases: [number, Partial<Evaluation["settings"]>, Finding["level"], string][] = [
    [0.05, {}, "attention", `statistically significant${said("=\u00a00.050")}`],
    [0.051, {}, "open", `not statistically significant${said("=\u00a00.051")}`],
    [0.05, { confidence: 0.99 }, "open", `not statistically significant${said("=\u00a00.050")}`],
    [0.0001, { confidence: 0.99 }, "attention", `statistically significant${said("≤\u00a00.001")}`],
  ];
  const made = alike();
  for (const [value, settings, level, text] of cases) {
    // The p-value of another quantity must not be told.
    const other = withDisparities(made, { [PARITY]: { pValue: 0.7 } }, settings);
    const finding = selection(withPairs(other, { pValue: { value } }));
    assertEquals([finding.level, finding.text.split("the difference is ")[1]], [level, text]);
  }
  const undefinedP = withPairs(made, { pValue: { value: null, reason: "clusters span both groups" } });
  assertStringIncludes(selection(undefinedP).text, "the difference is undefined: clusters span both groups");
});

Deno.test("selection rates are equivalent where the interval of all groups' difference lies within the margin", () => {
  const made = alike();
  for (const [high, level] of [[0.03, "equivalent"], [0.031, "open"]] as const) {
    const own = { [PARITY]: { pValue: 0.9, interval: interval(0, high) } };
    const finding = selection(withDisparities(made, own, { margin: 0.03 }));
    assertEquals(finding.level, level);
    assertEquals(finding.text.endsWith("the difference is equivalent within ±0.03"), level === "equivalent");
  }
});

Deno.test("a ratio below four fifths that no test shows is open, and says that four fifths is a rule of thumb", () => {
  // Of 200 each, A selects 100 and B 80 or 79.
  const of = (selected: number) => {
    const made = alike({ scoreOf: (i) => i < 200 ? Number(i < 100) : Number(i - 200 < selected) });
    return selection(made);
  };
  assertEquals([of(80).level, of(80).about], ["open", "selection"]);
  assertEquals(
    of(80).text,
    'school: "B" is selected at 40.0%, "A" at 50.0%, a ratio of 0.80, not below four fifths; ' +
      "the difference is not statistically significant (Fisher's exact p\u00a0=\u00a00.056, −2.0\u00a0standard deviations)",
  );
  // One fewer, and Fisher's exact p is 0.044.
  assertEquals(of(79).level, "attention");
  assertStringIncludes(of(79).text, "a ratio of 0.79, below four fifths, a rule of thumb; ");
});

Deno.test("findings come by their evidence: adjusted p-values rise, whatever they are about", () => {
  const made = withDisparities(alike(), {
    falsePositiveRateDifference: { pValue: 0.001 },
    equalOpportunityDifference: { pValue: 0.04 },
  });
  const evaluation = withPairs(made, { pValue: { value: 0.02 }, holmP: { value: 0.02 } });
  const shown = findingsOf(evaluation).filter(({ level }) => level === "attention");
  assertEquals(shown.map(({ about }) => about), ["errors", "selection", "errors"]);
  const adjusted = shown.map((own) => own.adjusted!);
  assertEquals(adjusted, adjusted.toSorted((a, b) => a - b));
  assertStringIncludes(shown[0]!.text, "and still after adjusting for ");
  assertStringIncludes(shown[2]!.text, "but not after adjusting for ");
});

Deno.test("the finding about selection counts further groups below four fifths", () => {
  // Four groups of 100 that select 80, 60, 40 and 20.
  const rate = (i: number) => 80 - 20 * Math.floor(i / 100);
  const group = (i: number) => "ABCD"[Math.floor(i / 100)]!;
  const scoreOf = (i: number) => Number(i % 100 < rate(i));
  assertStringIncludes(
    selection(alike({ groupOf: group, scoreOf })).text,
    "0.25, below four fifths, a rule of thumb (and 2 more groups);",
  );
  const three = (i: number) => group(i) === "B" ? "A" : group(i);
  assertStringIncludes(
    selection(alike({ groupOf: three, scoreOf })).text,
    '"D" is selected at 20.0%, "A" at 70.0%, a ratio of 0.29, below four fifths, a rule of thumb (and 1 more group);',
  );
});

Deno.test("errors: what is shown is said one by one, what is open and what is alike together", () => {
  const shown = { pValue: 0.001, interval: interval(0.1, 0.3) };
  const none = { pValue: 0.4, interval: interval(-0.3, 0.3) };
  const near = { pValue: 0.4, interval: interval(0, 0.01) };
  const evaluation = withDisparities(alike(), {
    equalOpportunityDifference: shown,
    falsePositiveRateDifference: none,
    predictiveParityDifference: near,
  }, { margin: 0.02 });
  const errors = findingsOf(evaluation).filter(({ about }) => about === "errors");
  assertEquals(errors.map(({ level }) => level), ["attention", "open", "equivalent"]);
  assertStringIncludes(
    errors[0]!.text,
    'school: 50.0% of the qualified are selected in "A", 50.0% in "B"; statistically significant (p\u00a0≤\u00a00.001)',
  );
  assertStringIncludes(errors[1]!.text, "school: neither shown to differ nor to be alike: FPR (p\u00a0=\u00a00.400)");
  assertStringIncludes(errors[2]!.text, "PPV (equivalent within ±0.02)");
});

Deno.test("want of evidence is never called alike: nothing selected, one large group, small and empty groups", () => {
  const nobody = findingsOf(alike({ scoreOf: (i) => i % 4 / 10 }));
  assert(nobody.some(({ level, text }) => level === "limit" && text === "school: nobody is selected"));
  // B has 10 rows: too few people to compare, though all its rates are as A's.
  const made = alike({ groupOf: (i) => i < 390 ? "A" : "B" });
  const margin = { ...made, settings: { ...made.settings, margin: 1 } };
  const few = findingsOf(margin);
  assertEquals(few.some(({ level }) => level === "equivalent"), false);
  assertStringIncludes(selection(margin).text, "there are too few people to compare");
  const limit = 'school: one group has fewer than 30 rows, too few to judge: "B" (10)';
  assert(few.some(({ level, text }) => level === "limit" && text === limit));
  const tiny = alike({ groupOf: (i) => i < 200 ? "A" : i < 380 ? "B" : `t${Math.floor((i - 380) / 4)}` });
  const named = findingsOf(tiny).find(({ text }) => text.includes("fewer than 30"))!;
  assertStringIncludes(
    named.text,
    '5 groups have fewer than 30 rows, too few to judge: "t0" (4), "t1" (4), "t2" (4), ',
  );
  assert(named.text.endsWith('"t3" (4) and 1 more'), named.text);
  assert(selection(tiny).text.startsWith("school (small groups aside): "));
});

Deno.test("findings stand from the weightiest to the limits, of the model that is asked for", () => {
  const order = ["attention", "open", "measured", "equivalent", "limit"];
  const evaluation = withDisparities(alike(), { falsePositiveRateDifference: { pValue: 0.01, interval: null } });
  const levels = findingsOf({
    ...evaluation,
    data: { ...evaluation.data, dropped: 100, missing: { label: 100, b: 0 } },
  });
  const at = levels.map(({ level }) => order.indexOf(level));
  assertEquals(at, at.toSorted((a, b) => a - b));
  assertEquals(levels[0]!.level, "attention");
  assertEquals(levels.at(-1)!.text, "100 rows (20.0%) with missing values are left out (label: 100)");
  const [model] = evaluation.models;
  const both = { ...evaluation, models: [model!, { ...model!, attributes: [] }] };
  assertEquals(findingsOf(both).map(({ about }) => about), ["quality"]);
  assert(findingsOf(both, model).length > 1);
});

Deno.test("counterfactual flips ask for attention from 1% on", () => {
  const level = (flips: number) => {
    const rows = Array.from({ length: 400 }, (_, i) => i);
    const scores = rows.map((i) => i % 2 ? 0.75 : 0.25);
    const counterfactual = scores.map((score, i) => i < 2 * flips ? 0.75 : score);
    const found = findingsOf(evaluate({
      source: "x.csv",
      scores: { own: { scores, counterfactual } },
      groups: { school: rows.map((i) => i < 200 ? "A" : "B") },
    }, { resamples: 20 }));
    return found.find(({ text }) => text.startsWith("Counterfactuals: "))!;
  };
  assertEquals([level(3).level, level(4).level], ["open", "attention"]);
  assertStringIncludes(level(4).text, "of decisions (1.0% gain, 0.0% lose) and moves scores by 0.005 on average");
});

Deno.test("findings say where labels are known more often in one group than in another", () => {
  const scores = Array.from({ length: 160 }, (_, i) => (i * 37 % 160) / 160);
  const of = (known: (i: number) => boolean) =>
    findingsOf(evaluate({
      source: "x.csv",
      scores: { own: scores },
      labels: scores.map((score, i) => known(i) ? Number(score > 0.4) : NaN),
      groups: { g: scores.map((_, i) => i % 2 ? "B" : "A") },
    }, { resamples: 20 })).map(({ text }) => text).filter((text) => text.includes("less often"));
  assertEquals(of((i) => i % 2 === 0 || i % 4 === 1), [
    'g: labels are known less often in "B" (40 of 80) than in "A" (80 of 80); rates that need one are of those with a ' +
    "label, who may not be like the others of their group",
  ]);
  assertEquals(of((i) => i % 10 > 1), []);
});
