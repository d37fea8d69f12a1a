/** `deno task infer`: scores or embeddings for new data, in constant memory however many rows there are. */
import { yellow } from "@std/fmt/colors";
import { cellReader, columnsOf, exampleOptions, maskEducation, overrideData, pairCleaning } from "../data/mod.ts";
import { partOfTable, partPath, readHeader, readTable, requireColumns, rowsWithin, tableFormat } from "../data/mod.ts";
import { tableSyntax, writeManifest, writeTable } from "../data/mod.ts";
import type { PairCleaning, Shard, TableOverrides } from "../data/mod.ts";
import type { CellValue, TableRow } from "../data/mod.ts";
import { dirname } from "@std/path";
import { InputError } from "../errors.ts";
import { fileSha256, makeFolder, refuseSameFile } from "../files.ts";
import { localPath } from "../hub/mod.ts";
import { lockOutput } from "../lock.ts";
import { Encoder } from "../model/mod.ts";
import { showCount } from "../progress.ts";
import type { Config } from "./config.ts";
import { type FinishedRun, inferencePrecision, openModel, openRun } from "./open_model.ts";
import { matchProbability } from "./run_file.ts";
import { cosine, type Role } from "./token_cache.ts";
import { MOST_TOKENS } from "./words.ts";

/** What to infer. */
export interface InferOptions {
  /** The run's folder. */
  readonly run: string;
  /** A table with the columns that the run's configuration names. */
  readonly input?: string;
  /** How it is written, where that is otherwise than the run's configuration says. */
  readonly table?: TableOverrides;
  /** Where its rows go, with what was computed. */
  readonly output?: string;
  /** Embed this column instead of scoring pairs. */
  readonly embed?: string;
  /** Texts to embed and print. */
  readonly text: readonly string[];
  /** How many numbers of an embedding are given, from the first on, scaled to length 1 again; all if absent. */
  readonly dimensions?: number;
  /** Which part of the rows to write, beside the output; all if absent. */
  readonly shard?: Shard | undefined;
  /** Where to compute; by default where the run's configuration says. */
  readonly device?: Config["device"];
  /** `int8`: products with frozen weights in 8 bits, on the CPU only; what the run was evaluated in if absent. */
  readonly precision?: "fp32" | "int8" | undefined;
  /** What the embedded texts are. */
  readonly role: Role;
  /** Shown the embeddings of single texts, or how many rows were written; default: `console.log`. */
  readonly print?: (text: string) => void;
}

/** Rows that are embedded together. */
const CHUNK_ROWS = 256;

/**
 * After so many rows nothing is kept: the last digits of an embedding depend on what it was computed together with, and a
 * part of a table (`--shard`) holds whole blocks, so that it gives the bytes that one process would.
 */
const BLOCK_ROWS = 32 * CHUNK_ROWS;

/** Embeddings kept for texts that come again: a million applications name a few thousand jobs. */
const MOST_EMBEDDINGS = 4096;

/**
 * Scores the pairs of a table (columns `score`, `probability` where the objective has one, and `accepted`), or embeds
 * the texts of one column, or embeds single texts and prints them. Résumés are masked as in training. Thresholds per
 * group are not applied, since nobody's group is known here: `accepted` is the decision of the threshold for all.
 * @throws {InputError} When the options do not go together, a column is missing, or a file cannot be used.
 */
