/** What training leaves behind for plots: one JSON line per step, one CSV row per epoch. No times, so runs compare. */
import { z } from "zod";
import { csvLine, readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { checkJson, fileError, writeText } from "../files.ts";
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
    ...attributes.flatMap((name) => [`${name}_demographic_parity_difference`, `${name}_equalized_odds_difference`]),
    // The epoch that would be the run's if training had ended with it.
    "best",
  ];
}

/** The two histories of a run, appended to as it goes. */
export class History {
  readonly #steps: string;
  readonly #epochs: string;

  private constructor(steps: string, epochs: string) {
    this.#steps = steps;
    this.#epochs = epochs;
  }

  /**
   * Opens the histories in a folder and drops what lies beyond a checkpoint: a resumed run writes it again.
   * @throws {InputError} When they cannot be written.
   */
  static async open(
    folder: string,
    { step, epoch }: { readonly step: number; readonly epoch: number },
    attributes: readonly string[],
  ): Promise<History> {
    const history = new History(`${folder}/history.jsonl`, `${folder}/epoch_metrics.csv`);
    const kept = (await lines(history.#steps)).filter((line) => (JSON.parse(line) as { step: number }).step <= step);
    await replace(history.#steps, kept);
    const rows = (await lines(history.#epochs)).slice(1).filter((line) => Number(line.split(",")[0]) <= epoch);
    await replace(history.#epochs, [csvLine(epochColumns(attributes), ",").trimEnd(), ...rows]);
    return history;
  }

  async step({ step, epoch, loss, terms, learningRate, gradNorm }: StepEvent): Promise<void> {
    const line = { step, epoch, loss, learningRate, gradNorm, ...(Object.keys(terms).length > 0 ? { terms } : {}) };
    await append(this.#steps, JSON.stringify(line) + "\n");
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
    ];
    await append(this.#epochs, row.join(",") + "\n"); // numbers need no quotes
  }
}

async function lines(path: string): Promise<string[]> {
  try {
    // What follows the last line end is a line that a killed process did not finish.
    return (await Deno.readTextFile(path)).split("\n").slice(0, -1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function replace(path: string, kept: readonly string[]): Promise<void> {
  await writeText(path, kept.map((line) => `${line}\n`).join(""));
}

async function append(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { append: true });
  } catch (error) {
    throw fileError(path, "cannot be written", error);
  }
}

const StepSchema = z.object({
  step: z.number(),
  epoch: z.number(),
  loss: z.number(),
  learningRate: z.number(),
  gradNorm: z.number(),
  terms: z.record(z.string(), z.number()).optional(),
});

/** One optimiser step: a line of `history.jsonl`. `terms` are the losses of the fairness terms. */
export type StepRecord = Readonly<z.output<typeof StepSchema>>;

/** A difference between an attribute's groups on the validation examples. */
export interface EpochGap {
  /** Whose groups are compared. */
  readonly attribute: string;
  /** Which difference it is. */
  readonly gap: "demographicParityDifference" | "equalizedOddsDifference";
  /** `null` where it is undefined. */
  readonly value: number | null;
}

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
  /** `null` where it is undefined. */
  readonly averagePrecision: number | null;
  /** Two for each attribute. */
  readonly gaps: readonly EpochGap[];
  /** Whether it was the best so far; the last such epoch is the one that was kept. */
  readonly best: boolean;
}

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
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  return text.split("\n").filter((line) => line !== "").map((line, i) => {
    const where = `${path}, line ${i + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(line);
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
      const value = Number(values[column] || NaN);
      if (Number.isNaN(value)) {
        throw new InputError(
          `${path}, row ${row}, column "${column}": expected a number, found ${values[column] ?? "no such column"}`,
        );
      }
      return value;
    };
    const gaps = Object.keys(values).flatMap((column) =>
      Object.entries(GAPS).flatMap(([suffix, gap]) =>
        column.endsWith(suffix) ? [{ attribute: column.slice(0, -suffix.length), gap, value: optional(column) }] : []
      )
    );
    epochs.push({
      epoch: number("epoch"),
      step: number("step"),
      trainLoss: number("train_loss"),
      validationLoss: number("validation_loss"),
      rocAuc: optional("validation_roc_auc"),
      averagePrecision: optional("validation_average_precision"),
      gaps,
      best: number("best") === 1,
    });
  }
  return epochs;
}
