import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { DISPARITIES, expectedUnderIndependence } from "./disparities.ts";

const { demographicParityDifference, equalOpportunityDifference } = DISPARITIES;
const options = (permutations: number) => ({ rng: new Rng(1), permutations });

Deno.test("expectedUnderIndependence() is the mean over all deals of group names", () => {
  // 3 of 6 selected, dealt into 2 and 4: C(6, 2) = 15 pairs, of which 3 hold two selected (gap 1 − 1/4), 9 one (1/2 −
  // 2/4), 3 none (3/4 − 0).
  const input = { predictions: [1, 1, 1, 0, 0, 0], groups: ["a", "a", "b", "b", "b", "b"] };
  const expected = (3 * 0.75 + 9 * 0 + 3 * 0.75) / 15;
  assertAlmostEquals(
    expectedUnderIndependence(input, demographicParityDifference, options(20_000)).value!,
    expected,
    0.01,
  );
});

Deno.test("expectedUnderIndependence() does not depend on which group was selected", () => {
  const groups = ["a", "a", "a", "b", "b", "b"];
  const floors = [[1, 1, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0]].map((predictions) =>
    expectedUnderIndependence({ predictions, groups }, demographicParityDifference, options(200)).value
  );
  assertEquals(floors[0], floors[1]);
});

Deno.test("expectedUnderIndependence() is larger where rows come in clusters, and undefined where those span groups", () => {
  const people = Array.from({ length: 40 }, (_, i) => i);
  const rows = people.flatMap((i) => Array.from({ length: 5 }, () => i));
  const input = {
    predictions: rows.map((i) => i % 2),
    groups: rows.map((i) => i < 20 ? "a" : "b"),
    clusters: rows.map((i) => `c${i}`),
  };
  const floor = (clusters: string[] | undefined) =>
    expectedUnderIndependence({ ...input, clusters }, demographicParityDifference, options(2000)).value!;
  // The standard error of a difference of rates of people is √5 times that of rows.
  const ratio = floor(input.clusters) / floor(undefined);
  assert(Math.abs(ratio - Math.sqrt(5)) < 0.25, String(ratio));
  assertEquals(
    expectedUnderIndependence(
      { ...input, groups: rows.map((_, j) => j % 2 ? "a" : "b") },
      demographicParityDifference,
      options(5),
    ),
    { value: null, reason: "clusters span groups" },
  );
});

Deno.test("expectedUnderIndependence() leaves out deals on which the gap is undefined, and has no value if that is all", () => {
  const input = { labels: [0, 0, 0], predictions: [1, 0, 0], groups: ["a", "b", "b"] };
  assertEquals(
    expectedUnderIndependence(input, equalOpportunityDifference, options(10)).value,
    null,
  );
  assertEquals(expectedUnderIndependence(input, DISPARITIES.compositeScore, options(10)).value, null);
});
