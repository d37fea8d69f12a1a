import { assertEquals } from "@std/assert";
import { confusionTable } from "../classification/confusion.ts";
import { Rng } from "../../random.ts";
import { groupCounts } from "../rows.ts";
import { undefinedBecause } from "../value.ts";
import {
  COMPARED,
  compareNumbers,
  DERIVED,
  groupDifference,
  groupMax,
  groupMin,
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
