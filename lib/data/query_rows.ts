/** Training data of retrieval as FlagEmbedding reads and writes them: JSON lines of a query and what does and does not match it. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { parseJson } from "../files.ts";
import { firstBytes, readText } from "./read_text.ts";
import { readTable, type TableSyntax } from "./read_table.ts";

/** A line: for us a job, the résumés that match it, and those that do not. */
export interface QueryRow {
  readonly row: number;
  readonly query: string;
  readonly pos: readonly string[];
  readonly neg: readonly string[];
  /** What a teacher, such as a reranker, makes of each; any scale. */
  readonly pos_scores?: readonly number[] | undefined;
  readonly neg_scores?: readonly number[] | undefined;
  /** Put before the query in place of the model's instruction, as it stands. */
  readonly prompt?: string | undefined;
  /** `symmetric_sts` and `symmetric_clustering` put the prompt before the texts as well; others say nothing to us. */
  readonly type?: string | undefined;
}

const texts = z.array(z.string().trim().min(1, "expected a text, found an empty one"), "expected a list of texts");
const scores = z.array(z.number("expected numbers"), "expected a list of numbers").nullish();
const text = z.string("expected a text").nullish();
const Row = z.object({
  query: z.string("expected a text").trim().min(1, "expected a text, found an empty one"),
  pos: texts.min(1, "expected at least one text, found none"),
  neg: texts.nullish(),
  pos_scores: scores,
  neg_scores: scores,
  prompt: text,
  type: text,
}).superRefine((row, { addIssue }) => {
  for (const name of ["pos", "neg"] as const) {
    const own = row[`${name}_scores`], count = row[name]?.length ?? 0;
    if (own == null || own.length === 0 || own.length === count) continue;
    addIssue({
      code: "custom",
      path: [`${name}_scores`],
      message: `expected ${count} numbers, one for each of ${name}`,
    });
  }
});
/** As they stand in the table; lists come as JSON. */
const LISTS = ["pos", "neg", "pos_scores", "neg_scores"];

/** A brace, white space, a byte order mark, gzip. */
const STARTS = [0x7b, 9, 10, 13, 32, 0xef, 0xff, 0xfe, 0x1f];

/** Whether a file holds such lines: its first one has a query, and a list of what matches it. */
export async function isQueryTable(path: string, syntax: TableSyntax = {}): Promise<boolean> {
  const [first = 0] = await firstBytes(path, 1);
  if (!STARTS.includes(first)) return false;
  let line = "";
  for await (const piece of readText(path, { encoding: syntax.encoding })) {
    line = (line + piece).trimStart();
    if (line !== "" && line[0] !== "{") return false;
    if (line.includes("\n") || line.length > 10e6) break;
  }
  try {
    const first = parseJson(line.split("\n", 1)[0]!) as { query?: unknown; pos?: unknown } | null;
    return typeof first?.query === "string" && Array.isArray(first.pos);
  } catch {
    return false;
  }
}

/**
 * Reads such a file line by line.
 * @throws {InputError} If a line lacks its query or what matches it, or scores are not as many as texts.
 */
export async function* readQueries(path: string, syntax: TableSyntax = {}): AsyncGenerator<QueryRow> {
  for await (
    const { row, values } of readTable(path, { ...syntax, format: "jsonl", used: ["query"], keepOthers: true })
  ) {
    const raw = Object.fromEntries(
      Object.entries(values).filter(([, value]) => value !== "").map(([key, value]) => [
        key,
        LISTS.includes(key) ? listOf(value) : value,
      ]),
    );
    const read = Row.safeParse(raw);
    if (!read.success) {
      const { path: [key, at], message } = read.error.issues[0]!;
      const where = at === undefined ? "" : `, number ${Number(at) + 1}`;
      throw new InputError(`${path}, row ${row}, ${String(key)}${where}: ${message.replace(/^Invalid input: /, "")}`);
    }
    const { neg, pos_scores, neg_scores, prompt, type, ...own } = read.data;
    const scored = (own: number[] | null | undefined) => own?.length ? own : undefined;
    yield {
      row,
      ...own,
      neg: neg ?? [],
      pos_scores: scored(pos_scores),
      neg_scores: scored(neg_scores),
      prompt: prompt ?? undefined,
      type: type ?? undefined,
    };
  }
}

function listOf(value: string): unknown {
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}
