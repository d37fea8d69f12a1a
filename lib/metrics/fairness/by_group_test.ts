import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { confusionTable } from "../classification/confusion.ts";
import { wilsonInterval } from "../inference/intervals.ts";
import { groupCounts } from "../rows.ts";
import { undefinedBecause } from "../value.ts";
import {
  COMPARED,
  compareNumbers,
  DERIVED,
  groupDifference,
  groupMax,
  groupMin,
  groupRates,
  groupRatio,
  joinDisparities,
  metricByGroup,
} from "./by_group.ts";

Deno.test("joinDisparities() on an example small enough to check by hand", () => {
  const [tpr, fpr] = [0.25, 0.5].map((value) => ({ value, groups: [], excluded: [] }));
  assertEquals(joinDisparities([tpr!, fpr!], ["tpr", "fpr"], Math.max).value, 0.5);
});

Deno.test("groupRatio() on an example small enough to check by hand", () => {
  const groups = ["BA", "PhD"].map((group) => ({ group, count: 40, small: false }));
  const rates = { groups, values: [{ value: 0.25 }, { value: 1 }], overall: { value: 0.5 } };
  assertEquals(groupRatio(rates).value, 0.25);
  assertEquals(groupRatio(rates, "toOverall").value, 0.5);
});

Deno.test("groupMin() on an example small enough to check by hand", () => {
  const groups = ["BA", "PhD"].map((group) => ({ group, count: 40, small: false }));
  const rates = { groups, values: [{ value: 0.25 }, { value: 1 }], overall: { value: 0.5 } };
  assertEquals(groupMin(rates).value, 0.25);
});

Deno.test("groupMax() on an example small enough to check by hand", () => {
  const groups = ["BA", "PhD"].map((group) => ({ group, count: 40, small: false }));
  const rates = { groups, values: [{ value: 0.25 }, { value: 1 }], overall: { value: 0.5 } };
  assertEquals(groupMax(rates).value, 1);
});

Deno.test("groupCounts() on an example small enough to check by hand", () => {
  const table = { names: ["BA"], rows: Float64Array.of(12), smallBelow: 30 };
  assertEquals(groupCounts(table), [{ group: "BA", count: 12, small: true }]);
});

Deno.test("metricByGroup() on an example small enough to check by hand", () => {
  const table = confusionTable({ predictions: [1, 0, 1], groups: ["BA", "BA", "PhD"] });
  assertEquals(metricByGroup(table, "selectionRate").values, [{ value: 0.5 }, { value: 1 }]);
});

Deno.test("groupDifference() on an example small enough to check by hand", () => {
  const groups = ["BA", "PhD"].map((group) => ({ group, count: 40, small: false }));
  const rates = { groups, values: [{ value: 0.25 }, { value: 0.75 }], overall: { value: 0.375 } };
  assertEquals(groupDifference(rates).value, 0.5);
  assertEquals(groupDifference(rates, "toOverall").value, 0.375);
});

Deno.test("compareNumbers() equals the differences, ratios and extremes of values with reasons", () => {
  const rng = new Rng(4);
  const some = (): number => [rng.normal(), rng.uniform(), 0, NaN, 1, rng.uniform()][rng.int(6)]!;
  const value = (x: number) => Number.isNaN(x) ? undefinedBecause("no rows") : { value: x };
  for (let i = 0; i < 2000; i++) {
    const numbers = Array.from({ length: 1 + rng.int(5) }, some);
    const groups = numbers.slice(1).map((_, g) => ({ group: `${g}`, count: 1, small: true }));
    const grouped = { groups, values: numbers.slice(0, -1).map(value), overall: value(numbers.at(-1)!) };
    const expected = [
      ...COMPARED.map(({ of, comparison }) => DERIVED[of](grouped, comparison)),
      groupMin(grouped),
      groupMax(grouped),
    ].map((own) => own.value ?? NaN);
    const own = new Float64Array([...numbers, ...Array(6).fill(0)]);
    compareNumbers(own, 0, groups.length);
    assertEquals([...own.slice(numbers.length)], expected, String(numbers));
  }
});

