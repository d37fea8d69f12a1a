import { InputError } from "../errors.ts";
import { fileSha256 } from "../files.ts";
import { localPath } from "../hub/mod.ts";
import { Rng } from "../random.ts";
import { type PairCleaning, pairCleaning } from "./cleaning/clean_text.ts";
import { DEGREE_LEVELS, type DegreeLevel } from "./education/degree_level.ts";
import { extractEducation } from "./education/extract_education.ts";
import { SPLITS, textId } from "./example.ts";
import { columnsOf, exampleReader, tableSyntax, withLabels } from "./load_examples.ts";
import type { ExampleColumns, GroupSource, LoadExamplesOptions } from "./load_examples.ts";
import { readHeader, readTable } from "./read_table.ts";
import { requireColumns, type TableRow } from "./row_reader.ts";
import { cellReader, similarNotes } from "./cell_values.ts";
import { SplitColumns, splitColumns, type SplitCount, TextNumbers } from "./split.ts";
import { partPath, rowsWithin, type Shard, shardRange, writeManifest } from "./shards.ts";
import { writeTable } from "./write_table.ts";

/** Options of {@linkcode prepareTable}. */
export interface PrepareOptions extends LoadExamplesOptions {
  input: string;
  /** The table to write; its extension decides the format. It may be the input. */
  output: string;
  validation: number;
  test: number;
  seed: number;
  /** Told of every row: first those read so far, then those written. */
  onRow?: ((step: "reading" | "writing", rows: number) => void) | undefined;
  /** Which part of the rows to write, beside the output; all if absent. */
  shard?: Shard | undefined;
}

/** What {@linkcode prepareTable} did. */
export interface PrepareReport {
  /** Rows of the input. */
  rowsRead: number;
  /** Rows of the output. */
  rowsWritten: number;
  /** Rows whose résumé or job text changed by cleaning. */
  rowsCleaned: number;
  /** Rows left out because the résumé or the job is empty once cleaned. */
  empty: number;
  /** Rows left out because an earlier one has the same texts and label. */
  duplicates: number;
  /** Rows written degree level by degree level. */
  education: Record<DegreeLevel, number>;
  /** Rows whose résumé names a school. */
  withSchool: number;
  /** Rows by part, attribute, group and label. */
  distribution: SplitCount[];
  /** What a person should know, one sentence each. */
  notes: string[];
}

/** The columns that are added, apart from the split. */
const EDUCATION_COLUMNS = ["education_level", "education_span", "school"] as const;

/**
 * Prepares a table of résumé–job pairs for training: cleans the texts, leaves out empty ones and exact duplicates, adds
 * what the résumé says on education (`education_level`, `education_span`: the words that say so, `school`) and the part
 * of the data each row belongs to (`split`; a column named in `columns.split` is kept instead). All other columns stay
 * as they are.
 *
 * The table is read twice, so that memory holds numbers only, not the texts: some 200 bytes for each row.
 * @throws {InputError} As `loadExamples` and `splitExamples` do, or if the table has one of the added columns already.
 */
export async function prepareTable(options: PrepareOptions): Promise<PrepareReport> {
  const { input, output, columns, shard } = options;
  const syntax = tableSyntax(options);
  const groups = options.groups ?? [{ name: "education", extract: "degree" }];
  const { used, namedBy } = columnsOf(columns, groups);
  const header = await readHeader(input, { ...syntax, used, namedBy, keepOthers: true });
  requireColumns(input, header, { used, namedBy });
  const splitColumn = columns.split ?? "split";
  const added = [...EDUCATION_COLUMNS, ...(columns.split === undefined ? [splitColumn] : [])];
  checkAdded(added, header, options);

  const survey = await surveyRows(options, groups).catch(async (error) => {
    throw await withLabels(error, input, options);
  });
  const { split, partOf } = partsOf(survey.kept, options);

  const range = shard === undefined ? { from: 0, to: survey.rowsRead } : shardRange(shard, survey.rowsRead);
  const education = Object.fromEntries(DEGREE_LEVELS.map((level) => [level, 0])) as Record<DegreeLevel, number>;
  let withSchool = 0;
  const again = pairCleaning();
  let rows = 0;
  const prepared = async function* () {
    for await (const row of rowsWithin(readTable(input, { ...syntax, used, namedBy, keepOthers: true }), range)) {
      const part = partOf(row.row);
      if (part === undefined) continue;
      rows++;
      options.onRow?.("writing", rows);
      const { values } = cleaned(row, columns, again);
      const { level, evidence, school } = extractEducation(values[columns.resume]!);
      education[level]++;
      if (school !== null) withSchool++;
      const found = { education_level: level, education_span: evidence?.text ?? "", school: school?.text ?? "" };
      yield { ...values, ...found, [splitColumn]: part };
    }
  };
  const written = [...new Set([...header, ...used]), ...added];
  const rowsWritten = await writeTable(shard ? partPath(output, shard) : output, written, prepared());
  await describePart(options, { ...range, rows: survey.rowsRead, written: rowsWritten, columns: written });
  const { rowsRead, rowsCleaned, duplicates } = survey;
  return {
    rowsRead,
    rowsWritten,
    rowsCleaned,
    empty: survey.empty,
    duplicates,
    education,
    withSchool,
    distribution: split.distribution,
    notes: [...split.notes, ...notesOn(survey)],
  };
}

