import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { parseConfig } from "../../train/config.ts";
import { readTable } from "../../data/read_table.ts";
import { withFolder } from "../../_testing.ts";
import { decide } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { frontPage } from "../../report/sweep/front_page.ts";
import { pooledChange, pooledGap } from "./pooled_gaps.ts";
import type { Predictions } from "./predictions.ts";
import { summarise, type Summary, type TrialOutcome } from "./summary.ts";
import { writeSummary } from "../../report/sweep/summary_files.ts";
import { formatSummary } from "../../report/sweep/summary_text.ts";
import { parseSweep, type PartialSweep } from "../../cli/sweep/sweep_file.ts";
import { sweepPoints, sweepTrials } from "../../cli/sweep/trials.ts";

setColorEnabled(false);

/** Group of each row; a candidate has two rows with the labels 1 and 0. */
interface Decided {
  readonly rows: readonly number[];
  readonly groups: string;
  readonly decisions: string;
}

/** Predictions of a model whose scores rank selected rows first, and rows with label 1 among equals. */
function predictionsOf({ rows, groups, decisions }: Decided): Predictions {
  const labels = rows.map((row) => row % 2);
  const scores = Float64Array.from(labels, (label, i) => 0.6 * Number(decisions[i]) + 0.1 * label);
  const model = { scores, decisions: decide(scores, 0.5), twinScores: null, flips: null, leakage: null };
  return {
    rows,
    candidates: rows.map((row) => `c${row >> 1}`),
    labels,
    groundTruth: null,
    attributes: { town: [...groups] },
    models: { base: model, tuned: model },
  };
}

/** Two seeds whose plain runs prefer the one group, then the other. */
const PLAIN: Decided[] = [
  { rows: [2, 3, 4, 5, 6, 7, 8, 9], groups: "aaaabbbb", decisions: "11100100" },
  { rows: [2, 3, 4, 5, 10, 11, 12, 13], groups: "aaaabbbb", decisions: "01001101" },
];

/** Runs on the same rows that select exactly those with label 1. */
const FAIR = PLAIN.map((one) => ({ ...one, decisions: "01010101" }));

function summaryOf(
  variants: Record<string, readonly Decided[]>,
  changes: Partial<PartialSweep> = {},
  change: (predictions: Predictions, variant: string) => Predictions = (predictions) => predictions,
): Summary {
  const names = Object.keys(variants);
  const sweep = parseSweep({
    name: "s",
    base: "a.json",
    variants: Object.fromEntries(names.map((name) => [name, {}])),
    seeds: [1, 2],
    ...changes,
  });
  const config = parseConfig({ data: { groups: [{ name: "town", column: "town" }] }, evaluation: { resamples: 400 } });
  const unused = { modelFingerprint: "", dataFingerprint: "", head: null, temperature: null, groupThresholds: null };
  const run = { ...unused, bestEpoch: 1, bestEpochBy: "utility", steps: 1 } as const;
  const outcomes = sweepTrials(sweep).flatMap((trial): TrialOutcome[] => {
    const decided = variants[trial.point.variant]![trial.seed - 1];
    if (decided === undefined) return [];
    return [{
      trial: { ...trial, config, fingerprint: "" },
      run: { ...run, config, thresholds: { base: 0.5, tuned: 0.5 } },
      predictions: { test: change(predictionsOf(decided), trial.point.variant) },
    }];
  });
  return summarise({ sweep, points: sweepPoints(sweep), trials: [], keys: [] }, outcomes);
}

function rowOf({ rows }: Summary, title: string, metric: string) {
  return rows.find((row) => row.contender.title === title && row.metric === metric)!;
}

