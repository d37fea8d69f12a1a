/** What a report says first: its findings in plain words, made of its numbers. */
import { count, listText, number, pValueText, quoted, wholePercent } from "../format.ts";
import { extremesOf } from "../figures/extremes.ts";
import { gainOf } from "../figures/group_change_forest.ts";
import { GAP_TITLES } from "../figures/gap_forest.ts";
import { isBeyondChance } from "../figures/wording.ts";
import type { GapQuality, GroupQuality } from "../../evaluate/mod.ts";
import type { Report } from "../report_run.ts";
import { modelName } from "./base_model.ts";
import { type Comparison, groupChanges, type ModelChange } from "./comparison.ts";
import { changeText, estimateText, levelText } from "./words.ts";

/**
 * The findings, a sentence each, for one paragraph. A change whose interval contains none is said not to be shown.
 *
 * @param report The runs.
 * @param comparison Their models.
 * @returns Plain text.
 */
export function summarise(report: Report, comparison: Comparison): string[] {
  const attributes = Object.keys(report.subject.quality.tuned.attributes);
  return [
    subjectText(report),
    ...qualityTexts(comparison),
    ...attributes.flatMap((attribute) => attributeTexts(report, comparison, attribute)),
    ...comparison.changes.slice(1).map((change) => besideText(report, change, attributes[0]!)),
    ...twinTexts(comparison),
    ...attributes.flatMap((attribute) => leakageTexts(report, attribute)),
    cautionText(report),
  ];
}

function subjectText({ subject: { name, quality, file, adapter }, data }: Report): string {
  const trained = "missing" in data ? "" : `${count(data.train.length)} `;
  const judged = `${count(quality.rows)} pairs${
    quality.candidates === null ? "" : ` of ${count(quality.candidates)} candidates`
  }`;
  return `${name} is ${
    modelName(file, adapter)
  }, fine-tuned with LoRA on ${trained}résumé–job pairs and judged here on ` +
    `${judged} that were not trained on; ${count(quality.positives)} of them carry label 1.`;
}

function qualityTexts({ models, changes }: Comparison): string[] {
  const [base, subject] = [models[0]!.quality, models.at(-1)!.quality];
  const { overall } = changes[0]!.change;
  const sentence = (what: string, key: "rocAuc" | "groundTruthRocAuc") => {
    const [before, after] = key === "rocAuc"
      ? [base.overall.rocAuc, subject.overall.rocAuc]
      : [base.groundTruthRocAuc!, subject.groundTruthRocAuc!];
    return `${estimateText(after)}, that of the base model ${estimateText(before)}: ${
      changeText(what, overall[key]!)
    }.`;
  };
  return [
    `Its ROC-AUC is ${sentence("it", "rocAuc")}`,
    ...(subject.groundTruthRocAuc && base.groundTruthRocAuc
      ? [`Against ground truth, which was never trained on, it is ${sentence("it", "groundTruthRocAuc")}`]
      : []),
  ];
}

function attributeTexts(report: Report, { models, changes }: Comparison, attribute: string): string[] {
  const [base, subject] = [models[0]!.quality, models.at(-1)!.quality].map((quality) => quality.attributes[attribute]!);
  const { groups, gaps } = subject!;
  if (groups.length < 2) return [`There is only one group of ${attribute}, so no groups can be compared.`];
  const change = changes[0]!;
  const gapText = (name: keyof GapQuality) => {
    const before = base!.gaps[name]!, after = gaps[name]!;
    const what = GAP_TITLES[name].toLowerCase();
    const tested = after.pValue === null
      ? ""
      : `, ${isBeyondChance(after) ? "" : "not "}beyond chance (${pValueText(after.pValue)})`;
    return `The difference in ${what} is ${estimateText(after)}${tested}, that of the base model ${
      estimateText(before)
    }: ${changeText("it", change.change.gaps[attribute]![name]!)}.`;
  };
  return [
    selectionText(attribute, groups),
    gapText("demographicParityDifference"),
    gapText(gaps.groundTruthEqualizedOddsDifference ? "groundTruthEqualizedOddsDifference" : "equalizedOddsDifference"),
    gainText(report, change, attribute),
  ];
}

function selectionText(attribute: string, groups: readonly GroupQuality[]): string {
  const extremes = extremesOf(groups, ({ metrics }) => metrics.selectionRate);
  if (extremes === null) return `By ${attribute}, selection rates cannot be compared.`;
  const { low, high } = extremes;
  const share = ({ group, count: rows, metrics }: GroupQuality) =>
    `${estimateText(metrics.selectionRate, "percent")} of ${quoted(group)} (n = ${count(rows)})`;
  const large = groups.filter(({ small }) => !small);
  const scope = large.length === groups.length || large.length < 2 ? "" : " and small groups aside";
  return `By ${attribute}${scope}, it selects ${share(low)} at the least and ${share(high)} at the most.`;
}

