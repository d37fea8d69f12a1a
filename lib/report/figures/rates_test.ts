import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { evaluate } from "../../evaluate/mod.ts";
import { fairness, fairnessRows, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { errorRates, rateBars, selectionRates, shareAxis } from "./rates.ts";
import { permittedTest } from "../../_testing.ts";

const { evaluation } = fairness();
const even = fairness(fairnessRows([["a", 80], ["b", 80]], 0)).evaluation;
const alone = fairness(fairnessRows([["a", 80]])).evaluation;
const selected = selectionRates(evaluation);
const errors = errorRates(evaluation);

permittedTest("selectionRates() looks as reviewed", () => assertSnapshot(selected));

Deno.test("selectionRates() says who is selected least and most, and whether that is significant", () => {
  assertStringIncludes(selected.title, `The tuned model selects 47% of “${HOSTILE}” and 63% of “degree”`);
  // The group of three, of whom nobody is selected, makes the difference significant, and is not judged.
  assertStringIncludes(selected.title, "difference not statistically significant (p\u00a0=\u00a0");
  const apart = selectionRates(fairness(fairnessRows([["a", 80], ["b", 80]], 3)).evaluation);
  assertStringIncludes(apart.title, "below four fifths, statistically significant (p\u00a0=\u00a00.010)");
  assertStringIncludes(selectionRates(even).title, "difference not statistically significant (p\u00a0=\u00a00.");
  assertEquals(selectionRates(alone).title, "education: only one group, so there is nothing to compare");
});

Deno.test("selectionRates() neither judges a group of three nor measures others by it", () => {
  const tiny = selected.rows.findIndex(({ model, group }) => model === "tuned" && group === "tiny");
  assertEquals(selected.rows[tiny]!.ratio, null);
  const bars = selected.data as { yaxis: string; y: number[]; marker: { line: { color: string[] } } }[];
  const own = bars.find(({ yaxis, y }) => yaxis === "y2" && y.includes(tiny % 4))!;
  assertEquals(own.marker.line.color[own.y.indexOf(tiny % 4)], "#59636c");
});

Deno.test("selectionRates() shows names as text", () => {
  assert(
    plotTexts([selected.data, selected.layout.annotations, selected.layout.yaxis]).every((text) =>
      !text.includes('"R&D"')
    ),
  );
  assertStringIncludes(selected.alt, HOSTILE);
});

Deno.test("a figure's rows are the evaluation's numbers", () => {
  const { groups } = evaluation.models[1]!.attributes[0]!;
  const own = groups.find(({ group }) => group === "degree")!;
  const row = (rows: typeof selected.rows) => rows.find((row) => row.model === "tuned" && row.group === "degree")!;
  const { value, interval } = own.metrics.selectionRate!;
  assertEquals(row(selected.rows).selectionRate, value);
  assertEquals([row(selected.rows).selectionRateLow, row(selected.rows).selectionRateHigh], [
    interval!.low,
    interval!.high,
  ]);
  assertEquals([row(errors.rows).tpr, row(errors.rows).fpr], [own.metrics.tpr!.value, own.metrics.fpr!.value]);
  assertEquals([row(errors.rows).n, row(errors.rows).positives], [own.count, own.positives]);
});

Deno.test("figures refuse attributes and models that were not evaluated", () => {
  assertThrows(
    () => selectionRates(evaluation, { attribute: "x" }),
    InputError,
    "attribute: expected one of education",
  );
  assertThrows(() => selectionRates(evaluation, { models: ["x"] }), InputError, "model: expected one of base, tuned");
  assertEquals(new Set(selectionRates(evaluation, { models: ["base"] }).rows.map(({ model }) => model)).size, 1);
});

permittedTest("errorRates() looks as reviewed", () => assertSnapshot(errors));

Deno.test("errorRates() says once per group that a rate is undefined, and draws no bar for it", () => {
  const texts = errors.layout.annotations!.filter(({ text }) => text!.startsWith("undefined"));
  // Neither "no positives" nor "tiny" has a row with a positive label.
  assertEquals(texts.map(({ text, x }) => [text, x]), Array(2).fill(["undefined: no row with a<br>positive label", 0]));
  assertStringIncludes(errors.alt, "no positives (n = 0) undefined: no row with a positive label");
  const bars = (errors.data as { x: number[]; yaxis?: string }[]).filter(({ yaxis }) => yaxis === "y");
  assertEquals(bars.reduce((sum, { x }) => sum + x.length, 0), 4, "two groups under two models");
});

Deno.test("errorRates() takes any number of models", () => {
  const models = [...evaluation.models, { ...evaluation.models[0]!, name: "fair" }];
  const { data, title } = errorRates({ ...evaluation, models });
  assertEquals(data.filter((trace) => "name" in trace).map((trace) => trace.name), ["base", "tuned", "fair"]);
  assertStringIncludes(title, "the fair model selects");
});

Deno.test("errorRates() finds no difference where there is none", () => {
  assertStringIncludes(errorRates(even).title, "difference not statistically significant");
});

Deno.test("rateBars() draws small groups hollow", () => {
  const interval = { low: 0.1, high: 0.4, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 };
  const rate = { value: 0.25, interval: { ...interval, method: "bca" as const } };
  const [drawn] = rateBars([{ at: 0, rate, of: 12, color: "#0072b2", small: true, hover: "" }], 0.6, "y");
  const { x, marker } = drawn!;
  assertEquals([x, marker?.color], [[0.25], ["#0072b21f"]]);
  assertEquals(shareAxis([rate], 0.2).range, [0, 0.5]);
});

Deno.test("selectionRates() measures by the evaluation's reference, named or not, and by no group left out", () => {
  const group = Array.from({ length: 160 }, (_, i) => ["White", "Black", "Asian", "Unknown"][i % 4]!);
  const rates = { White: 0.5, Black: 0.25, Asian: 0.75, Unknown: 1 } as Record<string, number>;
  const input = {
    source: "x.csv",
    scores: { own: group.map((name, i) => Number(Math.floor(i / 4) < rates[name]! * 40)) },
    groups: { race: group },
  };
  const ratios = (reference: string[]) => {
    const { rows, layout } = selectionRates(evaluate(input, { resamples: 20, reference }));
    return [
      rows.map(({ group, ratio }) => [group, ratio]),
      layout.annotations?.some(({ text }) => text?.includes("“White”")),
    ];
  };
  assertEquals(ratios([]), [[["Asian", 1], ["Black", 1 / 3], ["White", 2 / 3]], false]);
  assertEquals(ratios(["White"]), [[["Asian", 1.5], ["Black", 0.5], ["White", 1]], true]);
});

Deno.test("errorRates() counts the rows with a label, not those without", () => {
  const input = {
    source: "x.csv",
    scores: { own: [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.9, 0.1] },
    labels: [1, 0, NaN, NaN, 1, 0, 1, 0],
    groups: { g: ["a", "a", "a", "a", "b", "b", "b", "b"] },
  };
  const { alt } = errorRates(evaluate(input, { resamples: 20, smallBelow: 1 }));
  assertEquals(alt.match(/n = \d/g), ["n = 1", "n = 2", "n = 1", "n = 2"]);
});
