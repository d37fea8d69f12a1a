/** Scores résumés and says which words make a score, as a web page does it: with TensorFlow.js, without a file. */
import { textTable } from "../../data/mod.ts";
import { Encoder, type Tokenizer, tokenizerOf } from "../../model/mod.ts";
import type { WordContribution } from "../explain_run.ts";
import { textsSeen } from "../infer.ts";
import { leaveOut, pieces } from "../occlusion.ts";
import { matchProbability } from "../run_file.ts";
import { type Role, scorePairs, TokenCache } from "../token_cache.ts";
import { MOST_TOKENS, readWords } from "../words.ts";
import { type PackedModel, unpackedEncoder } from "./page_model.ts";

/** What a résumé gets. */
export interface ScoredResume {
  /** What stands for the person: a cell of the table, or the beginning of the text. */
  readonly name: string;
  /** As it was pasted. */
  readonly resume: string;
  readonly score: number;
  readonly probability: number | null;
  readonly accepted: boolean;
  /** Tokens of the text, and how many of them the model reads. */
  readonly tokens: number;
  readonly read: number;
}

/** A résumé as the model is shown it, and what its words and phrases add to its score. */
export interface LeftOut {
  readonly text: string;
  readonly score: number;
  readonly words: readonly WordContribution[];
  /** Where the model's reading ends in the text. */
  readonly end: number;
}

type Progress = (done: number, of: number) => void;

/** Texts computed together; few, so that a reader sees them go on. */
const BATCH_TOKENS = 1024;

/** A model of a page, ready to score. */
export class PageScorer {
  readonly #packed: PackedModel;
  readonly #tokenizer: Tokenizer;
  readonly #encoder: Encoder;
  readonly #seen: (text: string, role: Role) => string;

  private constructor(packed: PackedModel, tokenizer: Tokenizer, encoder: Encoder) {
    this.#packed = packed;
    this.#tokenizer = tokenizer;
    this.#encoder = encoder;
    const { seen } = textsSeen(packed.model);
    this.#seen = (text, role) => seen(text, role).text;
  }

  /** Makes tokenizer and encoder ready. */
  static async open(packed: PackedModel): Promise<PageScorer> {
    const { tokenizer, lowercase } = packed.model;
    const encoder = await Encoder.compile(unpackedEncoder(packed), { device: "tfjs:wasm" });
    return new PageScorer(packed, await tokenizerOf(tokenizer, { lowercase }), encoder);
  }

  /** Scores pasted résumés for a job, the best first. */
  async score(job: string, pasted: string, onText?: Progress): Promise<ScoredResume[]> {
    const resumes = pastedResumes(pasted, this.#packed.model.columns);
    const { model } = this.#packed;
    const shown = resumes.map(({ resume }) => this.#seen(resume, "resume"));
    const scores = await this.#scores(this.#seen(job, "job"), shown, onText);
    return resumes.map((own, i) => ({
      ...own,
      score: scores[i]!,
      probability: matchProbability(scores[i]!, model),
      accepted: scores[i]! >= model.threshold,
      ...this.#length(shown[i]!),
    })).sort((a, b) => b.score - a.score);
  }

  /** Leaves out one word or phrase of a résumé after the other. */
  async explain(job: string, resume: string, onText?: Progress): Promise<LeftOut> {
    const text = this.#seen(resume, "resume"), shownJob = this.#seen(job, "job");
    const cache = this.#cache();
    const ids = cache.tokens[cache.number(text, "resume")]!;
    const { instruction } = this.#packed.model;
    const words = readWords(text, ids, { tokenizer: this.#tokenizer, instruction: instruction.resume });
    const scores = (texts: readonly string[]) => this.#scores(shownJob, texts, onText);
    const end = words.at(-1)?.end ?? 0;
    return { text, end, ...await leaveOut(text, pieces(text, words), scores) };
  }

  /** Embeds texts of token ids. */
  embed(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    return this.#encoder.embed(tokens, {}, { batchTokens: BATCH_TOKENS });
  }

  /** Frees the encoder. */
  release(): Promise<void> {
    return this.#encoder.release();
  }

  async #scores(job: string, resumes: readonly string[], onText?: Progress): Promise<Float64Array> {
    const cache = this.#cache();
    const numbered = resumes.map((resume) => cache.pair({ job, resume }));
    const onBatch = (done: number) => onText?.(done, cache.tokens.length);
    const embeddings = await this.#encoder.embed(cache.tokens, {}, { batchTokens: BATCH_TOKENS, onBatch });
    return scorePairs(numbered, new Map(embeddings.entries()));
  }

  #cache(): TokenCache {
    const { maxLength, instruction } = this.#packed.model;
    return new TokenCache({ tokenizer: this.#tokenizer, maxLength, instruction });
  }

  #length(text: string): { tokens: number; read: number } {
    const { maxLength, instruction } = this.#packed.model;
    const tokens = this.#tokenizer.encode(instruction.resume + text, { maxLength: MOST_TOKENS }).length;
    return { tokens, read: Math.min(tokens, maxLength) };
  }
}

/** A column that may hold résumés. */
const RESUME_COLUMN = /^(r[eé]sum[eé]s?|cvs?|lebenslauf|text)([ _-]?(text|str|html))?$/i;

/** Characters of a text that stand for it. */
const NAME_LENGTH = 60;

/**
 * The résumés of a text: the rows of a table that has such a column, or else what stands between lines of three or more
 * hyphens or equals signs.
 */
export function pastedResumes(
  pasted: string,
  columns: { readonly resume: string; readonly id: string | null },
): { name: string; resume: string }[] {
  const table = textTable(pasted);
  const own = table?.header.indexOf(columns.resume) ?? -1;
  const column = own === -1 ? table?.header.findIndex((name) => RESUME_COLUMN.test(name.trim())) ?? -1 : own;
  const named = (resume: string, name = "") => ({ name: name.trim() || beginningOf(resume), resume });
  if (table && column !== -1) {
    const known = [columns.id, "name", "id", "candidate", "candidate_id", "ID"].filter((name) => name !== null);
    const id = known.map((name) => table.header.indexOf(name)).find((at) => at !== -1 && at !== column);
    return table.rows.filter((row) => row[column]!.trim() !== "")
      .map((row) => named(row[column]!, id === undefined ? "" : row[id]));
  }
  return pasted.split(/^[^\S\n]*(?:-{3,}|={3,})[^\S\n]*$/m).filter((resume) => resume.trim() !== "")
    .map((resume) => named(resume));
}

function beginningOf(resume: string): string {
  const line = resume.trim().split("\n")[0]!.trim();
  return line.length > NAME_LENGTH ? `${line.slice(0, NAME_LENGTH)}…` : line;
}