Deno.test("summarise() takes gaps run by run and from all decisions together, as by hand", () => {
  const summary = summaryOf({ plain: PLAIN, fair: FAIR });
  const plain = rowOf(summary, "plain", "demographicParityDifference");
  // Seed 1 selects 3 of 4 and 1 of 4, seed 2 1 of 4 and 3 of 4: apart by 1/2 each time, and not at all together.
  assertEquals([plain.mean.mean, plain.mean.deviation, plain.mean.seeds], [0.5, 0, 2]);
  assertEquals(plain.pooled!.value.value, 0);
  assertEquals(plain.change, null);
  const fair = rowOf(summary, "fair", "demographicParityDifference");
  assertEquals([fair.mean.mean, fair.pooled!.value.value], [0, 0]);
  assertEquals(fair.change!.mean.mean, -0.5);
  assertEquals([fair.change!.pooled!.value.value, fair.change!.pooled!.seeds], [0, 2]);

  // True positive rates of a and b: 1/2 and 1/2, then 1/2 and 2/2; together 2/4 and 3/4. False positive rates: 2/2 and 0/2,
  // then 0/2 and 1/2; together 2/4 and 1/4. The larger gap counts: 1 and 1/2, 1/4 together.
  const odds = rowOf(summary, "plain", "equalizedOddsDifference");
  assertEquals([odds.mean.mean, odds.pooled!.value.value], [0.75, 0.25]);
});

Deno.test("summarise() averages AUC over seeds, with differences seed by seed", () => {
  const summary = summaryOf({ plain: PLAIN, fair: FAIR });
  // The part of pairs of both labels in which label 1 has the higher score, by counting.
  const plain = rowOf(summary, "plain", "rocAuc");
  const counted = [PLAIN[0]!, PLAIN[1]!].map((one) => {
    const { labels, models } = predictionsOf(one);
    const { scores } = models.tuned;
    let won = 0, pairs = 0;
    for (const [i, a] of labels.entries()) {
      for (const [j, b] of labels.entries()) {
        if (a === 1 && b === 0) {
          [won, pairs] = [won + (scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0), pairs + 1];
        }
      }
    }
    return won / pairs;
  });
  assertAlmostEquals(plain.mean.mean!, (counted[0]! + counted[1]!) / 2, 1e-12);
  const fair = rowOf(summary, "fair", "rocAuc");
  assertEquals(fair.mean.mean, 1);
  assertAlmostEquals(fair.change!.mean.mean!, 1 - plain.mean.mean!, 1e-12);
  const { low, high } = fair.change!.crossed!;
  assert(low! <= 1 - plain.mean.mean! && high! >= 1 - plain.mean.mean!);
});

Deno.test("summarise() compares the base model, and a variant with itself gives no difference", () => {
  const summary = summaryOf({ plain: PLAIN, twin: PLAIN });
  assertEquals(summary.contenders.map(({ title }) => title), ["base model", "plain", "twin"]);
  const { change } = rowOf(summary, "twin", "demographicParityDifference");
  const { value, candidates, crossed } = change!.pooled!;
  assertEquals([value.value, candidates.low, candidates.high, crossed.low, crossed.high], [0, 0, 0, 0, 0]);
  // Equal decisions get equal intervals.
  const [plain, twin] = ["plain", "twin"].map((title) => rowOf(summary, title, "equalizedOddsDifference").pooled);
  assertEquals(plain, twin);
});

Deno.test("summarise() pairs only seeds whose runs were tested on the same rows", () => {
  const other = [FAIR[0]!, { ...FAIR[1]!, rows: [2, 3, 4, 5, 10, 11, 14, 15] }];
  const { change } = rowOf(summaryOf({ plain: PLAIN, fair: other }), "fair", "demographicParityDifference");
  assertEquals([change!.mean.seeds, change!.pooled!.seeds, change!.pooled!.value.value], [2, 1, -0.5]);
  const none = FAIR.map((one) => ({ ...one, rows: one.rows.map((row) => row + 100) }));
  assertEquals(
    rowOf(summaryOf({ plain: PLAIN, fair: none }), "fair", "demographicParityDifference").change!.pooled,
    null,
  );
});

Deno.test("summarise() does without seeds that are not finished, and without intervals of one seed", () => {
  const summary = summaryOf({ plain: PLAIN, fair: [FAIR[0]!] });
  const { mean, change } = rowOf(summary, "fair", "rocAuc");
  assertEquals([mean.seeds, mean.runs.low, change!.mean.seeds], [1, null, 1]);
  assertEquals(summaryOf({ plain: PLAIN, fair: [] }).contenders.map(({ title }) => title), ["base model", "plain"]);
});

