/**
 * Notebooks as files: https://nbformat.readthedocs.io/en/latest/format_description.html, version 4.
 *
 * @module
 */
import { z } from "zod";
import { readJson, writeText } from "../../files.ts";

/** The forms of an output by their MIME type: texts as strings, JSON as it is. */
export type MimeBundle = Record<string, unknown>;

/** What a cell printed or displayed. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | {
    output_type: "execute_result";
    data: MimeBundle;
    metadata: Record<string, unknown>;
    execution_count: number | null;
  }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** A cell of prose, or of text that is shown as it is. */
export interface TextCell {
  cell_type: "markdown" | "raw";
  id?: string | undefined;
  source: string;
  metadata: Record<string, unknown>;
}

/** A cell of code, with what came of it when it was last run. */
export interface CodeCell {
  cell_type: "code";
  id?: string | undefined;
  source: string;
  metadata: Record<string, unknown>;
  execution_count: number | null;
  outputs: Output[];
}

/** A part of a notebook. */
export type Cell = TextCell | CodeCell;

/** A notebook. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: 4;
  nbformat_minor: number;
}

// Editors write texts as lists of lines, so that a changed line is a changed line.
const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);
const record = z.record(z.string(), z.unknown());
const bundle = record.transform((data) =>
  Object.fromEntries(Object.entries(data).map(([type, value]) => [type, isJson(type) ? value : text.parse(value)]))
);
const output = z.discriminatedUnion("output_type", [
  z.object({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text }),
  z.object({ output_type: z.literal("display_data"), data: bundle, metadata: record.default({}) }),
  z.object({
    output_type: z.literal("execute_result"),
    data: bundle,
    metadata: record.default({}),
    execution_count: z.int().nullable().default(null),
  }),
  z.object({ output_type: z.literal("error"), ename: z.string(), evalue: z.string(), traceback: z.array(z.string()) }),
]);
const shared = { id: z.string().optional(), source: text, metadata: record.default({}) };
const NotebookSchema: z.ZodType<Notebook> = z.object({
  cells: z.array(z.discriminatedUnion("cell_type", [
    z.object({ cell_type: z.enum(["markdown", "raw"]), ...shared }),
    z.object({
      cell_type: z.literal("code"),
      ...shared,
      execution_count: z.int().nullable().default(null),
      outputs: z.array(output),
    }),
  ])),
  metadata: record,
  nbformat: z.literal(4),
  nbformat_minor: z.int(),
});

/**
 * Reads a notebook.
 *
 * @param path An `.ipynb` file.
 * @returns The notebook, its texts joined.
 * @throws {InputError} If the file cannot be read, or is no notebook of version 4.
 */
export function readNotebook(path: string): Promise<Notebook> {
  return readJson(path, NotebookSchema);
}

/**
 * Writes a notebook.
 *
 * @param path Where to.
 * @param notebook The notebook.
 * @throws {InputError} If the file cannot be written.
 */
export function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  return writeText(path, notebookText(notebook));
}

/**
 * A notebook as Jupyter's own tools write it: keys sorted, texts as lists of lines, one space per level. Opening and saving it
 * there changes nothing but what was edited.
 *
 * @param notebook The notebook.
 * @returns JSON.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { notebookText } from "./notebook.ts";
 *
 * const text = notebookText({
 *   nbformat: 4,
 *   nbformat_minor: 5,
 *   metadata: {},
 *   cells: [{ cell_type: "markdown", id: "a", metadata: {}, source: "# One\ntwo" }],
 * });
 * assertEquals(JSON.parse(text).cells[0].source, ["# One\n", "two"]);
 * ```
 */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: toLines(cell.source),
    ...(cell.cell_type === "code" && { outputs: cell.outputs.map(storedOutput) }),
  }));
  return JSON.stringify(sorted({ ...notebook, cells }), null, 1) + "\n";
}

function storedOutput(output: Output): unknown {
  if (output.output_type === "stream") return { ...output, text: toLines(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map((
    [type, value],
  ) => [type, isJson(type) ? value : toLines(value as string)]);
  return { ...output, data: Object.fromEntries(data) };
}

function isJson(type: string): boolean {
  return /^application\/(.+\+)?json$/.test(type);
}

function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]));
}
