import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { evaluate } from "./evaluate.ts";
import type { EvaluationInput } from "./table.ts";

// By score, "cook" ranks a b a b and "nurse" a a b b.
const rows: EvaluationInput = {
  source: "two jobs",
  scores: { m: [0.9, 0.8, 0.7, 0.1, 0.6, 0.5, 0.4, 0.3] },
  groups: { g: ["a", "b", "a", "b", "a", "a", "b", "b"] },
  queries: ["cook", "cook", "cook", "cook", "nurse", "nurse", "nurse", "nurse"],
  labels: [0, 1, 0, 0, 1, 0, 0, 0],
};
const found = (input: EvaluationInput = rows, topK = 2) => {
  const { overall, attributes } = evaluate(input, { resamples: 50, topK }).models[0]!;
  return { quality: overall.ranking, ranking: attributes[0]!.ranking };
};
const discount = (rank: number) => 1 / Math.log2(1 + rank);

Deno.test("rankingByGroup() by hand: places at the top and exposure", () => {
  const { groups, queries, topK } = found().ranking!;
  const places = queries.map((own) => [own.query, own.candidates, own.places, own.groups.map((g) => g.selected)]);
  assertEquals([topK, places], [2, [["cook", 4, 2, [1, 1]], ["nurse", 4, 2, [2, 0]]]]);
  assertEquals(groups.map(({ group, count, metrics }) => [group, count, metrics.topKShare!.value]), [
    ["a", 4, 3 / 4],
    ["b", 4, 1 / 4],
  ]);
  assertEquals(groups.map(({ metrics }) => metrics.meanTopKShare!.value), [(1 / 2 + 1) / 2, (1 / 2 + 0) / 2]);
  // The mean of 1 / log2(1 + rank): "a" holds ranks 1 and 3 among the cooks, 1 and 2 among the nurses.
  const [cook, nurse] = queries;
  assertAlmostEquals(cook!.groups[0]!.exposure, (discount(1) + discount(3)) / 2, 1e-12);
  assertAlmostEquals(cook!.groups[1]!.exposure, (discount(2) + discount(4)) / 2, 1e-12);
  assertAlmostEquals(nurse!.groups[0]!.exposure, (discount(1) + discount(2)) / 2, 1e-12);
});

Deno.test("rankingQualityOf() by hand: the relevant cook is second, the relevant nurse first", () => {
  const { metrics, queries, withoutRelevant } = found().quality!;
  assertEquals([queries, withoutRelevant], [2, 0]);
  assertEquals([metrics.mrr!.value, metrics.hit!.value, metrics.precision!.value, metrics.recall!.value], [
    (1 / 2 + 1) / 2,
    1,
    1 / 2,
    1,
  ]);
  assertAlmostEquals(metrics.ndcg!.value!, (discount(2) + discount(1)) / 2, 1e-12);
  // One place alone: the relevant cook is missed.
  assertEquals(found(rows, 1).quality!.metrics.hit!.value, 1 / 2);
});

Deno.test("pairwise accuracy by hand: b's relevant cook beats one of two in a; a's relevant nurse both in b", () => {
  const pairs = found().ranking!.pairwise!.map(({ group, pairs, accuracy }) => [group, pairs, accuracy.value]);
  assertEquals(pairs, [["a", 2, 1], ["b", 2, 1 / 2]]);
});

Deno.test("rankings depend on the order of scores alone, and on no order of rows", () => {
  const { ranking, quality } = found();
  const scores = Array.from(rows.scores.m as number[], (score) => score ** 3);
  const cubed = found({ ...rows, scores: { m: scores } });
  assertEquals([cubed.ranking, cubed.quality], [ranking, quality]);
  const back = <T>(values: ArrayLike<T>) => Array.from(values).toReversed();
  const reversed = found({
    ...rows,
    scores: { m: back(rows.scores.m as number[]) },
    groups: { g: back(rows.groups.g as string[]) },
    queries: back(rows.queries as string[]),
    labels: back(rows.labels!),
  });
  for (const { group, metrics } of ranking!.groups) {
    const other = reversed.ranking!.groups.find((own) => own.group === group)!;
    for (const name of ["topKShare", "meanTopKShare", "meanExposure"]) {
      assertAlmostEquals(other.metrics[name]!.value!, metrics[name]!.value!, 1e-12, name);
    }
  }
});

Deno.test("without queries nothing is ranked, and without labels nothing is judged", () => {
  assertEquals(found({ ...rows, queries: null }), { quality: null, ranking: null });
  const { quality, ranking } = found({ ...rows, labels: null });
  assert(quality === null && !("pairwise" in ranking!) && !("exposureToRelevanceRatio" in ranking!.overall));
  assert(!("exposureToRelevance" in ranking!.groups[0]!.metrics));
});

Deno.test("queries without anybody relevant are counted and leave quality undefined", () => {
  const { metrics, withoutRelevant } = found({ ...rows, labels: [0, 0, 0, 0, 0, 0, 0, 0] }).quality!;
  assertEquals(withoutRelevant, 2);
  for (const own of Object.values(metrics)) {
    assert(own.value === null && own.reason.length > 0 && own.interval === null);
  }
});
