import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Example } from "../../data/mod.ts";
import { number, percent } from "../format.ts";
import { HOSTILE, NO_DATA, reportRun, runFile, type RunOptions } from "./_testing.ts";
import { type ReportData, reportOf, type ReportRun } from "./report.ts";
import { figuresOf, reportPage } from "./report_page.ts";
import { reportSections } from "./sections.ts";
import { scorecard } from "./decision.ts";
import type { TableCell } from "../table.ts";

const IDS = [
  "summary",
  "evidence",
  "thresholds",
  "flips",
  "limits",
  "data",
  "training",
  "quality",
  "fairness",
  "calibration",
  "ranking",
  "counterfactuals",
  "leakage",
  "making",
];

function sectionsOf(run: ReportRun, others: readonly ReportRun[] = [], data: ReportData = NO_DATA) {
  const sections = reportSections(reportOf(run, others, data));
  const text = (id: string) =>
    sections.find((own) => own.id === id)!.parts.map((part) =>
      "markup" in part ? part.markup : "summary" in part ? part.summary : part.title
    ).join("\n");
  return { sections, text, figures: figuresOf(sections).map(({ name }) => name) };
}

/** Whose sections are shown with what a made-up run is like. */
const shownAs = (options: RunOptions) => sectionsOf(reportRun(options));

const example = (row: number, changes: Partial<Example> = {}): Example => ({
  row,
  resume: `résumé ${row}`,
  job: "a job",
  label: row % 2,
  groundTruth: null,
  candidateId: `c${row}`,
  jobId: "j1",
  groups: { education: row % 3 === 0 ? "degree" : "none" },
  split: null,
  ...changes,
} as Example);

const DATA: ReportData = {
  train: Array.from({ length: 40 }, (_, i) => example(i)),
  validation: [example(40), example(41)],
  test: [example(42), example(43)],
  notes: ["Two rows were left out"],
  masking: { table: [] },
};

Deno.test("a report of a run alone has every section, and each figure once", () => {
  const { sections, figures } = shownAs({ hasLeakage: true });
  assertEquals(sections.map(({ id }) => id), IDS);
  assert(sections.every(({ parts }) => parts.length > 0));
  assertEquals(new Set(figures).size, figures.length);
  assertEquals(figures, [
    "selection-rates-education",
    "error-rates-education",
    "pareto-models-education-demographic-parity-difference",
    "counterfactual-shift",
    "group-sizes-education",
    "label-rates-education",
    "loss-fair",
    "epochs-fair",
    "roc-tuned-education",
    "precision-recall-tuned-education",
    "disparities-education",
    "changes-education",
    "group-changes-base-tuned-education",
    "score-distributions-education",
    "threshold-disparities-tuned-education",
    "reliability-tuned-education",
    "exposure-by-rank-education",
    "leakage-education",
  ]);
});

Deno.test("a report of three models shows which of them nothing beats, and the change from each", () => {
  const { figures, text } = sectionsOf(reportRun({ advantage: 0 }), [reportRun({ name: "plain", advantage: 3 })]);
  assert(figures.some((name) => name.startsWith("pareto-")));
  assertEquals(figures.filter((name) => name.startsWith("group-changes-")), [
    "group-changes-base-fair-education",
    "group-changes-plain-fair-education",
  ]);
  assertEquals(new Set(figures).size, figures.length);
  assertStringIncludes(text("quality"), "fair − plain");
  assertStringIncludes(text("fairness"), "Share selected, fair − plain, by education");
});

Deno.test("tables of a report hold the evaluation's numbers in full", () => {
  const run = reportRun({ hasLeakage: true });
  const { text } = sectionsOf(run);
  const [base, tuned] = run.evaluation.models;
  const has = (id: string, value: number | null) => assertStringIncludes(text(id), `data-value="${value}"`);
  for (const { overall, attributes } of [base!, tuned!]) {
    has("summary", overall.metrics.rocAuc!.value);
    has("quality", overall.metrics.f1!.value);
    has("counterfactuals", overall.counterfactual!.metrics.meanAbsoluteShift!.value);
    has("fairness", attributes[0]!.groups[0]!.metrics.selectionRate!.value);
    has("fairness", attributes[0]!.disparities.find(({ metric }) => metric === "equalizedOddsDifference")!.value);
    has("ranking", attributes[0]!.ranking!.groups[0]!.metrics.exposure!.value);
  }
  has("calibration", tuned!.attributes[0]!.groups[0]!.calibration!.bias!.value);
  has("quality", run.evaluation.comparisons[0]!.overall.f1!.value);
  has("fairness", run.evaluation.comparisons[0]!.attributes[0]!.groups[0]!.rates.selectionRate!.relative.value);
  has("leakage", run.evaluation.leakage[0]!.models[1]!.balancedAccuracy.value);
});

