/**
 * Hard negatives: résumés that a model takes for a job's matches and that are none, in the lines that FlagEmbedding's
 * hn_mine.py writes, with filters of sentence-transformers' mine_hard_negatives beside its window.
 */
import { compareGroups, type Example, type Shard, shardRange, writeManifest, writeTable } from "../data/mod.ts";
import { overrideData, partPath, readExamples, type TableOverrides } from "../data/mod.ts";
import type { CellValue } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { fileSha256 } from "../files.ts";
import { localPath } from "../hub/mod.ts";
import { Encoder } from "../model/mod.ts";
import { showProgress } from "../progress.ts";
import { Rng } from "../random.ts";
import type { Config } from "./config.ts";
import { baseOf, type EmbeddingRun } from "./infer.ts";
import { openRun } from "./open_model.ts";
import { cosine, embedTexts, type TokenCache } from "./token_cache.ts";

/** Which candidates become negatives. */
export interface MiningRules {
  /** Ranks among the candidates, from the first on and before the second, counted from 0; positives have none. */
  readonly window: readonly [number, number];
  /** Negatives of a query, at most. */
  readonly negatives: number;
  /** The best ranked ones, or drawn from all that are left. */
  readonly sample: "top" | "random";
  /** What scores above the lowest positive less this is left out: it may match, though nobody has said so. */
  readonly margin?: number | undefined;
  /** The same, as a share of that positive's score. */
  readonly relativeMargin?: number | undefined;
  /** A cosine with a positive from which on a text is the same one, written a little differently. */
  readonly duplicates: number;
}

/** What to mine. */
export interface MiningOptions extends MiningRules {
  /** Pairs, or lines of queries. */
  readonly input: string;
  /** A `.jsonl` file. */
  readonly output: string;
  /** The base model of a configuration, or the tuned one of a run, by its folder. */
  readonly model: Config | string;
  readonly table?: TableOverrides;
  readonly shard?: Shard | undefined;
  readonly seed?: number;
  /** Where to compute with a run's model; by default where its configuration says. */
  readonly device?: Config["device"] | undefined;
}

/** How many queries there are, what became of their candidates, and whose résumés were taken. */
export interface MiningReport {
  readonly queries: number;
  readonly negatives: number;
  /** Candidates within windows that were left out. */
  readonly nearDuplicates: number;
  readonly aboveMargin: number;
  /** Queries with fewer negatives than asked for. */
  readonly short: number;
  /** Of each attribute and group: its share of all résumés, and of the negatives. */
  readonly groups: readonly { attribute: string; group: string; corpus: number; mined: number }[];
  readonly notes: readonly string[];
}

/** What is known of the candidates of one query. */
export interface Candidates {
  /** `[candidates]` cosines with the query. */
  readonly scores: ArrayLike<number>;
  readonly positives: ReadonlySet<number>;
  /** Those that are known not to match: no margin leaves them out. */
  readonly failed: ReadonlySet<number>;
  /** Those of people who match with another text: neither positives nor negatives. */
  readonly related: ReadonlySet<number>;
  readonly similarity: (a: number, b: number) => number;
}

/** Chooses the negatives of one query, best ranked first. */
export function hardNegatives(
  { scores, positives, failed, related, similarity }: Candidates,
  rules: MiningRules,
  rng: Rng,
): { readonly chosen: number[]; readonly nearDuplicates: number; readonly aboveMargin: number } {
  const order = Array.from(scores, (_, i) => i).filter((i) => !positives.has(i))
    .sort((a, b) => scores[b]! - scores[a]! || a - b).slice(...rules.window);
  const own = [...positives], lowest = own.reduce((least, i) => Math.min(least, scores[i]!), Infinity);
  const { margin = -Infinity, relativeMargin } = rules;
  const most = Math.min(
    lowest - margin,
    relativeMargin === undefined ? Infinity : lowest - Math.abs(lowest) * relativeMargin,
  );
  let nearDuplicates = 0, aboveMargin = 0;
  const left = order.filter((i) => {
    if (related.has(i) || own.some((positive) => similarity(i, positive) >= rules.duplicates)) nearDuplicates++;
    else if (scores[i]! > most && !failed.has(i)) aboveMargin++;
    else return true;
    return false;
  });
  if (rules.sample === "top" || left.length <= rules.negatives) {
    return { chosen: left.slice(0, rules.negatives), nearDuplicates, aboveMargin };
  }
  const drawn = new Set(rng.shuffle([...left]).slice(0, rules.negatives));
  return { chosen: left.filter((i) => drawn.has(i)), nearDuplicates, aboveMargin };
}

/**
 * Writes a line for each job that has a match: `query`, `pos`, `neg`, their cosines as `pos_scores` and `neg_scores`,
 * and `prompt` and `type` where the input has any. Candidates are all résumés of the input, cleaned and masked as in training.
 * @throws {InputError} If the input or model cannot be used, or nothing matches anything.
 */
