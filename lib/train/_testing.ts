/**
 * What the tests of runs share: a model of a few kilobytes with a tokenizer, pairs that it can learn, and quiet runs.
 */
import { type Config, parseConfig, type PartialConfig } from "./config.ts";
import { writeTable } from "../data/write_table.ts";
import { Rng } from "../random.ts";
export { withFolder } from "../_testing.ts";
import { fineTune } from "./fine_tune.ts";

const BASE = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;

const TOPICS = ["nurse", "welder", "baker", "pilot"];
const DEGREES = ["bachelor", "master"];
const FILLERS = Array.from({ length: 60 }, (_, i) => `w${i}`);
const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...TOPICS, ...DEGREES, ...FILLERS];

/** Makes a model folder of testdata's random two-layer encoder and a tokenizer of 71 words. */
export async function writeTinyModel(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const file of ["config.json", "model.safetensors"]) await Deno.copyFile(`${BASE}/${file}`, `${folder}/${file}`);
  const vocab = Object.fromEntries(VOCABULARY.map((word, id) => [word, id]));
  const tokenizer = {
    version: "1.0",
    added_tokens: [],
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", vocab },
  };
  await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(tokenizer));
}

/** One row of the pairs that tests train on. */
export type PairRow = Record<"resume" | "job" | "label" | "person" | "town" | "part", string>;

/**
 * Pairs in which a résumé matches the job of its topic: two rows per candidate, one that matches and one that does not,
 * so that every part of a split holds both. Every third pair of candidates holds a bachelor's degree, others a
 * master's.
 */
export function pairRows(candidates: number): PairRow[] {
  const rng = new Rng(5);
  const words = (count: number) => Array.from({ length: count }, () => rng.pick(FILLERS)).join(" ");
  const jobs = TOPICS.map((topic) => `${topic} wanted ${words(4)}`);
  return Array.from({ length: candidates }, (_, i) => {
    const topic = i % TOPICS.length;
    const degree = i % 3 === 0 ? "bachelor" : "master";
    const resume = `${TOPICS[topic]} ${words(5)} ${degree}'s degree`;
    const part = i % 8 === 6 ? "validation" : i % 8 === 7 ? "test" : "train";
    const common = { resume, person: `c${i}`, town: degree === "bachelor" ? "rural" : "city", part };
    const other = (topic + 1 + rng.int(TOPICS.length - 1)) % TOPICS.length;
    return [{ ...common, job: jobs[topic]!, label: "1" }, { ...common, job: jobs[other]!, label: "0" }];
  }).flat();
}

/** Writes rows with the columns of {@linkcode PairRow}. */
export async function writePairs(path: string, rows: readonly PairRow[]): Promise<void> {
  await writeTable(path, ["resume", "job", "label", "person", "town", "part"], rows);
}

/** The configuration of a run of the tiny model in a folder with `model/` and `pairs.csv`, which takes a second. */
export function tinyConfig(folder: string, changes: PartialConfig = {}): Config {
  return parseConfig({
    name: "tiny",
    device: "cpu",
    ...changes,
    model: { source: `${folder}/model`, pooling: "mean", maxLength: 24, ...changes.model },
    lora: { rank: 4, ...changes.lora },
    data: {
      path: `${folder}/pairs.csv`,
      columns: { candidateId: "person" },
      groups: [{ name: "town", column: "town" }],
      ...changes.data,
    },
    training: { epochs: 2, batchSize: 8, learningRate: 5e-3, ...changes.training },
    evaluation: { resamples: 50, ...changes.evaluation },
  });
}

/**
 * Makes model and pairs in a folder, trains there, and returns what was printed; the run's folder is `<folder>/run`.
 */
export async function trainTiny(folder: string, changes: PartialConfig = {}): Promise<string> {
  await writeTinyModel(`${folder}/model`);
  await writePairs(`${folder}/pairs.csv`, pairRows(48));
  const { print, printed } = printer();
  await quietly(() => fineTune(tinyConfig(folder, changes), { output: `${folder}/run`, print }));
  return printed();
}

/** Keeps progress, which goes to standard error, out of the report of the tests. */
export async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { error } = console;
  console.error = () => {};
  try {
    return await run();
  } finally {
    console.error = error;
  }
}

/** Collects what a run prints. */
export function printer(): { print: (text: string) => void; printed: () => string } {
  let text = "";
  return { print: (line) => void (text += `${line}\n`), printed: () => text };
}