export async function inferRun(options: InferOptions): Promise<void> {
  const { input, output, embed, text, role, shard, dimensions, print = console.log } = options;
  checkOptions(options);
  const place = output === undefined ? undefined : shard === undefined ? output : partPath(output, shard);
  if (place !== undefined) await makeFolder(dirname(place));
  await using _output = place === undefined ? null : await lockOutput(place, "file");
  const run = await openRun(options.run, options.device, options.precision);
  const evaluatedIn = inferencePrecision(run.file.config), { precision = evaluatedIn } = options;
  const { hiddenSize } = run.model.files.config;
  if (dimensions !== undefined && dimensions > hiddenSize) {
    throw new InputError(`infer: --dimensions: expected at most the model's ${hiddenSize}, found ${dimensions}`);
  }
  const notes = uncut(run, dimensions);
  const data = overrideData(run.file.config.data, options.table ?? {});
  const { resume, job } = data.columns;
  const own = embed === undefined ? columnsOf({ resume, job }, []) : { used: [embed] };
  const { used } = own;
  const syntax = { ...tableSyntax(exampleOptions(data)), ...own, keepOthers: true };
  const header = input === undefined ? [] : await readHeader(input, syntax);
  if (input !== undefined) requireColumns(input, header, own);
  const embedder = await Embedder.open(run);
  const { cleaning, seen } = textsSeen(run.file.config.data);
  try {
    if (input === undefined) {
      const vectors = await embedder.embed(text.map((one) => seen(one, role)));
      text.forEach((text, i) => print(JSON.stringify({ text, embedding: [...cut(vectors[i]!, dimensions)] })));
      return;
    }
    const whole = readTable(input, { ...syntax, note: (sentence) => notes.push(sentence) });
    const part = shard && await partOfTable(input, { ...syntax, keepOthers: false, shard, block: BLOCK_ROWS });
    const table = part === undefined ? whole : rowsWithin(whole, part);
    const textOf = textReader(input, data);
    const rows: AsyncIterable<Record<string, unknown>> = embed === undefined
      ? scoredRows(table, run, {
        embedder,
        textsOf: (row) => [seen(textOf(row, job), "job"), seen(textOf(row, resume), "resume")],
      })
      : embeddedRows(table, (row) => seen(row.values[embed]!, role), { embedder, dimensions });
    const added = embed === undefined ? scoreColumns(run) : ["embedding"];
    const kept = [...new Set([...header, ...used])].filter((column) => !added.includes(column));
    const count = showCount(`${options.run} on ${input}`, "rows");
    // An embedding is no cell of a table, but JSONL writes any value as it is.
    const cells = counted(rows, count) as AsyncIterable<Record<string, CellValue>>;
    const written = await writeTable(place!, [...kept, ...added], cells);
    count.stop();
    if (part !== undefined) {
      const made = {
        command: "infer",
        input: await fileSha256(await localPath(input)),
        run: await fileSha256(`${options.run}/run.json`),
        options: { embed: embed ?? null, role, dimensions: dimensions ?? null, precision, data },
      };
      await writeManifest(output!, shard!, { ...part, written, columns: [...kept, ...added], made });
    }
    print(`${written} rows   ${place}`);
    if (precision !== evaluatedIn) notes.push(otherwiseThan(evaluatedIn));
    for (const note of [...notes, ...cleaning.resume.notes, ...cleaning.job.notes]) print(yellow(`! ${note}`));
  } finally {
    await embedder.release();
  }
}

/** What is to be said where scores are not computed as those that the run's thresholds were fitted on. */
export function otherwiseThan(evaluatedIn: "fp32" | "int8"): string {
  const [own, run] = evaluatedIn === "fp32" ? ["8 bits", "float32"] : ["float32", "8 bits"];
  return `computed in ${own}: cosines of embeddings with those in ${run} are about 0.995, and pairs whose score is near ` +
    `the threshold may be decided otherwise than in the run's evaluation, which was in ${run}`;
}

function checkOptions({ input, output, embed, text, shard, dimensions }: InferOptions): void {
  if (dimensions !== undefined && input !== undefined && embed === undefined) {
    throw new InputError("infer: --dimensions needs --embed or --text: thresholds are those of whole embeddings");
  }
  if (shard !== undefined && input === undefined) throw new InputError("infer: --shard needs --input, found none");
  if ((input === undefined) === (text.length === 0)) {
    throw new InputError("infer: expected either --input or --text, found " + (input === undefined ? "none" : "both"));
  }
  if (input !== undefined && output === undefined) throw new InputError("infer: --input also needs --output");
  if (embed !== undefined && (output === undefined || tableFormat(output).format !== "jsonl")) {
    throw new InputError("infer: --embed writes a list of numbers per row, it needs an --output that ends in .jsonl");
  }
  if (input !== undefined) refuseSameFile("infer", input, output!);
}