Deno.test("summarise() leaves out a contender where a metric was not measured, and compares the others", () => {
  const probed = { balancedAccuracy: 0.6, macroAuc: 0.7, chance: 0.5 };
  const twinScores = Float64Array.of(0.1, 0.1, 0.1, 0.1, 0.9, 0.1, NaN, NaN);
  const flips = Float64Array.of(1, 1, 1, 0, 1, 1, NaN, NaN); // of the decisions 111001
  const summary = summaryOf({ plain: PLAIN, twins: PLAIN.slice(0, 1) }, {}, (predictions, variant) => {
    const model = { ...predictions.models.tuned, twinScores, flips, leakage: { town: probed } };
    return variant === "plain" ? predictions : { ...predictions, models: { base: model, tuned: model } };
  });
  const flip = summary.rows.filter(({ metric }) => metric === "flipRate");
  assertEquals(flip.map(({ contender, mean }) => [contender.title, mean.mean]), [["twins", 5 / 6]]);
  assertEquals(flip[0]!.change, null);
  assert(flip[0]!.crossed!.low! < 5 / 6);
  const leakage = rowOf(summary, "twins", "leakageBalancedAccuracy");
  assertEquals([leakage.attribute, leakage.mean.mean, leakage.noise], ["town", 0.6, 0.5]);
  const lines = formatSummary(summary).split("\n");
  assertEquals(lines.find((line) => line.startsWith("plain "))!.includes("–"), true);
});

Deno.test("summarise() takes differences at the same values of the grid, or from a fixed reference", () => {
  const grid = { "lora.rank": [4, 8] };
  const references = (changes: Partial<PartialSweep>) =>
    summaryOf({ plain: PLAIN, fair: FAIR }, changes).contenders.map(({ reference }) => reference);
  assertEquals(references({ grid }), [
    "plain_lora.rank-4",
    null,
    null,
    "plain_lora.rank-4",
    "plain_lora.rank-8",
  ]);
  assertEquals(references({ grid, fixed: ["plain"] }), ["plain", null, "plain", "plain"]);
  assertEquals(references({ reference: "fair" }), ["fair", "fair", null]);
});

Deno.test("the part that is left of a gap is the quotient of both", () => {
  // 40 candidates of each group: 24 and 8 selected before, 16 and 8 after.
  const rows = Array.from({ length: 160 }, (_, i) => i + 2);
  const groups = rows.map((row) => row < 82 ? "a" : "b").join("");
  const select = (a: number, b: number) =>
    rows.map((row) => Number(row < 82 ? (row - 2) % 80 < 2 * a : (row - 82) % 80 < 2 * b)).join("");
  const side = (decisions: string) => ({
    runs: new Map([[1, predictionsOf({ rows, groups, decisions })]]),
    model: "tuned" as const,
  });
  const options = { rng: new Rng(1), resamples: 500, level: 0.95 };
  const before = side(select(24, 8)), after = side(select(16, 8));
  const change = pooledChange(after, before, "town", "demographicParityDifference", options)!;
  assertAlmostEquals(change.value.value!, -0.2, 1e-12);
  assertAlmostEquals(change.left.value.value!, 0.5, 1e-12);
  assert(change.left.crossed.low! < 0.5 && change.left.crossed.low! > 0 && change.left.crossed.high! < 1);
  const none = pooledChange(after, side(select(8, 8)), "town", "demographicParityDifference", options)!;
  assertEquals(none.left.value, { value: null, reason: "the reference has no gap" });
  // With one seed there is nothing to draw but candidates.
  const { candidates, crossed, noise } = pooledGap(before, "town", "demographicParityDifference", options);
  assertAlmostEquals(candidates.low!, crossed.low!, 0.06);
  assertAlmostEquals(candidates.high!, crossed.high!, 0.06);
  // The mean absolute difference of two rates of 0.4 of 40 each is about √(2/π) · √(2 · 0.4 · 0.6/40).
  assertAlmostEquals(noise.value!, Math.sqrt(2 / Math.PI) * Math.sqrt(2 * 0.4 * 0.6 / 40), 0.01);
});