Deno.test("groupRates() counts, sorts groups by name and keeps those without rows", () => {
  const groups = { names: ["BA", "none", "PhD"], codes: Int32Array.of(0, 0, 2, 0) };
  const rates = groupRates({ labels: [1, 0, 0, 0], groups, smallBelow: 2 });
  assertEquals(rates.map(({ group, count, positives, small }) => [group, count, positives, small]), [
    ["BA", 3, 1, false],
    ["none", 0, 0, true],
    ["PhD", 1, 0, true],
  ]);
  assertEquals(rates[1]!.rate, { value: null, reason: "no rows" });
  assertEquals(rates.map(({ interval }) => interval), [wilsonInterval(1 / 3, 3), null, wilsonInterval(0, 1)]);
});

Deno.test("groupRates() counts rows that repeat each other once", () => {
  // Ten candidates with two equal rows each: n / deff is C − 1, from C/(C−1) in the variance.
  const labels = Array.from({ length: 20 }, (_, i) => i < 8 ? 1 : 0);
  const clusters = labels.map((_, i) => i >> 1);
  const [rate] = groupRates({ labels, groups: labels.map(() => "BA"), clusters });
  const { low, high } = wilsonInterval(0.4, 9);
  assertAlmostEquals(rate!.interval!.low, low, 1e-12);
  assertAlmostEquals(rate!.interval!.high, high, 1e-12);
  const [none] = groupRates({ labels: labels.map(() => 0), groups: labels.map(() => "BA"), clusters });
  assertEquals(none!.interval, wilsonInterval(0, 10));
});

Deno.test("groupRates() counts rows that cancel within a cluster for no more than they are", () => {
  const labels = [0, 1, 0, 1, 0, 1, 0, 1];
  const [rate] = groupRates({ labels, groups: labels.map(() => "BA"), clusters: [1, 1, 2, 2, 3, 3, 4, 4] });
  assertEquals(rate!.interval, wilsonInterval(0.5, 8));
});

Deno.test("groupRates() covers the true rate of clustered rows 95 times of 100", () => {
  const rng = new Rng(1);
  const trials = 1000;
  let covered = 0;
  for (let t = 0; t < trials; t++) {
    const drawn = Array.from({ length: 60 }, () => ({ size: 2 + rng.int(2), label: rng.uniform() < 0.4 ? 1 : 0 }));
    const labels = drawn.flatMap(({ size, label }) => Array.from({ length: size }, () => label));
    const clusters = drawn.flatMap(({ size }, c) => Array.from({ length: size }, () => c));
    const { low, high } = groupRates({ labels, groups: labels.map(() => "BA"), clusters })[0]!.interval!;
    if (low <= 0.4 && 0.4 <= high) covered++;
  }
  // 95% less and more than three standard errors; plain Wilson covers 78%.
  assert(covered / trials > 0.929 && covered / trials < 0.972, `${covered}`);
});

Deno.test("groupRates() refuses labels that are not 0 or 1, and columns of different lengths", () => {
  assertThrows(() => groupRates({ labels: [0.5], groups: ["BA"] }), InputError);
  assertThrows(() => groupRates({ labels: [1, 0], groups: ["BA"] }), RangeError);
  assertThrows(() => groupRates({ labels: [1], groups: ["BA"], clusters: ["a", "b"] }), RangeError);
});

Deno.test("groupRates() on an example small enough to check by hand", () => {
  const [ba] = groupRates({ labels: [1, 0, 0, 1, 1], groups: ["BA", "BA", "BA", "BA", "PhD"] });
  assertEquals(ba, {
    group: "BA",
    count: 4,
    small: true,
    positives: 2,
    rate: { value: 0.5 },
    interval: wilsonInterval(0.5, 4),
  });
});
