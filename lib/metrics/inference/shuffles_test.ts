import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreTable } from "../classification/scores.ts";
import { shuffledScores, shuffledTables } from "./shuffles.ts";
import { uniqueDecisions } from "./unique_rows.ts";

Deno.test("shuffledTables() on an example small enough to check by hand", () => {
  const kinds = uniqueDecisions({ predictions: [1, 1, 0, 0], groups: ["a", "a", "b", "b"] });
  const { cells } = shuffledTables(kinds, "nothing")!(new Rng(1));
  assertEquals([cells[0]! + cells[1]!, cells[1]! + cells[5]!], [2, 2]);
});

Deno.test("shuffledScores() on an example small enough to check by hand", () => {
  const table = scoreTable({ scores: [1, 0.5, 0], groups: ["a", "a", "b"] });
  const { table: drawn } = shuffledScores(table, "nothing")!.draw(new Rng(1));
  assertEquals([...drawn.codes].sort(), [0, 0, 1]);
});
