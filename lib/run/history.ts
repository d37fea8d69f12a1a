/** What training leaves behind for plots: one JSON line per step, one CSV row per epoch. No times, so runs compare. */
import { fileError } from "../files/file_error.ts";
import { writeAtomic } from "../files/write_atomic.ts";
import type { EpochEvent, StepEvent } from "../train/trainer.ts";
import type { ValidationResult } from "./validation.ts";

const EPOCH_COLUMNS = [
  "epoch",
  "step",
  "train_loss",
  "validation_loss",
  "validation_roc_auc",
  "validation_average_precision",
  "best",
] as const;

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
   * @returns The histories, ready for the next step.
   * @throws {InputError} When they cannot be written.
   */
  static async open(folder: string, step: number, epoch: number): Promise<History> {
    const history = new History(`${folder}/history.jsonl`, `${folder}/epoch_metrics.csv`);
    const kept = (await lines(history.#steps)).filter((line) => (JSON.parse(line) as { step: number }).step <= step);
    await replace(history.#steps, kept);
    const rows = (await lines(history.#epochs)).slice(1).filter((line) => Number(line.split(",")[0]) <= epoch);
    await replace(history.#epochs, [EPOCH_COLUMNS.join(","), ...rows]);
    return history;
  }

  /** Appends a line to `history.jsonl`. */
  async step({ step, epoch, loss, learningRate, gradNorm }: StepEvent): Promise<void> {
    await append(this.#steps, JSON.stringify({ step, epoch, loss, learningRate, gradNorm }) + "\n");
  }

  /** Appends a row to `epoch_metrics.csv`. */
  async epoch({ epoch, step, trainLoss, validation, isBest }: EpochEvent<ValidationResult>): Promise<void> {
    const row = [
      epoch,
      step,
      trainLoss,
      validation.loss,
      validation.rocAuc ?? "",
      validation.averagePrecision ?? "",
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
  await writeAtomic(path, [new TextEncoder().encode(kept.map((line) => `${line}\n`).join(""))]);
}

async function append(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { append: true });
  } catch (error) {
    throw fileError(path, "cannot be written", error);
  }
}
