/** The examples of a configuration, split. */
import { sha256 } from "../files.ts";
import { Rng } from "../random.ts";
import { checkTrainable, type Example } from "./example.ts";
import { type ExampleColumns, type LoadedExamples, loadExamples, type LoadExamplesOptions } from "./load_examples.ts";
import { type MaskCount, maskExamples, type MaskLogRow } from "./masking/mask_education.ts";
import type { DataSettings } from "./settings.ts";
import { splitExamples } from "./split.ts";

/** A data set ready for training and evaluation. */
export interface Dataset {
  /** What is trained on. */
  readonly train: readonly Example[];
  /** What epochs are chosen and thresholds fitted on. */
  readonly validation: readonly Example[];
  /** What is reported on. */
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
 * Reads, checks and splits the data of a configuration; each part holds examples on both sides of 0.5.
 * @throws {InputError} When the table cannot be read or a value in it be understood, or when a part would be empty or
 * hold one class only.
 */
export async function openDataset(
  config: { readonly data: DataSettings; readonly training: { readonly seed: number } },
): Promise<Dataset> {
  const { path, validation, test, groups } = config.data;
  const { examples: unmasked, notes } = await loadedExamples(path, config.data);
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
 * Reads labelled pairs with the columns, labels, groups and masking of a configuration, from a table that is not
 * necessarily its own, whose order they keep.
 * @throws {InputError} When the table cannot be read or a value in it be understood.
 */
export async function readExamples(path: string, config: { readonly data: DataSettings }): Promise<ReadExamples> {
  const { examples: unmasked, notes } = await loadedExamples(path, config.data);
  const { examples } = maskExamples(unmasked, { kinds: config.data.mask });
  return { examples, notes, originals: originalsOf(examples, unmasked) };
}

function loadedExamples(path: string, data: DataSettings): Promise<LoadedExamples> {
  return loadExamples(path, exampleOptions(data));
}

/** How the examples of a configuration are read. */
export function exampleOptions(data: DataSettings): LoadExamplesOptions {
  const { columns, labels, groups, delimiter, encoding, decimal, missing } = data;
  return {
    columns: exampleColumns(columns),
    labels: labels ?? undefined,
    groups,
    delimiter: delimiter ?? undefined,
    encoding: encoding ?? undefined,
    decimal,
    missing: missing ?? undefined,
  };
}

function originalsOf(masked: readonly Example[], unmasked: readonly Example[]): Map<string, string> {
  return new Map(
    masked.flatMap(({ resume }, i) => resume === unmasked[i]!.resume ? [] : [[resume, unmasked[i]!.resume] as const]),
  );
}

/** The columns of a configuration by what they hold; those it does not name are absent. */
function exampleColumns(columns: DataSettings["columns"]): ExampleColumns {
  const { label, candidateId, jobId, groundTruth, split, teacherScore } = columns;
  return {
    ...columns,
    label: label ?? undefined,
    candidateId: candidateId ?? undefined,
    jobId: jobId ?? undefined,
    groundTruth: groundTruth ?? undefined,
    split: split ?? undefined,
    teacherScore: teacherScore ?? undefined,
  };
}
