import { z } from "zod";
import type { MimeBundle } from "./display.ts";
import type { Figure } from "./figures/figure.ts";

const record = z.record(z.string(), z.unknown());
const PlotlySchema = z.object({
  data: z.array(record),
  layout: z.looseObject({
    meta: z.object({ name: z.string(), title: z.string(), subtitle: z.string(), alt: z.string(), layout: record }),
  }),
});

/**
 * The figure that a notebook's output shows.
 *
 * @param bundle What {@linkcode figureBundle} made, as it is or read back from a notebook.
 * @returns The figure; null if the output is something else, another library's Plotly figure included.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { figureBundle } from "./display.ts";
 * import { makeFigure } from "./figures/figure.ts";
 * import { figureOf } from "./figure_of.ts";
 *
 * const figure = makeFigure({ name: "a", title: "Up", subtitle: "All", alt: "It rises.", data: [], layout: {} });
 * assertEquals(figureOf(JSON.parse(JSON.stringify(figureBundle(figure)))), figure);
 * ```
 */
export function figureOf(bundle: MimeBundle): Figure | null {
  const { success, data: plotly } = PlotlySchema.safeParse(bundle["application/vnd.plotly.v1+json"]);
  if (!success) return null;
  const { meta: { layout: untitled, ...texts }, title: _title, margin: _margin, ...layout } = plotly.layout;
  return { ...texts, data: plotly.data, layout: { ...layout, ...untitled } } as unknown as Figure;
}
