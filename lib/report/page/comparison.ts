/** Runs side by side, where they were measured on the same people. */
import { type PairedGroups, pairedGroups } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { type Change, measureChange } from "../../evaluate/mod.ts";
import type { Report, ReportRun } from "../report_run.ts";
import type { NamedModel } from "../figures/models.ts";

/** From one model to the one that a report is about. */
export interface ModelChange {
  readonly from: string;
  readonly to: string;
  readonly change: Change;
  /** `[n]` what both decide about the rows of the test split. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A model of a report, and the run that it comes from. */
export interface ReportModel extends NamedModel {
  readonly run: ReportRun;
  readonly model: "base" | "tuned";
}

/** The models of a report. */
export interface Comparison {
  /** From the base model over other runs to the subject. */
  readonly models: readonly ReportModel[];
  /** From each of the others to the subject; the first is from the base model. */
  readonly changes: readonly ModelChange[];
  /** Runs that cannot stand in one figure with the subject. */
  readonly apart: readonly { readonly run: ReportRun; readonly reason: string }[];
}

/**
 * Puts the models of a report side by side. Changes from another run resample both runs together.
 *
 * @param report The runs.
 * @returns The models that saw the same test split, and those that did not.
 */
export function compareRuns({ subject, others }: Report): Comparison {
  const judged = others.map((run) => ({ run, reason: whyApart(subject, run) }));
  const beside = judged.flatMap(({ run, reason }) => reason === null ? [run] : []);
  const { base, tuned } = subject.predictions.models;
  const to = others.length === 0 ? "tuned" : subject.name;
  return {
    models: [
      { name: "base", run: subject, model: "base", quality: subject.quality.base },
      ...beside.map((run) => ({ name: run.name, run, model: "tuned" as const, quality: run.quality.tuned })),
      { name: to, run: subject, model: "tuned", quality: subject.quality.tuned },
    ],
    changes: [
      { from: "base", to, change: subject.quality.change, before: base.decisions, after: tuned.decisions },
      ...beside.map((run) => ({
        from: run.name,
        to,
        change: changeFrom(run, subject),
        before: run.predictions.models.tuned.decisions,
        after: tuned.decisions,
      })),
    ],
    apart: judged.flatMap(({ run, reason }) => reason === null ? [] : [{ run, reason }]),
  };
}

/**
 * Who gains and who pays from one model to another. The intervals of all groups hold together (Bonferroni), since a reader looks
 * for the one that stands out.
 *
 * @param change The two models' decisions.
 * @param attribute The attribute.
 * @param subject The run that a report is about.
 * @param against Which label rates among labels are about.
 * @returns The changes of rates, groups in the order of the run's tables.
 */
export function groupChanges(
  { from, before, after }: Pick<ModelChange, "from" | "before" | "after">,
  attribute: string,
  { predictions, quality, file: { config } }: ReportRun,
  against: "label" | "groundTruth",
): PairedGroups {
  const { groups } = quality.tuned.attributes[attribute]!;
  const found = pairedGroups({
    labels: against === "groundTruth" ? predictions.groundTruth! : predictions.labels,
    before,
    after,
    groups: predictions.attributes[attribute]!,
    clusters: predictions.candidates,
    smallBelow: config.evaluation.smallGroup,
  }, {
    rng: new Rng(config.training.seed).derive(`${attribute} from ${from} by ${against}`),
    resamples: quality.resamples,
    level: 1 - (1 - quality.confidence) / Math.max(1, groups.length),
  });
  return { ...found, groups: groups.map(({ group }) => found.groups.find((own) => own.group === group)!) };
}

function changeFrom(other: ReportRun, subject: ReportRun): Change {
  const { predictions, quality, file: { config } } = subject;
  const rows = ({ predictions: { models: { tuned } }, quality }: ReportRun) => ({
    scores: tuned.scores,
    threshold: quality.tuned.threshold,
    decisions: tuned.decisions,
    twinScores: tuned.twinScores,
  });
  return measureChange({
    labels: predictions.labels,
    groundTruth: predictions.groundTruth,
    attributes: predictions.attributes,
    clusters: predictions.candidates,
    models: { base: rows(other), tuned: rows(subject) },
  }, {
    rng: new Rng(config.training.seed).derive(`change from ${other.name}`),
    resamples: quality.resamples,
    level: quality.confidence,
  });
}

/** Why numbers of two runs must not be subtracted from each other; null if they may. */
function whyApart(subject: ReportRun, other: ReportRun): string | null {
  const [a, b] = [subject.predictions, other.predictions];
  const same = (x: readonly unknown[], y: readonly unknown[]) => x.length === y.length && x.every((v, i) => v === y[i]);
  if (!same(a.candidates, b.candidates) || !same(a.jobs, b.jobs) || !same(a.labels, b.labels)) {
    return "it was measured on other test pairs";
  }
  if (!same(a.groundTruth ?? [], b.groundTruth ?? [])) return "it was measured against other trusted labels";
  const regrouped = Object.entries(a.attributes).find(([name, groups]) => !same(groups, b.attributes[name] ?? []));
  if (regrouped !== undefined) return `it knows other groups of ${regrouped[0]}`;
  const [{ quality, file }, mine] = [other, subject];
  if (quality.confidence !== mine.quality.confidence) return "its intervals hold at another level";
  return file.config.evaluation.smallGroup === mine.file.config.evaluation.smallGroup
    ? null
    : "it calls other groups small";
}
