import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { conclude, type Evaluation } from "../../evaluate/mod.ts";
import { fairness, fairnessRows } from "./_fairness_testing.ts";
import { errorRates, selectionRates } from "./rates.ts";
import { differenceOf, disparityOf, extremesOf, findingOf, judgedGroups, standsOut } from "./titles.ts";

const group = (name: string, value: number | null, small = false) => ({
  group: name,
  count: small ? 3 : 90,
  small,
  value,
});
const names = (groups: readonly { group: string }[]) => groups.map(({ group }) => group);
const rest = { level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
const line = (value: number, low: number | null, high: number | null) => ({ value, interval: { low, high, ...rest } });
const settings = { confidence: 0.95, margin: null };
const { evaluation } = fairness();

Deno.test("judgedGroups() leaves small groups out if two large ones are defined, and undefined ones always", () => {
  const [a, b] = [group("a", 0.4), group("b", 0.2)];
  const [tiny, none] = [group("tiny", 1, true), group("none", null)];
  assertEquals(names(judgedGroups([a, tiny, none, b], (own) => own)), ["a", "b"]);
  // A large group without a value does not count as one of the two.
  assertEquals(names(judgedGroups([a, tiny, none], (own) => own)), ["a", "tiny"]);
  assertEquals(names(judgedGroups([none], (own) => own)), []);
});

Deno.test("extremesOf() finds the lowest and the highest that may be judged", () => {
  const groups = [group("mid", 0.3), group("high", 0.6), group("tiny", 0, true), group("low", 0.1), group("-", null)];
  const { low, high } = extremesOf(groups, (own) => own)!;
  assertEquals([low.group, high.group], ["low", "high"]);
  const few = extremesOf([group("big", 0.3), group("tiny", 0, true)], (own) => own)!;
  assertEquals([few.low.group, few.high.group], ["tiny", "big"]);
  assertEquals(extremesOf([group("a", 0.3), group("-", null)], (own) => own), null);
  assertEquals(groups.length, 5);
});

Deno.test("disparityOf() is that among large groups where some are small", () => {
  const own = evaluation.models[1]!.attributes[0]!;
  const metric = "demographicParityDifference";
  const rates = own.groups.filter(({ small }) => !small).map(({ metrics }) => metrics.selectionRate!.value!);
  assertAlmostEquals(disparityOf(own, metric)!.value!, Math.max(...rates) - Math.min(...rates), 1e-12);
  const all = own.groups.map(({ metrics }) => metrics.selectionRate!.value!);
  const whole = disparityOf({ ...own, amongLarge: null }, metric)!;
  assertAlmostEquals(whole.value!, Math.max(...all) - Math.min(...all), 1e-12);
  assertEquals(disparityOf(own, "no such metric"), undefined);
});

Deno.test("differenceOf() keeps the number and its test, or the reason that there is none", () => {
  const interval = { low: 0.1, high: 0.3, ...rest };
  const metric = "demographicParityDifference";
  const known = differenceOf(metric, { estimate: { value: 0.2 }, interval, pValue: 0.03 } as never);
  assertEquals(known, { metric, value: 0.2, interval, pValue: 0.03 });
  const unknown = differenceOf(metric, { estimate: { value: null, reason: "why" }, interval, pValue: null } as never);
  assertEquals(unknown, { metric, value: null, reason: "why", interval: null, pValue: null });
});

Deno.test("findingOf() says in each case what conclude() does", () => {
  const own = { metric: "demographicParityDifference", ...line(0.2, 0.05, 0.3) };
  const text = (pValue: number | null, margin: number | null = null) => {
    const found = findingOf({ ...own, pValue }, { confidence: 0.95, margin });
    assertEquals(found.conclusion, conclude({ ...own, pValue }, { confidence: 0.95, margin }));
    assertEquals(found.shown, found.conclusion!.kind === "difference shown");
    return found.text;
  };
  assertEquals(text(0.05), "statistically significant (p\u00a0=\u00a00.050)");
  assertEquals(text(0.051), "difference not statistically significant (p\u00a0=\u00a00.051)");
  assertEquals(text(0.0004), "statistically significant (p\u00a0≤\u00a00.001)");
  // Without a test the interval decides.
  assertEquals(text(null), "statistically significant");
  assertEquals(text(0.01, 0.3), "difference equivalent within ±0.3");
  assertEquals(text(0.01, 0.29), "statistically significant (p\u00a0=\u00a00.010)");
  const none = { metric: own.metric, value: null, reason: "one group", interval: null, pValue: null };
  assertEquals(findingOf(none, settings).text, "difference undefined: one group");
  assertEquals(findingOf(undefined, settings), { shown: false, conclusion: null, text: "not tested" });
});

Deno.test("standsOut() widens the interval for the number of groups that were looked at", () => {
  // Of 1, 2, 3 and 4 the quantiles are 1.960, 2.241, 2.394 and 2.498: 0.08 becomes 0.080, 0.091, 0.098 and 0.102.
  const above = [1, 2, 3, 4].map((looked) => standsOut(line(0.1, 0.02, 0.18), looked, 0.95));
  assertEquals(above, [true, true, true, false]);
  assertEquals([3, 4].map((looked) => standsOut(line(-0.1, -0.18, -0.02), looked, 0.95)), [true, false]);
  assertEquals(standsOut(line(0.1, -0.01, 0.2), 1, 0.95), false);
});

Deno.test("standsOut() claims nothing without a value, without both ends, or from an interval that is a point", () => {
  assertEquals(standsOut({ value: null, reason: "none", interval: null }, 1, 0.95), false);
  assertEquals(standsOut({ value: 0.3, interval: null }, 1, 0.95), false);
  assertEquals(standsOut(line(0.3, null, 0.4), 1, 0.95), false);
  assertEquals(standsOut(line(0.3, 0.2, null), 1, 0.95), false);
  assertEquals(standsOut(line(0.3, 0.3, 0.3), 1, 0.95), false);
});

/** An evaluation of two groups that differ, with a given p-value of every disparity. */
function withPValue(own: Evaluation, pValue: number, margin: number | null = null): Evaluation {
  const models = own.models.map((model) => ({
    ...model,
    attributes: model.attributes.map((attribute) => ({
      ...attribute,
      disparities: attribute.disparities.map((disparity) => ({ ...disparity, pValue })),
    })),
  }));
  return { ...own, models, settings: { ...own.settings, margin } };
}

Deno.test("titles of rates claim significance exactly where conclude() shows a difference", () => {
  const apart = fairness(fairnessRows([["a", 80], ["b", 80]], 2)).evaluation;
  for (
    const [figureOf, metric] of [
      [selectionRates, "demographicParityDifference"],
      [errorRates, "equalizedOddsDifference"],
    ] as const
  ) {
    for (const pValue of [0.001, 0.05, 0.0501, 0.9]) {
      for (const margin of [null, 1]) {
        const own = withPValue(apart, pValue, margin);
        const disparity = disparityOf(own.models.at(-1)!.attributes[0]!, metric)!;
        const { kind } = conclude(disparity, own.settings);
        const { title } = figureOf(own);
        assertEquals(/(?<!not )statistically significant/.test(title), kind === "difference shown", title);
        assertEquals(title.includes("equivalent within ±1"), kind === "equivalent", title);
        assertEquals(kind === "equivalent", margin === 1);
      }
    }
    assertStringIncludes(figureOf(withPValue(apart, 0.0501)).title, "difference not statistically significant");
  }
});
