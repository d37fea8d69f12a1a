/**
 * How long the evaluation of a scored table takes, stage by stage, over growing tables: everything the report holds, with 1,000
 * resamples and permutations, for one attribute of five groups.
 */
import { evaluationHtml } from "../report/mod.ts";
import { evaluate, evaluationCsv, evaluationJson } from "../evaluate/mod.ts";
import { readColumns } from "../cli/read_columns.ts";
import { writeTable } from "../data/mod.ts";
import {
  bootstrap,
  calibrationBins,
  calibrationIntervals,
  decide,
  demographicParityDifference,
  equalizedOddsDifference,
  frameIntervals,
  metricFrame,
  scoreDistances,
  tableMaker,
  type UniqueDecisions,
  uniqueDecisions,
} from "../metrics/mod.ts";
import { Rng } from "../random.ts";

/** Seconds by stage, in the order of the report. */
export type MetricsBenchResult = Readonly<Record<MetricsStage, number>>;

/** What is timed. */
export type MetricsStage = typeof METRICS_STAGES[number];

/** The stages; `cells` is what 1,000 resamples of confusion cells take once the rows are counted. */
export const METRICS_STAGES = [
  "read",
  "group table",
  "decision intervals",
  "score intervals",
  "score distances",
  "calibration",
  "write",
  "whole report",
  "cells",
] as const;

const RESAMPLES = 1000;
const THRESHOLD = 0.5;
const TOP_K = 10;
/** Candidates of a job; the number of jobs grows with the table, as it does in life. */
const CANDIDATES = 100;

/**
 * Times the evaluation of a generated table.
 *
 * @param rows How many rows.
 * @param folder For the table.
 * @returns Seconds by stage; the stages are run once more inside the whole report.
 */
export async function benchMetrics(rows: number, folder: string): Promise<MetricsBenchResult> {
  const path = `${folder}/scored_${rows}.csv`;
  await writeTable(path, ["score", "label", "education", "job", "counterfactual"], generate(rows));
  const seconds = {} as Record<MetricsStage, number>;
  const timed = <T>(stage: MetricsStage, run: () => T): T => {
    const start = performance.now();
    const result = run();
    seconds[stage] = (performance.now() - start) / 1000;
    return result;
  };

  const start = performance.now();
  const input = await readColumns(path, {
    score: "score",
    label: "label",
    group: ["education"],
    rankBy: "job",
    counterfactualScore: "counterfactual",
  });
  seconds.read = (performance.now() - start) / 1000;

  const { groups: { education: groups }, scores: { score } } = input;
  const { scores } = score as { scores: Float64Array };
  const labels = input.labels!;
  const predictions = decide(scores, THRESHOLD);
  const attributes = { education: groups! };
  const chance = { rng: new Rng(1), resamples: RESAMPLES, level: 0.95 };
  timed("group table", () => metricFrame({ labels, predictions, scores, attributes }));
  timed("decision intervals", () => frameIntervals({ labels, predictions, attributes }, chance));
  timed("score intervals", () => frameIntervals({ labels, scores, attributes }, chance));
  timed(
    "score distances",
    () => scoreDistances({ scores, groups: groups! }, { rng: chance.rng, permutations: RESAMPLES }),
  );
  timed("calibration", () => calibrationIntervals(calibrationBins({ labels, scores, groups: groups! }), chance));
  const result = timed(
    "whole report",
    () => evaluate(input, { threshold: THRESHOLD, topK: TOP_K, resamples: RESAMPLES }),
  );
  timed("write", () => [evaluationJson(result), evaluationHtml(result), evaluationCsv(result)]);

  seconds.cells = resampleCells(uniqueDecisions({ labels, predictions, groups: groups! }));
  seconds["whole report"] += seconds.read + seconds.write;
  await Deno.remove(path);
  return seconds;
}

/** The shortest of a few runs: at some hundredths of a second anything else on the machine shows. */
function resampleCells(kinds: UniqueDecisions): number {
  const make = tableMaker(kinds);
  const statistic = (counts: Float64Array) => {
    const table = make(counts);
    return [demographicParityDifference(table).value ?? NaN, equalizedOddsDifference(table).value ?? NaN];
  };
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    bootstrap(kinds, statistic, { rng: new Rng(1), resamples: RESAMPLES }, ["difference", "difference"]);
    return performance.now() - start;
  });
  return Math.min(...runs) / 1000;
}

/** Scored pairs of five unequal groups, one of which is favoured, and their counterfactuals. */
function* generate(rows: number) {
  const rng = new Rng(7);
  const names = ["none", "vocational", "bachelor", "master", "doctorate"];
  const logistic = (x: number) => 1 / (1 + Math.exp(-x));
  for (let i = 0; i < rows; i++) {
    const group = Math.floor(names.length * rng.uniform() ** 1.5);
    const label = rng.int(2);
    const talent = label - 0.5 + rng.normal();
    yield {
      score: logistic(talent + (group === 3 ? 0.3 : 0)),
      label,
      education: names[group]!,
      job: `job ${i % Math.max(1, Math.floor(rows / CANDIDATES))}`,
      counterfactual: logistic(talent + (group === 3 ? 0 : 0.3) + 0.1 * rng.normal()),
    };
  }
}
