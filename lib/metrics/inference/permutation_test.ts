import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreStatistics, scoreTable } from "../classification/scores.ts";
import { DISPARITIES } from "../fairness/disparities.ts";
import { abroca } from "../fairness/score_curves.ts";
import { permutationTest } from "./_testing.ts";
import { confusionPValues, permutationPValues, scorePValues } from "./permutation.ts";
import { uniqueDecisions } from "./unique_rows.ts";

const { demographicParityDifference, equalizedOddsDifference } = DISPARITIES;

Deno.test("a p-value is Fisher's exact one for two groups", () => {
  // Lady tasting tea: 3 of 4 right in each; two-sided Fisher p = 0.485714 (R, fisher.test(matrix(c(3, 1, 1, 3), 2))).
  const input = { predictions: [1, 1, 1, 0, 1, 0, 0, 0], groups: [..."AAAABBBB"] };
  const pValue = permutationTest(input, demographicParityDifference, { rng: new Rng(1), permutations: 20000 });
  assertAlmostEquals(pValue!, 34 / 70, 4 * Math.sqrt(0.25 / 20000));
});

Deno.test("p-values are uniform where there is no gap, also with unequal base rates held fixed", () => {
  const rng = new Rng(5);
  const p: number[] = [];
  for (let t = 0; t < 300; t++) {
    const groups = Array.from({ length: 160 }, (_, i) => i % 4 ? "BA" : "PhD");
    const labels = groups.map((group) => rng.uniform() < (group === "PhD" ? 0.7 : 0.3) ? 1 : 0);
    const predictions = labels.map((label) => rng.uniform() < 0.3 + 0.4 * label ? 1 : 0);
    p.push(permutationTest({ labels, predictions, groups }, equalizedOddsDifference, { rng, permutations: 99 })!);
  }
  for (const level of [0.05, 0.2, 0.5]) {
    const share = p.filter((value) => value <= level).length / p.length;
    assertAlmostEquals(share, level, 3.5 * Math.sqrt(level * (1 - level) / p.length));
  }
});

Deno.test("a test sees a real difference, and none where it is all base rate", () => {
  const rng = new Rng(6);
  const groups = Array.from({ length: 400 }, (_, i) => i % 2 ? "BA" : "PhD");
  const labels = groups.map((group) => rng.uniform() < (group === "PhD" ? 0.8 : 0.2) ? 1 : 0);
  const input = { labels, predictions: labels, groups };
  assertEquals(permutationTest(input, demographicParityDifference, { rng }), 1 / 1001);
  assertEquals(permutationTest(input, equalizedOddsDifference, { rng }), 1);
});

Deno.test("there is no p-value for an undefined disparity", () => {
  const input = { labels: [1, 1], predictions: [1, 0], groups: ["a", "b"] };
  assertEquals(permutationTest(input, equalizedOddsDifference, { rng: new Rng(1) }), null);
});

Deno.test("scorePValues() keeps labels within groups fixed and finds a shift of scores", () => {
  const rng = new Rng(7);
  const groups = Array.from({ length: 200 }, (_, i) => i % 2 ? "BA" : "PhD");
  const labels = groups.map(() => rng.int(2));
  const shifted = labels.map((label, i) => label * (i % 2 ? 2 : 0) + rng.normal());
  const statistic = (...data: Parameters<typeof scoreStatistics>) => {
    const numbers = scoreStatistics(...data);
    return [Math.abs(numbers[1]! - numbers[6]!)];
  };
  const question = { within: "label", ideals: [0], statistic } as const;
  assert(scorePValues(scoreTable({ labels, scores: shifted, groups }), question, { rng })[0]! < 0.005);
  const same = labels.map((label) => label + rng.normal());
  assert(scorePValues(scoreTable({ labels, scores: same, groups }), question, { rng })[0]! > 0.05);
});

