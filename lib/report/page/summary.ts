/** A report in plain words, made of its numbers: its findings, and what it cannot say. */
import {
  type AttributeEvaluation,
  conclude,
  concludeChange,
  type Estimate,
  type Evaluation,
  type GroupEvaluation,
  METRICS,
  metricTitle,
  type ModelComparison,
} from "../../evaluate/mod.ts";
import { type Gain, gainWord as gainWordOf } from "../figures/forest.ts";
import { extremesOf } from "../figures/titles.ts";
import {
  conclusionText,
  count,
  estimateText,
  levelText,
  listText,
  metricFormat,
  number,
  quoted,
  wholePercent,
} from "../format.ts";
import { attributesOf, endsOf, type Report } from "./report.ts";
import { changeFormat, type ComparedRow, disparityRow, leakageRow, overallRow } from "./tables.ts";

/** The findings, a sentence each. A change whose interval contains none is said not to be statistically significant. */
export function summarise(report: Report): string[] {
  const { evaluation } = report;
  const attributes = attributesOf(evaluation);
  return [
    subjectText(report),
    ...qualityTexts(evaluation),
    ...attributes.flatMap((attribute) => attributeTexts(evaluation, attribute)),
    ...evaluation.comparisons.slice(1).map((comparison) => besideText(evaluation, comparison, attributes[0]!)),
    ...counterfactualTexts(evaluation),
    ...attributes.flatMap((attribute) => leakageTexts(evaluation, attribute)),
    `Brackets are ${levelText(evaluation.settings.confidence)} bootstrap intervals over ${
      unitOf(evaluation)
    } of this one test split, for one training; another split or seed moves numbers further, and what is ` +
    "not statistically significant here may still exist.",
  ];
}

function unitOf({ data }: Evaluation): string {
  return data.clusters === null ? "pairs" : "candidates";
}

function subjectText({ subject: { name, base }, evaluation: { data }, data: parts }: Report): string {
  const trained = "missing" in parts ? "" : `${count(parts.train.length)} `;
  const people = data.clusters === null ? "" : ` of ${count(data.clusters)} candidates`;
  return `${name} is ${base.name}, fine-tuned with LoRA on ${trained}résumé–job pairs and evaluated here on ` +
    `${count(data.rows)} pairs${people} that were not trained on; ${
      count(data.positives ?? 0)
    } of them have a positive label.`;
}

/** What a change says, for the end of a sentence. */
function changeText(metric: string, change: Estimate | undefined): string {
  if (change === undefined) return "whether it changed was not measured";
  if (change.value === null) return `whether it changed cannot be said: ${change.reason}`;
  const text = estimateText(change, changeFormat(metric));
  return `a change of ${text}, ${conclusionText(concludeChange(change))}`;
}

/** A number of the subject with what its test says, that of the base model, and what the change says. */
function besideBase(
  { metric, models, changes }: ComparedRow,
  { tested = "", format = metricFormat(metric) } = {},
): string {
  const [before, after] = [models[0], models.at(-1)];
  const base = before === undefined ? "" : `, that of the base model ${estimateText(before, format)}`;
  return `${estimateText(after!, format)}${tested}${base}: ${changeText(metric, changes[0])}.`;
}

function qualityTexts(evaluation: Evaluation): string[] {
  const { tuned } = endsOf(evaluation);
  return [
    `Its ROC-AUC is ${besideBase(overallRow("rocAuc", evaluation))}`,
    ...(tuned.overall.metrics.groundTruthRocAuc === undefined ? [] : [
      `Against ground truth, which was never trained on, it is ${
        besideBase(overallRow("groundTruthRocAuc", evaluation))
      }`,
    ]),
  ];
}

/** The disparity of errors that is spoken of: against ground truth where that is known. */
function errorDisparity({ data }: Evaluation): string {
  return data.columns.groundTruth === null ? "equalizedOddsDifference" : "groundTruthEqualizedOddsDifference";
}

function attributeTexts(evaluation: Evaluation, attribute: string): string[] {
  const { tuned } = endsOf(evaluation);
  const own = tuned.attributes.find((one) => one.attribute === attribute)!;
  if (own.groups.length < 2) return [`There is only one group of ${attribute}, so no groups can be compared.`];
  return [
    selectionText(own),
    disparityText("demographicParityDifference", own, evaluation),
    disparityText(errorDisparity(evaluation), own, evaluation),
    gainText(evaluation.comparisons[0]!, attribute),
  ];
}

