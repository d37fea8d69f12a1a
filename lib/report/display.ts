import { type Figure, titled } from "./figures/figure.ts";
import { FIGURE_SCRIPT, figureHtml } from "./figures/figure_html.ts";

/** The method by which Deno's Jupyter kernel asks a value how it is shown. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** The forms of a value by their MIME type; a viewer takes the richest one that it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** A value that a notebook shows richly when it is the last of a cell. */
export interface Displayable {
  [JUPYTER_DISPLAY](): MimeBundle;
}

/**
 * Shows a figure in a notebook: Plotly's JSON for JupyterLab and VS Code, HTML for pages that have loaded Plotly, and its texts
 * for everything else. Nothing is fetched, and equal figures give equal output.
 *
 * @param figure The figure.
 * @returns What the last line of a cell should be.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { JUPYTER_DISPLAY, show } from "./display.ts";
 * import { makeFigure } from "./figures/figure.ts";
 *
 * const figure = makeFigure({ name: "a", title: "Up", subtitle: "All", alt: "It rises.", data: [], layout: {} });
 * assertEquals(show(figure)[JUPYTER_DISPLAY]()["text/plain"], "Up\nAll\nIt rises.");
 * ```
 */
export function show(figure: Figure): Displayable {
  return { [JUPYTER_DISPLAY]: () => figureBundle(figure) };
}

/**
 * The forms of a figure by MIME type.
 *
 * @param figure The figure.
 * @returns `application/vnd.plotly.v1+json`, `text/html` and `text/plain`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { figureBundle } from "./display.ts";
 * import { makeFigure } from "./figures/figure.ts";
 *
 * const figure = makeFigure({ name: "a", title: "Up", subtitle: "All", alt: "It rises.", data: [], layout: {} });
 * assertEquals(Object.keys(figureBundle(figure)), ["application/vnd.plotly.v1+json", "text/html", "text/plain"]);
 * ```
 */
export function figureBundle(figure: Figure): MimeBundle {
  const { name, title, subtitle, alt, layout: { margin, height } } = figure;
  const { data, layout } = titled(figure);
  // What the title changed and what Plotly has no place for goes into `meta`, from which `figureOf` makes the figure again.
  const meta = { name, title, subtitle, alt, layout: { ...(margin && { margin }), height } };
  return {
    "application/vnd.plotly.v1+json": {
      data,
      layout: { ...layout, meta },
      config: { responsive: true, displaylogo: false },
    },
    "text/html": `${figureHtml(figure)}\n<script>${FIGURE_SCRIPT}</script>`,
    "text/plain": [figure.title, figure.subtitle, figure.alt].join("\n"),
  };
}
