import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { conclude, type DisparityEstimate, evaluate, type Evaluation } from "../evaluate/mod.ts";
import { type Finding, findingsOf, holm } from "./findings.ts";

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

Deno.test("the finding about selection has the level of what conclude() says of the difference, and its words", () => {
  const cases: [Partial<DisparityEstimate>, Partial<Evaluation["settings"]>, Finding["level"], string][] = [
    [{ pValue: 0.05 }, {}, "attention", "statistically significant (p\u00a0=\u00a00.050)"],
    [{ pValue: 0.051 }, {}, "open", "not statistically significant (p\u00a0=\u00a00.051)"],
    [{ pValue: 0.05 }, { confidence: 0.99 }, "open", "not statistically significant (p\u00a0=\u00a00.050)"],
    [{ pValue: 0.0001 }, { confidence: 0.99 }, "attention", "statistically significant (p\u00a0≤\u00a00.001)"],
    [{ pValue: 0.9, interval: interval(0, 0.03) }, {}, "open", "not statistically significant (p\u00a0=\u00a00.900)"],
    [{ pValue: 0.9, interval: interval(0, 0.03) }, { margin: 0.03 }, "equivalent", "equivalent within ±0.03"],
    [
      { pValue: 0.9, interval: interval(0, 0.031) },
      { margin: 0.03 },
      "open",
      "not statistically significant (p\u00a0=\u00a00.900)",
    ],
    [{ pValue: null, interval: interval(0.01, 0.2) }, {}, "attention", "statistically significant"],
    [{ pValue: null, interval: null }, { margin: 1 }, "open", "not statistically significant"],
    [{ value: null, reason: "no rows" } as never, { margin: 1 }, "open", "undefined: no rows"],
  ];
  const made = alike();
  for (const [change, settings, level, said] of cases) {
    const evaluation = withDisparities(made, { [PARITY]: change }, settings);
    const finding = selection(evaluation);
    assertEquals(finding.level, level, said);
    assertEquals(finding.text.split("the difference is ")[1]!.split(", ")[0], said);
    const own = evaluation.models[0]!.attributes[0]!.disparities.find(({ metric }) => metric === PARITY)!;
    const { kind } = conclude(own, evaluation.settings);
    assertEquals([level === "attention", level === "equivalent"], [kind === "difference shown", kind === "equivalent"]);
  }
});

Deno.test("a ratio below four fifths that no test shows is open, and says that four fifths is a rule of thumb", () => {
  // Of 200 each, A selects 100 and B 80 or 79.
  const of = (selected: number) => {
    const made = alike({ scoreOf: (i) => i < 200 ? Number(i < 100) : Number(i - 200 < selected) });
    return selection(withDisparities(made, { [PARITY]: { pValue: 0.5 } }));
  };
  assertEquals([of(80).level, of(80).about], ["open", "selection"]);
  assertEquals(
    of(80).text,
    'school: "B" is selected at 40.0%, "A" at 50.0%, a ratio of 0.80, not below four fifths; ' +
      "the difference is not statistically significant (p\u00a0=\u00a00.500)",
  );
  assertEquals(of(79).level, "open");
  assertStringIncludes(of(79).text, "a ratio of 0.79, below four fifths, a rule of thumb; ");
});

Deno.test("holm() adjusts as Holm (1979) does, never below a smaller p-value, never above 1", () => {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  assertEquals(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  assertEquals(holm([0.6, 0.7]), [1, 1]);
  assertEquals(holm([]), []);
});

Deno.test("findings come by their evidence: adjusted p-values rise, whatever they are about", () => {
  const evaluation = withDisparities(alike(), {
    falsePositiveRateDifference: { pValue: 0.001 },
    equalOpportunityDifference: { pValue: 0.04 },
    [PARITY]: { pValue: 0.02 },
  });
  const shown = findingsOf(evaluation).filter(({ level }) => level === "attention");
  assertEquals(shown.map(({ about }) => about), ["errors", "selection", "errors"]);
  const adjusted = shown.map((own) => own.adjusted!);
  assertEquals(adjusted, adjusted.toSorted((a, b) => a - b));
  assertStringIncludes(shown[0]!.text, "and still after adjusting for ");
  assertStringIncludes(shown[1]!.text, "but not after adjusting for ");
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
  assertStringIncludes(errors[1]!.text, "school: neither shown to differ nor to be alike: FPR (p = 0.400)");
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
