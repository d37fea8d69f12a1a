import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { counterfactualShiftScatter } from "./counterfactual_shift_scatter.ts";

const interval = {
  low: 0.02,
  high: 0.1,
  level: 0.95,
  method: "bca",
  resamples: 9,
  undefinedResamples: 0,
  bias: 0,
} as const;

function modelOf(name: string, rows: number, noise: number) {
  const rng = new Rng(7);
  const original = Array.from({ length: rows }, () => rng.uniform());
  const twin = original.map((score, i) => i % 10 ? score + noise * rng.normal() : NaN);
  const flips = original.filter((score, i) => !Number.isNaN(twin[i]!) && score >= 0.5 !== twin[i]! >= 0.5).length;
  return {
    name,
    threshold: 0.5,
    original,
    twin,
    flips,
    flipRate: { estimate: { value: flips / (0.9 * rows) }, interval },
  };
}

const models = [modelOf("base", 60, 0.1), modelOf(HOSTILE, 60, 0.02)];
const figure = counterfactualShiftScatter({ models, confidence: 0.95, candidates: 50 });
const sizes = (data: unknown[]) => (data as { x: number[] }[]).map(({ x }) => x.length);

Deno.test("counterfactualShiftScatter() looks as reviewed", () => assertSnapshot(figure));

Deno.test("counterfactualShiftScatter() draws each pair with a twin once, flips by their direction", () => {
  const [same, gained, lost] = sizes(figure.data);
  assertEquals([same! + gained! + lost!, gained! + lost!], [54, models[0]!.flips]);
});

Deno.test("counterfactualShiftScatter() of many pairs draws every flip and a sample of the others", () => {
  const many = modelOf("many", 20_000, 0.05);
  const [same, gained, lost] = sizes(
    counterfactualShiftScatter({ models: [many], confidence: 0.95, candidates: null }).data,
  );
  assertEquals([same! <= 1500, gained! + lost!], [true, many.flips]);
});

Deno.test("counterfactualShiftScatter() says why there is no flip rate, and that none flips", () => {
  const title = (value: number | null) =>
    counterfactualShiftScatter({
      models: [{
        ...models[0]!,
        flipRate: { estimate: value === null ? { value, reason: "no résumé has a twin" } : { value }, interval },
      }],
      confidence: 0.95,
      candidates: null,
    }).title;
  assertEquals(title(null), "Flips of the base model are undefined: no résumé has a twin");
  assertEquals(title(0), "Another education flips none of the base model’s decisions");
});

Deno.test("counterfactualShiftScatter() shows models' names as text", () => {
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});
