import { InputError } from "../errors.ts";
import { pairCleaning } from "./cleaning/clean_text.ts";
import type { DegreeLevel } from "./education/degree_level.ts";
import { extractEducation } from "./education/extract_education.ts";
import type { Example, SplitName } from "./example.ts";
import { readHeader, readTable, type ReadTableOptions, requireColumns, type TableRow } from "./read_table.ts";
import { textId } from "./text.ts";

/** Which column of a table holds what. */
export interface ExampleColumns {
  resume: string;
  job: string;
  /** How well they match; absent if nobody knows. */
  label?: string | undefined;
  /** Who applied; absent: equal résumés are one candidate. */
  candidateId?: string | undefined;
  /** For which job; absent: equal postings are one job. */
  jobId?: string | undefined;
  /** A second, trusted label. */
  groundTruth?: string | undefined;
  split?: string | undefined;
}

/** Where the groups of an attribute come from: a column, or the degree level that the résumé states. */
export type GroupSource = { name: string; column: string } | { name: string; extract: "degree" };

/** Options of {@linkcode loadExamples}. */
export interface LoadExamplesOptions extends ReadTableOptions {
  columns: ExampleColumns;
  /** Label as written → number in [0, 1]. Default: labels are written as such numbers. */
  labels?: Record<string, number> | undefined;
  groups?: readonly GroupSource[] | undefined;
}

/** What {@linkcode loadExamples} read. */
export interface LoadedExamples {
  examples: Example[];
  /** What a person should know before trusting results on them, one sentence each. */
  notes: string[];
}

/**
 * Reads a table of résumé–job pairs into typed examples.
 * @throws {InputError} If a column is missing, a text, group or label is empty, or a label or split is unknown, naming
 * file, row and column, the value found and the values there are; or if there are no rows.
 */
export async function loadExamples(path: string, options: LoadExamplesOptions): Promise<LoadedExamples> {
  const { columns, groups = [] } = options;
  checkGroupNames(groups);
  if (options.labels !== undefined) checkLabels(options.labels);
  requireColumns(path, await readHeader(path, options), columnsOf(columns, groups));

  const cleaning = pairCleaning();
  const read = exampleReader(path, options, cleaning);
  const examples: Example[] = [];
  for await (const row of readTable(path, { ...options, requireRows: true })) examples.push(read(row));
  return { examples, notes: [...cleaning.resume.notes, ...cleaning.job.notes, ...notesOn(examples, groups)] };
}

/** The columns that must be there. */
export function columnsOf(columns: ExampleColumns, groups: readonly GroupSource[]): string[] {
  const named = Object.values(columns).filter((name): name is string => name !== undefined);
  return [...named, ...groups.flatMap((group) => "column" in group ? [group.column] : [])];
}

/**
 * Makes the function that turns the rows of a table into examples. A résumé that several rows share is read for its
 * degree once.
 */
export function exampleReader(
  path: string,
  options: LoadExamplesOptions,
  cleaning = pairCleaning(),
): (row: TableRow) => Example {
  const { columns, labels, groups = [] } = options;
  const degrees = new Map<string, DegreeLevel>();
  const degreeOf = (resume: string): DegreeLevel => {
    const id = textId(resume);
    const level = degrees.get(id) ?? extractEducation(resume).level;
    degrees.set(id, level);
    return level;
  };

  return ({ row, values }) => {
    const fail = (column: string, expected: string, found: string): never => {
      throw new InputError(`${path}, row ${row}, column "${column}": expected ${expected}, found ${found}`);
    };
    const filled = (column: string, what: string): string => {
      const value = values[column]!;
      return value.trim() === "" ? fail(column, what, "an empty value") : value;
    };
    const label = (column: string): number => {
      const value = filled(column, "a label").trim();
      const number = labels === undefined ? toUnitNumber(value) : Object.hasOwn(labels, value) ? labels[value]! : null;
      const known = labels === undefined ? "a number from 0 to 1" : `one of ${quoted(Object.keys(labels))}`;
      return number ?? fail(column, known, `"${shortened(value)}"`);
    };
    const groundTruth = (column: string): number | null => {
      const value = values[column]!.trim();
      if (value === "") return null;
      return toUnitNumber(value) ??
        (labels === undefined ? fail(column, "a number from 0 to 1", `"${shortened(value)}"`) : label(column));
    };
    const split = (column: string): SplitName | null => {
      const value = values[column]!.trim().toLowerCase();
      if (value === "") return null;
      return SPLIT_NAMES.get(value) ?? fail(column, 'one of "train", "validation", "test"', `"${shortened(value)}"`);
    };
    const resume = cleaning.resume.clean(filled(columns.resume, "the text of a résumé"));
    const job = cleaning.job.clean(filled(columns.job, "the text of a job"));
    if (resume === "") fail(columns.resume, "the text of a résumé", "markup without text");
    if (job === "") fail(columns.job, "the text of a job", "markup without text");
    return {
      row,
      resume,
      job,
      label: columns.label === undefined ? null : label(columns.label),
      candidateId: columns.candidateId === undefined ? textId(resume) : filled(columns.candidateId, "an id"),
      jobId: columns.jobId === undefined ? textId(job) : filled(columns.jobId, "an id"),
      groups: Object.fromEntries(groups.map((group) => [
        group.name,
        "column" in group ? filled(group.column, 'a group (write "unknown" where it is)').trim() : degreeOf(resume),
      ])),
      groundTruth: columns.groundTruth === undefined ? null : groundTruth(columns.groundTruth),
      split: columns.split === undefined ? null : split(columns.split),
    };
  };
}

const SPLIT_NAMES: ReadonlyMap<string, SplitName> = new Map([
  ["train", "train"],
  ["training", "train"],
  ["validation", "validation"],
  ["valid", "validation"],
  ["val", "validation"],
  ["dev", "validation"],
  ["test", "test"],
]);

function checkLabels(labels: Record<string, number>): void {
  for (const [label, value] of Object.entries(labels)) {
    if (!(value >= 0 && value <= 1)) {
      throw new InputError(`Labels: expected a number from 0 to 1 for "${label}", found ${value}`);
    }
  }
}

function checkGroupNames(groups: readonly GroupSource[]): void {
  const names = groups.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new InputError(`Groups: expected distinct names, found "${repeated}" twice`);
}

function notesOn(examples: readonly Example[], groups: readonly GroupSource[]): string[] {
  const notes: string[] = [];
  for (const { name } of groups) {
    const candidates = new Map<string, Set<string>>();
    for (const { groups, candidateId } of examples) {
      const group = groups[name]!;
      candidates.set(group, (candidates.get(group) ?? new Set()).add(candidateId));
    }
    if (candidates.size === 1) {
      notes.push(`Everybody has ${name} "${[...candidates.keys()][0]}": there is no other group to compare with`);
      continue;
    }
    for (const [group, members] of candidates) {
      if (members.size === 1) {
        notes.push(`Only one candidate has ${name} "${group}": nothing can be said of that group`);
      }
    }
  }
  return notes;
}

function toUnitNumber(value: string): number | null {
  const number = Number(value);
  return value !== "" && number >= 0 && number <= 1 ? number : null;
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(", ");
}

function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
