/** Small random tables for the property test of `deno task metrics` and `deno task fuzz`, and the audit of one. */
import { EvaluationSchema } from "../evaluate/mod.ts";
import type { Rng } from "../random.ts";
import { evaluationHtml, evaluationText } from "../report/mod.ts";
import { checkOptions } from "./command.ts";
import { METRICS_OPTIONS, type MetricsOptions, runMetrics } from "./metrics.ts";

/** A table with the options of its audit. */
export interface RandomTable {
  readonly csv: string;
  readonly options: Record<string, unknown>;
}

type Draw = (rng: Rng, row: number) => number | string;

const three = (x: number) => Number(x.toFixed(3));

const SCORES: readonly Draw[] = [
  (rng) => three(rng.uniform()),
  (rng) => three(rng.uniform()),
  (rng) => rng.int(4) / 4,
  () => 0.5,
  () => 0,
  (rng) => three(rng.normal()),
  (rng) => rng.int(11),
  (rng) => (2 * rng.uniform() - 1) * 1e300,
  (rng) => [-1e300, 1e300, 0, 1][rng.int(4)]!,
  (rng) => rng.uniform() * 1e-308,
  (_, row) => row % 2 === 0 ? 1 : 1 - Number.EPSILON,
];

const WEIGHTS: readonly Draw[] = [
  (rng) => 1 + rng.int(3),
  (rng) => three(rng.uniform()),
  (rng) => rng.int(2),
  (rng, row) => row === 0 ? 1 : rng.int(20) === 0 ? 1 : 0,
  (rng) => rng.uniform() * 1e60,
  (rng) => 1e-60 * (1 + rng.uniform()),
];

/** A table of 1 to 200 rows, of 1 to 12 groups, with whatever columns chance adds. */
export function randomTable(rng: Rng): RandomTable {
  const one = <T>(list: readonly T[]) => list[rng.int(list.length)]!;
  const chance = (share: number) => rng.uniform() < share;
  const rows = 1 + rng.int(one([8, 8, 25, 25, 60, 200]));
  const groups = 1 + rng.int(one([2, 4, 12]));
  const share = one([0, 0.1, 0.5, 0.9, 1]);
  const score = one(SCORES), weight = one(WEIGHTS);
  const informative = chance(0.5);
  const scores = Array.from({ length: rows }, (_, i) => score(rng, i));
  const skewed = chance(0.5);
  // Labels are all known, or missing by chance, or known of high scores only.
  const missing = rng.int(4);
  const unlabelled = (i: number) =>
    i > 0 && (missing === 1 ? chance(0.4) : missing === 2 && Number(scores[i]) < Number(scores[0]));
  const columns: Record<string, Draw> = {
    score: (_, i) => scores[i]!,
    label: (_, i) =>
      unlabelled(i) ? "" : informative ? Number(rng.uniform() < Number(scores[i])) : Number(chance(share)),
    group: () => `g${skewed ? Math.min(rng.int(groups), rng.int(groups)) : rng.int(groups)}`,
    other: () => one(["x", "y", "Unknown", "Prefer not to say"]),
    job: () => `j${rng.int(Math.max(1, rows / 4))}`,
    person: () => `p${rng.int(Math.max(1, rows / 2))}`,
    second: (_, i) => score(rng, i),
    counterfactual: (_, i) => chance(0.3) ? score(rng, i) : scores[i]!,
    weight: (_, i) => weight(rng, i) || (i === 0 ? 1 : 0),
  };
  const options: Record<string, unknown> = {
    score: ["score"],
    group: chance(0.3) ? ["group", "other"] : ["group"],
    resamples: 1 + rng.int(one([3, 3, 30])),
    seed: rng.int(1000),
  };
  const add = (probability: number, more: () => Record<string, unknown>) =>
    chance(probability) && Object.assign(options, more());
  add(0.8, () => ({ label: "label" }));
  if (chance(0.4)) options.acceptanceRate = 0.01 + 0.98 * rng.uniform();
  else options.threshold = Number(one(scores));
  add(0.3, () => ({ rankBy: "job", topK: 1 + rng.int(12) }));
  add(0.2, () => ({ score: ["score", "second"] }));
  if ((options.score as string[]).length === 1) add(0.3, () => ({ counterfactualScore: ["counterfactual"] }));
  add(0.3, () => ({ weight: "weight" }));
  add(0.2, () => ({ control: "other" }));
  add(0.2, () => ({ cluster: "person" }));
  if ((options.group as string[]).length > 1) add(0.5, () => ({ intersections: true }));
  add(0.2, () => ({ favourable: "low" }));
  add(0.3, () => ({ standard: one(["eeoc", "nyc-ll144"]) }));
  if (options.standard === "nyc-ll144" && chance(0.8)) delete options.threshold;
  add(0.2, () => ({ minShare: one(["2%", "0.3"]) }));
  add(0.1, () => ({ keepUnknown: true }));
  const lines = Array.from(
    { length: rows },
    (_, i) => Object.values(columns).map((of) => String(of(rng, i))).join(","),
  );
  const names = [...new Set(lines.map((line) => line.split(",")[2]!))];
  add(0.2, () => ({ reference: [names[0]!] }));
  if (names.length > 2) add(0.2, () => ({ exclude: [names[1]!] }));
  return { csv: [Object.keys(columns).join(","), ...lines, ""].join("\n"), options };
}

/** Audits a table, and throws unless JSON, text and page are whole and every number is finite or `null`. */
export async function auditRandomTable({ csv, options }: RandomTable, folder: string): Promise<void> {
  const input = `${folder}/table.csv`;
  await Deno.writeTextFile(input, csv);
  const printed = await auditTable(checkOptions(METRICS_OPTIONS, { ...options, input }), csv.length % 10 === 0);
  const wrong = /NaN|Infinity|\[object/.exec(printed);
  if (wrong) throw new Error(`Expected numbers, found ${printed.slice(wrong.index - 60, wrong.index + 60)}`);
}

/** Audits a table and reads the JSON back; returns what a person is shown of it, with `page` as HTML too. */
export async function auditTable(options: MetricsOptions, page: boolean): Promise<string> {
  let json = "";
  await runMetrics({ ...options, json: true }, (text) => json += text);
  const evaluation = EvaluationSchema.parse(JSON.parse(json));
  return evaluationText(evaluation) + (page ? evaluationHtml(evaluation) : "");
}
