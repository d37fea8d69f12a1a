/** What of an executed notebook is kept in its file: the same bytes after every run, on every machine. */
import { z } from "zod";
import { type Figure, figureOf } from "../../report/mod.ts";
import { firstLine } from "./execute.ts";
import { type CodeCell, displays, type MimeBundle, type Notebook, type Output } from "./notebook.ts";

/** Absolute paths below the project's `root` become relative to it; the user's `home`, if there is one, becomes `~`. */
export interface CleanOptions {
  readonly root: string;
  readonly home?: string | undefined;
}

// Colours, cursor movements and the like: ESC [ parameters letter.
// deno-lint-ignore no-control-regex -- it is what they begin with
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

/**
 * Takes out of an executed notebook what another run or another machine would write differently: lines that were overwritten
 * in place or taken away; colours; absolute paths; when cells ran; and what an editor noted about itself.
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
      return text === "" ? [] : [{ ...output, text }];
    }
    case "error":
      return [{ ...output, evalue: clean(output.evalue), traceback: output.traceback.map(clean) }];
    default:
      // A line of progress that was taken away, or the result of a value that has shown itself.
      if (Object.keys(output.data).length === 0) return [];
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
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines.map((line) => line.replace(/\r+$/, "").split("\r").at(-1)).join("\n");
}

/** What a person would see of an executed notebook that should not be there: which code cell, and what; else `null`. */
export function outputFault(notebook: Notebook, previous: Notebook): string | null {
  const before = new Map(codeCells(previous).map((cell) => [cell.id, cell]));
  for (const [i, cell] of codeCells(notebook).entries()) {
    const at = `code cell ${i + 1} (${cell.id ?? firstLine(cell.source)})`;
    const errors = cell.outputs.find((output) => output.output_type === "stream" && output.name === "stderr");
    if (errors) return `${at}: expected nothing on standard error, found: ${(errors as { text: string }).text.trim()}`;
    const kept = before.get(cell.id);
    const same = cell.id !== undefined && kept?.source === cell.source && kept.outputs.length > 0;
    if (same && cell.outputs.length === 0) return `${at}: expected output, as before, found none`;
    const empty = cell.outputs.some((output) => "data" in output && isEmptyFigure(output.data));
    if (empty) return `${at}: expected marks in its figure, found none`;
  }
  return null;
}

/** The cells that are run. */
export function codeCells({ cells }: Notebook): CodeCell[] {
  return cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
}

const FigureMarks = z.object({ data: z.array(z.record(z.string(), z.unknown())).optional() });

const COORDINATES = ["x", "y", "z", "values", "r", "lat"] as const;

function isEmptyFigure(data: MimeBundle): boolean {
  if (data[PLOTLY] === undefined) return false;
  const { success, data: plot } = FigureMarks.safeParse(data[PLOTLY]);
  if (!success) return true;
  const drawn = (value: unknown) => Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
  return !(plot.data ?? []).some((trace) => COORDINATES.some((key) => drawn(trace[key])));
}

/** A figure of a notebook with its picture. */
export interface Picture {
  readonly figure: Figure;
  /** Whether it was drawn now; else it is the picture that the notebook had before. */
  readonly isNew: boolean;
}

const PLOTLY = "application/vnd.plotly.v1+json";
const PNG = "image/png";

/**
 * Gives each figure of an executed notebook a picture, for viewers that run no script, such as GitHub. A figure that
 * has not changed keeps the picture of the previous notebook: another browser would draw it a little differently. Its
 * HTML goes: it needs a script, and viewers would prefer it to the picture.
 *
 * @param notebook Its outputs are changed.
 * @param draw Draws a figure as a PNG in Base64; null if it cannot.
 * @returns The figures that have pictures, in the order of the notebook.
 */
export async function addPictures(
  notebook: Notebook,
  previous: Notebook,
  draw: (figure: Figure) => Promise<string | null>,
): Promise<Picture[]> {
  const known = new Map(displays(previous).map((bundle) => [fingerprint(bundle), bundle[PNG]]));
  const pictures: Picture[] = [];
  for (const bundle of displays(notebook)) {
    if (bundle[PLOTLY] === undefined) continue;
    const figure = figureOf(bundle);
    delete bundle["text/html"];
    if (figure === null) continue;
    const kept = known.get(fingerprint(bundle));
    const png = typeof kept === "string" ? kept : await draw(figure);
    if (png === null) continue;
    bundle[PNG] = png;
    pictures.push({ figure, isNew: typeof kept !== "string" });
  }
  return pictures;
}

/** The figure as text; files keep keys in another order than outputs have them. */
function fingerprint(bundle: MimeBundle): string {
  return JSON.stringify(
    bundle[PLOTLY],
    (_, value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  ) ?? "";
}