/** What the model sees of a text, as in training: cleaned, and a résumé masked. */
export function textsSeen({ mask }: Pick<Config["data"], "mask">): { cleaning: PairCleaning; seen: SeenText } {
  const cleaning = pairCleaning();
  const seen: SeenText = (text, role) => {
    const cleaned = cleaning[role].clean(text);
    return { text: role === "job" ? cleaned : maskEducation(cleaned, { kinds: mask }).text, role };
  };
  return { cleaning, seen };
}

type SeenText = (text: string, role: RoleText["role"]) => RoleText;

function scoreColumns({ file }: FinishedRun): string[] {
  return ["score", ...(file.head ? ["probability"] : []), "accepted"];
}

async function* scoredRows(
  table: AsyncIterable<TableRow>,
  { file }: FinishedRun,
  { embedder, textsOf }: { embedder: Embedder; textsOf: (row: TableRow) => [job: RoleText, resume: RoleText] },
) {
  for await (const rows of chunks(table, embedder)) {
    const vectors = await embedder.embed(rows.flatMap(textsOf));
    for (const [i, { values }] of rows.entries()) {
      const score = cosine(vectors[2 * i]!, vectors[2 * i + 1]!);
      const probability = matchProbability(score, file);
      yield {
        ...values,
        score,
        ...(probability === null ? {} : { probability }),
        accepted: Number(score >= file.thresholds.tuned),
      };
    }
  }
}

async function* embeddedRows(
  table: AsyncIterable<TableRow>,
  textOf: (row: TableRow) => RoleText,
  { embedder, dimensions }: { readonly embedder: Embedder; readonly dimensions: number | undefined },
) {
  for await (const rows of chunks(table, embedder)) {
    const vectors = await embedder.embed(rows.map(textOf));
    for (const [i, { values }] of rows.entries()) yield { ...values, embedding: [...cut(vectors[i]!, dimensions)] };
  }
}

/** Says that a run was not trained to be cut to so many numbers. */
function uncut({ file: { config }, model }: FinishedRun, dimensions = model.files.config.hiddenSize): string[] {
  const trained = [...config.training.matryoshka, model.files.config.hiddenSize];
  return trained.includes(dimensions) ? [] : [
    `embeddings are cut to ${dimensions} numbers, and the run was trained for ${trained.join(", ")} ` +
    "(training.matryoshka): what the cut costs was not measured",
  ];
}

/** The first numbers of an embedding, of length 1. */
function cut(vector: Float32Array, dimensions = vector.length): Float32Array {
  if (dimensions === vector.length) return vector;
  const first = vector.subarray(0, dimensions), length = Math.hypot(...first);
  return first.map((x) => x / Math.max(length, 1e-12));
}

/** Takes the text of a column, which must be there. */
function textReader(input: string, data: Config["data"]): (row: TableRow, column: string) => string {
  const { isMissing } = cellReader(exampleOptions(data));
  return ({ row, values }, column) => {
    const text = values[column]!;
    if (!isMissing(text)) return text;
    const found = text.trim() === "" ? "nothing" : `"${text}", which stands for a missing one`;
    throw new InputError(`${input}, row ${row}, column "${column}": expected a text, found ${found}`);
  };
}

async function* chunks(rows: AsyncIterable<TableRow>, embedder: Embedder): AsyncGenerator<TableRow[]> {
  let chunk: TableRow[] = [], done = 0;
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length === CHUNK_ROWS) {
      yield chunk;
      chunk = [];
      if ((done += CHUNK_ROWS) % BLOCK_ROWS === 0) embedder.forget();
    }
  }
  if (chunk.length > 0) yield chunk;
}

async function* counted<T>(rows: AsyncIterable<T>, count: { update(done: number): void }): AsyncGenerator<T> {
  let done = 0;
  for await (const row of rows) {
    yield row;
    count.update(++done);
  }
}

/** With what texts are embedded. */
export interface EmbedTextsOptions {
  /** The base model of a configuration, or the tuned one of a run, by its folder. */
  readonly model: Config | string;
  /** What the texts are; résumés if absent. Résumés are masked as in training. */
  readonly role?: Role;
  /** Told how many distinct texts are done. */
  readonly onText?: ((done: number) => void) | undefined;
}

