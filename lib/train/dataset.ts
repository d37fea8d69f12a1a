/** The examples of a configuration, split. */
import type { Config } from "./config.ts";
import {
  checkTrainable,
  type Example,
  type ExampleColumns,
  type LoadedExamples,
  loadExamples,
  type MaskCount,
  maskExamples,
  type MaskLogRow,
  splitExamples,
} from "../data/mod.ts";
import { Rng } from "../random.ts";
import { sha256 } from "../files.ts";

/** A data set ready for training and evaluation. */
export interface Dataset {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
  /** From a masked résumé to the one in the table; one that is not in it is as it was. */
  readonly originals: ReadonlyMap<string, string>;
  /** What masking replaced: counts by kind, and every replacement. */
  readonly masking: { readonly table: readonly MaskCount[]; readonly log: readonly MaskLogRow[] };
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
  const { examples: unmasked, notes } = await loadedExamples(path, config);
  checkTrainable(unmasked, path);
  const split = splitExamples(unmasked, {
    validation,
    test,
    stratifyBy: groups.map((group) => group.name),
    rng: new Rng(config.training.seed).derive("split"),
  });
  // Masked after the split, so that masked and unmasked runs are compared on the same people.
  const parts = [split.train, split.validation, split.test];
  const masked = maskExamples(parts.flat(), { kinds: config.data.mask });
  const [first, second] = [parts[0]!.length, parts[0]!.length + parts[1]!.length];
  const tested = masked.examples.slice(second);
  return {
    train: masked.examples.slice(0, first),
    validation: masked.examples.slice(first, second),
    test: tested,
    originals: originalsOf(masked.examples, parts.flat()),
    masking: masked,
    notes: [...notes, ...split.notes],
    fingerprint: await sha256(JSON.stringify(tested)),
  };
}

/** Labelled pairs as a run sees them. */
export interface ReadExamples extends LoadedExamples {
  readonly originals: Dataset["originals"];
}

/**
 * Reads labelled pairs with the columns, labels, groups and masking of a configuration.
 *
 * @param path The table; not necessarily the configuration's own.
 * @param config Says what its columns hold, and what is masked.
 * @returns The examples in the order of the table.
 * @throws {InputError} When the table cannot be read or a value in it be understood.
 */
export async function readExamples(path: string, config: Config): Promise<ReadExamples> {
  const { examples: unmasked, notes } = await loadedExamples(path, config);
  const { examples } = maskExamples(unmasked, { kinds: config.data.mask });
  return { examples, notes, originals: originalsOf(examples, unmasked) };
}

function loadedExamples(path: string, config: Config): Promise<LoadedExamples> {
  const { labels, groups } = config.data;
  return loadExamples(path, { columns: exampleColumns(config), labels: labels ?? undefined, groups });
}

function originalsOf(masked: readonly Example[], unmasked: readonly Example[]): Map<string, string> {
  return new Map(
    masked.flatMap(({ resume }, i) => resume === unmasked[i]!.resume ? [] : [[resume, unmasked[i]!.resume] as const]),
  );
}

/**
 * The columns of a configuration; those it does not name are absent.
 *
 * @returns Names by what the columns hold.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "./config.ts";
 * import { exampleColumns } from "./dataset.ts";
 *
 * const { resume, jobId } = exampleColumns(parseConfig({ data: { columns: { resume: "cv" } } }));
 * assertEquals([resume, jobId], ["cv", undefined]);
 * ```
 */
export function exampleColumns({ data: { columns } }: Config): ExampleColumns {
  const { candidateId, jobId, groundTruth, split } = columns;
  return {
    ...columns,
    candidateId: candidateId ?? undefined,
    jobId: jobId ?? undefined,
    groundTruth: groundTruth ?? undefined,
    split: split ?? undefined,
  };
}
