/**
 * What mined negatives are worth: contrastive training on two thirds of the demo's jobs with and without them, and how
 * well the others find the people who can do them among everybody. Repeats the numbers of lib/train/README.md:
 *
 *     deno run -P=bench --no-prompt lib/bench/mining_bench.ts
 */
import { generateDemo, writeTable } from "../data/mod.ts";
import { qualityAt } from "../metrics/ranking/quality.ts";
import { FrozenPrefixes } from "../model/mod.ts";
import { type Config, embed, fineTune, mineNegatives, parseConfig } from "../train/mod.ts";
import { cosine } from "../train/token_cache.ts";

const SEEDS = [1, 2, 3], PEOPLE = 300;

const pairs = generateDemo({ candidates: PEOPLE });
const jobs = [...new Set(pairs.map(({ job_id }) => job_id))].sort();
const held = new Set(jobs.filter((_, i) => i % 3 === 0));
const resumes = [...new Map(pairs.map(({ candidate_id, resume }) => [candidate_id, resume]))];

/** Mean recall within ten places, and reciprocal rank, of those who can do each held-out job, among all résumés. */
async function quality(model: Config | string): Promise<{ recall: number; mrr: number }> {
  const own = [...held].map((id) => pairs.filter(({ job_id, merit }) => job_id === id && merit === 1))
    .filter((able) => able.length > 0);
  const { embeddings } = await embed(resumes.map(([, text]) => text), { model });
  const queries = await embed(own.map(([first]) => first!.job), { model, role: "job" });
  const all = own.map((able, q) => {
    const ids = new Set(able.map(({ candidate_id }) => candidate_id));
    const relevance = resumes.map(([id]) => Number(ids.has(id)));
    const scores = embeddings.map((vector) => cosine(queries.embeddings[q]!, vector));
    return qualityAt({ relevance, scores }, 10);
  });
  const mean = (metric: "recall" | "mrr") => all.reduce((sum, one) => sum + one[metric].value!, 0) / all.length;
  return { recall: mean("recall"), mrr: mean("mrr") };
}

const folder = await Deno.makeTempDir();
try {
  const trained = pairs.filter(({ job_id }) => !held.has(job_id));
  await writeTable(`${folder}/pairs.csv`, Object.keys(trained[0]!), trained.map((pair) => ({ ...pair })) as never);
  const config = (seed: number, hardNegatives: number, path: string, mined: boolean) =>
    parseConfig({
      name: "mining",
      device: "cpu",
      model: { maxLength: 96 },
      lora: { layers: [4, 5] },
      data: {
        path,
        columns: mined ? {} : { label: "merit", candidateId: "candidate_id", jobId: "job_id" },
        groups: [{ name: "education", extract: "degree" }],
        validation: 0.1,
        test: 0.1,
      },
      training: { objective: "contrastive", epochs: 2, learningRate: 1e-3, hardNegatives, seed },
      evaluation: { resamples: 50, counterfactuals: false, leakage: false },
    });
  const base = config(1, 0, `${folder}/pairs.csv`, false);
  const report = (name: string, { recall, mrr }: { recall: number; mrr: number }) =>
    console.log(`${name}\trecall@10 ${recall.toFixed(3)}\tMRR ${mrr.toFixed(3)}`);
  report("base model", await quality(base));
  const output = `${folder}/mined.jsonl`;
  const rules = { window: [10, 210], negatives: 15, sample: "random", duplicates: 0.98 } as const;
  const { queries, negatives } = await mineNegatives({ ...rules, model: base, input: `${folder}/pairs.csv`, output });
  console.log(`${queries} jobs to train on, ${negatives} negatives; ${held.size} held out, ${resumes.length} résumés`);
  const prefixes = new FrozenPrefixes();
  for (const [name, hardNegatives] of [["in-batch negatives alone", 0], ["and two mined ones", 2]] as const) {
    for (const seed of SEEDS) {
      const run = `${folder}/${hardNegatives}-${seed}`;
      await fineTune(config(seed, hardNegatives, output, true), { output: run, prefixes, print: () => {} });
      report(`${name}, seed ${seed}`, await quality(run));
    }
  }
  await prefixes.release();
} finally {
  await Deno.remove(folder, { recursive: true });
}
