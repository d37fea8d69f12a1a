/** `deno task metrics`: how good and how fair the scores of any table are, whoever made it. */
import { getColorEnabled } from "@std/fmt/colors";
import { resolve } from "@std/path";
import { z } from "zod";
import { type CellValue, SafeNumber, writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { evaluateInParallel, evaluationJson, writeEvaluation } from "../evaluate/mod.ts";
import type { Evaluation, EvaluationInput } from "../evaluate/mod.ts";
import { fileError, writeText } from "../files.ts";
import { lockOutput } from "../lock.ts";
import { fairRerank, groupRows } from "../metrics/mod.ts";
import { printable } from "../printable.ts";
import { showLate, showProgress } from "../progress.ts";
import { evaluationHtml, evaluationText, plotlyScript } from "../report/mod.ts";
import { anyTexts, flag, option, optionalPath, optionalText, path, terminalWidth, texts, verb } from "./command.ts";
import { countsSql, SQL_DIALECTS } from "./counts_sql.ts";
import { folderOf, keepOnly } from "./permissions.ts";
import { readColumns } from "./read_columns.ts";
import { AUDIT_OPTIONS, LABEL_OPTIONS, MERGE_OPTION, TABLE_FORMATS, TABLE_OPTIONS } from "./table_options.ts";

const share = (expected: string) => z.number().gt(0, expected).lt(1, expected);
const count = z.int("expected a whole number ≥ 1").min(1, "expected a whole number ≥ 1");

export const METRICS_OPTIONS = z.object({
  input: option(path, "-i, --input <file>", `${TABLE_FORMATS}, with a row per scored pair`),
  score: option(
    texts.min(1, "expected at least one column, found none"),
    "--score <column>",
    "scores; higher means more likely selected; several are compared, each with the first",
  ),
  group: option(
    texts.min(1, "expected at least one column, found none"),
    "--group <column>",
    "who a person is; repeatable",
  ),
  label: option(optionalText, "--label <column>", "true labels; without it, what needs none is reported"),
  ...LABEL_OPTIONS,
  ...MERGE_OPTION,
  threshold: option(
    z.union([SafeNumber, z.array(SafeNumber)], "expected a number").exactOptional(),
    "--threshold <number>",
    "selected means a score of at least this (with --favourable low, below it); of several --score columns, one for " +
      "all or one for each, in their order",
  ),
  acceptanceRate: option(
    share("expected a share in (0, 1)").exactOptional(),
    "--acceptance-rate <share>",
    "select this share of all rows instead",
  ),
  rankBy: option(optionalText, "--rank-by <column>", "the job within which rows are ranked"),
  rerank: option(
    optionalText,
    "--rerank <file>",
    "also write each query's rows in an order whose every prefix holds each group's share of the candidates",
  ),
  topK: option(count.exactOptional(), "--top-k <count>", "places at the top of each job"),
  counterfactualScore: option(
    anyTexts,
    "--counterfactual-score <column>",
    "scores of the same rows with the person's group changed; one for each --score",
  ),
  weight: option(optionalText, "--weight <column>", "sample weights"),
  counts: option(
    optionalText,
    "--counts <column>",
    "how many equal rows each line stands for, in a table of counts that a warehouse made (--counts-sql)",
  ),
  countsSql: option(
    z.enum(SQL_DIALECTS).exactOptional(),
    "--counts-sql <dialect>",
    "print the SQL that makes such a table of --input, the name of a table or file, and end",
  ),
  binWidth: option(
    z.number("expected a number").gt(0, "expected a width above 0").exactOptional(),
    "--bin-width <width>",
    "put scores in bins such as 0.001: memory no longer grows with the rows, and numbers come with their error bound",
  ),
  control: option(optionalText, "--control <column>", "also compare groups within each level of this column"),
  cluster: option(
    optionalText,
    "--cluster <column>",
    "whose rows belong together, such as the candidate: intervals resample them together",
  ),
  ...AUDIT_OPTIONS,
  intersections: option(flag, "--intersections", "also compare the intersections of the groups"),
  confidence: option(
    share("expected a level in (0, 1) such as 0.95").default(0.95),
    "--confidence <level>",
    "of the intervals",
  ),
  resamples: option(count.default(1000), "--resamples <count>", "bootstrap resamples and permutations"),
  seed: option(z.int("expected a whole number").default(42), "--seed <number>", "of all chance"),
  dropMissing: option(
    flag,
    "--drop-missing",
    "leave out rows with missing values, and count them; a row without a label stays for what needs none",
  ),
  ...TABLE_OPTIONS,
  json: option(flag, "--json", "print JSON instead of tables"),
  output: option(
    optionalPath,
    "-o, --output <folder>",
    "also write evaluation.json, evaluation.html and CSV tables here",
  ),
}).superRefine((options, context) => {
  const {
    score,
    counterfactualScore,
    negative,
    group,
    threshold,
    acceptanceRate,
    topK,
    rankBy,
    rerank,
    input,
    positive,
    label,
    intersections,
    counts,
    countsSql,
    binWidth,
  } = options;
  const refuse = (wrong: boolean, message: string) => wrong && context.addIssue(message);
  const twice = group.find((name, i) => group.indexOf(name) !== i);
  const again = score.find((name, i) => score.indexOf(name) !== i);
  const both = threshold !== undefined && acceptanceRate !== undefined;
  refuse(twice !== undefined, `--group: expected distinct columns, found "${twice}" twice`);
  refuse(both, "--threshold, --acceptance-rate: expected one of the two, found both");
  refuse(
    Array.isArray(threshold) && threshold.length !== score.length,
    `--threshold: expected one, or one for each of the ${score.length} --score columns, found ${
      [threshold].flat().length
    }`,
  );
  refuse(topK !== undefined && rankBy === undefined, "--top-k: expected --rank-by with it, found none");
  refuse(rerank !== undefined && rankBy === undefined, "--rerank: expected --rank-by with it, found none");
  refuse(rerank !== undefined && score.length > 1, `--rerank: expected one --score column, found ${score.length}`);
  refuse(rerank !== undefined && resolve(rerank) === resolve(input), "--rerank: expected another file than --input");
  refuse(again !== undefined, `--score: expected distinct columns, found "${again}" twice`);
  const { length: changed } = counterfactualScore;
  refuse(
    changed > 0 && changed !== score.length,
    `--counterfactual-score: expected one for each of the ${score.length} --score columns, found ${changed}`,
  );
  refuse(positive.length > 0 && label === undefined, "--positive: expected --label with it, found none");
  refuse(negative.length > 0 && label === undefined, "--negative: expected --label with it, found none");
  const counted = counts !== undefined ? "--counts" : binWidth !== undefined ? "--bin-width" : null;
  refuse(counted !== null && rankBy !== undefined, `${counted}: expected no --rank-by, which needs the rows, found it`);
  refuse(counted !== null && changed > 0, `${counted}: expected no --counterfactual-score, which needs the rows`);
  refuse(Array.isArray(threshold) && binWidth !== undefined, "--bin-width: expected one --threshold, found several");
  refuse(binWidth !== undefined && acceptanceRate !== undefined, "--bin-width: expected --threshold, found a rate");
  refuse(
    counts !== undefined && countsSql !== undefined,
    "--counts, --counts-sql: expected one of the two, found both",
  );
  const few = intersections === true && group.length < 2;
  refuse(few, `--intersections: expected at least two --group columns, found ${group.length}`);
});

/** The options of `deno task metrics`. */
export type MetricsOptions = z.output<typeof METRICS_OPTIONS>;

export const metrics = verb(
  [
    "metrics",
    "Audit any table of scores, whoever made it: quality, differences between groups, rankings, counterfactuals",
    "deno task metrics --input scored.csv --score score --group education",
    "deno task metrics --input scored.csv --score score --label hired --group education --output audit",
    "deno task metrics --input scored.parquet --score score --group education --counts-sql duckdb > counts.sql",
  ],
  METRICS_OPTIONS,
  async (options) => {
    await keepOnly({ write: [options.output, folderOf(options.rerank)], tables: [options.input] });
    await runMetrics(options);
  },
);

/**
 * Reads the columns, computes, prints, and writes the files asked for. Throws an InputError if a column or a value is
 * not as expected, or a file cannot be written.
 */
export async function runMetrics(
  options: MetricsOptions,
  print: (text: string) => void = printToTerminal,
): Promise<void> {
  const { output, json, countsSql: dialect } = options;
  if (dialect !== undefined) return print(countsSql(dialect, options));
  // Before the work, so that a mistyped folder does not cost it.
  if (output !== undefined) await makeOutputFolder(output);
  await using _output = output === undefined ? null : await lockOutput(output);
  const input = await readColumns(options.input, options);
  const evaluation = await evaluateShown(input, options);
  const reranked = options.rerank === undefined ? null : await writeReranked(options.rerank, input);
  if (output !== undefined) {
    await writeEvaluation(output, evaluation);
    await writeText(
      `${output}/evaluation.html`,
      evaluationHtml(evaluation, {
        plotly: await plotlyScript(output, true),
        // Its figures are of rows.
        table: input.counts ? undefined : input,
      }),
    );
  }
  print(json ? evaluationJson(evaluation) : evaluationText(evaluation, { width: terminalWidth() }));
  if (reranked !== null && !json) print(`\n${reranked}\n`);
}

/** The evaluation, with a display of how far it is where it takes long. */
async function evaluateShown(input: EvaluationInput, options: MetricsOptions): Promise<Evaluation> {
  let parts = 1;
  const progress = showLate(() => showProgress("evaluating", parts, { unit: "parts" }));
  const onProgress = (done: number, total: number) => {
    parts = total;
    progress.update(done);
  };
  try {
    return await evaluateInParallel(input, { ...options, onProgress });
  } finally {
    progress.stop();
  }
}

async function makeOutputFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(`--output ${path}`, "cannot be made", error);
  }
}