function gainText({ subject }: Report, change: ModelChange, attribute: string): string {
  const { overall, groups } = groupChanges(change, attribute, subject, "label");
  const everybody = overall.selectionRate.estimate.value!;
  const named = (gain: "gains" | "pays") => {
    const own = groups.filter((group) => gainOf(group, "selectionRate") === gain).map(({ group, rates }) =>
      `${quoted(group)} ${estimateText(rates.selectionRate.relative, "signed")}`
    );
    return own.length === 0 ? [] : [`${listText(own)} ${own.length === 1 ? gain : gain.replace(/s$/, "")}`];
  };
  const start = `From ${change.from} to ${change.to} the share selected ${
    everybody === 0
      ? "stays the same"
      : `changes by ${everybody > 0 ? "+" : "−"}${number(100 * Math.abs(everybody), 0)} percentage points`
  }; compared with that,`;
  const said = [...named("gains"), ...named("pays")];
  return said.length === 0
    ? `${start} the data do not show that any group gains or pays.`
    : `${start} ${said.join(", and ")}.`;
}

function besideText({ subject }: Report, change: ModelChange, attribute: string): string {
  const { overall, gaps } = change.change;
  const own = gaps[attribute]!;
  const gap = own.groundTruthEqualizedOddsDifference ? "groundTruthEqualizedOddsDifference" : "equalizedOddsDifference";
  const parts = [
    ["ROC-AUC", overall.rocAuc!],
    ...(overall.groundTruthRocAuc ? [["ROC-AUC against ground truth", overall.groundTruthRocAuc] as const] : []),
    [`the difference in demographic parity by ${attribute}`, own.demographicParityDifference!],
    [`that in ${GAP_TITLES[gap].toLowerCase()}`, own[gap]!],
  ] as const;
  const shown = parts.filter(([, estimate]) => isBeyondChance(estimate));
  const open = parts.filter(([, estimate]) => !isBeyondChance(estimate));
  const list = (some: readonly (typeof parts)[number][]) =>
    listText(some.map(([what, estimate]) => `${what} ${estimateText(estimate, "signed")}`));
  const { groups } = groupChanges(change, attribute, subject, "label");
  const moved = groups.filter((group) => gainOf(group, "selectionRate") !== "unclear").map((group) =>
    `${quoted(group.group)} ${gainOf(group, "selectionRate")} ${
      estimateText(group.rates.selectionRate.relative, "signed")
    }`
  );
  return `Beside ${change.from}, on the same test pairs, ${change.to} changes ` +
    [
      ...(shown.length === 0 ? [] : [list(shown)]),
      ...(open.length === 0 ? [] : [
        `${shown.length === 0 ? "nothing that the data show: " : "the data do not show a change of "}${list(open)}`,
      ]),
    ].join("; ") +
    `; in selection ${moved.length === 0 ? "no group gains or pays beyond chance" : listText(moved)}.`;
}

function twinTexts({ models, changes }: Comparison): string[] {
  const [before, after] = [models[0]!.quality.counterfactual, models.at(-1)!.quality.counterfactual];
  if (before === undefined || after === undefined) return [];
  return [
    `Another education in the same résumé, and nothing else, changes ${
      estimateText(after.metrics.flipRate, "percent")
    } of its decisions, ${estimateText(before.metrics.flipRate, "percent")} of the base model’s: ${
      changeText("this share", changes[0]!.change.overall.flipRate!)
    }.`,
  ];
}

function leakageTexts({ subject: { quality } }: Report, attribute: string): string[] {
  const leakage = quality.leakage?.[attribute];
  if (leakage === undefined) return [];
  const { base, tuned, change } = leakage;
  const chance = tuned.chanceBalancedAccuracy.value;
  if (tuned.balancedAccuracy.estimate.value === null || chance === null) return [];
  return [
    `A classifier guesses ${attribute} from its embeddings with a balanced accuracy of ${
      estimateText(tuned.balancedAccuracy, "percent")
    }, where ${wholePercent(chance)} is chance, and from those of the base model with ${
      estimateText(base.balancedAccuracy, "percent")
    }: ${changeText("this", change.balancedAccuracy)}.`,
  ];
}

function cautionText({ subject: { quality } }: Report): string {
  const unit = quality.candidates === null ? "pairs" : "candidates";
  return `Brackets are ${
    levelText(quality.confidence)
  } bootstrap intervals over ${unit} of this one test split, for one ` +
    "training; another split or seed moves numbers further, and what is not shown here may still exist.";
}
