/** What training leaves behind for plots: one JSON line per step, one CSV row per epoch. No times, so runs compare. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { csvLine, parsePoint, readTable, SafeNumber } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { checkJson, exists, fileError, OwnName, parseJson, readTextFile, writeText } from "../files.ts";
import type { EpochEvent, StepEvent } from "./trainer.ts";
import type { ValidationResult } from "./validation.ts";

/** The columns of `epoch_metrics.csv`; the differences are those on the validation split. */
function epochColumns(attributes: readonly string[]): string[] {
  return [
    "epoch",
    "step",
    "train_loss",
    "validation_loss",
    "validation_roc_auc",
    "validation_average_precision",
    ...gapColumns(attributes),
    // The epoch that would be the run's if training had ended with it.
    "best",
    ...["validation_roc_auc", ...gapColumns(attributes)].flatMap((name) => [`${name}_low`, `${name}_high`]),
  ];
}

function gapColumns(attributes: readonly string[]): string[] {
  return attributes.flatMap((name) => Object.keys(GAPS).map((suffix) => name + suffix));
}

/** The files of a run's history. */
export const HISTORY_FILES = ["history.jsonl", "epoch_metrics.csv"] as const;

export interface HistoryStart {
  /** Steps and epochs that lie behind; what was written beyond them is dropped, for a resumed run writes it again. */
  readonly step: number;
  readonly epoch: number;
  /** Whose differences it holds. */
  readonly attributes: readonly string[];
  /** Where the history is that is continued: the first of these folders that has it. */
  readonly from?: readonly string[];
}

/** The two histories of a run, appended to as it goes. */
export class History {
  readonly #paths: readonly [steps: string, epochs: string];
  readonly #hashes = HISTORY_FILES.map(() => createHash("sha256"));

  #start: readonly string[] = [];

  private constructor(folder: string) {
    const [steps, epochs] = HISTORY_FILES;
    this.#paths = [`${folder}/${steps}`, `${folder}/${epochs}`];
  }

  /**
   * Reads what lies behind; the folder is written to from {@linkcode write} on.
   * @throws {InputError} When a history is there and cannot be read.
   */
  static async open(folder: string, { step, epoch, attributes, from = [folder] }: HistoryStart): Promise<History> {
    const history = new History(folder);
    const [steps, epochs] = HISTORY_FILES;
    const header = csvLine(epochColumns(attributes), ",").trimEnd();
    // A line per step and per epoch, in their order.
    history.#start = [
      history.#hashed(0, (await lines(from, steps)).slice(0, step)),
      history.#hashed(1, [header, ...(await lines(from, epochs)).slice(1, epoch + 1)]),
    ];
    return history;
  }

  /** Writes what lies behind: before anything is added. */
  async write(): Promise<void> {
    for (const [i, path] of this.#paths.entries()) await writeText(path, this.#start[i]!);
    this.#start = [];
  }

  /** Waits until everything has reached the disk. */
  async sync(): Promise<void> {
    for (const path of this.#paths) {
      using file = await Deno.open(path, { append: true });
      await file.sync();
    }
  }

  /** The SHA-256 of each history so far: a checkpoint continues no others. */
  digest(): string {
    return this.#hashes.map((hash) => hash.copy().digest("hex")).join(" ");
  }

  #hashed(file: number, lines: readonly string[]): string {
    const text = lines.map((line) => `${line}\n`).join("");
    this.#hashes[file]!.update(text);
    return text;
  }

  async step({ step, epoch, loss, terms, multipliers, learningRate, gradNorm }: StepEvent): Promise<void> {
    const any = (values: object) => Object.keys(values).length > 0;
    const fairness = { ...(any(terms) ? { terms } : {}), ...(any(multipliers) ? { multipliers } : {}) };
    const line = { step, epoch, loss, learningRate, gradNorm, ...fairness };
    await append(this.#paths[0], this.#hashed(0, [JSON.stringify(line)]));
  }

  /** Appends a row to `epoch_metrics.csv`; `isBest` says that the run would end with this epoch if it were the last. */
  async epoch({ epoch, step, trainLoss, validation }: EpochEvent<ValidationResult>, isBest: boolean): Promise<void> {
    const row = [
      epoch,
      step,
      trainLoss,
      validation.loss,
      validation.rocAuc ?? "",
      validation.averagePrecision ?? "",
      ...Object.values(validation.gaps).flatMap((gaps) => [
        gaps.demographicParityDifference ?? "",
        gaps.equalizedOddsDifference ?? "",
      ]),
      Number(isBest),
      ...[
        validation.intervals.rocAuc,
        ...Object.values(validation.intervals.gaps).flatMap((own) => Object.values(GAPS).map((gap) => own[gap])),
      ].flatMap(({ low, high }) => [low ?? "", high ?? ""]),
    ];
    await append(this.#paths[1], this.#hashed(1, [row.join(",")])); // numbers need no quotes
  }
}

async function lines(folders: readonly string[], file: string): Promise<string[]> {
  for (const folder of folders) {
    // What follows the last line end is a line that a killed process did not finish.
    if (await exists(`${folder}/${file}`)) return (await readTextFile(`${folder}/${file}`)).split("\n").slice(0, -1);
  }
  return [];
}

async function append(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { append: true });
  } catch (error) {
    throw fileError(path, "cannot be written", error);
  }
}

