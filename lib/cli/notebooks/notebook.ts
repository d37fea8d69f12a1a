/** Notebooks as files: https://nbformat.readthedocs.io/en/latest/format_description.html, version 4. */
import { z } from "zod";
import { readJson, writeText } from "../../files.ts";

// Editors write texts as lists of lines, so that a changed line is a changed line.
const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);
const record = z.record(z.string(), z.unknown());
const bundle = record.transform((data, context) =>
  Object.fromEntries(
    Object.entries(data).map(([type, value]) => {
      if (isJson(type)) return [type, value];
      const { success, data: own } = text.safeParse(value);
      if (!success) context.addIssue({ code: "custom", path: [type], message: "expected a text or its lines" });
      return [type, own ?? ""];
    }),
  )
);
const displayed = { data: bundle, metadata: record.default({}) };
const OutputSchema = z.discriminatedUnion("output_type", [
  z.object({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text }),
  z.object({ output_type: z.literal("display_data"), ...displayed }),
  z.object({
    output_type: z.literal("execute_result"),
    ...displayed,
    execution_count: z.int().nullable().default(null),
  }),
  z.object({ output_type: z.literal("error"), ename: z.string(), evalue: z.string(), traceback: z.array(z.string()) }),
]);
const shared = { id: z.string().optional(), source: text, metadata: record.default({}) };
const CodeCellSchema = z.object({
  cell_type: z.literal("code"),
  ...shared,
  execution_count: z.int().nullable().default(null),
  outputs: z.array(OutputSchema),
});
const CellSchema = z.discriminatedUnion("cell_type", [
  z.object({ cell_type: z.enum(["markdown", "raw"]), ...shared }),
  CodeCellSchema,
]);
const NotebookSchema = z.object({
  cells: z.array(CellSchema),
  metadata: record,
  nbformat: z.literal(4),
  nbformat_minor: z.int(),
});

/** A notebook, its texts joined. */
export type Notebook = z.infer<typeof NotebookSchema>;
/** A part of a notebook: code, prose, or text that is shown as it is. */
export type Cell = z.infer<typeof CellSchema>;
/** A cell of code, with what came of it when it was last run. */
export type CodeCell = z.infer<typeof CodeCellSchema>;
/** What a cell printed or displayed. */
export type Output = z.infer<typeof OutputSchema>;
/** The forms of an output by their MIME type: texts as strings, JSON as it is. */
export type MimeBundle = Record<string, unknown>;

/** @throws {InputError} If the file cannot be read, or is no notebook of version 4. */
export function readNotebook(path: string): Promise<Notebook> {
  return readJson(path, NotebookSchema);
}

/** @throws {InputError} If the file cannot be written. */
export function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  return writeText(path, notebookText(notebook));
}

/** What the cells of a notebook displayed, to be changed in place. */
export function displays({ cells }: Notebook): MimeBundle[] {
  const outputs = cells.flatMap((cell) => cell.cell_type === "code" ? cell.outputs : []);
  return outputs.flatMap((output) => "data" in output ? [output.data] : []);
}

/**
 * A notebook as Jupyter's own tools write it: keys sorted, texts as lists of lines, one space per level. Opening and
 * saving it there changes nothing but what was edited.
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
  const stored = ([type, value]: [string, unknown]) => [type, isJson(type) ? value : toLines(value as string)];
  return { ...output, data: Object.fromEntries(Object.entries(output.data).map(stored)) };
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