Deno.test("the scorecard is narrow, and its note says who gains and who loses", () => {
  const { rows, caption } = scorecard(reportRun({}).evaluation);
  // Cells of numbers do not wrap: a long text there would push the verdict off the page.
  for (const [, ...cells] of rows) {
    for (const cell of cells) assert(`${(cell as TableCell).value ?? ""}`.length <= 24, JSON.stringify(cell));
  }
  assertMatch(caption!, / from base to tuned, relative to the overall change: (gains|loses|nobody gains or loses)/);
});

Deno.test("the first screen answers with the numbers of the evaluation, and a figure's CSV file is its rows", () => {
  const run = reportRun({ hasLeakage: true });
  const { text, sections } = sectionsOf(run);
  const { overall: { metrics, counterfactual } } = run.evaluation.models[1]!;
  for (
    const words of [
      `ROC-AUC is ${number(metrics.rocAuc!.value!)} [`,
      `ROC-AUC against ground truth is ${number(metrics.groundTruthRocAuc!.value!)} [`,
      `changes ${percent(counterfactual!.metrics.flipRate!.value!)} [`,
      "a ratio of 0.",
      "Is tuned fair enough, and what did it cost?",
      "From base to tuned, ",
      "disparities statistically significant",
      "Who gains, who loses?",
      "balanced accuracy of 60.0% [55.0%, 65.0%]",
      ">Scorecard</caption>",
    ]
  ) assertStringIncludes(text("summary"), words);
  const page = reportPage("A", sections, {});
  const figure = figuresOf(sections)[0]!;
  const link = new RegExp(`download="${figure.name}\\.csv"\\s+href="data:text/csv;charset=utf-8;base64,([^"]*)"`).exec(
    page,
  )!;
  const csv = new TextDecoder().decode(Uint8Array.fromBase64(link[1]!)).trimEnd().split("\n");
  assertEquals(csv[0], Object.keys(figure.rows[0]!).join(","));
  assertEquals(csv.length, 1 + figure.rows.length);
  assertStringIncludes(csv[1]!, String(figure.rows[0]!.selectionRate));
});

Deno.test("sections say what was not measured, and why", () => {
  const cases = [
    [{ hasProbabilities: false }, "calibration", "The objective gives no probabilities, only cosines"],
    [{ hasCounterfactuals: false }, "counterfactuals", "no résumé of the test split states its education"],
    [{}, "leakage", "Not measured: embeddings were not probed"],
    [{ hasGroundTruth: false }, "fairness", "No ground-truth label is known for these data"],
  ] as const;
  for (const [options, id, reason] of cases) assertStringIncludes(shownAs(options).text(id), reason);
  const file = runFile();
  const { config } = file;
  const unasked = { ...config, evaluation: { ...config.evaluation, counterfactuals: false } };
  const { text } = shownAs({ hasCounterfactuals: false, file: { ...file, config: unasked } });
  assertStringIncludes(text("counterfactuals"), "the configuration asked for no counterfactuals");
});

Deno.test("a job with one candidate ranks nobody", () => {
  const run = reportRun({});
  const jobs = run.predictions.jobs.map((_, i) => `job ${i}`);
  const { text } = sectionsOf({ ...run, predictions: { ...run.predictions, jobs } });
  assertStringIncludes(text("ranking"), "No job has two candidates in the test split, so nothing is ranked.");
});

Deno.test("decisions by group leave out the figures that move a threshold", () => {
  const { figures, text } = shownAs({ decidesByGroup: true });
  assert(figures.includes("score-distributions-education"), "of the base model");
  assert(!figures.includes("threshold-disparities-tuned-education"));
  assertStringIncludes(text("quality"), "tuned by group");
});

Deno.test("a run apart has its numbers in the summary and its configuration at the end", () => {
  const other = reportRun({ name: "other" });
  const apart = { ...other, predictions: { ...other.predictions, people: other.predictions.people.map(() => "one") } };
  const { text } = sectionsOf(reportRun(), [apart]);
  assertStringIncludes(text("summary"), "other cannot be compared with fair: it was measured on other test pairs.");
  assertStringIncludes(text("summary"), "other, on 166 pairs of its own");
  assertStringIncludes(text("limits"), "other stands apart: it was measured on other test pairs.");
  assertStringIncludes(text("making"), "Configuration of other");
});