const StepSchema = z.object({
  step: z.int().positive(),
  epoch: z.int().positive(),
  loss: SafeNumber,
  learningRate: SafeNumber,
  gradNorm: SafeNumber,
  terms: z.record(OwnName, SafeNumber).optional(),
  multipliers: z.record(OwnName, SafeNumber).optional(),
});

/** One optimiser step: a line of `history.jsonl`. `terms` are the losses of the fairness terms, `multipliers` the weights of the bounds. */
export type StepRecord = Readonly<z.output<typeof StepSchema>>;

/** A difference between an attribute's groups on the validation examples. */
export interface EpochGap {
  /** Whose groups are compared. */
  readonly attribute: string;
  /** Which difference it is. */
  readonly gap: "demographicParityDifference" | "equalizedOddsDifference";
  /** `null` where it is undefined. */
  readonly value: number | null;
  /** A 95% bootstrap interval; absent in older files. */
  readonly interval?: EpochInterval | undefined;
}

/** A bootstrap interval that resamples candidates. */
export type EpochInterval = Readonly<Record<"low" | "high", number | null>>;

/** One epoch: a row of `epoch_metrics.csv`. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Optimiser steps at its end. */
  readonly step: number;
  /** Mean over the epoch's steps. */
  readonly trainLoss: number;
  /** On the validation split, as the numbers that follow. */
  readonly validationLoss: number;
  /** `null` where it is undefined. */
  readonly rocAuc: number | null;
  /** A 95% bootstrap interval; absent in older files. */
  readonly rocAucInterval?: EpochInterval | undefined;
  /** `null` where it is undefined. */
  readonly averagePrecision: number | null;
  /** Two for each attribute. */
  readonly gaps: readonly EpochGap[];
  /** Whether it was the best so far; the last such epoch is the one that was kept. */
  readonly best: boolean;
}

/** By the end of their columns' names. */
const GAPS = {
  "_demographic_parity_difference": "demographicParityDifference",
  "_equalized_odds_difference": "equalizedOddsDifference",
} as const;

/**
 * Reads what training wrote of its steps and epochs into a folder such as `reports/metrics/demo`, in order.
 * @throws {InputError} When a file is missing or is no such history.
 */
export async function readHistory(folder: string): Promise<{ steps: StepRecord[]; epochs: EpochRecord[] }> {
  return { steps: await readSteps(`${folder}/history.jsonl`), epochs: await readEpochs(`${folder}/epoch_metrics.csv`) };
}

async function readSteps(path: string): Promise<StepRecord[]> {
  const text = await readTextFile(path);
  return text.split("\n").filter((line) => line !== "").map((line, i) => {
    const where = `${path}, line ${i + 1}`;
    let json: unknown;
    try {
      json = parseJson(line);
    } catch (error) {
      throw new InputError(`${where}: expected JSON (${(error as Error).message})`);
    }
    return checkJson(json, StepSchema, where);
  });
}

async function readEpochs(path: string): Promise<EpochRecord[]> {
  const epochs: EpochRecord[] = [];
  for await (const { row, values } of readTable(path)) {
    const optional = (column: string): number | null => values[column] === "" ? null : number(column);
    const number = (column: string): number => {
      const value = Object.hasOwn(values, column) ? parsePoint(values[column]!) : undefined;
      if (value === undefined) {
        throw new InputError(
          `${path}, row ${row}, column "${column}": expected a number, found ${values[column] ?? "no such column"}`,
        );
      }
      return value;
    };
    const interval = (column: string) =>
      Object.hasOwn(values, `${column}_low`)
        ? { interval: { low: optional(`${column}_low`), high: optional(`${column}_high`) } }
        : {};
    const gaps = Object.keys(values).flatMap((column) =>
      Object.entries(GAPS).flatMap(([suffix, gap]) =>
        column.endsWith(suffix)
          ? [{ attribute: column.slice(0, -suffix.length), gap, value: optional(column), ...interval(column) }]
          : []
      )
    );
    epochs.push({
      epoch: number("epoch"),
      step: number("step"),
      trainLoss: number("train_loss"),
      validationLoss: number("validation_loss"),
      rocAuc: optional("validation_roc_auc"),
      ...(Object.hasOwn(values, "validation_roc_auc_low")
        ? { rocAucInterval: interval("validation_roc_auc").interval }
        : {}),
      averagePrecision: optional("validation_average_precision"),
      gaps,
      best: number("best") === 1,
    });
  }
  return epochs;
}
