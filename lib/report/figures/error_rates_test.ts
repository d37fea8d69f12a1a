import { assertEquals, assertStringIncludes } from "@std/assert";
import { fairnessQuality, fairnessRows } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { errorRates } from "./error_rates.ts";

const { input } = fairnessQuality();
const figure = errorRates(input);

Deno.test("errorRates() looks as reviewed", () => assertSnapshot(figure));

Deno.test("errorRates() says once per group that a rate is undefined, and draws no bar for it", () => {
  const texts = figure.layout.annotations!.filter(({ text }) => text!.startsWith("undefined"));
  // Neither "no positives" nor "tiny" has a row with label 1.
  assertEquals(texts.map(({ text, x }) => [text, x]), Array(2).fill(["undefined: no row with a<br>positive label", 0]));
  assertStringIncludes(figure.alt, "no positives (n = 0) undefined: no row with a positive label");
  const [base] = figure.data as { x: number[] }[];
  assertEquals(base!.x.length, 2);
});

Deno.test("errorRates() takes any number of models", () => {
  const models = [...input.models, { name: "fair", quality: input.models[0]!.quality }];
  const { data, title } = errorRates({ ...input, models });
  assertEquals(data.filter((trace) => "name" in trace).map((trace) => trace.name), ["base", "tuned", "fair"]);
  assertStringIncludes(title, "the fair model selects");
});

Deno.test("errorRates() finds no difference where there is none", () => {
  const even = fairnessQuality(fairnessRows([["a", 80], ["b", 80]], 0)).input;
  assertStringIncludes(errorRates(even).title, "no difference beyond chance");
});
