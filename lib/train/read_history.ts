/** The histories of a run, for plots. */
import { z } from "zod";
import { readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { checkJson, fileError } from "../files.ts";

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

/** A gap between an attribute's groups on the validation examples. */
export interface EpochGap {
  readonly attribute: string;
  readonly gap: "demographicParityDifference" | "equalizedOddsDifference";
  /** `null` where it is undefined. */
  readonly value: number | null;
}

/** One epoch: a row of `epoch_metrics.csv`. */
export interface EpochRecord {
  readonly epoch: number;
  /** Optimiser steps at its end. */
  readonly step: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly gaps: readonly EpochGap[];
  /** Whether it was the best so far; the last such epoch is the one that was kept. */
  readonly best: boolean;
}

const GAPS = {
  "_demographic_parity_difference": "demographicParityDifference",
  "_equalized_odds_difference": "equalizedOddsDifference",
} as const;

/**
 * Reads what training wrote of its steps and epochs.
 *
 * @param folder Where `history.jsonl` and `epoch_metrics.csv` are, such as `reports/metrics/demo`.
 * @returns Both histories, in order.
 * @throws {InputError} When a file is missing or is no such history.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readHistory } from "./read_history.ts";
 *
 * const { steps, epochs } = await readHistory("reports/metrics/demo");
 * assertEquals(steps.at(-1)?.step, epochs.at(-1)?.step);
 * ```
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
