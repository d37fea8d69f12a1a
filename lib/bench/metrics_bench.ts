/** How long the evaluation of a scored table takes, stage by stage, for one attribute of five groups. */
import { fromFileUrl } from "@std/path";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { evaluationHtml } from "../report/mod.ts";
import { evaluate, evaluationCsv, evaluationJson } from "../evaluate/mod.ts";
import { readColumns } from "../cli/read_columns.ts";
import { writeTable } from "../data/mod.ts";
import { bootstrap, calibrationBins, calibrationIntervals, decide } from "../metrics/mod.ts";
import { demographicParityDifference, equalizedOddsDifference, frameIntervals, metricFrame } from "../metrics/mod.ts";
import { scoreDistances, tableMaker, uniqueDecisions } from "../metrics/mod.ts";
import type { UniqueDecisions } from "../metrics/mod.ts";
import { Rng } from "../random.ts";

const RESAMPLES = 1000;
/** Candidates of a job; the number of jobs grows with the table, as it does in life. */
const CANDIDATES = 100;

/**
 * Seconds by stage for a generated table, which is written into the folder and removed. The stages between reading and
 * writing run once more inside the whole evaluation; the last is what 1,000 resamples cost once rows are counted.
 */
export async function benchMetrics(
  rows: number,
  folder: string,
  beside?: "fairlearn",
): Promise<{ seconds: Record<string, number>; versions?: string }> {
  const path = `${folder}/scored_${rows}.csv`;
  await writeTable(path, ["score", "label", "education", "job", "counterfactual"], generate(rows));
  const seconds: Record<string, number> = {};
  const timed = async <T>(stage: string, run: () => T | Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await run();
    seconds[stage] = (performance.now() - start) / 1000;
    return result;
  };

  const columns = { score: ["score"], label: "label", group: ["education"], rankBy: "job" };
  const input = await timed("read", () => readColumns(path, { ...columns, counterfactualScore: ["counterfactual"] }));
  const { scores } = input.scores.score as { scores: Float64Array };
  const labels = input.labels!, groups = input.groups.education!, attributes = { education: groups };
  const predictions = decide(scores, 0.5);
  const rng = new Rng(1), chance = { rng, resamples: RESAMPLES, level: 0.95 };
  await timed("group table", () => metricFrame({ labels, predictions, scores, attributes }));
  await timed("decision intervals", () => frameIntervals({ labels, predictions, attributes }, chance));
  await timed("score intervals", () => frameIntervals({ labels, scores, attributes }, chance));
  await timed("score distances", () => scoreDistances({ scores, groups }, { rng, permutations: RESAMPLES }));
  await timed("calibration", () => calibrationIntervals(calibrationBins({ labels, scores, groups }), chance));
  const result = await timed("whole evaluation", () => evaluate(input, { resamples: RESAMPLES }));
  await timed("write", () => [evaluationJson(result), evaluationHtml(result), evaluationCsv(result)]);
  seconds["1,000 resamples of cells alone"] = resampleCells(uniqueDecisions({ labels, predictions, groups }));
  const peer = beside === undefined ? null : await fairlearn(path);
  await Deno.remove(path);
  if (peer === null) return { seconds };
  seconds["pandas: read"] = peer.read;
  seconds["fairlearn: group table"] = peer.frame;
  seconds["fairlearn: one resample"] = peer.bootstrap / FAIRLEARN_RESAMPLES;
  return { seconds, versions: peer.versions };
}

/** Few: each goes through all rows again. */
const FAIRLEARN_RESAMPLES = 5;

const Peer = z.object({ versions: z.string(), read: z.number(), frame: z.number(), bootstrap: z.number() });

async function fairlearn(path: string): Promise<z.output<typeof Peer>> {
  const script = fromFileUrl(new URL("peers/bootstrap.py", import.meta.url));
  const args = [script, path, String(FAIRLEARN_RESAMPLES)];
  const { success, stdout } = await new Deno.Command("python3", { args, stderr: "null" }).output();
  if (success) return Peer.parse(JSON.parse(new TextDecoder().decode(stdout)));
  throw new InputError(
    "--against fairlearn: python3 failed; expected one with fairlearn: in a virtual environment " +
      "`pip install fairlearn`, activate it, and start again",
  );
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
  const names = ["secondary", "vocational", "bachelor", "master", "doctorate"];
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
