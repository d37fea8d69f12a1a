/** What a report says of the data and of the training. */
import { type Example, labelClass, POSITIVE_LABEL, splitDistribution, SPLITS } from "../../data/mod.ts";
import { METRICS, metricTitle } from "../../evaluate/mod.ts";
import { boundText, type Config, termWeight } from "../../train/mod.ts";
import { groupSizes, labelRates } from "../figures/groups.ts";
import { epochCurves, lossCurves, multiplierCurves } from "../figures/training.ts";
import { count, listText } from "../format.ts";
import { tableOf } from "../show.ts";
import { type ColumnOf, type Table, tableBy } from "../table.ts";
import { attributesOf, type Report, type ReportData, shownPath, stepText } from "./report.ts";
import { paragraph, type Part, shown, subheading, warning } from "./report_page.ts";

type Parts = Exclude<ReportData, { readonly missing: string }>;

/** How many rows there are of whom, which of them have a positive label, and what was done to them. */
export function dataParts(report: Report): Part[] {
  const { data, evaluation, subject: { file: { config } } } = report;
  const split = "missing" in data ? null : data;
  return [
    ...("missing" in data ? [warning(`Only the test split is shown: ${data.missing}.`)] : [
      paragraph(
        `${shownPath(config.data.path)}, split so that no candidate is in two parts. Figures count all parts together.`,
      ),
      shown(partsTable(data)),
      ...data.notes.map(warning),
    ]),
    ...attributesOf(evaluation).flatMap((attribute) => attributeParts(report, split, attribute)),
    subheading("Masking and balancing"),
    ...preparationParts(report, split),
  ];
}

function partsTable(parts: Parts): Table {
  const distinct = (examples: readonly Example[], of: (example: Example) => string) => new Set(examples.map(of)).size;
  const labelled = (split: typeof SPLITS[number]) => parts[split].filter((example) => labelClass(example) === 1).length;
  return tableBy(SPLITS, [
    ["split", (split) => split],
    ["pairs", (split) => parts[split].length],
    ["candidates", (split) => distinct(parts[split], ({ candidateId }) => candidateId)],
    ["jobs", (split) => distinct(parts[split], ({ jobId }) => jobId)],
    ["positive labels", labelled],
  ], { title: "The parts" });
}

function attributeParts(report: Report, split: Parts | null, attribute: string): Part[] {
  const { smallBelow, confidence, resamples, seed } = report.evaluation.settings;
  const columns = split === null ? testColumns(report, attribute) : allColumns(split, attribute);
  const options = { attribute, smallBelow, confidence, resamples, seed };
  return [
    subheading(attribute),
    groupSizes(columns, options),
    labelRates(columns, options),
    ...(split === null ? [] : [shown(tableBy(splitDistribution(split, [attribute]), [
      ["group", ({ group }) => group],
      ["label", ({ label }) => label],
      ["train", ({ train }) => train],
      ["validation", ({ validation }) => validation],
      ["test", ({ test }) => test],
    ], { title: `Pairs by ${attribute}, label and part` }))]),
  ];
}

function testColumns({ table }: Report, attribute: string) {
  return {
    labels: table.labels!,
    groups: table.groups[attribute]!,
    groundTruth: table.groundTruth ?? undefined,
    clusters: table.clusters ?? undefined,
  };
}

function allColumns({ train, validation, test }: Parts, attribute: string) {
  const examples = [...train, ...validation, ...test];
  const known = examples.every(({ groundTruth }) => groundTruth !== null);
  return {
    labels: examples.map(labelClass),
    groups: examples.map(({ groups }) => groups[attribute]!),
    groundTruth: known ? examples.map(({ groundTruth }) => Number(groundTruth! >= POSITIVE_LABEL)) : undefined,
    clusters: examples.map(({ candidateId }) => candidateId),
  };
}

function preparationParts({ subject }: Report, split: Parts | null): Part[] {
  const { file: { config: { data: { mask } } }, balance, trainedCounterfactuals } = subject;
  const masked = mask.length === 0 ? [] : split?.masking.table ?? [];
  return [
    paragraph(
      mask.length === 0
        ? "Nothing in the résumés was masked."
        : `Masked in résumés, for training and evaluation alike: ${listText(mask)}.`,
    ),
    ...(masked.length === 0 ? [] : [shown(tableBy(masked, [
      ["kind", ({ kind }) => kind],
      ["résumés", ({ resumes }) => resumes],
      ["replacements", ({ replacements }) => replacements],
      ["kept", ({ kept }) => kept],
    ], { title: "What was masked" }))]),
    balance.length === 0
      ? paragraph("Training rows were neither resampled nor weighted by group, and batches were shuffled.")
      : shown({ ...tableOf(balance), title: "What balancing did to each group and label" }),
    ...(trainedCounterfactuals === 0 ? [] : [
      paragraph(
        `${
          count(trainedCounterfactuals)
        } counterfactuals of training résumés, with another education, were trained on.`,
      ),
    ]),
  ];
}

