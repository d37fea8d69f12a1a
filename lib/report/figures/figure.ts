import type { Data, Layout } from "plotly.js-dist-min";
import { TEMPLATE } from "./palette.ts";
import { type Html, html } from "../html/html.ts";
import type { TableValue } from "../table.ts";
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
  /**
   * What it shows as plain records, such as for a DataFrame or a CSV file; empty in a figure that was read back from a
   * notebook.
   */
  readonly rows: readonly FigureRow[];
  /** Plotly's traces. */
  readonly data: Data[];
  /** Plotly's layout without the title, which a page shows as text and {@linkcode titled} adds for a picture. */
  readonly layout: Partial<Layout>;
}

/** A record of a figure: what is undefined is `null`. */
export type FigureRow = Readonly<Record<string, TableValue>>;

/** What the author of a figure gives. */
export interface FigureParts extends Omit<Figure, "layout" | "rows"> {
  /** None if absent. */
  readonly rows?: Figure["rows"] | undefined;
  /** Layout over the theme's. */
  readonly layout: Partial<Layout>;
  /** Pixels, without the title; 360 if absent. */
  readonly height?: number | undefined;
}

/**
 * Makes a figure in the house's theme.
 *
 * @throws {RangeError} If the name is not fit for a file name: it becomes one, and the id of an element.
 */
export function makeFigure({ height = 360, layout, rows = [], ...rest }: FigureParts): Figure {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rest.name)) {
    throw new RangeError(`Expected a name of a-z, 0-9 and single hyphens, found "${rest.name}"`);
  }
  return { ...rest, rows, layout: { template: TEMPLATE, height, ...layout } };
}

const TITLE_SIZE = 16;
const SUBTITLE_SIZE = 12.5;
const LINE = 1.3;
const ASCENT = 0.7;
const EDGE = 12;
// Mean widths of a letter, in font sizes, of the bold title and the plain subtitle; wide enough for DejaVu Sans, the
// widest that systems fall back to.
const BOLD_LETTER = 0.63;
const LETTER = 0.56;

/** The figure with its title and subtitle drawn, for a picture or a viewer that shows nothing else. */
export function titled(figure: Figure, width = 720): Pick<Figure, "data" | "layout"> {
  const room = width - 2 * EDGE;
  const titleWidth = Math.floor(room / (TITLE_SIZE * BOLD_LETTER));
  const subtitleWidth = Math.floor(room / (SUBTITLE_SIZE * LETTER));
  const titleLines = wrapLines(figure.title, titleWidth).length;
  const subtitleLines = wrapLines(figure.subtitle, subtitleWidth).length;
  // Plotly puts the top of one line, but the base of the first of several, at a title's place, and the subtitle 24
  // pixels below the base of the title's last line.
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

/** A name fit for a file, of parts that may come from data. */
export function figureName(...parts: readonly string[]): string {
  return parts.flatMap((part) => {
    const plain = part.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const latin = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    const lost = /[^\0-\x7f]/.test(plain) || latin === "";
    return [...(latin === "" ? [] : [latin]), ...(lost ? [hash(part)] : [])];
  }).join("-");
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 2166136261;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 16777619);
  return (value >>> 0).toString(36).padStart(7, "0");
}

/** What stands with a figure on a page. */
export interface FigureHtmlOptions {
  /** A PNG of it in Base64, until it is drawn. */
  readonly picture?: string | undefined;
  /** A picture beside the page, by its path, for browsers that run no scripts. */
  readonly file?: string | undefined;
  /** What stands below it, such as its data. */
  readonly below?: Html | undefined;
}

/**
 * A figure as HTML: its title and subtitle as a caption, its picture (a PNG in Base64) or else its text alternative, and
 * its JSON, which {@linkcode FIGURE_SCRIPT} draws. Without the script or without Plotly the picture stays.
 */
export function figureHtml(
  { name, title, subtitle, alt, data, layout }: Figure,
  { picture, file, below = html`` }: FigureHtmlOptions = {},
): string {
  // In JSON, < occurs in texts only, and an element <script> ends at the first </script>.
  const fallback = file === undefined ? html`` : html`<noscript><img src="${file}" alt=""></noscript>`;
  const json = JSON.stringify({ data, layout }).replaceAll("<", "\\u003c");
  return html`
    <figure class="figure" data-figure="${name}" style="margin: 1.5em 0">
      <figcaption style="margin-bottom: 0.5em"><strong>${title}</strong><br><small>${subtitle}</small></figcaption>
      <div class="figure-plot" role="img" aria-label="${alt}" style="min-height: ${layout.height!}px">
        ${picture !== undefined
          ? html`<img src="data:image/png;base64,${picture}" alt="${alt}" style="max-width: 100%">`
          : html`<p>${alt}</p>`}${fallback}
      </div>
      <script type="application/json">${{ markup: json }}</script>
      ${below}
    </figure>
  `.markup;
}
