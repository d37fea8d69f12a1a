/** The outcome of a run as a person reads it in the terminal. */
import { bold, dim, yellow } from "@std/fmt/colors";
import type { Estimate } from "../metrics/mod.ts";
import {
  COUNTERFACTUAL_METRICS,
  type CounterfactualMetric,
  type GapQuality,
  type GroupQuality,
  LEAKAGE_METRICS,
  type LeakageMetric,
  type Quality,
  type QualityMetric,
} from "../evaluate/mod.ts";
import { tableText } from "./table.ts";

/** Headings of the metrics. */
export const QUALITY_TITLES: Readonly<
  Record<QualityMetric | "groundTruthRocAuc" | CounterfactualMetric | keyof GapQuality, string>
> = {
  rocAuc: "ROC-AUC",
  averagePrecision: "Average precision",
  accuracy: "Accuracy",
  f1: "F1",
  selectionRate: "Selection rate",
  tpr: "True positive rate",
  fpr: "False positive rate",
  groundTruthRocAuc: "ROC-AUC against ground truth",
  flipRate: "Decisions that change",
  gained: "… only the twin is accepted",
  lost: "… only the original is accepted",
  meanShift: "Mean shift of the score",
  meanAbsoluteShift: "Mean absolute shift",
  demographicParityDifference: "Demographic parity difference",
  equalizedOddsDifference: "Equalized odds difference",
  groundTruthEqualizedOddsDifference: "Equalized odds difference against ground truth",
};

const LEAKAGE_TITLES: Readonly<Record<LeakageMetric, string>> = {
  accuracy: "Accuracy",
  balancedAccuracy: "Balanced accuracy",
  macroAuc: "ROC-AUC, mean over groups",
};

const OVERALL = ["rocAuc", "averagePrecision", "accuracy", "f1"] as const;
const BY_GROUP = ["selectionRate", "tpr", "fpr", "rocAuc", "averagePrecision", "accuracy", "f1"] as const;
const SHORT: Readonly<Record<typeof BY_GROUP[number], string>> = {
  selectionRate: "selected",
  tpr: "TPR",
  fpr: "FPR",
  rocAuc: "AUC",
  averagePrecision: "AP",
  accuracy: "accuracy",
  f1: "F1",
};

/** Formats the outcome: quality, groups and gaps, the base model beside the tuned one. */
export function formatQuality(quality: Quality, title: string): string {
  const { base, tuned, change } = quality;
  const models = [{ title: "" }, ...["base", "tuned", "change"].map((title) => ({ title, align: "right" as const }))];
  const parts = [
    `${bold(title)}: ${quality.rows} pairs, ${quality.positives} with a positive label; [brackets] are ${
      100 * quality.confidence
    } % bootstrap intervals${quality.candidates === null ? "" : ` that resample ${quality.candidates} candidates`}`,
    tableText({
      columns: models,
      rows: [
        ...OVERALL.map((name) => [
          QUALITY_TITLES[name],
          formatEstimate(base.overall[name]),
          formatEstimate(tuned.overall[name]),
          formatEstimate(change.overall[name]!, true),
        ]),
        ...(base.groundTruthRocAuc
          ? [[
            QUALITY_TITLES.groundTruthRocAuc,
            formatEstimate(base.groundTruthRocAuc),
            formatEstimate(tuned.groundTruthRocAuc!),
            formatEstimate(change.overall.groundTruthRocAuc!, true),
          ]]
          : []),
      ],
    }) +
    dim(
      `Thresholds of the highest F1 on validation: base ${base.threshold.toFixed(3)}, tuned ${
        tuned.threshold.toFixed(3)
      }`,
    ),
  ];
  const reasons = new Set<string>();
  for (const [attribute, { groups, gaps }] of Object.entries(base.attributes)) {
    const after = tuned.attributes[attribute]!;
    const columns = [attribute, "n", "label 1", ...BY_GROUP.map((name) => SHORT[name])];
    parts.push(
      tableText({
        columns: columns.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
        rows: groups.map((group, g) => [
          group.small ? `${group.group} !` : group.group,
          String(group.count),
          String(group.positives),
          ...BY_GROUP.map((name) => arrow(group, after.groups[g]!, name, reasons)),
        ]),
      }) + dim("Each cell: base → tuned"),
    );
    const small = groups.filter((group) => group.small).map((group) => group.group);
    if (small.length > 0) {
      parts.push(yellow(`! few rows: the rates of ${small.join(", ")} are mostly noise`));
    }
    parts.push(
      tableText({
        columns: models,
        rows: (Object.keys(gaps) as (keyof GapQuality)[]).map((name) => [
          QUALITY_TITLES[name],
          formatEstimate(gaps[name]!),
          formatEstimate(after.gaps[name]!),
          formatEstimate(change.gaps[attribute]![name]!, true),
        ]),
      }) +
        dim(
          "A gap is the largest minus the smallest group rate; where its interval starts at 0, chance alone can explain it",
        ),
    );
  }
  if (base.counterfactual && tuned.counterfactual) {
    parts.push(
      tableText({
        columns: [{ title: "another education in the same résumé" }, ...models.slice(1)],
        rows: COUNTERFACTUAL_METRICS.map((name) => [
          QUALITY_TITLES[name],
          formatEstimate(base.counterfactual!.metrics[name]),
          formatEstimate(tuned.counterfactual!.metrics[name]),
          formatEstimate(change.overall[name]!, true),
        ]),
      }) + dim(`${base.counterfactual.rows} of ${quality.rows} pairs have a résumé whose twin could be written`),
    );
  }
  for (const [attribute, { base, tuned, change }] of Object.entries(quality.leakage ?? {})) {
    const chance = base.chanceBalancedAccuracy.value;
    parts.push(
      tableText({
        columns: [{ title: `guessing ${attribute} from embeddings` }, ...models.slice(1)],
        rows: LEAKAGE_METRICS.map((name) => [
          LEAKAGE_TITLES[name],
          formatEstimate(base[name]),
          formatEstimate(tuned[name]),
          formatEstimate(change[name], true),
        ]),
      }) + dim(
        `Logistic regression on the embeddings of ${base.people} people who were not trained on; by chance alone the ` +
          `balanced accuracy is ${chance === null ? "–" : chance.toFixed(3)}`,
      ),
    );
  }
  if (reasons.size > 0) parts.push(dim(`– undefined: ${[...reasons].join("; ")}`));
  return parts.join("\n\n") + "\n";
}

function arrow(base: GroupQuality, tuned: GroupQuality, name: QualityMetric, reasons: Set<string>): string {
  return [base, tuned].map(({ metrics }) => {
    const { estimate } = metrics[name];
    if (estimate.value === null) reasons.add(estimate.reason);
    return estimate.value === null ? "–" : estimate.value.toFixed(2);
  }).join(" → ");
}

/** `0.74 [0.68, 0.80]`, or a dash where it is undefined. */
export function formatEstimate({ estimate, interval }: Estimate, signed = false): string {
  if (estimate.value === null) return "–";
  const number = (value: number) => {
    const text = Math.abs(value) < 0.0005 ? "0.000" : value.toFixed(3).replace("-", "−");
    return signed && value >= 0.0005 ? `+${text}` : text;
  };
  const range = interval.low === null || interval.high === null
    ? "[–]"
    : `[${number(interval.low)}, ${number(interval.high)}]`;
  return `${number(estimate.value)} ${range}`;
}
