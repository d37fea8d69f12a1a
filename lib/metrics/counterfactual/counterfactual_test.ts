import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { counterfactualFlips, counterfactualIntervals, counterfactualShift } from "./counterfactual.ts";

/** 21 people whose scores move by 0, 1, …, 20 hundredths, every other one downwards. */
const original = Array.from({ length: 21 }, () => 0.5);
const counterfactual = original.map((score, i) => score + (i % 2 === 0 ? i : -i) / 100);
const groups = original.map((_, i) => i % 2 === 0 ? "up" : "down");

Deno.test("counterfactualShift() takes mean, absolute mean and 95th percentile of the shifts", () => {
  const { count, overall } = counterfactualShift({ original, counterfactual });
  assertEquals(count, 21);
  assertAlmostEquals(overall.mean.value!, 0.1 / 21, 1e-12);
  assertAlmostEquals(overall.meanAbsolute.value!, 0.1, 1e-12);
  assertAlmostEquals(overall.p95Absolute.value!, 0.19, 1e-12);
  assertAlmostEquals(overall.maxAbsolute.value!, 0.2, 1e-12);
});

Deno.test("counterfactualShift() shows by group what cancels overall", () => {
  const { groups: parts } = counterfactualShift({ original, counterfactual, groups });
  assertEquals(parts.map(({ group, count, small }) => [group, count, small]), [["down", 10, true], ["up", 11, true]]);
  assertAlmostEquals(parts[0]!.mean.value!, -0.1, 1e-12);
  assertAlmostEquals(parts[1]!.mean.value!, 0.1, 1e-12);
});

Deno.test("counterfactualFlips() counts both directions, by group", () => {
  const { overall, groups: parts } = counterfactualFlips({ original, counterfactual, groups }, { threshold: 0.45 });
  // Only those who fall by more than five hundredths change sides: 7, 9, …, 19.
  assertEquals(overall, { rate: { value: 7 / 21 }, gained: { value: 0 }, lost: { value: 7 / 21 } });
  assertEquals(parts.map(({ rate }) => rate.value), [0.7, 0]);
});

Deno.test("counterfactualFlips() mirrors its directions when the two worlds are exchanged", () => {
  const rng = new Rng(8);
  const a = Float64Array.from({ length: 300 }, () => rng.uniform());
  const b = a.map((score) => score + 0.2 * rng.normal());
  const there = counterfactualFlips({ original: a, counterfactual: b }, { threshold: 0.6 }).overall;
  const back = counterfactualFlips({ original: b, counterfactual: a }, { threshold: 0.6 }).overall;
  assertEquals(there, { rate: back.rate, gained: back.lost, lost: back.gained });
});

Deno.test("counterfactual metrics keep a group without rows undefined", () => {
  const coded = { names: ["here", "nowhere"], codes: new Int32Array(21) };
  const { groups: shifts } = counterfactualShift({ original, counterfactual, groups: coded });
  assertEquals(shifts[1]!.mean, { value: null, reason: "no rows" });
  const { groups: flips } = counterfactualFlips({ original, counterfactual, groups: coded }, { threshold: 0.5 });
  assertEquals(flips[1]!.rate, { value: null, reason: "no rows" });
});

Deno.test("counterfactual metrics refuse missing scores and columns of different length", () => {
  assertThrows(() => counterfactualShift({ original: [1], counterfactual: [NaN] }), InputError, "scores[0]");
  assertThrows(() => counterfactualShift({ original: [1], counterfactual: [1, 2] }), RangeError, "2 and 1");
});

Deno.test("counterfactualIntervals() on an example small enough to check by hand", () => {
  const original = Array.from({ length: 80 }, (_, i) => i / 80);
  const counterfactual = original.map((score, i) => score + (i % 3 - 1) / 10);
  const { overall } = counterfactualIntervals({ original, counterfactual }, { threshold: 0.5 }, { rng: new Rng(1) });
  assert(overall.mean.low! < 0 && 0 < overall.mean.high!);
});

Deno.test("counterfactualFlips() on an example small enough to check by hand", () => {
  const scores = { original: [0.25, 0.5, 0.75, 1], counterfactual: [0.75, 0.25, 0.75, 1] };
  const { overall } = counterfactualFlips(scores, { threshold: 0.5 });
  assertEquals([overall.rate.value, overall.gained.value, overall.lost.value], [0.5, 0.25, 0.25]);
});

Deno.test("counterfactualShift() as a reader would call it", () => {
  const { overall } = counterfactualShift({ original: [0.5, 0.5], counterfactual: [0.75, 0.25] });
  assertEquals([overall.mean.value, overall.meanAbsolute.value], [0, 0.25]);
});