/** How the adapter was trained, and which epoch was kept. */
export function trainingParts(report: Report): Part[] {
  const { evaluation, subject: { name, steps, epochs, file } } = report;
  const { selection, fairness } = file.config;
  if (epochs.length === 0) return [paragraph(trainingText(report))];
  const [attribute] = attributesOf(evaluation);
  const constraint = selection.maxGap === null ? {} : { constraint: { gap: selection.gap, max: selection.maxGap } };
  return [
    paragraph(trainingText(report)),
    ...(steps.length === 0 ? [] : [lossCurves({
      name,
      steps,
      weights: (term, step) => termWeight(fairness, term, { step, steps: file.steps }),
    })]),
    ...(steps.some(({ multipliers }) => multipliers) ? [multiplierCurves({ name, steps })] : []),
    epochCurves({ name, epochs, attribute, ...constraint }),
    shown(epochTable(report)),
  ];
}

function trainingText({ subject: { epochs, file, adapter } }: Report): string {
  const { lora, training, fairness } = file.config;
  const terms = Object.entries(fairness).flatMap(([term, settings]) =>
    typeof settings === "object" && settings !== null && "weight" in settings && settings.weight > 0
      ? [`${term} (weight ${settings.weight})`]
      : []
  );
  const bounds = fairness.constraints.map((constraint, i) => constraintText(constraint, file.constraints?.[i]));
  const layers = lora.layers === null ? "all layers" : `layers ${lora.layers.join(" to ")}`;
  return `LoRA of rank ${lora.rank} (alpha ${lora.alpha}) on ${listText(lora.targetModules)}, ${layers}: ${
    count(adapter.parameters)
  } numbers. Objective ${training.objective}, ${count(file.steps)} steps in ${epochs.length} epochs of batches of ${
    stepText(training)
  }, learning rate ${training.learningRate}. ${
    terms.length === 0 ? "No fairness objective." : `Fairness objectives: ${listText(terms)}.`
  }${bounds.length === 0 ? "" : ` Bounds: ${bounds.join("; ")}.`} Epoch ${file.bestEpoch} was kept: it had ${
    bestText(file)
  }.`;
}

/** A bound, and what the validation split said of it. */
function constraintText(
  constraint: Config["fairness"]["constraints"][number],
  check: NonNullable<Report["subject"]["file"]["constraints"]>[number] | undefined,
): string {
  const bound = boundText(constraint, metricTitle(constraint.metric).toLowerCase());
  if (check === undefined || check.value === null || check.limit === null) return `${bound} (undefined)`;
  return `${bound} (validation ${check.value.toFixed(3)}, at ${constraint.atMost === undefined ? "least" : "most"} ${
    check.limit.toFixed(3)
  } with confidence: ${check.met ? "kept" : "not shown"})`;
}

/** Why the kept epoch is the best. */
function bestText({ bestEpochBy, config: { fairness, selection } }: Report["subject"]["file"]): string {
  const by = selection.by === "loss" ? "loss" : metricTitle(selection.by);
  const disparity = metricTitle(selection.gap).toLowerCase();
  if (fairness.constraints.length > 0 && bestEpochBy !== "utility") {
    return bestEpochBy === "constrained"
      ? `the best validation ${by} among the epochs that keep the bounds with ${selection.confidence * 100}% confidence`
      : "limits nearest to the bounds, which no epoch is shown to keep";
  }
  switch (bestEpochBy) {
    case "constrained":
      return `the best validation ${by} among the epochs whose ${disparity} is at most ${selection.maxGap}`;
    case "fairness":
      return `the smallest validation disparity, since no epoch kept the ${disparity} within ${selection.maxGap}`;
    default:
      return `the best validation ${by}`;
  }
}

function epochTable({ subject: { epochs, file } }: Report): Table {
  const decimals = (title: string) => ({ title, format: "number" as const });
  return tableBy(epochs, [
    ["epoch", ({ epoch }) => epoch],
    ["step", ({ step }) => step],
    [decimals("training loss"), ({ trainLoss }) => trainLoss],
    [decimals("validation loss"), ({ validationLoss }) => validationLoss],
    [decimals(METRICS.rocAuc!.title), ({ rocAuc }) => rocAuc],
    [decimals(METRICS.averagePrecision!.title), ({ averagePrecision }) => averagePrecision],
    ...epochs[0]!.gaps.map(({ attribute, gap }, g): ColumnOf<typeof epochs[number]> => [
      decimals(`${attribute}, ${METRICS[gap]!.short}`),
      ({ gaps }) => gaps[g]!.value,
    ]),
    ["", ({ epoch }) => epoch === file.bestEpoch ? "kept" : ""],
  ], { title: "Each epoch on the validation split" });
}
