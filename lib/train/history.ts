/** What training leaves behind for plots: one JSON line per step, one CSV row per epoch. No times, so runs compare. */
import { csvLine } from "../data/mod.ts";
import { fileError, writeText } from "../files.ts";
import type { EpochEvent, StepEvent } from "./trainer.ts";
import type { ValidationResult } from "./validation.ts";

/** The columns of `epoch_metrics.csv`; the gaps are those on the validation split. */
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
   *
   * @param folder Where they are, or will be; it must exist.
   * @param step Optimiser steps to keep; 0 for a new run.
   * @param epoch Epochs to keep.
   * @param attributes Whose gaps are written.
   * @returns The histories, ready for the next step.
   * @throws {InputError} When they cannot be written.
   */
  static async open(folder: string, step: number, epoch: number, attributes: readonly string[]): Promise<History> {
    const history = new History(`${folder}/history.jsonl`, `${folder}/epoch_metrics.csv`);
    const kept = (await lines(history.#steps)).filter((line) => (JSON.parse(line) as { step: number }).step <= step);
    await replace(history.#steps, kept);
    const rows = (await lines(history.#epochs)).slice(1).filter((line) => Number(line.split(",")[0]) <= epoch);
    await replace(history.#epochs, [csvLine(epochColumns(attributes), ",").trimEnd(), ...rows]);
    return history;
  }

  /** Appends a line to `history.jsonl`. */
  async step({ step, epoch, loss, terms, learningRate, gradNorm }: StepEvent): Promise<void> {
    const line = { step, epoch, loss, learningRate, gradNorm, ...(Object.keys(terms).length > 0 ? { terms } : {}) };
    await append(this.#steps, JSON.stringify(line) + "\n");
  }

  /**
   * Appends a row to `epoch_metrics.csv`.
   *
   * @param isBest Whether the run would end with this epoch if it were the last.
   */
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
