import { InputError } from "../errors.ts";
import { type PairCleaning, pairCleaning } from "./cleaning/clean_text.ts";
import type { DegreeLevel } from "./education/degree_level.ts";
import { extractEducation } from "./education/extract_education.ts";
import { type Example, type SplitName, textId } from "./example.ts";
import { cellReader, cleanName, countsText, shortened, similarNotes } from "./cell_values.ts";
import type { CellReader, ValueSyntax } from "./cell_values.ts";
import { labelValue, SELF_EVIDENT } from "./label_values.ts";
import { isQueryTable, readQueries } from "./query_rows.ts";
import { readTable, type TableSyntax } from "./read_table.ts";
import type { TableRow } from "./row_reader.ts";

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
  /** What a teacher, such as a reranker, makes of the pair. */
  teacherScore?: string | undefined;
}

/**
 * Where the groups of an attribute come from: a column, or the degree level that the résumé states; `map` says which
 * groups count as others.
 */
export type GroupSource =
  & { name: string; map?: Readonly<Record<string, string>> | undefined }
  & ({ column: string } | { extract: "degree" });

/** Options of {@linkcode loadExamples}. */
export interface LoadExamplesOptions extends TableSyntax, ValueSyntax {
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
  const notes: string[] = [];
  const cleaning = pairCleaning();
  const examples: Example[] = [];
  if (await isQueryTable(path, tableSyntax(options))) {
    notes.push(...await loadQueries(path, options, { cleaning, examples }));
    notes.push(...cleaning.resume.notes, ...cleaning.job.notes, ...notesOn(examples, groups));
    return { examples, notes };
  }
  const read = exampleReader(path, options, cleaning);
  const syntax = { ...tableSyntax(options), ...columnsOf(columns, groups) };
  try {
    const noted = { ...syntax, requireRows: true, note: (sentence: string) => notes.push(sentence) };
    for await (const row of readTable(path, noted)) examples.push(read(row));
  } catch (error) {
    throw await withLabels(error, path, options);
  }
  notes.push(...cleaning.resume.notes, ...cleaning.job.notes, ...notesOn(examples, groups));
  return { examples, notes };
}

/** The pairs of lines of queries, and what a person should know of them. */
async function loadQueries(
  path: string,
  options: LoadExamplesOptions,
  { cleaning, examples }: { readonly cleaning: PairCleaning; readonly examples: Example[] },
): Promise<string[]> {
  const groups = options.groups ?? [];
  const named = groups.find((source) => "column" in source);
  if (named !== undefined) {
    throw new InputError(
      `${path}: expected groups that are extracted, { "name": "education", "extract": "degree" }, since each row holds ` +
        `many résumés, found a column for "${named.name}"; where --column is an option, --column ${named.name}= does that`,
    );
  }
  const columns = { resume: "resume", job: "job", label: "label", teacherScore: "teacher" };
  const { decimal: _, missing: _missing, labels: _labels, ...syntax } = options;
  const read = exampleReader(path, { ...syntax, columns, missing: [] }, cleaning);
  const prompts = new Set<string>();
  for await (const { row, query, pos, neg, prompt, type, ...scores } of readQueries(path, tableSyntax(options))) {
    const isSymmetric = /^symmetric_(sts|clustering)$/.test(type ?? "");
    if (prompt !== undefined) prompts.add(prompt);
    for (const [label, texts, own] of [["1", pos, scores.pos_scores], ["0", neg, scores.neg_scores]] as const) {
      for (const [i, resume] of texts.entries()) {
        const example = read({ row, values: { resume, job: query, label, teacher: `${own?.[i] ?? ""}` } });
        examples.push(example);
        if (prompt === undefined) continue;
        const before = { job: prompt, ...(isSymmetric ? { resume: prompt } : {}) };
        example.prompts = type === undefined ? before : { ...before, type };
      }
    }
  }
  const [first] = prompts;
  if (first === undefined) return [];
  const stand = prompts.size === 1
    ? `The prompt "${shortened(first)}" of the queries stands`
    : `${prompts.size} prompts of queries stand`;
  return [
    `${stand} in place of the model's instruction; set model.queryInstruction to what later queries shall have before ` +
    "them",
  ];
}

/** What {@linkcode readTable} is told of options that say more. */
export function tableSyntax({ delimiter, encoding }: TableSyntax): TableSyntax {
  return { delimiter, encoding };
}

/** A label that is none. */
class LabelError extends InputError {
  constructor(message: string, readonly column: string) {
    super(message);
  }
}

