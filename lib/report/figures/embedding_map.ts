import type { Data } from "plotly.js-dist-min";
import { count, number, wholePercent } from "../format.ts";
import { pca, SMALL_GROUP } from "../../metrics/mod.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { legendHeight, type MarkStyle, markStyle, orderGroups, SMALL_MARK } from "./marks.ts";
import { faded, SURFACE } from "./palette.ts";
import { plotText, wrapText } from "./plot_text.ts";

/** More points are thinned out evenly: they would hide one another, and fill the page's memory. */
const MOST_POINTS = 1500;

/** Points of an embedding, as columns. */
export interface EmbeddedGroups {
  /** `[n][d]` */
  readonly embeddings: readonly ArrayLike<number>[];
  /** `[n]` the group of each point. */
  readonly groups: readonly string[];
}

/** What {@linkcode embeddingMap} says about them. */
export interface EmbeddingMapOptions {
  /** What tells the points apart, such as `education` or `label`. */
  readonly attribute: string;
  /** What is embedded and by which model, such as `résumés, tuned model`. */
  readonly of: string;
  /** Groups with fewer points are marked; 30 if absent. */
  readonly smallBelow?: number | undefined;
}

interface Part {
  readonly name: string;
  /** Which points. */
  readonly members: readonly number[];
  /** `[2]` */
  readonly mean: readonly number[];
  readonly style: MarkStyle;
  /** With the number of points, for the legend. */
  readonly label: string;
}

/**
 * Embeddings on the plane of their two principal components, in the colours of their groups. How much of the points'
 * spread on this plane lies between the groups' means (η², Fisher 1925) says what the eye is not to be trusted with.
 *
 * @throws {RangeError} If there are not two components, or not a group for each point.
 */
export function embeddingMap({ embeddings, groups }: EmbeddedGroups, options: EmbeddingMapOptions): Figure {
  const { of, attribute, smallBelow = SMALL_GROUP } = options;
  if (embeddings.length !== groups.length) {
    throw new RangeError(`Expected a group for each of ${embeddings.length} points, found ${groups.length}`);
  }
  const { coordinates, explained } = pca(embeddings, 2);
  const axes = [coordinates[0]!, coordinates[1]!] as const;
  const parts = orderGroups([...new Set(groups)]).map((name, g): Part => {
    const members = groups.flatMap((own, i) => own === name ? [i] : []);
    const mean = axes.map((axis) => members.reduce((sum, i) => sum + axis[i]!, 0) / members.length);
    const small = members.length < smallBelow ? SMALL_MARK : "";
    return {
      name,
      members,
      mean,
      style: markStyle(g),
      label: `${wrapText(name, 24, 2)} (n = ${count(members.length)})${small}`,
    };
  });
  const step = Math.ceil(groups.length / MOST_POINTS);
  const axis = (component: number) => ({
    title: { text: `Component ${component + 1} (${wholePercent(explained[component]!)} of variance)` },
    nticks: 6,
  });
  const finding = findingOf(parts, axes, attribute);
  return makeFigure({
    name: figureName("embeddings", of, attribute),
    title: finding,
    subtitle:
      `The first two principal components of ${count(groups.length)} embeddings: ${of}. Large marks: means of groups.` +
      (step > 1 ? ` One point of ${step} is shown.` : "") +
      (parts.some(({ members }) => members.length < smallBelow)
        ? ` ${SMALL_MARK}: fewer than ${smallBelow} points.`
        : ""),
    alt: `${finding}. Mean positions: ${
      parts.map(({ name, members, mean }) =>
        `${name} (n = ${members.length}) at ${number(short(mean[0]!), 2)}, ${number(short(mean[1]!), 2)}`
      ).join("; ")
    }.`,
    rows: groups.map((group, i) => ({ group, x: axes[0][i]!, y: axes[1][i]! })),
    data: drawParts(parts, axes, step),
    layout: {
      xaxis: axis(0),
      // One unit is as long upwards as sideways, or distances would lie.
      yaxis: { ...axis(1), scaleanchor: "x" },
    },
    height: 400 + legendHeight(parts.map(({ label }) => label)),
  });
}

function drawParts(parts: readonly Part[], [x, y]: readonly [Float64Array, Float64Array], step: number): Data[] {
  const points = parts.map(({ name, members, style, label }): Data => {
    const shown = members.filter((i) => i % step === 0);
    return {
      type: "scatter",
      mode: "markers",
      name: label,
      x: shown.map((i) => short(x[i]!)),
      y: shown.map((i) => short(y[i]!)),
      marker: { ...marker(style), size: 7, color: faded(style.color, 0.7) },
      hovertemplate: `${plotText(name)}<extra></extra>`,
    };
  });
  const means = parts.map(({ mean, style, label }): Data => ({
    type: "scatter",
    mode: "markers",
    x: [short(mean[0]!)],
    y: [short(mean[1]!)],
    marker: { ...marker(style), size: 17, line: { color: SURFACE, width: 2.5 } },
    hovertemplate: `mean of ${label}<extra></extra>`,
    showlegend: false,
  }));
  return [...points, ...means];
}

function marker({ color, symbol }: MarkStyle) {
  return { color, symbol, opacity: 1 };
}

function findingOf(
  parts: readonly { readonly members: readonly number[]; readonly mean: readonly number[] }[],
  axes: readonly Float64Array[],
  attribute: string,
): string {
  const n = axes[0]!.length;
  // The coordinates' own mean is 0.
  const total = axes.reduce((sum, axis) => sum + axis.reduce((own, value) => own + value ** 2, 0), 0);
  const between = parts.reduce(
    (sum, { members, mean }) => sum + members.length * mean.reduce((own, value) => own + value ** 2, 0),
    0,
  );
  if (parts.length < 2 || total === 0) return `On this map all ${count(n)} points are of one ${attribute} group`;
  const chance = (parts.length - 1) / (n - 1);
  return `On this map ${attribute} explains ${
    wholePercent(between / total)
  } of the spread; chance alone would explain ${wholePercent(chance)}`;
}

/** Four digits are more than a plot shows; what rounding makes of 0 is 0. */
function short(value: number): number {
  return Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(4));
}
