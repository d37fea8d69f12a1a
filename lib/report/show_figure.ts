/** A figure as an output of a notebook: one bundle that every viewer finds a form in that it can draw. */
import type { Data, Layout } from "plotly.js-dist-min";
import { z } from "zod";
import { jupyter, redrawCell } from "../jupyter.ts";
import { type Figure, figureHtml, figureName, makeFigure, titled } from "./figures/figure.ts";
import { fromNeutral, inNeutral, SURFACE } from "./figures/palette.ts";
import { lossCurves, type LossStep } from "./figures/training.ts";
import { html } from "./html/html.ts";
import { NOTEBOOK_SCRIPT } from "./html/page.ts";
import { findBrowser, openRenderer, plotlyPath, type Renderer, smallPng } from "./render.ts";
import type { MimeBundle } from "./show.ts";

/** What Plotly itself calls a figure. */
export interface PlotlyFigure {
  /** Its traces. */
  readonly data: readonly Data[];
  /** Its layout; Plotly's own if absent. */
  readonly layout?: Partial<Layout>;
}

/** What the HTML of a figure brings along. */
export interface FigureExtras {
  /** A PNG, in Base64. */
  readonly picture?: string | undefined;
  /** Plotly, packed: see `html/notebook.js`. */
  readonly plotly?: string | undefined;
}

const PLOTLY = "application/vnd.plotly.v1+json";

/**
 * The forms of a figure by MIME type. Editors that draw Plotly's JSON take that; stock JupyterLab and nbconvert take
 * the HTML, whose script finds Plotly in the notebook and otherwise leaves the picture standing; GitHub takes the PNG.
 */
export function figureBundle(figure: Figure, { picture, plotly }: FigureExtras = {}): MimeBundle {
  const { name, title, subtitle, alt, layout: { margin, height } } = figure;
  const { data, layout } = titled(neutral(figure));
  // What the title changed and what Plotly has no place for goes into `meta`, from which `figureOf` makes the figure
  // again.
  const meta = { name, title, subtitle, alt, layout: { ...(margin && { margin }), height } };
  return {
    // Not `responsive`: in JupyterLab without windowing that ends in figures of 29 pixels.
    [PLOTLY]: { data, layout: { ...layout, meta }, config: { displaylogo: false } },
    "text/html": outputHtml(figureHtml(figure, { picture }), plotly),
    ...(picture === undefined ? {} : { "image/png": picture }),
    "text/plain": [title, subtitle, alt].join("\n"),
  };
}

/** The figure for pages of either colour; labels under the pointer and texts on a map's cells have their own ground. */
function neutral(figure: Figure): Figure {
  const { data, layout } = figure;
  const recoloured = inNeutral(layout);
  const { hoverlabel } = layout.template!.layout!;
  const { template } = recoloured;
  return {
    ...figure,
    data: inNeutral(data).map((trace, i) =>
      // Plotly would write in what contrasts with the white that it no longer is.
      data[i]!.type === "bar" && data[i]!.marker?.color === SURFACE
        ? { ...trace, insidetextfont: { color: recoloured.template!.layout!.font!.color } } as Data
        : trace
    ),
    layout: {
      ...recoloured,
      ...(layout.annotations && data.some(({ type }) => type === "heatmap") && { annotations: layout.annotations }),
      template: { ...template, layout: { ...template!.layout, ...(hoverlabel && { hoverlabel }) } },
    },
  };
}

function outputHtml(figure: string, plotly: string | undefined): string {
  const packed = plotly === undefined
    ? html``
    : html`<script type="application/gzip" class="plotly-packed">${{ markup: plotly }}</script>`;
  return `${figure}\n${packed.markup}<script>${NOTEBOOK_SCRIPT}</script>`;
}

/** The forms of Plotly's own figure: as it is, and in the house's theme for viewers without a renderer of Plotly. */
export function plotlyBundle({ data, layout = {} }: PlotlyFigure, extras: FigureExtras = {}): MimeBundle {
  const figure = plainFigure({ data, layout });
  return {
    [PLOTLY]: { data, layout, config: { displaylogo: false } },
    "text/html": outputHtml(figureHtml(figure, { picture: extras.picture }), extras.plotly),
    ...(extras.picture === undefined ? {} : { "image/png": extras.picture }),
    "text/plain": figure.alt,
  };
}

function plainFigure({ data, layout = {} }: PlotlyFigure): Figure {
  const heading = layout.title as string | { readonly text?: string } | undefined;
  const title = (typeof heading === "string" ? heading : heading?.text) ?? "";
  const { title: _title, ...rest } = layout;
  return makeFigure({
    name: figureName("plot", title),
    title,
    subtitle: "",
    alt: `${title || "A figure"}: ${data.length} traces.`,
    data: [...data],
    layout: rest,
    height: layout.height,
  });
}