/** The split of the rows that are kept, and the part of each row, asked for one after the other. */
function partsOf(kept: SplitColumns, { validation, test, seed }: PrepareOptions) {
  const split = splitColumns(kept, { validation, test, rng: new Rng(seed).derive("split"), toTrain: false });
  let next = 0;
  const partOf = (row: number) => {
    while (kept.rows[next]! < row) next++;
    return kept.rows[next] === row ? SPLITS[split.parts[next]!] : undefined;
  };
  return { split, partOf };
}

function checkAdded(added: readonly string[], header: readonly string[], { input, columns }: PrepareOptions): void {
  const taken = added.find((name) => header.includes(name));
  if (taken === undefined) return;
  const isSplit = taken === (columns.split ?? "split");
  const advice = isSplit ? "name it as the split column to keep it, or remove it" : "remove it";
  throw new InputError(`${input}: expected no column "${taken}", which is to be added; ${advice}`);
}

/** Says beside a part of the table what it is. */
async function describePart(
  { input, output, shard, onRow: _, ...settings }: PrepareOptions,
  part: Omit<Parameters<typeof writeManifest>[2], "made">,
): Promise<void> {
  if (shard === undefined) return;
  const made = { command: "prepare", input: await fileSha256(await localPath(input)), options: settings };
  await writeManifest(output, shard, { ...part, made });
}

function notesOn(
  { empty, emptyRows, conflicts, cleaning, notes: read, kept }: Awaited<ReturnType<typeof surveyRows>>,
): string[] {
  const notes = [...read, ...cleaning.resume.notes, ...cleaning.job.notes];
  for (const { name, codes, codeOf } of kept.attributes) {
    const rows = new Array<number>(codeOf.size).fill(0);
    for (const code of codes) rows[code]! += 1;
    notes.push(...similarNotes(name, new Map([...codeOf].map(([group, code]) => [group, rows[code]!]))));
  }
  if (empty > 0) {
    const rows = emptyRows.join(", ") + (empty > emptyRows.length ? ", …" : "");
    notes.push(`${empty} row${empty === 1 ? "" : "s"} without text left out: ${rows}`);
  }
  if (conflicts > 0) {
    notes.push(`${conflicts} row${conflicts === 1 ? " has" : "s have"} the texts of an earlier row and another label`);
  }
  return notes;
}

/** Rows without text that are named. */
const NAMED_EMPTY = 5;

/** Reads every row once and keeps what the split needs; a number stands for each text. */
async function surveyRows(options: PrepareOptions, groups: readonly GroupSource[]) {
  const { input, columns } = options;
  const read = exampleReader(input, { ...options, groups });
  const { isMissing } = cellReader(options);
  const notes: string[] = [];
  const texts = new TextNumbers(), pairs = new TextNumbers(), labelOfPair: (number | null)[] = [];
  const kept = new SplitColumns(groups.map(({ name }) => name));
  let rowsRead = 0, rowsCleaned = 0, duplicates = 0, conflicts = 0, empty = 0;
  const emptyRows: number[] = [];
  const cleaning = pairCleaning();
  const note = (sentence: string) => notes.push(sentence);
  const syntax = { ...tableSyntax(options), ...columnsOf(columns, groups), requireRows: true, note };
  for await (const raw of readTable(input, syntax)) {
    rowsRead++;
    options.onRow?.("reading", rowsRead);
    const row = cleaned(raw, columns, cleaning);
    if ([columns.resume, columns.job].some((name) => row.values[name] !== raw.values[name])) rowsCleaned++;
    if (isMissing(row.values[columns.resume]!) || isMissing(row.values[columns.job]!)) {
      if (empty++ < NAMED_EMPTY) emptyRows.push(row.row);
      continue;
    }
    const example = read(row);
    const [resume, job] = [example.resume, example.job].map((text) => texts.numberOfId(textId(text))) as [
      number,
      number,
    ];
    const pair = pairs.numberOfKey(resume, job);
    if (pair === labelOfPair.length) labelOfPair.push(example.label);
    else if (labelOfPair[pair] === example.label) {
      duplicates++;
      continue;
    } else conflicts++;
    kept.add(example, resume);
  }
  return { kept, rowsRead, rowsCleaned, duplicates, conflicts, empty, emptyRows, cleaning, notes };
}

function cleaned({ row, values }: TableRow, { resume, job }: ExampleColumns, cleaning: PairCleaning): TableRow {
  const texts = { [resume]: cleaning.resume.clean(values[resume]!), [job]: cleaning.job.clean(values[job]!) };
  return { row, values: { ...values, ...texts } };
}
