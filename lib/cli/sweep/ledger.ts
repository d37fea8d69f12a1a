/** `sweep.csv`: a line per trial that came to an end, whether in numbers or in a failure. */
import { type CellValue, readTable, writeTable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import type { PlannedTrial } from "./plan.ts";

/** A line of `sweep.csv`. */
export type LedgerRow = Readonly<Record<string, CellValue>>;

const FIRST = ["id", "fingerprint", "status", "reason", "variant", "seed"];

/**
 * The start of a trial's line: what was trained, and how it ended.
 *
 * @param trial The trial.
 * @param keys The keys that the sweep varies; each has a column.
 * @param failure Why the trial failed; `null` if it did not.
 * @returns The columns before the numbers.
 */
export function ledgerRow(trial: PlannedTrial, keys: readonly string[], failure: string | null): LedgerRow {
  const { id, fingerprint, point, seed } = trial;
  const values = keys.map((key) => {
    const value = point.values[key];
    return [key, typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value)];
  });
  const status = failure === null ? "finished" : "failed";
  return {
    id,
    fingerprint,
    status,
    reason: failure ?? "",
    variant: point.variant,
    seed,
    ...Object.fromEntries(values),
  };
}

/** The lines of a sweep, on the disk after each change. */
export class Ledger {
  readonly #path: string;
  readonly #order: readonly string[];
  readonly #rows: Map<string, LedgerRow>;

  private constructor(path: string, order: readonly string[], rows: Map<string, LedgerRow>) {
    this.#path = path;
    this.#order = order;
    this.#rows = rows;
  }

  /**
   * Opens the lines that an earlier start of the sweep has left, if there are any.
   *
   * @param path The CSV file.
   * @param trials All trials of the sweep.
   * @returns The lines.
   * @throws {InputError} When the file holds a trial that the sweep does not have, or has with another configuration.
   */
  static async open(path: string, trials: readonly PlannedTrial[]): Promise<Ledger> {
    const rows = new Map<string, LedgerRow>();
    const known = new Map(trials.map((trial) => [trial.id, trial]));
    for await (const { row, values } of existingRows(path)) {
      const { id, fingerprint } = values;
      const trial = known.get(id ?? "");
      const place = `${path}, row ${row}`;
      if (trial === undefined) {
        throw new InputError(
          `${place}: trial "${id}" is not in the sweep (any more); take another --output, or delete this line`,
        );
      }
      if (trial.fingerprint !== fingerprint) {
        throw new InputError(`${place}: ${otherConfiguration(trial.id)}, or this line`);
      }
      rows.set(trial.id, values);
    }
    return new Ledger(path, trials.map(({ id }) => id), rows);
  }

  /** Whether a trial has come to its end in numbers. */
  isFinished(id: string): boolean {
    return this.#rows.get(id)?.status === "finished";
  }

  /**
   * Adds the line of a trial, in place of an older one. Lines stand in the order of the trials, so that the file does not
   * depend on how often the sweep was interrupted.
   *
   * @param row The line.
   * @throws {InputError} When the file cannot be written.
   */
  async add(row: LedgerRow): Promise<void> {
    this.#rows.set(String(row.id), row);
    const rows = this.#order.map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
    const columns = [...new Set([...FIRST, ...rows.flatMap((row) => Object.keys(row))])];
    const empty = Object.fromEntries(columns.map((column) => [column, null]));
    await writeTable(this.#path, columns, rows.map((row) => ({ ...empty, ...row })));
  }
}

/**
 * What to say when a trial of the same name was something else before.
 *
 * @param id The trial.
 * @returns The start of a sentence that ends in what else can be deleted.
 */
export function otherConfiguration(id: string): string {
  return `trial "${id}" was trained with another configuration or other data than the sweep now asks for; take another ` +
    "--output, or delete the trial's folder under runs/";
}

async function* existingRows(path: string): ReturnType<typeof readTable> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  yield* readTable(path);
}
