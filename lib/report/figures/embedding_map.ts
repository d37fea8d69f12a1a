import type { Data } from "plotly.js-dist-min";
import { count, number, wholePercent } from "../format.ts";
import type { Pca } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { orderGroups } from "./group_order.ts";
import { legendHeight, type MarkStyle, markStyle, SMALL_MARK } from "./marks.ts";
import { faded, SURFACE } from "./palette.ts";
import { plotText, wrapText } from "./plot_text.ts";

/** More points are thinned out evenly: they would hide one another, and fill the page's memory. */
const MOST_POINTS = 1500;

/** What {@linkcode embeddingMap} shows. */
export interface EmbeddingMapInput {
  /** What is embedded and by which model, such as `résumés, tuned model`. */
  readonly of: string;
  /** Two components of the embeddings. */
  readonly pca: Pca;
  /** What tells the points apart, such as `education` or `label`. */
  readonly attribute: string;
  /** `[n]` the group of each point. */
  readonly groups: readonly string[];
  /** Groups with fewer points are marked. */
  readonly smallGroup: number;
}

/**
 * Embeddings on the plane of their two principal components, in the colours of their groups. How much of the points' spread on
 * this plane lies between the groups' means (η², Fisher 1925) says what the eye is not to be trusted with.
 *
 * @param input The points.
 * @returns The figure.
 * @throws {RangeError} If there are not two components, or not a group for each point.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pca } from "../../metrics/mod.ts";
 * import { embeddingMap } from "./embedding_map.ts";
 *
 * const { title } = embeddingMap({
 *   of: "résumés, base model",
 *   pca: pca([[0, 0], [0, 1], [4, 0], [4, 1]]),
 *   attribute: "education",
 *   groups: ["BA", "BA", "PhD", "PhD"],
 *   smallGroup: 1,
 * });
 * assertEquals(title, "On this map education explains 94\u00a0% of the spread; chance alone would explain 33\u00a0%");
 * ```
 */
export function embeddingMap({ of, pca, attribute, groups, smallGroup }: EmbeddingMapInput): Figure {
  const [x, y] = pca.coordinates;
  if (x === undefined || y === undefined) throw new RangeError("Expected two components, found fewer");
  if (x.length !== groups.length) {
    throw new RangeError(`Expected a group for each of ${x.length} points, found ${groups.length}`);
  }
  const names = orderGroups([...new Set(groups)]);
  const parts = names.map((name, g) => {
    const members = groups.flatMap((own, i) => own === name ? [i] : []);
    const mean = [x, y].map((axis) => members.reduce((sum, i) => sum + axis[i]!, 0) / members.length);
    return { name, members, mean, style: markStyle(g) };
  });
  const step = Math.ceil(groups.length / MOST_POINTS);
  const label = ({ name, members }: typeof parts[number]) =>
    `${wrapText(name, 24, 2)} (n = ${count(members.length)})${members.length < smallGroup ? SMALL_MARK : ""}`;
  const points = parts.map((part): Data => {
    const shown = part.members.filter((i) => i % step === 0);
    return {
      type: "scatter",
      mode: "markers",
      name: label(part),
      x: shown.map((i) => short(x[i]!)),
      y: shown.map((i) => short(y[i]!)),
      marker: { ...marker(part.style), size: 7, color: faded(part.style.color, 0.7) },
      hovertemplate: `${plotText(part.name)}<extra></extra>`,
    };
  });
  const means = parts.map((part): Data => ({
    type: "scatter",
    mode: "markers",
    x: [short(part.mean[0]!)],
    y: [short(part.mean[1]!)],
    marker: { ...marker(part.style), size: 17, line: { color: SURFACE, width: 2.5 } },
    hovertemplate: `mean of ${label(part)}<extra></extra>`,
    showlegend: false,
  }));
  const axis = (component: number) => ({
    title: { text: `Component ${component + 1} (${wholePercent(pca.explained[component]!)} of variance)` },
    nticks: 6,
  });
  return makeFigure({
    name: figureName("embeddings", of, attribute),
    title: findingOf(parts, [x, y], attribute),
    subtitle:
      `The first two principal components of ${count(groups.length)} embeddings: ${of}. Large marks: means of groups.` +
      (step > 1 ? ` One point of ${step} is shown.` : "") +
      (parts.some(({ members }) => members.length < smallGroup)
        ? ` ${SMALL_MARK}: fewer than ${smallGroup} points.`
        : ""),
    alt: `${findingOf(parts, [x, y], attribute)}. Mean positions: ${
      parts.map(({ name, members, mean }) =>
        `${name} (n = ${members.length}) at ${number(mean[0]!, 2)}, ${number(mean[1]!, 2)}`
      ).join("; ")
    }.`,
    data: [...points, ...means],
    layout: {
      xaxis: axis(0),
      // One unit is as long upwards as sideways, or distances would lie.
      yaxis: { ...axis(1), scaleanchor: "x" },
    },
    height: 400 + legendHeight(parts.map(label)),
  });
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

/** Four digits are more than a plot shows. */
function short(value: number): number {
  return Number(value.toPrecision(4));
}
