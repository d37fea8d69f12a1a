import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { METRICS_OPTIONS, rerankQueries, runMetrics } from "./metrics.ts";

const input = {
  source: "a.csv",
  scores: { score: [0.9, 0.8, 0.4, 0.3, 0.5, 0.6] },
  groups: { school: ["A", "A", "B", "B", "A", "B"] },
  queries: ["cook", "cook", "cook", "cook", "nurse", "nurse"],
  columns: { query: "job" },
};

Deno.test("rerankQueries() gives every prefix of a query its groups' shares, best candidates first", () => {
  const { rows, ndcgLoss, short } = rerankQueries(input);
  // Of the cooks half are A, half B: A, B, A, B. Of the nurses the better one stays first.
  assertEquals(rows.map(({ job, row, place, fair_place }) => [job, row, place, fair_place]), [
    ["cook", 1, 1, 1],
    ["cook", 3, 3, 2],
    ["cook", 2, 2, 3],
    ["cook", 4, 4, 4],
    ["nurse", 6, 1, 1],
    ["nurse", 5, 2, 2],
  ]);
  assertEquals(short, 0);
  // By hand: cooks' DCG with 0.9, 0.4, 0.8, 0.3 in place of 0.9, 0.8, 0.4, 0.3; the nurses lose nothing.
  const dcg = (gains: number[]) => gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
  assertAlmostEquals(ndcgLoss!, (1 - dcg([0.9, 0.4, 0.8, 0.3]) / dcg([0.9, 0.8, 0.4, 0.3])) / 2, 1e-12);
  assertThrows(() => rerankQueries({ ...input, dropped: 2 }), InputError, "2 rows were left out");
});

permittedTest("metrics --rerank writes the fair order and says what it costs", () =>
  withFolder(async (folder) => {
    const path = `${folder}/scored.csv`, rerank = `${folder}/fair.csv`;
    const lines = input.scores.score.map((score, i) => `${score},${input.groups.school[i]},${input.queries[i]}`);
    await Deno.writeTextFile(path, ["score,school,job", ...lines].join("\n") + "\n");
    let printed = "";
    const options = { input: path, score: ["score"], group: ["school"], rankBy: "job", rerank, resamples: 20 };
    await runMetrics(METRICS_OPTIONS.parse(options), (text) => printed += text);
    assertStringIncludes(printed, `${rerank}: each query's rows in a fair order (NDCG falls by 0.0`);
    const rows = await Array.fromAsync(readTable(rerank), ({ values }) => values);
    assertEquals(rows.map(({ fair_place }) => fair_place), ["1", "2", "3", "4", "1", "2"]);
    const { rankBy: _, ...unranked } = options;
    const { error } = METRICS_OPTIONS.safeParse(unranked);
    assertEquals(error?.issues.some(({ message }) => message.startsWith("--rerank: expected --rank-by")), true);
  }));
