import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { assertGolden, type Numbers, readGolden } from "../golden_testing.ts";
import type { Value } from "../value.ts";
import { groupExposure, ndkl, topKShares } from "./exposure.ts";
import { rankingFairness } from "./fairness.ts";
import { pairwiseAccuracy, qualityAt, rankingQuality } from "./quality.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

interface Query {
  id: string;
  relevance: number[];
  score: number[];
  groups: string[];
}

interface RankingCase {
  name: string;
  k: number[];
  inputs: Query[];
  expected: {
    // deno-lint-ignore no-explicit-any -- a tree of numbers keyed by metric, cutoff and group
    per_query: { quality: Numbers; fairness: any }[];
    aggregate: { mean_defined: Record<string, number>; mean_ndkl: number };
  };
}

const cases: RankingCase[] = await whenPermitted(async () => (await readGolden("ranking")).cases);

const listOf = ({ relevance, score, groups }: Query) => ({ relevance, scores: score, groups });

/** All queries of a case as one table, a row per candidate. */
function tableOf(golden: RankingCase) {
  return {
    queries: golden.inputs.flatMap(({ id, score }) => score.map(() => id)),
    scores: golden.inputs.flatMap(({ score }) => score),
    relevance: golden.inputs.flatMap(({ relevance }) => relevance),
    groups: golden.inputs.flatMap(({ groups }) => groups),
  };
}

function eachQuery(check: (query: Query, expected: RankingCase["expected"]["per_query"][number], k: number[]) => void) {
  for (const golden of cases) {
    golden.inputs.forEach((query, q) => check(query, golden.expected.per_query[q]!, golden.k));
  }
}

/** The golden files count 0 for a query where nothing is relevant, as scikit-learn does; we leave it undefined. */
function assertQuality(actual: Value, expected: number | string | undefined, judged: boolean, what: string) {
  if (judged) assertGolden(actual, expected, what);
  else {
    assertEquals(expected, 0, what);
    assertEquals(actual, { value: null, reason: "no relevant candidate" }, what);
  }
}

permittedTest("ranking quality equals the golden numbers of every query and cutoff", () => {
  eachQuery((query, { quality }, cutoffs) => {
    const list = listOf(query);
    const judged = query.relevance.some((rel) => rel > 0);
    for (const k of cutoffs) {
      const at = `${query.id}@${k}`;
      const found = qualityAt(list, k);
      assertQuality(found.mrr, quality.rr, judged, `${query.id} rr`);
      assertQuality(found.map, quality.ap, judged, `${query.id} ap`);
      assertGolden(found.precision, quality[`precision@${k}`], at);
      assertQuality(found.ndcg, quality[`ndcg@${k}`], judged, at);
      assertQuality(found.hit, quality[`hit@${k}`], judged, at);
      assertQuality(found.recall, quality[`recall@${k}`], judged, at);
    }
  });
});

permittedTest("rankingQuality() equals the golden means over the queries with a relevant candidate", () => {
  for (const golden of cases) {
    const expected = golden.expected.aggregate.mean_defined;
    for (const k of golden.k) {
      const quality = rankingQuality(tableOf(golden), k);
      assertGolden(quality.map, expected.map, `${golden.name} map`);
      assertGolden(quality.mrr, expected.mrr, `${golden.name} mrr`);
      for (const name of ["ndcg", "hit", "precision", "recall"] as const) {
        assertGolden(quality[name], expected[`${name}@${k}`], `${golden.name} ${name}@${k}`);
      }
      const silent = golden.inputs.filter(({ relevance }) => relevance.every((rel) => rel === 0)).length;
      assertEquals(quality.withoutRelevant, silent);
    }
  }
});

permittedTest("groupExposure() equals the golden exposures", () => {
  eachQuery((query, { fairness }, cutoffs) => {
    const { groups, ratio } = groupExposure(listOf(query));
    assertEquals(groups.map(({ group }) => group), Object.keys(fairness.group_exposure_mean));
    for (const { group, mean, share, toRelevance } of groups) {
      assertAlmostEquals(mean, fairness.group_exposure_mean[group], 1e-9);
      assertAlmostEquals(share, fairness.group_exposure_share[group], 1e-9);
      assertGolden(toRelevance, fairness.exposure_vs_relevance[group], `${query.id} ${group}`);
    }
    if (groups.length > 1) assertGolden(ratio, fairness.exposure_ratio, query.id);
    else assertEquals(ratio.value, null);
    for (const k of cutoffs) {
      for (const { group, mean } of groupExposure(listOf(query), k).groups) {
        assertAlmostEquals(mean, fairness[`@${k}`].group_exposure_mean[group], 1e-9);
      }
    }
  });
});

permittedTest("topKShares() equals the golden shares, and leaves a skew of −∞ undefined", () => {
  const assertSkew = (actual: Value, expected: number | string, what: string) => {
    if (expected === "-Infinity") assertEquals(actual.value, null, what);
    else assertGolden(actual, expected, what);
  };
  eachQuery((query, { fairness }, cutoffs) => {
    for (const k of cutoffs) {
      const expected = fairness[`@${k}`];
      const { groups, minSkew, maxSkew } = topKShares(listOf(query), k);
      for (const own of groups) {
        const at = `${query.id}@${k} ${own.group}`;
        assertAlmostEquals(own.candidateShare, fairness.candidate_share[own.group], 1e-9, at);
        assertAlmostEquals(own.share, expected.topk_share[own.group], 1e-9, at);
        assertAlmostEquals(own.representation, expected.representation_ratio[own.group], 1e-9, at);
        assertAlmostEquals(own.selectionRate, expected.selection_rate[own.group], 1e-9, at);
        assertSkew(own.skew, expected.skew[own.group], at);
      }
      assertSkew(minSkew, expected.min_skew, `${query.id}@${k} min`);
      assertSkew(maxSkew, expected.max_skew, `${query.id}@${k} max`);
    }
  });
});

