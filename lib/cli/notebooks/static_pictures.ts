import { type Figure, figureOf } from "../../report/mod.ts";
import type { MimeBundle, Notebook } from "./notebook.ts";

/** A figure of a notebook with its picture. */
export interface Picture {
  readonly figure: Figure;
  readonly svg: string;
  /** Whether it was drawn now; else it is the picture that the notebook had before. */
  readonly isNew: boolean;
}

const PLOTLY = "application/vnd.plotly.v1+json";
const SVG = "image/svg+xml";

/**
 * Gives each figure of an executed notebook a picture, for viewers that run no script, such as GitHub. A figure that has not
 * changed keeps its picture: another browser would draw it a little differently. Its HTML goes: it needs a script, and viewers
 * would prefer it to the picture.
 *
 * @param notebook The notebook; its outputs are changed.
 * @param previous The notebook as it was before it was executed.
 * @param draw Draws a figure as SVG; null if it cannot.
 * @returns The figures that have pictures, in the order of the notebook.
 */
export async function addPictures(
  notebook: Notebook,
  previous: Notebook,
  draw: (figure: Figure) => Promise<string | null>,
): Promise<Picture[]> {
  const known = new Map(bundles(previous).map((bundle) => [fingerprint(bundle), bundle[SVG]]));
  const pictures: Picture[] = [];
  for (const bundle of bundles(notebook)) {
    const figure = figureOf(bundle);
    if (figure === null) continue;
    const kept = known.get(fingerprint(bundle));
    const svg = typeof kept === "string" ? kept : await draw(figure);
    delete bundle["text/html"];
    if (svg === null) continue;
    bundle[SVG] = svg;
    pictures.push({ figure, svg, isNew: typeof kept !== "string" });
  }
  return pictures;
}

function bundles({ cells }: Notebook): MimeBundle[] {
  return cells.flatMap((cell) =>
    cell.cell_type === "code" ? cell.outputs.flatMap((output) => "data" in output ? [output.data] : []) : []
  );
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
