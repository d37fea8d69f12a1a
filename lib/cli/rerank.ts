/** `deno task metrics --rerank`: each query's rows so that every prefix holds each group's share of the candidates. */
import { type CellValue, writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { EvaluationInput } from "../evaluate/mod.ts";
import { fairRerank, groupRows } from "../metrics/mod.ts";

/** The rows of all queries with both places, and what fairness costs. */
export interface Reranked {
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
export async function writeReranked(path: string, input: EvaluationInput): Promise<string> {
  const { rows, ndcgLoss, short } = rerankQueries(input);
  await writeTable(path, Object.keys(rows[0]!), rows);
  const loss = ndcgLoss === null ? "its NDCG is undefined" : `NDCG falls by ${ndcgLoss.toFixed(3)} on average`;
  const missed = short === 0 ? "" : `; in ${short} ${short === 1 ? "query" : "queries"} a group is short somewhere`;
  return `${path}: each query's rows in a fair order (${loss}${missed})`;
}
