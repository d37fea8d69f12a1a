import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../../random.ts";
import { fairRerank } from "./fair_reranking.ts";

fc.configureGlobal({ seed: 2019 });

const NAMES = ["a", "b", "c"];

/** Candidates of three groups, enough of each for any list of twelve. */
function candidates(seed: number) {
  const rng = new Rng(seed);
  const groups = Array.from({ length: 45 }, (_, i) => NAMES[i % 3]!);
  return { groups, scores: groups.map((group) => rng.uniform() + (group === "a" ? 1 : 0)) };
}

const shares = fc.tuple(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 20 }),
)
  .map(([a, b, c]) => ({ a: a / (a + b + c), b: b / (a + b + c), c: c / (a + b + c) }));

Deno.test("fairRerank() meets the minima in every prefix for three groups, as Geyik et al. prove for DetGreedy", () => {
  fc.assert(fc.property(fc.integer(), shares, (seed, wanted) => {
    const input = candidates(seed);
    const { order, shortfalls } = fairRerank({ ...input, shares: wanted, k: 12 });
    assertEquals(shortfalls, []);
    for (let place = 1; place <= order.length; place++) {
      for (const [name, share] of Object.entries(wanted)) {
        const held = order.subarray(0, place).filter((i) => input.groups[i] === name).length;
        assert(held >= Math.floor(share * place + 1e-9), `${held} of ${name} in ${place}`);
      }
    }
  }));
});

Deno.test("fairRerank() keeps the order within every group and names each candidate once", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      shares,
      (seed, wanted) => {
        const input = candidates(seed);
        const { order } = fairRerank({ ...input, shares: wanted });
        assertEquals([...order].sort((x, y) => x - y), input.scores.map((_, i) => i));
        for (const name of NAMES) {
          const scores = [...order].filter((i) => input.groups[i] === name).map((i) => input.scores[i]!);
          assertEquals(scores, [...scores].sort((x, y) => y - x));
        }
      },
    ),
  );
});

Deno.test("fairRerank() without shares is the order by score and costs nothing", () => {
  const input = candidates(3);
  const { order, ndcg, ndcgLoss } = fairRerank({ ...input, shares: {} });
  const byScore = input.scores.map((_, i) => i).sort((a, b) => input.scores[b]! - input.scores[a]!);
  assertEquals([...order], byScore);
  assertEquals([ndcg, ndcgLoss], [{ value: 1 }, { value: 0 }]);
});

Deno.test("fairRerank() gives the NDCG by hand and takes gains other than the scores", () => {
  const { order, ndcg, ndcgLoss } = fairRerank({
    scores: [3, 2, 1],
    groups: ["a", "a", "b"],
    shares: { a: 0.5, b: 0.5 },
    k: 2,
    relevance: [1, 0, 1],
  });
  assertEquals(order, Int32Array.of(0, 2));
  assertAlmostEquals(ndcg.value!, 1);
  assertAlmostEquals(ndcgLoss.value!, 1 / (1 + 1 / Math.log2(3)) - 1);
});

Deno.test("fairRerank() reports where a group ran out, or was never there", () => {
  const { order, shortfalls } = fairRerank({
    scores: [4, 3, 2, 1],
    groups: ["a", "a", "a", "b"],
    shares: { a: 0.25, b: 0.5, c: 0.25 },
  });
  assertEquals(order.length, 4);
  assertEquals(shortfalls, [{ group: "b", position: 4, exhausted: true }, {
    group: "c",
    position: 4,
    exhausted: true,
  }]);
});

Deno.test("fairRerank() refuses shares above 1 in all", () => {
  assertThrows(
    () => fairRerank({ scores: [1], groups: ["a"], shares: { a: 0.75, b: 0.5 } }),
    RangeError,
    "Expected shares in [0, 1] that sum to at most 1",
  );
});
