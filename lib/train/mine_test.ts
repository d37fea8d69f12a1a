import { assert, assertEquals, assertRejects } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { isQueryTable, joinParts, readQueries, readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { pairRows, printer, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { fineTune } from "./fine_tune.ts";
import { type Candidates, hardNegatives, mineNegatives, type MiningRules } from "./mine.ts";

const RULES: MiningRules = { window: [0, 9], negatives: 9, sample: "top", duplicates: 0.99 };
/** Positives 0 and 5; 3 is 0 written otherwise, 2 has failed, 4 is another text of somebody who matches. */
const CANDIDATES: Candidates = {
  scores: [0.8, 0.9, 0.85, 0.79, 0.5, 0.6, 0.55, 0.1],
  positives: new Set([0, 5]),
  failed: new Set([2]),
  related: new Set([4]),
  similarity: (a, b) => a === b || (a + b === 3 && a * b === 0) ? 1 : 0.2,
};
const chosen = (rules: Partial<MiningRules>, seed = 1) =>
  hardNegatives(CANDIDATES, { ...RULES, ...rules }, new Rng(seed));

Deno.test("hardNegatives() ranks what is no match, without near duplicates of matches", () => {
  assertEquals(chosen({}), { chosen: [1, 2, 6, 7], nearDuplicates: 2, aboveMargin: 0 });
  assertEquals(chosen({ negatives: 2 }).chosen, [1, 2]);
  // Ranks of all but the matches: 1, 2, 3, 6, 4, 7.
  assertEquals(chosen({ window: [1, 4] }), { chosen: [2, 6], nearDuplicates: 1, aboveMargin: 0 });
  assertEquals(chosen({ window: [6, 9] }).chosen, []);
});

Deno.test("hardNegatives() leaves out what scores too near to the lowest match, unless it is known to fail", () => {
  // 0.6 − 0.04: 0.9 is above, 0.55 below; 2 has 0.85 and has failed.
  assertEquals(chosen({ margin: 0.04 }), { chosen: [2, 6, 7], nearDuplicates: 2, aboveMargin: 1 });
  assertEquals(chosen({ margin: 0.06 }), { chosen: [2, 7], nearDuplicates: 2, aboveMargin: 2 });
  assertEquals(chosen({ relativeMargin: 0.05 }).chosen, [2, 6, 7]); // 0.6 · 0.95 = 0.57
  assertEquals(chosen({ relativeMargin: 0.1 }).chosen, [2, 7]); // 0.54
  assertEquals(chosen({ margin: 0 }).chosen, [2, 6, 7]);
  const negative = { ...CANDIDATES, scores: [-0.2, -0.19, 0, 0, 0, -0.2, -0.21, -0.3] };
  // As sentence-transformers: below −0.2 − 0.1 · |−0.2|.
  assertEquals(hardNegatives(negative, { ...RULES, relativeMargin: 0.1 }, new Rng(1)).chosen, [2, 7]);
});

Deno.test("hardNegatives() draws from the window, the same for the same seed, in order of rank", () => {
  const drawn = Array.from({ length: 20 }, (_, seed) => chosen({ sample: "random", negatives: 2 }, seed).chosen);
  assertEquals(chosen({ sample: "random", negatives: 2 }, 3).chosen, drawn[3]);
  assert(new Set(drawn.map(String)).size > 3);
  for (const own of drawn) {
    assertEquals(
      own,
      [...own].sort((a, b) => [1, 2, 6, 7].indexOf(a) - [1, 2, 6, 7].indexOf(b)),
    );
  }
});

permittedTest(
  "mineNegatives() writes lines that a run trains on, and parts that join to the same bytes",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      const pairs = pairRows(48);
      await writePairs(`${folder}/pairs.csv`, pairs);
      const config = tinyConfig(folder);
      const rules = { ...RULES, window: [0, 40] as const, negatives: 5, sample: "random" as const };
      const options = { ...rules, model: config, input: `${folder}/pairs.csv`, output: `${folder}/mined.jsonl` };
      const report = await quietly(() => mineNegatives(options));
      assertEquals([report.queries, report.negatives, report.short], [4, 20, 0]);
      assertEquals(await isQueryTable(options.output), true);
      for await (const { query, pos, neg, pos_scores, neg_scores } of readQueries(options.output)) {
        const matching = new Set(
          pairs.filter(({ job, label }) => job === query && label === "1").map(({ resume }) => resume),
        );
        assertEquals(new Set(pos), matching);
        assertEquals([neg.length, neg.some((resume) => matching.has(resume))], [5, false]);
        assertEquals([pos_scores!.length, neg_scores], [pos.length, [...neg_scores!].sort((a, b) => b - a)]);
      }
      const shares = (of: "corpus" | "mined") => report.groups.reduce((sum, own) => sum + own[of], 0);
      assert(Math.abs(shares("corpus") - 1) < 1e-9 && Math.abs(shares("mined") - 1) < 1e-9);

      for (const part of [1, 2, 3]) {
        const shard = { part, of: 3 };
        await quietly(() => mineNegatives({ ...options, output: `${folder}/parts.jsonl`, shard }));
      }
      await joinParts(`${folder}/parts.jsonl`);
      assertEquals(await Deno.readTextFile(`${folder}/parts.jsonl`), await Deno.readTextFile(options.output));

      const groups = [{ name: "education", extract: "degree" as const }];
      const training = { objective: "contrastive" as const, epochs: 1, hardNegatives: 2 };
      const mined = tinyConfig(folder, { data: { path: options.output, columns: {}, groups }, training });
      const tuned = await quietly(() => fineTune(mined, { output: `${folder}/run`, print: printer().print }));
      assertEquals(tuned.outcome, "finished");
      // With the run's model on its own lines: those that were negatives may be so again.
      const again = {
        ...rules,
        model: `${folder}/run`,
        input: options.output,
        output: `${folder}/again.jsonl`,
        margin: 0,
      };
      assertEquals((await quietly(() => mineNegatives(again))).queries, 4);
      assertEquals((await Array.fromAsync(readTable(again.output))).length, 4);

      const lines = await Deno.readTextFile(options.output);
      const symmetric = lines.replaceAll(/^\{/gm, '{"prompt":"Find: ","type":"symmetric_sts",');
      await Deno.writeTextFile(`${folder}/symmetric.jsonl`, symmetric);
      await quietly(() => mineNegatives({ ...again, input: `${folder}/symmetric.jsonl` }));
      const kept = await Array.fromAsync(readQueries(again.output), ({ prompt, type }) => [prompt, type]);
      assertEquals(kept, Array(4).fill(["Find: ", "symmetric_sts"]));

      await writePairs(`${folder}/none.csv`, pairs.map((row) => ({ ...row, label: "0" })));
      await assertRejects(
        () => quietly(() => mineNegatives({ ...options, input: `${folder}/none.csv` })),
        InputError,
        "none.csv: expected pairs that match, with a label of 0.5 or more, found none",
      );
    }),
);
