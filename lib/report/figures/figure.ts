import type { Data, Layout } from "plotly.js-dist-min";
import { TEMPLATE } from "./theme.ts";
import { wrapLines, wrapText } from "./plot_text.ts";

/** A figure as plain JSON: what Plotly draws, and what is said about it. */
export interface Figure {
  /** Short and fit for a file name, such as `label-rates-education`. */
  readonly name: string;
  /** The finding, in one sentence without a full stop. Plain text. */
  readonly title: string;
  /** What is drawn, of whom, and how sure it is. Plain text. */
  readonly subtitle: string;
  /** What a reader who cannot see the figure needs: its numbers in sentences. Plain text. */
  readonly alt: string;
  readonly data: Data[];
  /** Plotly's layout without the title, which a page shows as text and {@linkcode titled} adds for a picture. */
  readonly layout: Partial<Layout>;
}

/** What the author of a figure gives. */
export interface FigureParts extends Omit<Figure, "layout"> {
  /** Layout over the theme's. */
  readonly layout: Partial<Layout>;
  /** Pixels, without the title; 360 if absent. */
  readonly height?: number | undefined;
}

/**
 * Makes a figure in the house's theme.
 *
 * @param parts What it shows.
 * @returns The figure, its layout over the theme's.
 * @throws {RangeError} If the name is not fit for a file name: it becomes one, and the id of an element.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { makeFigure } from "./figure.ts";
 *
 * const figure = makeFigure({
 *   name: "squares",
 *   title: "Squares grow faster than numbers",
 *   subtitle: "Numbers 1 to 3",
 *   alt: "The squares of 1, 2 and 3 are 1, 4 and 9.",
 *   data: [{ type: "scatter", x: [1, 2, 3], y: [1, 4, 9] }],
 *   layout: { xaxis: { title: { text: "Number" } }, yaxis: { title: { text: "Square" } } },
 * });
 * assertEquals(figure.layout.height, 360);
 * ```
 */
export function makeFigure({ height = 360, layout, ...rest }: FigureParts): Figure {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rest.name)) {
    throw new RangeError(`Expected a name of a-z, 0-9 and single hyphens, found "${rest.name}"`);
  }
  return { ...rest, layout: { template: TEMPLATE, height, ...layout } };
}

const TITLE_SIZE = 16;
const SUBTITLE_SIZE = 12.5;
const LINE = 1.3;
const ASCENT = 0.7;
const EDGE = 12;
// Mean widths of a letter, in font sizes, of the bold title and the plain subtitle; wide enough for DejaVu Sans, the widest that systems fall back to.
const BOLD_LETTER = 0.63;
const LETTER = 0.56;

/**
 * The figure with its title and subtitle drawn, for a picture or a viewer that shows nothing else.
 *
 * @param figure The figure.
 * @param width Pixels that the picture will be wide; titles are broken into lines that fit. 720 if absent.
 * @returns Plotly's data and layout; the height grows by that of the title.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { makeFigure, titled } from "./figure.ts";
 *
 * const figure = makeFigure({ name: "a", title: "One < two", subtitle: "All", alt: "", data: [], layout: {} });
 * assertEquals(titled(figure).layout.title!.text, "<b>One &#60; two</b>");
 * ```
 */
export function titled(figure: Figure, width = 720): { data: Data[]; layout: Partial<Layout> } {
  const room = width - 2 * EDGE;
  const titleWidth = Math.floor(room / (TITLE_SIZE * BOLD_LETTER));
  const subtitleWidth = Math.floor(room / (SUBTITLE_SIZE * LETTER));
  const titleLines = wrapLines(figure.title, titleWidth).length;
  const subtitleLines = wrapLines(figure.subtitle, subtitleWidth).length;
  // Plotly puts the top of one line, but the base of the first of several, at a title's place, and the subtitle 24 pixels below
  // the base of the title's last line.
  const top = EDGE + (titleLines > 1 ? ASCENT * TITLE_SIZE : 0);
  const subtitleTop = EDGE + ASCENT * TITLE_SIZE + (titleLines - 1) * TITLE_SIZE * LINE + 24;
  const base = subtitleTop + SUBTITLE_SIZE * (subtitleLines > 1 ? (subtitleLines - 1) * LINE : ASCENT);
  const added = Math.round(base + 8);
  const { margin, height } = figure.layout;
  const { t = 0 } = margin ?? TEMPLATE.layout!.margin!;
  return {
    data: figure.data,
    layout: {
      ...figure.layout,
      title: {
        text: wrapText(figure.title, titleWidth).split("<br>").map((line) => `<b>${line}</b>`).join("<br>"),
        subtitle: { text: wrapText(figure.subtitle, subtitleWidth) },
        y: 1 - top / (height! + added),
      },
      margin: { ...TEMPLATE.layout!.margin, ...margin, t: t + added },
      height: height! + added,
    },
  };
}
