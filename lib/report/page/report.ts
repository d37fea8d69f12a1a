/** What a report is about: a run, others beside it, and one evaluation of all their models. */
import { basename, isAbsolute } from "@std/path";
import { evaluate, predictionsInput } from "../../evaluate/mod.ts";
import type { Evaluation, EvaluationInput, ModelEvaluation, Predictions } from "../../evaluate/mod.ts";
import type { BalanceRow, Dataset } from "../../data/mod.ts";
import type { Config, EpochRecord, RunFile, StepRecord } from "../../train/mod.ts";
import { count } from "../format.ts";

/** A base model, as far as it can be known elsewhere than on the machine that has it. */
export interface BaseModel {
  /** Its name on the Hugging Face hub; `null` for a folder that is no known model. */
  readonly hub: string | null;
  /** For a sentence. */
  readonly name: string;
  /** SPDX identifier; `null` if unknown. */
  readonly licence: string | null;
  /** How it pools, and what it puts before texts; `null` if unknown. */
  readonly use: Omit<NonNullable<RunFile["base"]>, "licence"> | null;
  /** Whether it is known to be one for English. */
  readonly english: boolean;
}

/** A finished run with everything that was found out about it. */
export interface ReportRun {
  /** As reports call it. */
  readonly name: string;
  /** Its folder, as it was given. */
  readonly folder: string;
  /** What it was trained with. */
  readonly file: RunFile;
  /** What it started from. */
  readonly base: BaseModel;
  /** What was trained. */
  readonly adapter: {
    /** Numbers that were trained. */
    readonly parameters: number;
    /** SHA-256 of its weights' file. */
    readonly fingerprint: string;
  };
  /** Of the models `base` and `tuned` on the test split. */
  readonly evaluation: Evaluation;
  /** The rows of the test split. */
  readonly predictions: Predictions;
  /** The training, step by step. */
  readonly steps: readonly StepRecord[];
  /** The training, epoch by epoch. */
  readonly epochs: readonly EpochRecord[];
  /** What balancing did; empty for nothing. */
  readonly balance: readonly BalanceRow[];
  /** Counterfactuals of résumés that were trained on. */
  readonly trainedCounterfactuals: number;
}

/** The data of a run, or why they cannot be shown. */
export type ReportData =
  | Pick<Dataset, "train" | "validation" | "test" | "notes"> & { readonly masking: Pick<Dataset["masking"], "table"> }
  | { readonly missing: string };

/** What the page and the model card are made of. */
export interface Report {
  /** The run that the report is about. */
  readonly subject: ReportRun;
  /** Runs that it is compared with, and those that stand apart. */
  readonly others: readonly ReportRun[];
  /** From the base model over the runs beside the subject to the subject. */
  readonly evaluation: Evaluation;
  /** The rows that were evaluated. */
  readonly table: EvaluationInput;
  /** Runs that cannot stand in one figure with the subject. */
  readonly apart: readonly { readonly run: ReportRun; readonly reason: string }[];
  /** Of the subject. */
  readonly data: ReportData;
  /** What was measured on other people, each in a sentence that says so. */
  readonly elsewhere: readonly string[];
}

/**
 * A report about a run beside others. Where others were measured on the same rows, all models are evaluated again,
 * together: resamples that they share make differences sharper than those of two reports.
 */
export function reportOf(
  subject: ReportRun,
  others: readonly ReportRun[],
  data: ReportData,
): Report {
  const held = others.map((run) => ({ run, reason: whyApart(subject, run) }));
  const beside = held.flatMap(({ run, reason }) => reason === null ? [run] : []);
  const apart = held.flatMap(({ run, reason }) => reason === null ? [] : [{ run, reason }]);
  const { predictions, evaluation } = subject;
  const { source } = evaluation.data;
  if (beside.length === 0) {
    return { subject, others, evaluation, table: predictionsInput(predictions, source), apart, data, elsewhere: [] };
  }
  const scores = Object.fromEntries([
    ["base", predictions.models.base] as const,
    ...[...beside, subject].map(({ name, predictions }) => [name, predictions.models.tuned] as const),
  ]);
  const table = predictionsInput(predictions, source, scores);
  const { topK, ...settings } = evaluation.settings;
  const together = evaluate(table, {
    ...settings,
    acceptanceRate: undefined,
    topK: topK ?? undefined,
    comparisons: ["base", ...beside.map(({ name }) => name)].map((from) => [from, subject.name]),
    leakage: leakageOf(subject, beside),
  });
  return { subject, others, evaluation: together, table, apart, data, elsewhere: [] };
}

/** Embeddings are not kept, so that only a run itself can say how leakage changed. */
function leakageOf(subject: ReportRun, beside: readonly ReportRun[]): Evaluation["leakage"] {
  const { confidence } = subject.evaluation.settings;
  const comparable = beside.filter(({ evaluation }) => evaluation.settings.confidence === confidence);
  return subject.evaluation.leakage.map(({ attribute, expected, models, changes }) => ({
    attribute,
    expected,
    models: [
      ...models.filter(({ name }) => name === "base"),
      ...[...comparable, subject].flatMap((run) => {
        const probed = run.evaluation.leakage.find((own) => own.attribute === attribute)?.models;
        const tuned = probed?.find(({ name }) => name === "tuned");
        return tuned === undefined ? [] : [{ ...tuned, name: run.name }];
      }),
    ],
    changes: changes.map((change) => ({ ...change, to: subject.name })),
  }));
}

/** Why numbers of two runs must not be subtracted from each other; `null` if they may. */
function whyApart({ predictions: own }: ReportRun, { predictions: other }: ReportRun): string | null {
  const same = (x: readonly unknown[], y: readonly unknown[]) => x.length === y.length && x.every((v, i) => v === y[i]);
  if (!same(own.people, other.people) || !same(own.jobs, other.jobs) || !same(own.labels, other.labels)) {
    return "it was measured on other test pairs";
  }
  if (!same(own.groundTruth ?? [], other.groundTruth ?? [])) return "it was measured against other ground-truth labels";
  const regrouped = Object.entries(own.groups).find(([name, groups]) => !same(groups, other.groups[name] ?? []));
  return regrouped === undefined ? null : `it knows other groups of ${regrouped[0]}`;
}

/** The base model, and the one that the report is about. */
export function endsOf({ models }: Evaluation): { readonly base: ModelEvaluation; readonly tuned: ModelEvaluation } {
  return { base: models[0]!, tuned: models.at(-1)! };
}

/** Of which attributes the report is. */
export function attributesOf({ data }: Evaluation): readonly string[] {
  return data.columns.groups;
}

/** A path that says nothing of the machine: what leads out of the project is shortened to its last part. */
export function shownPath(path: string): string {
  const parts = path.split(/[\\/]/);
  const leadsOut = isAbsolute(path) || /^(~|[A-Za-z]:|\\)/.test(path) || parts.includes("..");
  return leadsOut ? basename(parts.join("/")) : path;
}

/** What a step learns from: `32 pairs`. */
export function stepText({ batchSize, batchTokens, accumulation }: Config["training"]): string {
  const pairs = `${count(batchSize * accumulation)} pairs`;
  return batchTokens === null ? pairs : `at most ${pairs} and ${count(batchTokens * accumulation)} tokens`;
}