/** Adds to an error about a label which values its column holds, and what to do about them. */
export async function withLabels(error: unknown, path: string, options: LoadExamplesOptions): Promise<unknown> {
  if (!(error instanceof LabelError)) return error;
  const counts = new Map<string, number>();
  for await (const { values } of readTable(path, { ...tableSyntax(options), used: [error.column] })) {
    const value = values[error.column]!.trim();
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const all = [...counts.keys()].filter((value) => !cellReader(options).isMissing(value));
  const example = JSON.stringify(Object.fromEntries(all.slice(0, 3).map((value, i) => [value, i === 0 ? 1 : 0])));
  return new InputError(
    `${error.message}; the column holds ${
      countsText(counts)
    }; data.labels says what each means, for example ${example}`,
  );
}

/** The columns that must be there, and what names each. */
export function columnsOf(
  columns: ExampleColumns,
  groups: readonly GroupSource[],
): { used: string[]; namedBy: Map<string, string> } {
  const named = Object.entries(columns).flatMap(([key, name]): [string, string][] =>
    name === undefined ? [] : [[name, `data.columns.${key} or --column ${key}=…`]]
  );
  const grouped = groups.flatMap((group): [string, string][] =>
    "column" in group ? [[group.column, `data.groups[].column or --column ${group.name}=…`]] : []
  );
  const all = [...named, ...grouped];
  return { used: all.map(([name]) => name), namedBy: new Map(all.toReversed()) };
}

/** Résumés whose degree is remembered; more would fill the memory with those of a large table. */
const MOST_DEGREES = 100_000;

/**
 * Makes the function that turns the rows of a table into examples. A résumé that several rows share is read for its
 * degree once.
 */
export function exampleReader(
  path: string,
  options: LoadExamplesOptions,
  cleaning = pairCleaning(),
): (row: TableRow) => Example {
  const { columns, groups = [] } = options;
  const cell = cellReader(options);
  const labels = options.labels && new Map(Object.entries(options.labels).map(([k, v]) => [labelValue(k, cell), v]));
  const degrees = new Map<string, DegreeLevel>();
  const degreeOf = (resume: string): DegreeLevel => {
    const id = textId(resume);
    const level = degrees.get(id) ?? extractEducation(resume).level;
    if (degrees.size >= MOST_DEGREES) degrees.clear();
    degrees.set(id, level);
    return level;
  };

  const named = Object.keys(options.labels ?? {});
  return (tableRow) => {
    const { fail, filled, label, groundTruth, group, split, teacher } = cellsOf(path, tableRow, {
      cell,
      labels,
      named,
      degreeOf,
    });
    const resume = cleaning.resume.clean(filled(columns.resume, "the text of a résumé"));
    const job = cleaning.job.clean(filled(columns.job, "the text of a job"));
    if (resume === "") fail(columns.resume, "the text of a résumé", "markup without text");
    if (job === "") fail(columns.job, "the text of a job", "markup without text");
    return {
      row: tableRow.row,
      resume,
      job,
      label: columns.label === undefined ? null : label(columns.label),
      candidateId: columns.candidateId === undefined ? textId(resume) : filled(columns.candidateId, "an id"),
      jobId: columns.jobId === undefined ? textId(job) : filled(columns.jobId, "an id"),
      groups: Object.fromEntries(groups.map((source) => [source.name, group(source, resume)])),
      groundTruth: columns.groundTruth === undefined ? null : groundTruth(columns.groundTruth),
      split: columns.split === undefined ? null : split(columns.split),
      ...(columns.teacherScore === undefined ? {} : teacher(columns.teacherScore)),
    };
  };
}

/** Reads the cells of a row by what they mean, each with an error that names row and column. */
function cellsOf(path: string, { row, values }: TableRow, { cell, labels, named, degreeOf }: {
  readonly cell: CellReader;
  /** What label values mean, as they are read and as they were given. */
  readonly labels: ReadonlyMap<string, number> | undefined;
  readonly named: readonly string[];
  readonly degreeOf: (resume: string) => DegreeLevel;
}) {
  const fail = (column: string, expected: string, found: string): never => {
    throw new InputError(`${path}, row ${row}, column "${column}": expected ${expected}, found ${found}`);
  };
  const filled = (column: string, what: string): string => {
    const value = values[column]!;
    if (!cell.isMissing(value)) return value;
    return fail(column, what, value.trim() === "" ? "an empty value" : `"${value}", which stands for a missing one`);
  };
  const label = (column: string): number => {
    const value = labelValue(values[column]!, cell);
    if (labels?.has(value)) return labels.get(value)!;
    filled(column, "a label");
    const known = labels === undefined ? "a number from 0 to 1" : `one of ${quoted(named)}`;
    const number = labels === undefined ? cell.number(values[column]!) ?? SELF_EVIDENT.get(value) : undefined;
    if (number !== undefined && number >= 0 && number <= 1) return number;
    throw new LabelError(
      `${path}, row ${row}, column "${column}": expected ${known}, found "${shortened(values[column]!.trim())}"`,
      column,
    );
  };
  const groundTruth = (column: string): number | null => {
    if (cell.isMissing(values[column]!) && !labels?.has(labelValue(values[column]!, cell))) return null;
    const number = cell.number(values[column]!);
    return typeof number === "number" && number >= 0 && number <= 1 ? number : label(column);
  };
  const group = (source: GroupSource, resume: string): string => {
    const name = "column" in source ? cleanName(values[source.column]!) : degreeOf(resume);
    if (source.map !== undefined && Object.hasOwn(source.map, name)) return source.map[name]!;
    return "column" in source ? cleanName(filled(source.column, 'a group (write "unknown" where it is)')) : name;
  };
  const split = (column: string): SplitName | null => {
    if (cell.isMissing(values[column]!)) return null;
    const value = values[column]!.trim().toLowerCase();
    return SPLIT_NAMES.get(value) ?? fail(column, 'one of "train", "validation", "test"', `"${shortened(value)}"`);
  };
  const teacher = (column: string): Pick<Example, "teacherScore"> => {
    if (cell.isMissing(values[column]!)) return {};
    const score = cell.number(values[column]!);
    return { teacherScore: score ?? fail(column, "a number", `"${shortened(values[column]!.trim())}"`) };
  };
  return { fail, filled, label, groundTruth, group, split, teacher };
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
    const sizes = new Map([...candidates].map(([group, members]) => [group, members.size]));
    notes.push(...similarNotes(name, sizes));
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

function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(", ");
}
