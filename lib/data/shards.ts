/**
 * A table computed in parts by many processes, wherever a scheduler starts them: which rows are whose, and how the parts
 * become the file that one process would have written.
 */
import { extname } from "@std/path";
import { z } from "zod";
import { InputError } from "../errors.ts";
import { exists, fileSha256, openFile, readJson, sha256, writeAtomic, writeText } from "../files.ts";
import { csvLine } from "./write_table.ts";
import { readTable, type ReadTableOptions, tableFormat } from "./read_table.ts";
import type { TableRow } from "./row_reader.ts";

/** One of several processes that share the work. */
export interface Shard {
  /** From 1 to `of`. */
  readonly part: number;
  readonly of: number;
}

const EXPECTED = "such as 2/8 for the second of eight parts, auto, or auto/8";

/**
 * Reads `2/8`, or `auto`: the part that Slurm (job arrays), Open MPI or Kubernetes (indexed jobs) have given this
 * process; Kubernetes does not say of how many, so there it is `auto/8`.
 *
 * @throws {InputError} If it is neither, or the scheduler has not said what is needed.
 */
export function parseShard(text: string, variable: (name: string) => string | undefined = Deno.env.get): Shard {
  const [, part, of] = /^(auto|\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (part === undefined || (part !== "auto" && of === undefined)) {
    throw new InputError(`--shard: expected ${EXPECTED}, found "${text}"`);
  }
  const shard = part === "auto" ? scheduled(of, variable) : { part: Number(part), of: Number(of) };
  if (shard.part >= 1 && shard.part <= shard.of && Number.isInteger(shard.part)) return shard;
  throw new InputError(`--shard: expected a part from 1 to ${shard.of}, found ${shard.part}`);
}

function scheduled(of: string | undefined, variable: (name: string) => string | undefined): Shard {
  const number = (name: string) => {
    const text = variable(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const slurm = number("SLURM_ARRAY_TASK_ID"), step = number("SLURM_ARRAY_TASK_STEP") ?? 1;
  const found = slurm !== undefined
    ? { index: (slurm - (number("SLURM_ARRAY_TASK_MIN") ?? 0)) / step, count: number("SLURM_ARRAY_TASK_COUNT") }
    : { index: number("JOB_COMPLETION_INDEX"), count: undefined };
  const rank = number("OMPI_COMM_WORLD_RANK");
  const { index, count } = found.index === undefined ? { index: rank, count: number("OMPI_COMM_WORLD_SIZE") } : found;
  if (index === undefined) {
    throw new InputError(
      "--shard auto: expected SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or OMPI_COMM_WORLD_RANK in the environment, " +
        "found none",
    );
  }
  const all = of === undefined ? count : Number(of);
  if (all === undefined) {
    throw new InputError("--shard auto: expected the number of parts, as in auto/8; the scheduler does not say it");
  }
  if (of !== undefined && count !== undefined && count !== all) {
    throw new InputError(`--shard auto/${of}: expected as many parts as tasks, the scheduler has ${count}`);
  }
  return { part: index + 1, of: all };
}

/** The rows of a part, `[from, to)`; where rows are computed in blocks of some size, whole blocks of them. */
export function shardRange({ part, of }: Shard, rows: number, block = 1): { from: number; to: number } {
  const blocks = Math.ceil(rows / block);
  const start = (part: number) => Math.min(rows, Math.floor(part * blocks / of) * block);
  return { from: start(part - 1), to: start(part) };
}

/** The rows of a part, and how many there are in all: the table is read through once. */
export async function partOfTable(
  path: string,
  { shard, block, ...options }: ReadTableOptions & { readonly shard: Shard; readonly block?: number },
): Promise<TablePart> {
  let rows = 0;
  for await (const _ of readTable(path, options)) rows++;
  return { ...shardRange(shard, rows, block), rows };
}

/** Some rows, `[from, to)`, of all of a table. */
export interface TablePart {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** The rows of a range. */
export async function* rowsWithin(
  rows: AsyncIterable<TableRow>,
  { from, to }: Pick<TablePart, "from" | "to">,
): AsyncGenerator<TableRow> {
  let at = 0;
  for await (const row of rows) {
    if (at >= to) return;
    if (at++ >= from) yield row;
  }
}

const count = z.int().nonnegative();

const ManifestSchema = z.strictObject({
  part: count.positive(),
  of: count.positive(),
  /** What made it: parts that differ here are of different tables. */
  made: z.record(z.string(), z.string()),
  /** Rows of the input, `[from, to)`, of `rows` in all. */
  from: count,
  to: count,
  rows: count,
  /** Rows written, the bytes of the line of column names above them, and the file's hash. */
  written: count,
  header: count,
  sha256: z.string(),
});
type Manifest = z.infer<typeof ManifestSchema>;

const folderOf = (output: string) => `${output}.parts`;

/** The file of a part, beside the output. */
export function partPath(output: string, { part, of }: Shard): string {
  return `${folderOf(output)}/${part}-of-${of}${extname(output)}`;
}

const manifestPath = (output: string, { part, of }: Shard) => `${folderOf(output)}/${part}-of-${of}.json`;

/** Says beside a part what it is. */
export async function writeManifest(
  output: string,
  shard: Shard,
  { columns, made, ...rest }: Pick<Manifest, "from" | "to" | "rows" | "written"> & {
    readonly columns: readonly string[];
    readonly made: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { format, delimiter } = tableFormat(output);
  const header = format === "csv" ? new TextEncoder().encode(csvLine(columns, delimiter)).length : 0;
  const hashed = await Promise.all(
    Object.entries(made).map(async ([key, value]) => [
      key,
      typeof value === "string" ? value : await sha256(JSON.stringify(value)),
    ]),
  );
  const manifest: Manifest = {
    ...shard,
    made: Object.fromEntries(hashed),
    ...rest,
    header,
    sha256: await fileSha256(partPath(output, shard)),
  };
  await writeText(manifestPath(output, shard), JSON.stringify(manifest, null, 2) + "\n");
}

/**
 * Joins the parts of a table into the bytes that one process would have written, and gives its rows and parts.
 *
 * @throws {InputError} If a part is missing, there twice, changed, or of another table.
 */
export async function joinParts(output: string): Promise<{ rows: number; parts: number }> {
  const manifests = await readManifests(output);
  const pieces = async function* () {
    for (const [i, own] of manifests.entries()) {
      using file = await openFile(partPath(output, own));
      if (i > 0) await file.seek(own.header, Deno.SeekMode.Start);
      yield* file.readable;
    }
  };
  await writeAtomic(output, pieces());
  return { rows: manifests.reduce((sum, { written }) => sum + written, 0), parts: manifests.length };
}

async function readManifests(output: string): Promise<Manifest[]> {
  const folder = folderOf(output);
  if (!await exists(folder)) throw new InputError(`${folder}: expected the parts of ${output}, found no such folder`);
  const found: Manifest[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const [, part, of] = /^(\d+)-of-(\d+)\.json$/.exec(name) ?? [];
    if (part === undefined) continue;
    const own = await readJson(`${folder}/${name}`, ManifestSchema);
    if (own.part !== Number(part) || own.of !== Number(of)) {
      throw new InputError(`${folder}/${name}: expected part ${part} of ${of}, found ${own.part} of ${own.of}`);
    }
    found.push(own);
  }
  const sorted = found.sort((a, b) => a.part - b.part), [first] = sorted;
  if (first === undefined) throw new InputError(`${folder}: expected parts with a manifest each, found none`);
  checkTogether(folder, sorted, first);
  for (const own of sorted) {
    const path = partPath(output, own);
    if (!await exists(path)) throw new InputError(`${path}: expected the file of this part, found none`);
    if (await fileSha256(path) !== own.sha256) {
      throw new InputError(`${path}: expected the file that its manifest is of, found other bytes; make it again`);
    }
  }
  return sorted;
}

function checkTogether(folder: string, sorted: readonly Manifest[], first: Manifest): void {
  const name = ({ part, of }: Shard) => `${folder}/${part}-of-${of}.json`;
  for (const own of sorted) {
    if (own.of !== first.of) {
      throw new InputError(`${name(own)}: expected parts of ${first.of}, as ${name(first)} is, found one of ${own.of}`);
    }
    if (own.header !== first.header) {
      throw new InputError(
        `${name(own)}: expected a line of names of ${first.header} bytes, as in ${name(first)}, found ${own.header}`,
      );
    }
    const keys = new Set([...Object.keys(own.made), ...Object.keys(first.made)]);
    const other = [...keys].find((key) => own.made[key] !== first.made[key]);
    if (other !== undefined) {
      throw new InputError(`${name(own)}: expected the same ${other} as in ${name(first)}, found another`);
    }
  }
  const there = new Set(sorted.map(({ part }) => part));
  // As many as are named, however many a manifest speaks of.
  const missing = Array.from({ length: Math.min(first.of, there.size + 11) }, (_, i) => i + 1).filter((part) =>
    !there.has(part)
  );
  if (missing.length > 0) {
    const named = missing.slice(0, 10).join(", ") + (missing.length > 10 ? ", …" : "");
    throw new InputError(`${folder}: expected ${first.of} parts, found ${there.size}; missing: ${named}`);
  }
  let next = 0;
  for (const own of sorted) {
    if (own.from !== next || own.rows !== first.rows) {
      throw new InputError(
        `${name(own)}: expected rows from ${next} of ${first.rows}, found ${own.from} of ${own.rows}`,
      );
    }
    next = own.to;
  }
  if (next !== first.rows) throw new InputError(`${folder}: expected rows up to ${first.rows}, found up to ${next}`);
}
