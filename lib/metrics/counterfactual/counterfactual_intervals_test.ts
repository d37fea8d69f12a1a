import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { quantileOfSorted } from "../inference/intervals.ts";
import { counterfactualFlips, counterfactualIntervals, counterfactualShift } from "./counterfactual.ts";

function people(n: number) {
  const rng = new Rng(6);
  const original = Float64Array.from({ length: n }, () => rng.uniform());
  const counterfactual = original.map((score) => score + 0.1 * rng.normal());
  return { original, counterfactual, groups: Array.from(original, (_, i) => i % 3 === 0 ? "a" : "b") };
}

Deno.test("counterfactualIntervals() agree with drawing rows one by one", () => {
  const input = people(200);
  const resamples = 2000;
  const { overall } = counterfactualIntervals(input, { threshold: 0.5 }, {
    rng: new Rng(1),
    resamples,
    method: "percentile",
  });
  const rng = new Rng(2);
  const p95: number[] = [], lost: number[] = [];
  for (let r = 0; r < resamples; r++) {
    const rows = Array.from({ length: 200 }, () => rng.int(200));
    const take = (column: Float64Array) => Float64Array.from(rows, (i) => column[i]!);
    const drawn = { original: take(input.original), counterfactual: take(input.counterfactual) };
    p95.push(counterfactualShift(drawn).overall.p95Absolute.value!);
    lost.push(counterfactualFlips(drawn, { threshold: 0.5 }).overall.lost.value!);
  }
  const ends = (values: number[]) => [0.025, 0.975].map((q) => quantileOfSorted(Float64Array.from(values).sort(), q));
  const [low, high] = ends(p95);
  assertAlmostEquals(overall.p95Absolute.low!, low!, 0.01);
  assertAlmostEquals(overall.p95Absolute.high!, high!, 0.01);
  const [least, most] = ends(lost);
  assertAlmostEquals(overall.lost.low!, least!, 0.01);
  assertAlmostEquals(overall.lost.high!, most!, 0.01);
});

Deno.test("counterfactualIntervals() hold the point estimate when rows are merged into cells", () => {
  const input = people(8000);
  const { overall, groups } = counterfactualIntervals(input, { threshold: 0.5 }, { rng: new Rng(1), resamples: 100 });
  const shift = counterfactualShift(input);
  const flips = counterfactualFlips(input, { threshold: 0.5 });
  for (const name of ["mean", "meanAbsolute", "p95Absolute"] as const) {
    const value = shift.overall[name].value!;
    assertEquals(overall[name].low! <= value + 1e-4 && value - 1e-4 <= overall[name].high!, true, name);
  }
  assertEquals(groups[0]!.rate.low! <= flips.groups[0]!.rate.value!, true);
  assertEquals(groups[0]!.rate.high! >= flips.groups[0]!.rate.value!, true);
});