permittedTest("ndkl() equals the golden divergences", () => {
  eachQuery((query, { fairness }, cutoffs) => {
    assertGolden(ndkl(listOf(query)), fairness.ndkl, query.id);
    for (const k of cutoffs) assertGolden(ndkl(listOf(query), k), fairness[`@${k}`].ndkl, `${query.id}@${k}`);
  });
});

permittedTest("pairwiseAccuracy() equals the golden accuracies of every ordered pair of groups", () => {
  let compared = 0;
  eachQuery((query, { fairness }) => {
    for (const { a, b, accuracy } of pairwiseAccuracy(listOf(query)).pairs) {
      assertGolden(accuracy, fairness.pairwise_accuracy[`${a}>${b}`], `${query.id} ${a}>${b}`);
      compared++;
    }
  });
  assert(compared > 150, `only ${compared} pairs compared`);
});

permittedTest("pairwiseAccuracy() pools pairs within queries and never across", () => {
  const golden = cases[1]!;
  const pooled = pairwiseAccuracy(tableOf(golden));
  for (const { a, b, pairs, accuracy } of pooled.pairs) {
    const parts = golden.inputs.flatMap((query) =>
      pairwiseAccuracy(listOf(query)).pairs.filter((pair) => pair.a === a && pair.b === b)
    );
    const count = parts.reduce((sum, part) => sum + part.pairs, 0);
    assertEquals(pairs, count);
    if (count === 0) continue;
    assertAlmostEquals(
      accuracy.value!,
      parts.reduce((sum, part) => sum + part.pairs * (part.accuracy.value ?? 0), 0) / count,
      1e-12,
    );
  }
});

permittedTest("rankingFairness() averages what the queries give, and pools their places", () => {
  for (const golden of cases) {
    const k = golden.k[1]!;
    const { groups, queries, ndkl } = rankingFairness(tableOf(golden), k);
    assertGolden(ndkl, golden.expected.aggregate.mean_ndkl, golden.name);
    assertAlmostEquals(groups.reduce((sum, { pooled }) => sum + pooled.topKShare.value!, 0), 1, 1e-12);
    assertAlmostEquals(groups.reduce((sum, { pooled }) => sum + pooled.exposureShare.value!, 0), 1, 1e-12);
    assertEquals(queries.length, golden.inputs.length);
    for (const { group, mean, pooled } of groups) {
      const shares = golden.expected.per_query.flatMap(({ fairness }) => fairness[`@${k}`].topk_share[group] ?? []);
      assertAlmostEquals(mean.topKShare.value!, shares.reduce((a, b) => a + b) / shares.length, 1e-9);
      let selected = 0, places = 0;
      golden.expected.per_query.forEach(({ fairness }, q) => {
        const filled = Math.min(k, golden.inputs[q]!.score.length);
        selected += (fairness[`@${k}`].topk_share[group] ?? 0) * filled;
        places += filled;
      });
      assertAlmostEquals(pooled.topKShare.value!, selected / places, 1e-9);
    }
  }
});

permittedTest("rankingFairness() does not depend on the order of rows when no scores tie", () => {
  const table = tableOf(cases[0]!);
  const order = new Rng(4).shuffle(table.scores.map((_, i) => i));
  const shuffle = <T>(column: readonly T[]) => order.map((i) => column[i]!);
  const shuffled = {
    queries: shuffle(table.queries),
    scores: shuffle(table.scores),
    relevance: shuffle(table.relevance),
    groups: shuffle(table.groups),
  };
  const read = (input: typeof table) => rankingFairness(input, 3).groups.map(({ pooled }) => pooled.topKShare);
  assertEquals(read(shuffled), read(table));
  assertEquals(pairwiseAccuracy(shuffled), pairwiseAccuracy(table));
});

permittedTest("rankingFairness() says why relevance is missing without labels", () => {
  const { relevance: _, ...unlabelled } = tableOf(cases[0]!);
  const { groups, exposureToRelevanceRatio } = rankingFairness(unlabelled, 3);
  assertEquals(groups[0]!.pooled.exposureToRelevance, { value: null, reason: "no labels were given" });
  assertEquals(exposureToRelevanceRatio.value, null);
});

Deno.test("rankings refuse a rank of 0, columns of different length, and negative relevance", () => {
  const rows = { queries: ["q", "q"], scores: [1, 2], groups: ["a", "b"] };
  assertThrows(() => rankingFairness(rows, 0), RangeError, "rank of at least 1");
  assertThrows(() => rankingFairness({ ...rows, groups: ["a"] }, 1), RangeError, "Expected 2 group labels");
  assertThrows(() => qualityAt({ scores: [1, 2], relevance: [1] }, 1), RangeError, "one relevance per score");
  assertThrows(() => qualityAt({ scores: [1, 2], relevance: [1, -1] }, 1), InputError, "relevance[1]");
});
