/**
 * Gives the peers of this folder what our runs see: the pairs of a configuration and of a table that nobody trained on,
 * their texts as tokens, the frozen base model's embeddings of these, and the split that each seed makes.
 *
 * `deno run -A lib/bench/peers/embed.ts configs/demo.json data/processed/unseen.csv <folder>` writes `pairs.csv`,
 * `tokens.json` and `texts.f32`.
 */
import { type Example, openDataset, readExamples, writeTable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { makeFolder, writeText } from "../../files.ts";
import { Encoder } from "../../model/mod.ts";
import { loadConfig, openModel } from "../../train/mod.ts";

const SEEDS = [1, 2, 3, 4, 5];
const [file, unseen, output] = Deno.args;
if (file === undefined || unseen === undefined || output === undefined) {
  throw new InputError("expected a configuration, a table and a folder to write to");
}
const config = await loadConfig(file);
const model = await openModel({ ...config, device: "cpu" }, "inference");
const tokens = model.newTokenCache();
const splits = new Map<number, Record<string, string>>();
for (const seed of SEEDS) {
  const { train, validation, test } = await openDataset({ ...config, training: { ...config.training, seed } });
  for (const [name, part] of Object.entries({ train, validation, test })) {
    for (const { row } of part) splits.set(row, { ...splits.get(row), [`split_${seed}`]: name });
  }
}
const rowsOf = (table: "trained" | "unseen", examples: readonly Example[]) =>
  examples.map((example) => {
    const { job, resume } = tokens.pair(example);
    const { row, label, groundTruth, candidateId, groups } = example;
    const none = Object.fromEntries(SEEDS.map((seed) => [`split_${seed}`, "unseen"]));
    const split = table === "trained" ? splits.get(row)! : none;
    return { table, row, job, resume, candidate: candidateId, label, merit: groundTruth, ...groups, ...split };
  });
const rows = [
  ...rowsOf("trained", (await readExamples(config.data.path, config)).examples),
  ...rowsOf("unseen", (await readExamples(unseen, config)).examples),
];
await makeFolder(output);
await writeTable(`${output}/pairs.csv`, Object.keys(rows[0]!), rows);
await writeText(`${output}/tokens.json`, JSON.stringify(tokens.tokens));
const encoder = await Encoder.compile({ ...model.spec, lora: [] });
const vectors = await encoder.embed(tokens.tokens, {}, { batchTokens: 4096 });
await encoder.release();
const data = Float32Array.from(vectors.flatMap((vector) => [...vector]));
await Deno.writeFile(`${output}/texts.f32`, new Uint8Array(data.buffer));