Deno.test("intervals over candidates and seeds contain a change that seeds alone explain, those over candidates do not", () => {
  // Each run treats group b otherwise than it should, at random: over many seeds there is no gap, in each run there is.
  const rng = new Rng(4);
  const samples = 40;
  let candidatesHold = 0, crossedHold = 0;
  for (let s = 0; s < samples; s++) {
    const rows = Array.from({ length: 400 }, (_, i) => i + 2);
    const groups = rows.map((row) => row < 202 ? "a" : "b").join("");
    const side = (effect: number) => ({
      runs: new Map(
        [1, 2, 3, 4, 5].map((seed) => {
          const rate = 0.4 + effect * (rng.uniform() - 0.5);
          const decisions = rows.map((row) => Number(rng.uniform() < (row < 202 ? 0.2 : rate))).join("");
          return [seed, predictionsOf({ rows, groups, decisions })];
        }),
      ),
      model: "tuned" as const,
    });
    const options = { rng: rng.derive(`sample ${s}`), resamples: 200, level: 0.95 };
    const { candidates, crossed } = pooledChange(side(0.3), side(0.3), "town", "demographicParityDifference", options)!;
    candidatesHold += Number(candidates.low! <= 0 && candidates.high! >= 0);
    crossedHold += Number(crossed.low! <= 0 && crossed.high! >= 0);
  }
  assert(crossedHold >= 36, `${crossedHold}`);
  assert(candidatesHold < crossedHold, `${candidatesHold}`);
});

Deno.test("summary.csv has a line per estimate and interval, front.csv says who is better", () =>
  withFolder(async (folder) => {
    const summary = summaryOf({ plain: PLAIN, fair: FAIR });
    await writeSummary(folder, summary, []);
    const rows = (await Array.fromAsync(readTable(`${folder}/summary.csv`))).map(({ values }) => values);
    const fair = rows.filter(({ point, metric }) => point === "fair" && metric === "demographic_parity_difference");
    assertEquals(
      fair.map(({ estimate, interval_over, value, difference }) => [estimate, interval_over, value, difference]),
      [
        ["mean", "runs", "0", "-0.5"],
        ["mean", "splits", "0", "-0.5"],
        ["pooled", "candidates", "0", "0"],
        ["pooled", "candidates_and_seeds", "0", "0"],
      ],
    );
    const auc = rows.filter(({ point, metric }) => point === "fair" && metric === "roc_auc");
    assertEquals(auc.map(({ interval_over }) => interval_over), ["runs", "splits", "candidates_and_seeds"]);
    const front = (await Array.fromAsync(readTable(`${folder}/front.csv`))).map(({ values }) => values);
    const parity = front.filter(({ gap }) => gap === "demographic_parity_difference");
    assertEquals(parity.map(({ point, on_front, dominated_by }) => [point, on_front, dominated_by]), [
      ["base model", "0", "fair"],
      ["plain", "0", "fair"],
      ["fair", "1", ""],
    ]);
    const text = formatSummary(summary);
    assertStringIncludes(
      text,
      "Test splits: means over seeds; [brackets] are 95 % intervals over candidates and seeds",
    );
    assertStringIncludes(text, "Demographic parity difference, town\n");
    assert(!text.includes("NaN") && !text.includes("undefined"), text);
  }));

Deno.test("front.html has a figure for each gap of each attribute, and shows a hostile name as text", () => {
  const summary = summaryOf({ plain: PLAIN, fair: FAIR }, {}, ({ attributes, ...rest }) => ({
    ...rest,
    attributes: { "</script><b>": attributes.town! },
  }));
  const text = frontPage("s", summary);
  assertEquals(text.match(/<figure /g)!.length, 4); // the gaps that need no ground truth
  assertStringIncludes(
    text,
    "“fair” has the highest ROC-AUC, 1.000, and the smallest demographic parity difference, 0.000",
  );
  assertStringIncludes(text, "ROC-AUC: mean over up to 2 seeds.");
  assert(!text.includes("</script><b>"), text);
});
