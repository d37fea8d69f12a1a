/** The examples of a configuration, split. */
import type { Config } from "../config.ts";
import { checkTrainable, type Example } from "../data/example.ts";
import { type ExampleColumns, type LoadedExamples, loadExamples } from "../data/load_examples.ts";
import { splitExamples } from "../data/split.ts";
import { Rng } from "../random.ts";
import { sha256 } from "./sha256.ts";

/** A data set ready for training and evaluation. */
export interface Dataset {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
  /** What a person should know about the data. */
  readonly notes: readonly string[];
  /** Differs whenever the test split could. */
  readonly fingerprint: string;
}

/**
 * Reads, checks and splits the data of a configuration.
 *
 * @param config Names the table, its columns, labels and groups, and the sizes of the parts.
 * @returns The three parts; each holds examples on both sides of 0.5.
 * @throws {InputError} When the table cannot be read or a value in it be understood, or when a part would be empty or hold
 *   one class only.
 */
export async function openDataset(config: Config): Promise<Dataset> {
  const { path, validation, test, groups } = config.data;
  const { examples, notes } = await readExamples(path, config);
  checkTrainable(examples, path);
  const split = splitExamples(examples, {
    validation,
    test,
    stratifyBy: groups.map((group) => group.name),
    rng: new Rng(config.training.seed).derive("split"),
  });
  return {
    train: split.train,
    validation: split.validation,
    test: split.test,
    notes: [...notes, ...split.notes],
    fingerprint: await sha256(JSON.stringify(split.test)),
  };
}

/**
 * Reads labelled pairs with the columns, labels and groups of a configuration.
 *
 * @param path The table; not necessarily the configuration's own.
 * @param config Says what its columns hold.
 * @returns The examples in the order of the table.
 * @throws {InputError} When the table cannot be read or a value in it be understood.
 */
export function readExamples(path: string, config: Config): Promise<LoadedExamples> {
  const { labels, groups } = config.data;
  return loadExamples(path, { columns: exampleColumns(config), labels: labels ?? undefined, groups });
}

/**
 * The columns of a configuration; those it does not name are absent.
 *
 * @returns Names by what the columns hold.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "../config.ts";
 * import { exampleColumns } from "./dataset.ts";
 *
 * const { resume, jobId } = exampleColumns(parseConfig({ data: { columns: { resume: "cv" } } }));
 * assertEquals([resume, jobId], ["cv", undefined]);
 * ```
 */
export function exampleColumns({ data: { columns } }: Config): ExampleColumns {
  const { candidateId, jobId, merit, split } = columns;
  return {
    ...columns,
    candidateId: candidateId ?? undefined,
    jobId: jobId ?? undefined,
    merit: merit ?? undefined,
    split: split ?? undefined,
  };
}
