import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { sharesByRank } from "./shares.ts";

Deno.test("sharesByRank() on an example small enough to check by hand", () => {
  const { ranks } = sharesByRank(
    {
      queries: ["cook", "cook", "nurse", "nurse"],
      scores: [0.9, 0.1, 0.8, 0.2],
      groups: ["PhD", "BA", "PhD", "BA"],
    },
    [1, 2],
    { rng: new Rng(1) },
  );
  assertEquals(ranks[0]!.shares.map(({ estimate }) => estimate.value), [0, 1]);
  assertEquals(ranks[0]!.expected, [{ value: 0.5 }, { value: 0.5 }]);
  assertEquals(ranks[1]!.excess.map(({ estimate }) => estimate.value), [0, 0]);
});