function disparityText(
  metric: string,
  { attribute, disparities }: AttributeEvaluation,
  evaluation: Evaluation,
): string {
  const own = disparities.find((one) => one.metric === metric);
  if (own === undefined) return `The ${lowerTitle(metric)} was not measured.`;
  const tested = own.value === null || own.pValue === null
    ? ""
    : `, ${conclusionText(conclude(own, evaluation.settings), own.pValue)}`;
  return `The ${lowerTitle(metric)} is ${besideBase(disparityRow(metric, attribute, evaluation), { tested })}`;
}

/** A metric's title within a sentence; acronyms stay as they are. */
function lowerTitle(metric: string): string {
  return metricTitle(metric).replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

function selectionText({ attribute, groups }: AttributeEvaluation): string {
  const extremes = extremesOf(groups, ({ metrics }) => metrics.selectionRate!);
  if (extremes === null) return `By ${attribute}, selection rates cannot be compared.`;
  const share = ({ group, count: rows, metrics }: GroupEvaluation) =>
    `${estimateText(metrics.selectionRate!, wholePercent)} of ${quoted(group)} (n = ${count(rows)})`;
  const large = groups.filter(({ small }) => !small);
  const scope = large.length === groups.length || large.length < 2 ? "" : ", small groups aside";
  return `By ${attribute}${scope}, it selects ${share(extremes.low)} at the least and ${
    share(extremes.high)
  } at the most.`;
}

type GroupChange = ModelComparison["attributes"][number]["groups"][number];

/** How the rates of an attribute's groups change, by the label that errors are held against. */
export function groupChanges({ attributes }: ModelComparison, attribute: string): readonly GroupChange[] {
  const groups = attributes.find((own) => own.attribute === attribute)?.groups ?? [];
  return groups.filter(({ against }) => against !== "groundTruth");
}

/** Whether a group gains or loses compared with everybody. */
export function gainWord(group: GroupChange): Gain | "few rows" {
  return gainWordOf(group, "selectionRate");
}

function gainText(comparison: ModelComparison, attribute: string): string {
  const { from, to, overall } = comparison;
  const groups = groupChanges(comparison, attribute);
  const everybody = overall.selectionRate?.value ?? 0;
  const share = everybody === 0
    ? "stays the same"
    : `changes by ${everybody > 0 ? "+" : "−"}${number(100 * Math.abs(everybody), 0)} percentage points`;
  const named = (gain: "gains" | "loses") => {
    const own = groups.filter((group) => gainWord(group) === gain).map(({ group, rates }) =>
      `${quoted(group)} ${estimateText(rates.selectionRate!.relative, changeFormat("selectionRate"))}`
    );
    return own.length === 0 ? [] : [`${listText(own)} ${own.length === 1 ? gain : gain.replace(/s$/, "")}`];
  };
  const said = [...named("gains"), ...named("loses")];
  return `From ${from} to ${to} the share selected ${share}; compared with that, ${
    said.length === 0 ? "no group gains or loses significantly" : said.join(", and ")
  }.`;
}

function besideText(evaluation: Evaluation, comparison: ModelComparison, attribute: string): string {
  const { from, to, overall, attributes } = comparison;
  const own = attributes.find((one) => one.attribute === attribute)?.disparities ?? [];
  const changes = [
    ...["rocAuc", "groundTruthRocAuc"].map((metric) => ({ metric, change: overall[metric] })),
    ...["demographicParityDifference", errorDisparity(evaluation)].map((metric) => ({
      metric,
      change: own.find((one) => one.metric === metric),
    })),
  ].flatMap(({ metric, change }) => change === undefined ? [] : [{ metric, change }]);
  const list = (some: typeof changes) =>
    listText(some.map(({ metric, change }) => {
      const by = METRICS[metric]!.kind === "disparity" ? ` by ${attribute}` : "";
      return `${lowerTitle(metric)}${by} ${estimateText(change, changeFormat(metric))}`;
    }));
  const isShown = ({ change }: typeof changes[number]) => concludeChange(change).kind === "difference shown";
  const [shown, open] = [changes.filter(isShown), changes.filter((own) => !isShown(own))];
  const moved = groupChanges(comparison, attribute).filter((group) => ["gains", "loses"].includes(gainWord(group))).map(
    (group) =>
      `${quoted(group.group)} ${gainWord(group)} ${
        estimateText(group.rates.selectionRate!.relative, changeFormat("selectionRate"))
      }`,
  );
  return `Beside ${from}, on the same test pairs, ${to} ` +
    [
      shown.length === 0 ? "changes nothing significantly" : `changes ${list(shown)}`,
      ...(open.length === 0 ? [] : [`not statistically significant: ${list(open)}`]),
      moved.length === 0 ? "in selection no group gains or loses significantly" : `in selection ${listText(moved)}`,
    ].join("; ") + ".";
}

function counterfactualTexts(evaluation: Evaluation): string[] {
  const { tuned } = endsOf(evaluation);
  if (tuned.overall.counterfactual === null) return [];
  return [
    "The share of its decisions that another education in the same résumé, and nothing else, changes is " +
    besideBase(overallRow("flipRate", evaluation), { format: wholePercent }),
  ];
}

function leakageTexts(evaluation: Evaluation, attribute: string): string[] {
  const expected = evaluation.leakage.find((own) => own.attribute === attribute)?.expected.value ?? null;
  const row = leakageRow("balancedAccuracy", attribute, evaluation);
  if (expected === null || (row.models.at(-1)?.value ?? null) === null) return [];
  return [
    `The balanced accuracy with which a classifier reads ${attribute} off its embeddings, where ${
      wholePercent(expected)
    } needs no knowledge, is ${besideBase(row, { format: wholePercent })}`,
  ];
}

/** The limits of a report's findings, an item each. */
export function limitsOf({ subject, evaluation, data, apart }: Report): string[] {
  const { config, groupThresholds } = subject.file;
  const { settings, data: { clusters, columns } } = evaluation;
  const extracted = config.data.groups.filter((group) => "extract" in group).map(({ name }) => name);
  return [
    ...endsOf(evaluation).tuned.attributes.flatMap((own) => smallTexts(own, settings.smallBelow)),
    columns.groundTruth === null
      ? "There is no ground-truth label: rates are compared against labels that may themselves be biased, so equal " +
        "rates may repeat a bias."
      : "Ground truth is known only because the table has a column for it; real data rarely do, and labels beside it " +
        "may be biased.",
    ...(extracted.length === 0 ? [] : [
      `${listText(extracted)} was read from the résumés by rules, which miss and mistake some; groups are weak labels.`,
    ]),
    ...("missing" in data ? [`The data could not be shown whole: ${data.missing}.`] : []),
    "Candidates of the test split were not trained on, but their jobs may have been: the numbers hold for new people " +
    "at such jobs.",
    `${levelText(settings.confidence)} intervals resample ${
      clusters === null ? "pairs" : `${count(clusters)} candidates`
    } of one test split; they do not cover other splits, seeds, or data of another kind. ` +
    "A sweep over seeds does: deno task sweep.",
    "There are many intervals in this report, and about one in twenty leaves out what is true. Where a disparity " +
    "closes almost wholly, the interval of its change holds less often than it says; then look at both disparities.",
    "Thresholds were chosen on the validation split; with others, rates and disparities are others, as the figure of " +
    "thresholds shows.",
    ...(groupThresholds === null ? [] : [
      `Decisions use thresholds by ${groupThresholds.attribute}: they need everybody’s group, treat equal scores ` +
      "differently, and may be unlawful.",
    ]),
    ...(endsOf(evaluation).tuned.overall.counterfactual === null
      ? []
      : ["Counterfactuals change what a résumé states of its education, not what else hints at it."]),
    ...apart.map(({ run, reason }) => `${run.name} stands apart: ${reason}.`),
  ];
}

function smallTexts({ attribute, groups }: AttributeEvaluation, smallBelow: number): string[] {
  const few = groups.filter(({ small }) => small);
  if (few.length === 0) return [];
  const named = few.map(({ group, count: rows }) => `${quoted(group)} (n = ${count(rows)})`);
  return [
    `${attribute}: ${listText(named)} ${few.length === 1 ? "has" : "have"} fewer than ${smallBelow} test rows, ` +
    "and rates there are mostly noise.",
  ];
}
