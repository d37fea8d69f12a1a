/** What a trial decided about whom. */
import { POSITIVE_LABEL } from "../data/example.ts";
import { readTable } from "../data/read_table.ts";
import { InputError } from "../errors.ts";
import { decide } from "../metrics/thresholds.ts";
import type { RunFile } from "../run/run_file.ts";

/** The two models of a run. */
export const MODELS = ["base", "tuned"] as const;

/** One of {@linkcode MODELS}. */
export type ModelName = (typeof MODELS)[number];

/** The rows of a `predictions.csv`, each column of length `n`. */
export interface Predictions {
  /** Rows of the table that the pairs come from. */
  readonly rows: readonly number[];
  readonly candidates: readonly string[];
  /** 0 or 1. */
  readonly labels: readonly number[];
  /** 0 or 1, where there is a trusted label. */
  readonly merit: readonly number[] | null;
  /** Attribute name → group of each row. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Scores, and decisions at the threshold that the run chose on its validation split. */
  readonly models: Readonly<Record<ModelName, { readonly scores: Float64Array; readonly decisions: Uint8Array }>>;
}

/**
 * Reads the predictions of a finished run.
 *
 * @param path A `predictions.csv`.
 * @param run The run that made it: its attributes and thresholds.
 * @returns The rows, decided.
 * @throws {InputError} When the file cannot be read or lacks a column.
 */
export async function readPredictions(path: string, { config, thresholds }: RunFile): Promise<Predictions> {
  const table = await Array.fromAsync(readTable(path, { requireRows: true }));
  const hasMerit = "merit" in table[0]!.values;
  const column = (name: string) =>
    table.map(({ values }) => values[name] ?? fail(`${path}: expected a column "${name}", found none`));
  const numbers = (name: string) => Float64Array.from(column(name), Number);
  const classes = (name: string) => Array.from(numbers(name), (value) => Number(value >= POSITIVE_LABEL));
  const model = (name: ModelName) => {
    const scores = numbers(`${name}_score`);
    return { scores, decisions: decide(scores, thresholds[name]) };
  };
  return {
    rows: Array.from(numbers("row")),
    candidates: column("candidate_id"),
    labels: classes("label"),
    merit: hasMerit ? classes("merit") : null,
    attributes: Object.fromEntries(config.data.groups.map(({ name }) => [name, column(name)])),
    models: { base: model("base"), tuned: model("tuned") },
  };
}

function fail(message: string): never {
  throw new InputError(message);
}
