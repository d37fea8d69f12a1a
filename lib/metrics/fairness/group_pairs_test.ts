import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { groupPairs } from "./group_pairs.ts";

/** Decisions of groups, so many selected of so many. */
function rowsOf(groups: Readonly<Record<string, readonly [selected: number, rows: number]>>) {
  const rows = Object.entries(groups).flatMap(([group, [selected, n]]) =>
    Array.from({ length: n }, (_, i) => ({ group, decision: Number(i < selected) }))
  );
  return { predictions: rows.map(({ decision }) => decision), groups: rows.map(({ group }) => group) };
}

const hired = rowsOf({ White: [60, 200], Black: [9, 60], Hispanic: [26, 100], Asian: [3, 3] });
const options = () => ({ reference: "White", rng: new Rng(1), permutations: 500 });

Deno.test("groupPairs() equals SciPy's fisher_exact, and statsmodels' proportions_ztest and multipletests", () => {
  const pairs = groupPairs(hired, options());
  const numbers = pairs.map(({ group, ratio, difference, pValue, midP, holmP, standardDeviations }) => ({
    group,
    values: [ratio, difference, pValue, midP, holmP, standardDeviations].map(({ value }) => value!),
  }));
  const expected = {
    Asian: [10 / 3, 0.7, 0.028908037484139563, 0.014454018742069781, 0.06104941818545445, 2.6012817353502227],
    Black: [0.5, -0.15, 0.02034980606181805, 0.016050980838127754, 0.06104941818545445, -2.3079549483700705],
    Hispanic: [0.26 / 0.3, -0.04, 0.5008811658533313, 0.4588181326495046, 0.5008811658533313, -0.7222366188003674],
  };
  assertEquals(numbers.map(({ group }) => group), Object.keys(expected));
  numbers.forEach(({ group, values }) =>
    expected[group as keyof typeof expected].forEach((value, j) => assertAlmostEquals(values[j]!, value, 1e-9))
  );
});

Deno.test("one more selected, and one fewer of the reference, may turn the rates round", () => {
  // 2 of 10 and 3 of 10: one more and one fewer, and the group is ahead.
  const [few] = groupPairs(rowsOf({ a: [2, 10], b: [3, 10] }), { ...options(), reference: "b" });
  assertAlmostEquals(few!.ratio.value!, 2 / 3, 1e-12);
  assertAlmostEquals(few!.oneMore.ratio.value!, 1.5, 1e-12);
  assertEquals(few!.oneMore.reverses, true);
  const [many] = groupPairs(rowsOf({ a: [20, 100], b: [30, 100] }), { ...options(), reference: "b" });
  assertEquals(many!.oneMore.reverses, false);
  const [ahead] = groupPairs(rowsOf({ a: [3, 10], b: [3, 10] }), { ...options(), reference: "b" });
  assertEquals([ahead!.oneMore.ratio.value, ahead!.oneMore.reverses], [null, null]);
});

Deno.test("where the low score is hoped for, the rate is of those who are not flagged", () => {
  const [pair] = groupPairs({ ...hired, favourable: 0 }, options()).filter(({ group }) => group === "Black");
  assertEquals([pair!.counts.selected, pair!.referenceCounts.selected], [51, 140]);
  assertAlmostEquals(pair!.ratio.value!, 0.85 / 0.7, 1e-12);
  assertAlmostEquals(pair!.pValue.value!, 0.02034980606181805, 1e-12);
});

Deno.test("rows with weights or in clusters are tested by permutations; what needs counts is undefined", () => {
  const weights = hired.predictions.map(() => 2);
  const [weighted] = groupPairs({ ...hired, weights }, options()).filter(({ group }) => group === "Black");
  assertEquals([weighted!.test, weighted!.midP.value, weighted!.standardDeviations.value], ["permutation", null, null]);
  assertAlmostEquals(weighted!.ratio.value!, 0.5, 1e-12);
  assertAlmostEquals(weighted!.pValue.value!, 0.0203, 0.02);
  const clusters = hired.groups.map((group, i) => `${group} ${i >> 1}`);
  const [clustered] = groupPairs({ ...hired, clusters }, options()).filter(({ group }) => group === "Black");
  assertEquals(clustered!.test, "permutation");
  const spanning = hired.groups.map((_, i) => `${i % 100}`);
  assertEquals(groupPairs({ ...hired, clusters: spanning }, options())[0]!.pValue.value, null);
});

Deno.test("groupPairs() leaves undefined what has no value, and refuses a reference that is no group", () => {
  const [nobody] = groupPairs(rowsOf({ a: [2, 10], b: [0, 10] }), { ...options(), reference: "b" });
  assertEquals(nobody!.ratio, { value: null, reason: "nobody of the reference is selected" });
  const [all] = groupPairs(rowsOf({ a: [5, 5], b: [4, 4] }), { ...options(), reference: "b" });
  assertEquals([all!.standardDeviations.value, all!.pValue.value], [null, 1]);
  assertThrows(() => groupPairs(hired, { ...options(), reference: "Green" }), RangeError, "found Green");
});