/** Texts as a model sees them. */
export interface EmbeddedTexts {
  /** `[texts][width]` */
  readonly embeddings: Float32Array[];
  /** `[texts]` tokens, those included that are beyond what the model reads. */
  readonly tokens: number[];
}

/**
 * Embeds texts.
 *
 * @throws {InputError} When there is no such model or run.
 */
export async function embed(
  texts: readonly string[],
  { model, ...how }: EmbedTextsOptions,
): Promise<EmbeddedTexts> {
  const opened = await openTextModel(model);
  return await opened.embed(texts, how).finally(() => opened.release());
}

/** A model that stays open; release it in the end. */
export interface TextModel {
  /** Embeds texts as {@linkcode embed} does. */
  embed(texts: readonly string[], how?: Omit<EmbedTextsOptions, "model">): Promise<EmbeddedTexts>;
  release(): Promise<void>;
}

/**
 * Opens the model that {@linkcode embed} is given, for those who embed several times.
 * @throws {InputError} When there is no such model or run.
 */
export async function openTextModel(model: EmbedTextsOptions["model"]): Promise<TextModel> {
  const run = typeof model === "string" ? await openRun(model) : await baseOf(model);
  const { seen } = textsSeen(run.file.config.data);
  const embedder = await Embedder.open(run);
  return {
    async embed(texts, { role = "resume", onText } = {}) {
      const shown = texts.map((text) => seen(text, role));
      const cache = run.model.newTokenCache(MOST_TOKENS);
      const tokens = shown.map(({ text }) => cache.tokens[cache.number(text, role)]!.length);
      // The last digits of an embedding depend on what it is computed together with: not on the call before.
      embedder.forget();
      return { embeddings: await embedder.embed(shown, onText), tokens };
    },
    release: () => embedder.release(),
  };
}

/** What embedding needs of a run. */
export interface EmbeddingRun extends Pick<FinishedRun, "model" | "parameters"> {
  readonly file: Pick<FinishedRun["file"], "config">;
}

/** The base model of a configuration, to embed with. */
export async function baseOf(config: Config): Promise<EmbeddingRun> {
  const model = await openModel(config, "inference");
  return { file: { config }, model: { ...model, spec: { ...model.spec, lora: [] } }, parameters: {} };
}

/** A text as the model is to see it. */
interface RoleText {
  readonly text: string;
  readonly role: Role;
}

/** Embeds texts with a run's model and remembers the last few thousand. */
class Embedder {
  readonly #run: EmbeddingRun;
  readonly #encoder: Encoder;
  readonly #kept = new Map<string, Float32Array>();

  private constructor(run: EmbeddingRun, encoder: Encoder) {
    this.#run = run;
    this.#encoder = encoder;
  }

  static async open(run: EmbeddingRun): Promise<Embedder> {
    const { spec, device: { device } } = run.model;
    return new Embedder(run, await Encoder.compile(spec, { device }));
  }

  async embed(texts: readonly RoleText[], onBatch?: (done: number) => void): Promise<Float32Array[]> {
    const keyOf = ({ text, role }: RoleText) => `${role} ${text}`;
    const cache = this.#run.model.newTokenCache();
    const fresh = new Map<string, number>();
    for (const text of texts) {
      if (!this.#kept.has(keyOf(text))) fresh.set(keyOf(text), cache.number(text.text, text.role));
    }
    const { batchTokens } = this.#run.file.config.evaluation;
    const vectors = await this.#encoder.embed(cache.tokens, this.#run.parameters, { batchTokens, onBatch });
    for (const [key, number] of fresh) this.#kept.set(key, vectors[number]!);
    const results = texts.map((text) => {
      const key = keyOf(text), vector = this.#kept.get(key)!;
      // Reinserting moves a text to the end, so the ones dropped below are those not seen for longest.
      this.#kept.delete(key);
      this.#kept.set(key, vector);
      return vector;
    });
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= MOST_EMBEDDINGS) break;
      this.#kept.delete(key);
    }
    return results;
  }

  /** Keeps nothing of what came before. */
  forget(): void {
    this.#kept.clear();
  }

  release(): Promise<void> {
    return this.#encoder.release();
  }
}