function printToTerminal(text: string): void {
  // Blocking, and in full: console.log may be cut off when the process exits behind a pipe.
  const bytes = new TextEncoder().encode(printable(text, { styles: getColorEnabled() }));
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

/** The rows of all queries with both places, and what fairness costs. */
interface Reranked {
  readonly rows: readonly Readonly<Record<string, CellValue>>[];
  /** Mean loss of NDCG over the queries, by labels where there are some, else by scores; `null` where undefined. */
  readonly ndcgLoss: number | null;
  /** Queries in which a group ran out of candidates, or could not have its share in time. */
  readonly short: number;
}

/**
 * Reranks each query by the first column of groups. Throws an InputError if rows were left out: their places would be
 * missing.
 */
export function rerankQueries(input: EvaluationInput): Reranked {
  if (input.dropped) {
    throw new InputError(`--rerank: expected a table without missing values, ${input.dropped} rows were left out`);
  }
  const [name, column] = Object.entries(input.groups)[0]!;
  const groups = groupRows(column), queries = groupRows(input.queries!);
  const model = Object.values(input.scores)[0]!;
  const scores = "scores" in model ? model.scores : model;
  const members = Map.groupBy(queries.codes.keys(), (i) => queries.codes[i]!);
  const rows: Record<string, CellValue>[] = [];
  const losses: number[] = [];
  let short = 0;
  for (const [code, own] of [...members].sort(([a], [b]) => a - b)) {
    const named = own.map((i) => groups.names[groups.codes[i]!]!);
    const counts = Map.groupBy(named, (group) => group);
    const { order, ndcgLoss, shortfalls } = fairRerank({
      scores: own.map((i) => scores[i]!),
      groups: named,
      shares: Object.fromEntries([...counts].map(([group, all]) => [group, all.length / own.length])),
      ...(input.labels ? { relevance: own.map((i) => input.labels![i]!) } : {}),
    });
    const byScore = own.map((_, j) => j).sort((a, b) => scores[own[b]!]! - scores[own[a]!]! || a - b);
    order.forEach((j, place) => {
      const row = own[j]!;
      rows.push({
        [input.columns?.query ?? "query"]: queries.names[code]!,
        row: row + 1,
        [name]: named[j]!,
        score: scores[row]!,
        place: byScore.indexOf(j) + 1,
        fair_place: place + 1,
      });
    });
    if (ndcgLoss.value !== null) losses.push(ndcgLoss.value);
    if (shortfalls.length > 0) short++;
  }
  const ndcgLoss = losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return { rows, ndcgLoss, short };
}

/** Writes the rows, and says what the fair order costs. */
async function writeReranked(path: string, input: EvaluationInput): Promise<string> {
  const { rows, ndcgLoss, short } = rerankQueries(input);
  await writeTable(path, Object.keys(rows[0]!), rows);
  const loss = ndcgLoss === null ? "its NDCG is undefined" : `NDCG falls by ${ndcgLoss.toFixed(3)} on average`;
  const missed = short === 0 ? "" : `; in ${short} ${short === 1 ? "query" : "queries"} a group is short somewhere`;
  return `${path}: each query's rows in a fair order (${loss}${missed})`;
}
