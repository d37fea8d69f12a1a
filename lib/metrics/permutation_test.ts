import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { demographicParityDifference } from "./disparities.ts";
import { equalizedOddsDifference } from "./equalized_odds.ts";
import { permutationTest, scorePermutationTest } from "./permutation.ts";
import { scoreStatistics } from "./score_metrics.ts";
import { defined } from "./value.ts";

Deno.test("permutationTest() gives Fisher's exact p-value for two groups", () => {
  // Lady tasting tea: 3 of 4 right in each; two-sided Fisher p = 0.485714 (R, fisher.test(matrix(c(3, 1, 1, 3), 2))).
  const input = { predictions: [1, 1, 1, 0, 1, 0, 0, 0], groups: [..."AAAABBBB"] };
  const { pValue, observed } = permutationTest(input, demographicParityDifference, "nothing", {
    rng: new Rng(1),
    permutations: 20000,
  });
  assertEquals(observed, { value: 0.5 });
  assertAlmostEquals(pValue!, 34 / 70, 4 * Math.sqrt(0.25 / 20000));
});

Deno.test("p-values are uniform where there is no gap, also with unequal base rates held fixed", () => {
  const rng = new Rng(5);
  const p: number[] = [];
  for (let t = 0; t < 300; t++) {
    const groups = Array.from({ length: 160 }, (_, i) => i % 4 ? "BA" : "PhD");
    const labels = groups.map((group) => rng.uniform() < (group === "PhD" ? 0.7 : 0.3) ? 1 : 0);
    const predictions = labels.map((label) => rng.uniform() < 0.3 + 0.4 * label ? 1 : 0);
    p.push(
      permutationTest({ labels, predictions, groups }, equalizedOddsDifference, "label", { rng, permutations: 99 })
        .pValue!,
    );
  }
  for (const level of [0.05, 0.2, 0.5]) {
    const share = p.filter((value) => value <= level).length / p.length;
    assertAlmostEquals(share, level, 3.5 * Math.sqrt(level * (1 - level) / p.length));
  }
});

Deno.test("permutationTest() sees a real gap, and none where the gap is all base rate", () => {
  const rng = new Rng(6);
  const groups = Array.from({ length: 400 }, (_, i) => i % 2 ? "BA" : "PhD");
  const labels = groups.map((group) => rng.uniform() < (group === "PhD" ? 0.8 : 0.2) ? 1 : 0);
  const input = { labels, predictions: labels, groups };
  const parity = permutationTest(input, demographicParityDifference, "nothing", { rng });
  assertEquals(parity.pValue, 1 / 1001);
  assertEquals(permutationTest(input, equalizedOddsDifference, "label", { rng }).pValue, 1);
});

Deno.test("permutationTest() has no p-value for an undefined gap, and needs labels to hold them fixed", () => {
  const input = { labels: [1, 1], predictions: [1, 0], groups: ["a", "b"] };
  assertEquals(permutationTest(input, equalizedOddsDifference, "label", { rng: new Rng(1) }).pValue, null);
  assertThrows(
    () => permutationTest({ ...input, labels: undefined }, demographicParityDifference, "label", { rng: new Rng(1) }),
    InputError,
    "Expected labels to permute within",
  );
});

Deno.test("scorePermutationTest() keeps labels within groups fixed and finds a shift of scores", () => {
  const rng = new Rng(7);
  const groups = Array.from({ length: 200 }, (_, i) => i % 2 ? "BA" : "PhD");
  const labels = groups.map(() => rng.int(2));
  const shifted = labels.map((label, i) => label * (i % 2 ? 2 : 0) + rng.normal());
  const gap = (table: Parameters<typeof scoreStatistics>[0]) => {
    const numbers = scoreStatistics(table);
    return defined(Math.abs(numbers[1]! - numbers[6]!));
  };
  assert(scorePermutationTest({ labels, scores: shifted, groups }, gap, "label", { rng }).pValue! < 0.005);
  const same = labels.map((label) => label + rng.normal());
  assert(scorePermutationTest({ labels, scores: same, groups }, gap, "label", { rng }).pValue! > 0.05);
});