export async function mineNegatives(options: MiningOptions): Promise<MiningReport> {
  const { input, output, shard } = options;
  const run = typeof options.model === "string"
    ? await openRun(options.model, options.device)
    : await baseOf(options.model);
  const { config } = run.file;
  const data = overrideData(config.data, options.table ?? {});
  const { examples, notes } = await readExamples(input, { data });
  const tokens = run.model.newTokenCache();
  const corpus = corpusOf(examples, tokens);
  const queries = queriesOf(examples, corpus, tokens);
  if (queries.length === 0) {
    throw new InputError(`${input}: expected pairs that match, with a label of 0.5 or more, found none`);
  }
  // All of them, in every part alike: the last digits depend on what is embedded together.
  const embeddings = await embedAll([...corpus.numbers, ...queries.map(({ job }) => job)], { run, tokens });
  const vectors = corpus.numbers.map((number) => embeddings.get(number)!);
  const range = shard === undefined ? { from: 0, to: queries.length } : shardRange(shard, queries.length);
  const counts = { negatives: 0, nearDuplicates: 0, aboveMargin: 0, short: 0 };
  const mined = new Float64Array(vectors.length);
  const kept = (["prompt", "type"] as const).filter((name) => queries.some((query) => query[name] !== undefined));
  const rows = queries.slice(range.from, range.to).map((query): Record<string, CellValue> => {
    const scores = vectors.map((vector) => cosine(embeddings.get(query.job)!, vector));
    const similarity = (a: number, b: number) => cosine(vectors[a]!, vectors[b]!);
    const rng = new Rng(options.seed ?? 42).derive(query.text);
    const { chosen, ...left } = hardNegatives({ ...query, scores, similarity }, options, rng);
    counts.negatives += chosen.length;
    counts.nearDuplicates += left.nearDuplicates;
    counts.aboveMargin += left.aboveMargin;
    if (chosen.length < options.negatives) counts.short++;
    for (const i of chosen) mined[i]!++;
    const lists = (places: readonly number[], name: string) => ({
      [name]: places.map((i) => corpus.texts[i]!),
      [`${name}_scores`]: places.map((i) => Math.round(scores[i]! * 1e6) / 1e6),
    });
    const row = { query: query.text, ...lists([...query.positives], "pos"), ...lists(chosen, "neg") };
    // Lists are no cells of a table, but JSONL writes any value as it is.
    const own = kept.map((name) => [name, query[name] ?? ""] as const);
    return { ...row, ...Object.fromEntries(own) } as unknown as Record<string, CellValue>;
  });
  const columns = ["query", "pos", "neg", "pos_scores", "neg_scores", ...kept];
  const written = await writeTable(shard ? partPath(output, shard) : output, columns, rows);
  if (shard !== undefined) {
    const { table: _, shard: _shard, output: _output, ...settings } = options;
    const made = { command: "mine", input: await fileSha256(await localPath(input)), options: { ...settings, data } };
    await writeManifest(output, shard, { ...range, rows: queries.length, written, columns, made });
  }
  return { queries: rows.length, ...counts, groups: groupShares(corpus.examples, mined), notes };
}

/** Distinct résumés, as the model sees them. */
function corpusOf(examples: readonly Example[], tokens: TokenCache) {
  const places = new Map<number, number>();
  const own: Example[] = [];
  for (const example of examples) {
    const { resume } = tokens.pair(example);
    if (places.has(resume)) continue;
    places.set(resume, own.length);
    own.push(example);
  }
  return { places, numbers: [...places.keys()], texts: own.map(({ resume }) => resume), examples: own };
}

/** Jobs with a match, in the order of the table, and what is known of the résumés for each. */
function queriesOf(examples: readonly Example[], corpus: ReturnType<typeof corpusOf>, tokens: TokenCache) {
  const jobs = Map.groupBy(examples, (example) => tokens.pair(example).job);
  return [...jobs].flatMap(([job, own]) => {
    const place = (example: Example) => corpus.places.get(tokens.pair(example).resume)!;
    const matching = own.filter(({ label }) => (label ?? 0) >= 0.5);
    if (matching.length === 0) return [];
    const positives = new Set(matching.map(place));
    const people = new Set(matching.map(({ candidateId }) => candidateId));
    const related = new Set(
      corpus.examples.flatMap(({ candidateId }, i) => people.has(candidateId) && !positives.has(i) ? [i] : []),
    );
    const failed = new Set(own.filter(({ label }) => label !== null && label < 0.5).map(place));
    const { job: prompt, type } = own[0]!.prompts ?? { job: undefined };
    return [{ job, text: own[0]!.job, prompt, type, positives, failed, related }];
  });
}

async function embedAll(
  numbers: readonly number[],
  { run, tokens }: { readonly run: EmbeddingRun; readonly tokens: TokenCache },
): Promise<Map<number, Float32Array>> {
  const { model, parameters, file: { config } } = run;
  const encoder = await Encoder.compile(model.spec, { device: model.device.device });
  const progress = showProgress("embedding", numbers.length, { unit: "texts" });
  try {
    const { batchTokens } = config.evaluation;
    return await embedTexts(numbers, { encoder, tokens, parameters, batchTokens, onText: progress.update });
  } finally {
    progress.stop();
    await encoder.release();
  }
}

/** Negatives that are all of one group teach a model to keep that group down. */
function groupShares(corpus: readonly Example[], mined: Float64Array): MiningReport["groups"] {
  const total = mined.reduce((a, b) => a + b, 0);
  return Object.keys(corpus[0]!.groups).flatMap((attribute) => {
    const groups = Map.groupBy(corpus.keys(), (i) => corpus[i]!.groups[attribute]!);
    return [...groups].sort(([a], [b]) => compareGroups(a, b)).map(([group, places]) => ({
      attribute,
      group,
      corpus: places.length / corpus.length,
      mined: total === 0 ? 0 : places.reduce((sum, i) => sum + mined[i]!, 0) / total,
    }));
  });
}
