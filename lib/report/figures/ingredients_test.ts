import { assertEquals, assertThrows } from "@std/assert";
import { HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { ingredients, type VariantValue } from "./ingredients.ts";
import { sweepIngredients } from "./sweep_ingredients.ts";

const value = (mean: number, change: number | null, half = 0.01): VariantValue => ({
  mean,
  interval: { low: mean - 0.02, high: mean + 0.02 },
  seeds: [mean - 0.01, mean, mean + 0.01],
  change: change === null ? null : { mean: change, interval: { low: change - half, high: change + half } },
});
const none = { low: null, high: null };
const input = {
  attribute: "education",
  variants: ["plain", "masking", HOSTILE, "all"],
  reference: 0,
  metrics: [
    {
      title: "ROC-AUC",
      better: "more" as const,
      values: [value(0.87, null), value(0.87, 0), value(0.85, -0.02), value(0.86, -0.02)],
    },
    {
      title: "Demographic parity",
      better: "less" as const,
      values: [value(0.3, null), value(0.28, -0.02), value(0.1, -0.2), { ...value(0.05, -0.25), chance: 0.04 }],
    },
    {
      title: "Equalized odds",
      better: "less" as const,
      values: [value(0.4, null), value(0.41, 0.01), {
        mean: null,
        interval: none,
        change: { mean: null, interval: none },
      }, value(0.2, -0.2)],
    },
  ],
  seeds: 3,
  confidence: 0.95,
};
const figure = ingredients(input);

Deno.test("ingredients() looks as reviewed", () => assertSnapshot(figure));

Deno.test("ingredients() names the variant that is better in most, and its price", () => {
  assertEquals(figure.title, "Against plain, all is better in demographic parity and equalized odds, worse in ROC-AUC");
  const metrics = input.metrics.map((metric) => ({
    ...metric,
    values: metric.values.slice(0, 2).map((own) => ({
      ...own,
      change: own.change && { ...own.change, interval: { low: -1, high: 1 } },
    })),
  }));
  assertEquals(
    ingredients({ ...input, variants: input.variants.slice(0, 2), metrics }).title,
    "No variant is clearly better than plain in anything",
  );
});

Deno.test("ingredients() draws no point for what is undefined, and names as text", () => {
  const texts = figure.layout.annotations!.map(({ text }) => text);
  assertEquals(texts.filter((text) => text!.startsWith("undefined")), ["undefined: no seed has a value"]);
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});

Deno.test("sweepIngredients() takes gaps of all seeds together and means of AUCs", () => {
  const line = (point: string, metric: string, estimate: string, over: string, numbers: Record<string, string>) => ({
    point,
    table: "evaluation",
    attribute: metric === "roc_auc" ? "" : "education",
    metric,
    estimate,
    interval_over: over,
    seeds: "5",
    confidence: "0.95",
    difference_from: point === "plain" ? "" : "plain",
    expected_by_chance: "",
    low: "",
    high: "",
    difference: "",
    difference_low: "",
    difference_high: "",
    ...numbers,
  });
  const gap = "demographic_parity_difference";
  const both = "candidates_and_seeds";
  const lines = [
    line("plain", "roc_auc", "mean", "runs", { value: "0.1" }),
    line("plain", "roc_auc", "mean", both, { value: "0.87", low: "0.85", high: "0.89" }),
    line("plain", gap, "mean", both, { value: "0.5" }),
    line("plain", gap, "pooled", both, { value: "0.3", expected_by_chance: "0.04" }),
    line("fair", gap, "pooled", both, {
      value: "0.1",
      difference: "-0.2",
      difference_low: "-0.3",
      difference_high: "-0.1",
    }),
  ];
  const found = sweepIngredients(lines, { attribute: "education", table: "evaluation" });
  assertEquals([found.variants, found.reference, found.seeds], [["plain", "fair"], 0, 5]);
  assertEquals(found.metrics.map(({ title }) => title), ["ROC-AUC", "Demographic parity"]);
  assertEquals(found.metrics[0]!.values.map(({ mean }) => mean), [0.87, null]);
  assertEquals(found.metrics[1]!.values[0]!.chance, 0.04);
  assertEquals(found.metrics[1]!.values[1]!.change, { mean: -0.2, interval: { low: -0.3, high: -0.1 } });
  assertThrows(
    () => sweepIngredients(lines, { attribute: "education", table: "test" }),
    RangeError,
    "lines of the table test",
  );
});