Deno.test("the data are shown whole where they could be read, and the test split alone where not", () => {
  const { text, figures } = sectionsOf(reportRun(), [], DATA);
  for (
    const words of ["The parts", "Two rows were left out", "Pairs by education, label and part", "pairs.csv, split"]
  ) {
    assertStringIncludes(text("data"), words);
  }
  assertStringIncludes(text("summary"), "fine-tuned with LoRA on 40 résumé–job pairs");
  assert(figures.includes("group-sizes-education") && figures.includes("label-rates-education"));
  assertStringIncludes(shownAs({}).text("data"), "Only the test split is shown: nothing was kept.");
});

Deno.test("the data section says what was masked, balanced and added", () => {
  const run = reportRun({});
  const plain = sectionsOf(run).text("data");
  assertStringIncludes(plain, "Nothing in the résumés was masked.");
  assertStringIncludes(plain, "neither resampled nor weighted by group");
  const { config } = run.file;
  const masked = { ...config, data: { ...config.data, mask: ["degree" as const] } };
  const balance = [{ step: "weights" as const, group: "none", label: 1, before: 10, after: 10, weight: 1.5 }];
  const masking = { table: [{ kind: "degree" as const, resumes: 3, replacements: 5, kept: 0 }] };
  const { text } = sectionsOf(
    { ...run, file: { ...run.file, config: masked }, balance, trainedCounterfactuals: 12 },
    [],
    { ...DATA, masking },
  );
  for (
    const words of [
      "Masked in résumés, for training and evaluation alike: degree.",
      "What was masked",
      "What balancing did to each group and label",
      "12 counterfactuals of training résumés",
    ]
  ) assertStringIncludes(text("data"), words);
});

Deno.test("the training section says which epoch was kept, and why", () => {
  const run = reportRun({});
  const { config } = run.file;
  const selection = { ...config.selection, maxGap: 0.1 };
  const why = (changes: Partial<ReportRun["file"]>) =>
    sectionsOf({ ...run, file: { ...run.file, ...changes } }).text("training");
  assertStringIncludes(why({}), "Epoch 1 was kept: it had the best validation ROC-AUC.");
  assertStringIncludes(
    why({ bestEpochBy: "constrained", config: { ...config, selection } }),
    "the best validation ROC-AUC among the epochs whose demographic parity difference is at most 0.1.",
  );
  assertStringIncludes(
    why({ bestEpochBy: "fairness", config: { ...config, selection } }),
    "the smallest validation disparity, since no epoch kept the demographic parity difference within 0.1.",
  );
  assertStringIncludes(why({}), "No fairness objective.");
  assertStringIncludes(why({}), "education, DP difference");
  const { figures } = sectionsOf({ ...run, steps: [], epochs: [] });
  assert(!figures.some((name) => /^(loss|epochs)-/.test(name)));
});

Deno.test("results that others published stand beside those of the run", () => {
  const published = [
    { model: "theirs", metric: "rocAuc", attribute: null, value: 0.978, source: "an article" },
    { model: "theirs", metric: "demographicParityDifference", attribute: "education", value: 0.12, source: HOSTILE },
  ];
  const run = reportRun({});
  const { config } = run.file;
  const file = { ...run.file, config: { ...config, evaluation: { ...config.evaluation, published } } };
  const quality = sectionsOf({ ...run, file }).text("quality");
  const start = quality.indexOf("Published results beside these");
  const table = quality.slice(start, quality.indexOf("</table>", start));
  for (const text of ["Demographic parity difference, education", "theirs", "0.978", "an article"]) {
    assertStringIncludes(table, text);
  }
  assertStringIncludes(table, number(run.evaluation.models[1]!.overall.metrics.rocAuc!.value!));
  assert(!table.includes(HOSTILE));
  assert(!sectionsOf(run).text("quality").includes("Published"));
});

Deno.test("a page shows its sections with a table of contents, and no markup or path from data", () => {
  const run = reportRun({ hasLeakage: true });
  const sections = reportSections(reportOf(run, [], NO_DATA));
  const text = reportPage("Fairness report: A & B", sections, { pages: [], plotly: { file: "assets/plotly.min.js" } });
  assertStringIncludes(text, "<h1>Fairness report: A &amp; B</h1>");
  for (const id of IDS) assertStringIncludes(text, `<h2 id="${id}">`);
  for (const id of IDS.slice(1)) assertStringIncludes(text, `<a href="#${id}">`);
  assert(!text.includes(HOSTILE) && !text.includes("/home/ann"));
  assertEquals(
    reportPage("Fairness report: A & B", reportSections(reportOf(run, [], NO_DATA)), {
      pages: [],
      plotly: { file: "assets/plotly.min.js" },
    }),
    text,
  );
});
