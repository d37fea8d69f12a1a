import type { MimeBundle, Notebook, Output } from "./notebook.ts";

/** What is not to be seen in a notebook that is committed. */
export interface CleanOptions {
  /** The project's folder: absolute paths below it become relative to it. */
  readonly root: string;
  /** The user's home folder, which becomes `~`; absent if there is none. */
  readonly home?: string | undefined;
}

// Colours, cursor movements and the like: ESC [ parameters letter.
// deno-lint-ignore no-control-regex -- it is what they begin with
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

/**
 * Takes out of an executed notebook what another run or another machine would write differently: standard error, where our
 * library shows progress with speeds and times; lines that were overwritten in place; colours; absolute paths; when cells ran;
 * and what an editor noted about itself.
 *
 * @param notebook The notebook; it is not changed.
 * @param options Which paths to shorten.
 * @returns The notebook to keep.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cleanNotebook } from "./clean_notebook.ts";
 *
 * const cell = {
 *   cell_type: "code" as const,
 *   source: "",
 *   metadata: { execution: { "shell.execute_reply": "2026-01-01T00:00:00Z" } },
 *   execution_count: 1,
 *   outputs: [{ output_type: "stream" as const, name: "stdout" as const, text: " 50 %\r100 %\n/home/a/project/x.csv\n" }],
 * };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 };
 * const [clean] = cleanNotebook(notebook, { root: "/home/a/project" }).cells;
 * assertEquals(clean, { ...cell, metadata: {}, outputs: [{ ...cell.outputs[0]!, text: "100 %\nx.csv\n" }] });
 * ```
 */
export function cleanNotebook(notebook: Notebook, { root, home }: CleanOptions): Notebook {
  const shorten = pathShortener(root, home);
  const clean = (text: string) => shorten(overwritten(text.replace(ESCAPES, "")));
  const { kernelspec, language_info } = notebook.metadata;
  return {
    ...notebook,
    metadata: {
      ...(kernelspec !== undefined && { kernelspec }),
      ...(language_info !== undefined && { language_info }),
    },
    cells: notebook.cells.map((cell) => {
      const { tags } = cell.metadata;
      const metadata = tags === undefined ? {} : { tags };
      return cell.cell_type === "code"
        ? { ...cell, metadata, outputs: cell.outputs.flatMap((output) => cleanOutput(output, clean)) }
        : { ...cell, metadata };
    }),
  };
}

function cleanOutput(output: Output, clean: (text: string) => string): Output[] {
  switch (output.output_type) {
    case "stream": {
      const text = clean(output.text);
      return output.name === "stderr" || text === "" ? [] : [{ ...output, text }];
    }
    case "error":
      return [{ ...output, evalue: clean(output.evalue), traceback: output.traceback.map(clean) }];
    default:
      return [{ ...output, data: mapTexts(output.data, clean) as MimeBundle }];
  }
}

function pathShortener(root: string, home: string | undefined): (text: string) => string {
  const pattern = (path: string) => `(?:file://)?${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
  const below = new RegExp(`${pattern(root)}[/\\\\]`, "g");
  const itself = new RegExp(`${pattern(root)}(?![\\w.-])`, "g");
  // A home such as "/", which some containers have, is part of every path.
  const atHome = home && home.length > 1 ? new RegExp(`${pattern(home)}(?![\\w.-])`, "g") : undefined;
  return (text) => {
    const short = text.replace(below, "").replace(itself, ".");
    return atHome ? short.replace(atHome, "~") : short;
  };
}

function mapTexts(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map((part) => mapTexts(part, clean));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapTexts(part, clean)]));
}

/** What a terminal shows in the end: each line as it was after the last carriage return in it. */
function overwritten(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map((line) => line.replace(/\r+$/, "").split("\r").at(-1)).join(
    "\n",
  );
}