const record = z.record(z.string(), z.unknown());
const PlotlySchema = z.object({
  data: z.array(record),
  layout: z.looseObject({
    meta: z.object({ name: z.string(), title: z.string(), subtitle: z.string(), alt: z.string(), layout: record }),
  }),
});

/** The figure that a notebook's output shows. */
export function figureOf(bundle: MimeBundle): Figure | null {
  const { success, data: plotly } = PlotlySchema.safeParse(bundle[PLOTLY]);
  if (!success) return null;
  const { meta: { layout: untitled, ...texts }, title: _title, margin: _margin, ...layout } = fromNeutral(
    plotly.layout,
  );
  const figure = { ...texts, rows: [], data: fromNeutral(plotly.data), layout: { ...layout, ...untitled } };
  return figure as unknown as Figure;
}

let renderer: Promise<Renderer | null> | undefined;
let packedPlotly: Promise<string> | undefined;
/** The figure whose output holds Plotly for all of the notebook. */
let carrier: string | null = null;

/** The forms of a figure for the notebook that is running. `fleeting`: The next one takes its place at once. */
export async function shownFigure(
  figure: Figure | PlotlyFigure,
  { fleeting = false }: { readonly fleeting?: boolean } = {},
): Promise<MimeBundle> {
  const full = "alt" in figure ? figure : plainFigure(figure);
  carrier ??= full.name;
  // Of the one that carries it every copy but the first is fleeting while a training draws it again and again.
  const plotly = carrier === full.name && !(fleeting && packedPlotly)
    ? await (packedPlotly ??= packPlotly())
    : undefined;
  const extras = { plotly, picture: fleeting ? undefined : await picture(full) };
  return "alt" in figure ? figureBundle(figure, extras) : plotlyBundle(figure, extras);
}

async function packPlotly(): Promise<string> {
  const file = await Deno.open(plotlyPath());
  return (await new Response(file.readable.pipeThrough(new CompressionStream("gzip"))).bytes()).toBase64();
}

/** A figure's PNG for an output, in Base64: for pages of either colour, and of the size in which it is shown. */
export async function outputPicture(figure: Figure, renderer: Renderer): Promise<string> {
  // Plotly's extension of JupyterLab shows one pixel as one until the pointer comes.
  return (await smallPng(await renderer.png(neutral(figure), { scale: 1 }))).toBase64();
}

/** A PNG in Base64; none without a Chromium, or where `deno task notebooks` makes the pictures. */
async function picture(figure: Figure): Promise<string | undefined> {
  if (Deno.env.get("NOTEBOOK_PICTURES") === "none") return undefined;
  try {
    renderer ??= findBrowser().then((path) => path === null ? null : openRenderer());
    const opened = await renderer;
    return opened === null ? undefined : await outputPicture(figure, opened);
  } catch {
    // A browser that does not start, or was closed: the figure has its other forms.
    renderer = Promise.resolve(null);
    return undefined;
  }
}

/** A loss curve that grows while a model trains. */
export interface LiveLoss {
  /**
   * Takes a step in. Redraws if the last time was long enough ago, and at the end of each epoch, so of the training.
   */
  readonly update: (event: ({ readonly kind: "step" } & LossStep) | { readonly kind: "epoch" }) => Promise<void>;
  /**
   * Draws what came since, of a training that was stopped. What a notebook keeps depends on the steps, not on their
   * speed.
   */
  readonly close: () => Promise<void>;
}

/** Shows a figure in place of the one before. `fleeting`: The next one comes soon. */
export type Redraw = (figure: Figure, options: { readonly fleeting: boolean }) => Promise<void>;

/** How {@linkcode liveLoss} draws. */
export interface LiveLossOptions {
  /** Milliseconds from one drawing to the next, at least; 1000 if absent. */
  readonly interval?: number;
  /** What shows it; in a notebook the running cell, all of whose output it takes, if absent. Elsewhere nothing. */
  readonly redraw?: Redraw;
}

/** Opens a loss curve in a notebook's cell that is redrawn in its place as training goes on. */
export function liveLoss(
  name: string,
  { interval = 1000, redraw = redrawFigure }: LiveLossOptions = {},
): LiveLoss {
  const steps: LossStep[] = [];
  let drawn = 0, next = 0;
  const draw = async (fleeting: boolean) => {
    drawn = steps.length;
    await redraw(lossCurves({ name, steps }), { fleeting });
    next = performance.now() + interval;
  };
  const close = async () => {
    if (steps.length > 0) await draw(false);
  };
  return {
    update: async (event) => {
      if (event.kind === "epoch") return await close();
      steps.push(event);
      if (steps.length > drawn && performance.now() >= next) await draw(true);
    },
    close,
  };
}

async function redrawFigure(figure: Figure, { fleeting }: { readonly fleeting: boolean }): Promise<void> {
  if (jupyter() !== null) await redrawCell(await shownFigure(figure, { fleeting }));
}
