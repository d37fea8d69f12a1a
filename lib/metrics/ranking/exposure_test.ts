import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import {
  exposureAt,
  groupExposure,
  lowestOverHighest,
  ndkl,
  rankGroups,
  sharesByRank,
  topKShares,
} from "./exposure.ts";

Deno.test("topKShares() on an example small enough to check by hand", () => {
  const { groups, minSkew } = topKShares({ scores: [4, 3, 2, 1], groups: ["PhD", "PhD", "BA", "BA"] }, 2);
  assertEquals(groups.map(({ group, share }) => [group, share]), [["BA", 0], ["PhD", 1]]);
  assertEquals(groups[1]!.skew, { value: Math.LN2 });
  assertEquals(minSkew.value, null);
});

Deno.test("ndkl() on an example small enough to check by hand", () => {
  const alternating = ndkl({ scores: [4, 3, 2, 1], groups: ["BA", "PhD", "BA", "PhD"] });
  const separated = ndkl({ scores: [4, 3, 2, 1], groups: ["BA", "BA", "PhD", "PhD"] });
  assert(alternating.value! < separated.value!);
});

Deno.test("exposureAt() on an example small enough to check by hand", () => {
  assertEquals([1, 3, 7].map(exposureAt), [1, 0.5, 1 / 3]);
});

Deno.test("groupExposure() on an example small enough to check by hand", () => {
  const { groups, ratio } = groupExposure({ scores: [0.9, 0.5, 0.1], groups: ["PhD", "none", "BA"] });
  assertEquals(groups.map(({ group, mean }) => [group, mean]), [["BA", 0.5], ["PhD", 1], ["none", 1 / Math.log2(3)]]);
  assertEquals(ratio, { value: 0.5 });
});

Deno.test("lowestOverHighest() on an example small enough to check by hand", () => {
  assertEquals(lowestOverHighest([{ value: 0.5 }, { value: 2 }]), { value: 0.25 });
  assertEquals(lowestOverHighest([{ value: 0.5 }]).value, null);
});

Deno.test("rankGroups() on an example small enough to check by hand", () => {
  assertEquals(rankGroups({ scores: [0.1, 0.9], groups: ["BA", "PhD"] }).order, Uint32Array.of(1, 0));
});

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
