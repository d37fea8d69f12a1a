import type { Annotation, LayoutAxis, Shape, XAxisName, YAxisName } from "plotly.js-dist-min";
import { faded, INK, MUTED, RULE, SURFACE } from "./palette.ts";

/** Margins of panels: their headings keep the first one away from the title. */
export const NO_TOP = { l: 12, r: 16, t: 0, b: 12, pad: 4 };

/** Where panels stand that are stacked in one plot. */
export interface Panels {
  /** One per panel, from top to bottom: `domain` of its y axis, from its bottom to its top. */
  readonly domains: readonly (readonly [number, number])[];
  /** Pixels of all panels and the gaps between them. */
  readonly height: number;
}

/**
 * Stacks panels of given heights. Panels one above the other share an x axis, compare at a glance and stay readable on
 * a phone, where panels side by side do not.
 */
export function stackPanels(heights: readonly number[], gap: number): Panels {
  const height = heights.reduce((sum, own) => sum + gap + own, 0);
  let top = height;
  const domains = heights.map((own) => {
    top -= gap + own;
    return [top / height, (top + own) / height] as const;
  });
  return { domains, height };
}

/** The name of the axis of a panel. */
export function axisName(letter: "x", index: number): XAxisName;
export function axisName(letter: "y", index: number): YAxisName;
export function axisName(letter: "x" | "y", index: number): XAxisName | YAxisName {
  return index === 0 ? letter : `${letter}${index + 1}` as XAxisName | YAxisName;
}

/** The heading of a panel, above its upper left corner. */
export function panelHeading(text: string, domain: readonly [number, number], left = 0): Partial<Annotation> {
  return {
    text,
    x: left,
    xref: "paper",
    xanchor: "left",
    y: domain[1],
    yref: "paper",
    yanchor: "bottom",
    showarrow: false,
    align: "left",
    font: { size: 12.5, color: INK },
  };
}

/** The axis of a panel of labelled rows, from the first at the top. */
export function rowAxis(
  labels: readonly string[],
  domain: readonly [number, number],
  above = 0,
): Partial<LayoutAxis> {
  return {
    domain: [...domain],
    range: [labels.length - 0.5, -0.5 - above],
    tickvals: labels.map((_, i) => i),
    ticktext: [...labels],
    showgrid: false,
  };
}

/** The key of an axis in a layout. */
export function axisKey(axis: XAxisName | YAxisName): `xaxis${number}` | `yaxis${number}` | "xaxis" | "yaxis" {
  return axis.replace(/^([xy])/, "$1axis") as "xaxis";
}

/** Where panels stand that fill a grid row by row. */
export interface Grid {
  /** One per panel: `x` from its left to its right, `y` from its bottom to its top. */
  readonly cells: readonly { readonly x: readonly [number, number]; readonly y: readonly [number, number] }[];
  readonly height: number;
}

const BETWEEN = 0.09;

/** Panels abreast: up to three, and four as a square, so that rows are filled and a phone can still show them. */
function columnsFor(count: number): number {
  return count === 4 ? 2 : Math.min(3, count);
}

/** Letters that fit above a panel of so many, on a phone. */
export function headingWidth(count: number): number {
  return columnsFor(count) === 3 ? 13 : 18;
}

/** Places panels abreast: small multiples that are still readable on a phone. One panel takes the whole width. */
export function gridPanels(count: number, height: number, gap: number): Grid {
  const columns = columnsFor(count);
  const stack = stackPanels(Array<number>(Math.ceil(count / columns)).fill(height), gap);
  const width = (1 - BETWEEN * (columns - 1)) / columns;
  return {
    cells: Array.from({ length: count }, (_, i) => {
      const left = (i % columns) * (width + BETWEEN);
      return { x: [left, Math.min(1, left + width)] as const, y: stack.domains[Math.floor(i / columns)]! };
    }),
    height: stack.height,
  };
}

/** The axes of a grid's panels: those of one column share their ticks below it, those of one row theirs at its left. */
export function gridAxes(
  { cells }: Grid,
  x: Partial<LayoutAxis>,
  y: Partial<LayoutAxis>,
): Record<string, Partial<LayoutAxis>> {
  const columns = columnsFor(cells.length);
  return Object.fromEntries(cells.flatMap((cell, i) => {
    const [xName, yName] = [axisName("x", i), axisName("y", i)];
    const bottom = i + columns >= cells.length;
    // Three titles in a row would touch on a phone: that in the middle speaks for all.
    const titled = columns < 3 || i % columns === 1 ? {} : { title: { text: "" } };
    const left = i % columns === 0;
    const bare = { showticklabels: false, title: { text: "" } };
    return [
      [axisKey(xName), {
        ...x,
        ...(bottom ? { showticklabels: true, ...titled } : bare),
        domain: [...cell.x],
        anchor: yName,
      }],
      [axisKey(yName), { ...y, ...(left ? { showticklabels: true } : bare), domain: [...cell.y], anchor: xName }],
    ] as [string, Partial<LayoutAxis>][];
  }));
}

/** An upright line at a number: across the whole plot, or between places of an axis. */
export function upright(
  x: number,
  line: NonNullable<Shape["line"]>,
  [y0, y1]: readonly [number, number] = [0, 1],
  rest: Partial<Shape> = { yref: "paper" },
): Partial<Shape> {
  return { type: "line", x0: x, x1: x, y0, y1, ...rest, line };
}

/** A dashed line from point to point, behind what is drawn: chance, equal scores. */
export function dashed(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  rest: Partial<Shape> = {},
): Partial<Shape> {
  return { type: "line", layer: "below", x0, y0, x1, y1, ...rest, line: { color: RULE, width: 1.2, dash: "dash" } };
}

/** A text to the right of a mark, on whatever lies there. */
export function textBeside(text: string, rest: Partial<Annotation>): Partial<Annotation> {
  const place = { xanchor: "left", align: "left", showarrow: false } as const;
  return { text, ...place, bgcolor: faded(SURFACE, 0.85), borderpad: 0, ...rest };
}

/** A quiet text above a place, such as what a line stands for. */
export function remark(text: string, rest: Partial<Annotation>): Partial<Annotation> {
  return { text, yanchor: "bottom", showarrow: false, font: { size: 11, color: MUTED }, ...rest };
}

/** The headings of a grid's panels. */
export function gridHeadings(labels: readonly string[], { cells }: Grid): Partial<Annotation>[] {
  return labels.map((label, p) => ({ ...panelHeading(label, cells[p]!.y, cells[p]!.x[0]), yshift: 2 }));
}
