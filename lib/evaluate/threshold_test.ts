import { assertEquals } from "@std/assert";
import { groupThresholds } from "../metrics/mod.ts";
import { decideByGroup } from "./threshold.ts";

Deno.test("decideByGroup() selects at each group's own threshold", () => {
  const columns = { scores: Float64Array.of(0.75, 0.25, 0.5, 0.125), groups: ["a", "a", "b", "b"] };
  const rules = groupThresholds({ labels: [1, 0, 1, 0], ...columns }, { constraint: "equalizedOdds" });
  assertEquals(decideByGroup(rules, columns, 1), Uint8Array.of(1, 0, 1, 0));
});