Deno.test("scorePValues() on the grid agrees with shuffled rows, whether it deals rows or draws counts", () => {
  const rng = new Rng(11);
  // 300 rows on 128 cells are dealt one by one; 12,000 are drawn by hypergeometric counts.
  for (const [n, shift] of [[300, 0.25], [12_000, 0.04]] as const) {
    const groups = Array.from({ length: n }, (_, i) => i % 2 ? "BA" : "PhD");
    const labels = groups.map(() => rng.int(2));
    const scores = labels.map((label, i) => label + (i % 2 ? shift : 0) + rng.normal());
    const table = scoreTable({ labels, scores, groups });
    for (const [within, metric] of [["nothing", 0], ["label", 1]] as const) {
      const gap = (own: typeof table, mass: Float64Array) => {
        const numbers = scoreStatistics(own, mass);
        return [Math.abs(numbers[metric]! - numbers[5 + metric]!)];
      };
      const p = (gridFrom: number, permutations: number) =>
        scorePValues(table, { within, ideals: [0], statistic: gap }, { rng: new Rng(12), permutations, gridFrom })[0]!;
      const [onGrid, byRow] = [p(0, 400), p(Infinity, n > 1000 ? 150 : 400)];
      // Two shares of 150 and 400 draws, three standard errors apart at the most, and a little for the grid.
      assertAlmostEquals(onGrid, byRow, 3 * Math.sqrt(byRow * (1 - byRow) * (1 / 150 + 1 / 400)) + 0.03, within);
    }
  }
});

Deno.test("scorePValues() keeps the rows of every group, the labels within groups if asked, and all weight", () => {
  const rng = new Rng(13);
  const n = 4000;
  const labels = Array.from({ length: n }, () => rng.int(2));
  const groups = labels.map((label) => rng.uniform() < 0.3 + 0.3 * label ? "BA" : "PhD");
  const weights = labels.map(() => 1 + rng.int(3));
  const scores = labels.map(() => rng.int(12));
  const table = scoreTable({ labels, scores, groups });
  const positives = (own: typeof table, mass: Float64Array) =>
    own.codes.reduce((sum, code, k) => sum + (code === 0 && own.labels[k] === 1 ? mass[k]! : 0), 0);
  const size = (own: typeof table, mass: Float64Array) =>
    own.codes.reduce((sum, code, k) => sum + (code === 0 ? mass[k]! : 0), 0);
  for (const gridFrom of [0, Infinity]) {
    const options = { rng: new Rng(14), permutations: 20, gridFrom };
    const seen = { positives: new Set<number>(), size: new Set<number>() };
    const note = (within: "label" | "nothing") =>
      scorePValues(table, {
        within,
        ideals: [0],
        statistic: (own, mass) => {
          if (within === "label") seen.positives.add(positives(own, mass));
          seen.size.add(size(own, mass));
          return [1];
        },
      }, options);
    note("label");
    note("nothing");
    assertEquals([seen.positives.size, seen.size.size], [1, 1]);
    const weighted = scoreTable({ labels, scores, groups, weights });
    const total = weights.reduce((a, b) => a + b);
    const statistic = (_: typeof table, mass: Float64Array) => {
      assertEquals(mass.reduce((a, b) => a + b), total);
      return [1];
    };
    scorePValues(weighted, { within: "nothing", ideals: [0], statistic }, options);
  }
});

Deno.test("scorePValues() finds no ABROCA among scores without meaning", () => {
  const rng = new Rng(2);
  const rows = Array.from({ length: 120 }, (_, i) => i);
  const labels = rows.map((i) => i >> 1 & 1);
  const table = scoreTable({
    labels,
    scores: labels.map(() => rng.uniform()),
    groups: rows.map((i) => i % 2 ? "BA" : "PhD"),
  });
  const statistic = (own: typeof table, mass: Float64Array) => [abroca(own, mass).value ?? NaN];
  const question = { within: "label", ideals: [0], statistic } as const;
  assert(scorePValues(table, question, { rng, permutations: 200 })[0]! > 0.05);
});

Deno.test("permutationPValues() on an example small enough to check by hand", () => {
  const draws = [[0.1], [0.3], [0.2]];
  assertEquals(permutationPValues([0.2], [0], { permutations: 3, draw: () => draws.pop()! }), [0.75]);
});

Deno.test("confusionPValues() on an example small enough to check by hand", () => {
  const unique = uniqueDecisions({ predictions: [1, 0], groups: ["a", "b"] });
  assertEquals(
    confusionPValues(unique, {
      within: "nothing",
      ideals: [0],
      statistic: ({ cells }) => [Math.abs(cells[1]! - cells[5]!)],
    }, {
      rng: new Rng(1),
      permutations: 9,
    }),
    [1],
  );
});

Deno.test("scorePValues() on an example small enough to check by hand", () => {
  const table = scoreTable({ scores: [1, 0], groups: ["a", "b"] });
  const always = scorePValues(table, { within: "nothing", ideals: [0], statistic: () => [0.5] }, {
    rng: new Rng(1),
    permutations: 9,
  });
  assertEquals(always, [1]);
});
