import type { Annotation, Data, LayoutAxis, Shape } from "plotly.js-dist-min";
import type { Evaluation } from "../../evaluate/mod.ts";
import { type GroupDensity, type ScoreDensities, scoreDensities } from "../../metrics/mod.ts";
import { modelText, number, quoted, wholePercent, WORDS } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { differenceOf, extremesOf, findingOf } from "./titles.ts";
import { byGroup, groupLabels, legendHeight, modelStyle, smallNote } from "./marks.ts";
import { faded, INK, MUTED, SURFACE } from "./palette.ts";
import { rowAxis } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { numbersOf } from "./rates.ts";
import { amongLarge, attributeOf, chanceOf, evaluated, modelsOf, rowsOf, thresholdOf } from "./subject.ts";
import type { ModelsOptions, RowsOptions } from "./subject.ts";

const RIDGE = 44;
const BETWEEN = 16;

interface Ridges extends ScoreDensities {
  readonly name: string;
}

/**
 * Distributions of scores by group, one ridge per model above the other, dark where they are selected. All ridges have
 * the same area, so the dark part is the share selected.
 */
export function scoreDistributions(evaluation: Evaluation, options: ModelsOptions & RowsOptions): Figure {
  const attribute = attributeOf(evaluation, options);
  const parts = modelsOf(evaluation, options.models).map(({ name }): Ridges => {
    const rows = rowsOf(evaluation, attribute, { table: options.table, model: name });
    const { scores, groups, clusters, smallBelow } = rows;
    const chance = chanceOf(evaluation, `${attribute} densities ${name}`);
    const densities = scoreDensities({ scores, groups, clusters, smallBelow }, thresholdOf(rows), chance);
    return { ...densities, name, groups: byGroup(densities.groups) };
  });
  const groups = parts[0]!.groups;
  const { flagged } = WORDS[evaluation.settings.favourable];
  const band = RIDGE * parts.length + BETWEEN;
  const [from, to] = [Math.min(...parts.map(({ at }) => at[0]!)), Math.max(...parts.map(({ at }) => at.at(-1)!))];
  const { data, shapes, annotations } = drawRidges(parts, { from, to, band });
  const names = parts.map(({ name, threshold }) => `${plotText(name)}: threshold ${number(threshold)}`);
  data.push(...names.map((name, m): Data => ({
    type: "scatter",
    mode: "markers",
    x: [null],
    y: [null],
    name,
    marker: { symbol: "square", size: 11, color: faded(modelStyle(m).color, 0.6) },
  })));
  return makeFigure({
    name: figureName("score-distributions", attribute),
    title: meanFinding(evaluation, attribute, parts.at(-1)!, options),
    subtitle:
      `Distribution of scores in each ${attribute} group; dark, and in percent: ${flagged}, at or above the threshold (dashed). Ridges have equal areas.${
        groups.some(({ density }) => density === null) ? " Ticks: single scores." : ""
      }${smallNote(groups, evaluation.settings.smallBelow, "dotted")}`,
    alt: parts.map((part) => ridgeText(part, flagged)).join(" "),
    rows: parts.flatMap(({ name, threshold, groups }) =>
      groups.map(({ group, count, meanScore, selected }) => ({
        model: name,
        group,
        n: count,
        threshold,
        [evaluation.settings.favourable === "high" ? "selected" : "unfavourable"]: selected,
        ...numbersOf("meanScore", evaluated(meanScore)),
      }))
    ),
    data,
    layout: {
      xaxis: { title: { text: "Score" }, range: [from - 0.02 * (to - from), to + 0.26 * (to - from)], nticks: 6 },
      yaxis: rowAxis(groupLabels(groups), [0, 1]) as Partial<LayoutAxis>,
      shapes,
      annotations,
    },
    height: groups.length * band + 64 + legendHeight(names),
  });
}

function drawRidges(
  parts: readonly Ridges[],
  { from, to, band }: { readonly from: number; readonly to: number; readonly band: number },
) {
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  const tallest = Math.max(
    ...parts.flatMap(({ groups }) => groups.flatMap(({ density }) => density === null ? [] : Math.max(...density))),
    Number.MIN_VALUE,
  );
  parts.forEach(({ threshold, at, groups }, m) => {
    const { color } = modelStyle(m);
    groups.forEach((group, g) => {
      // In rows, 0 at the middle of a group; a ridge stands on its base and rises towards smaller numbers.
      const base = Number((g - 0.5 + (BETWEEN / 2 + RIDGE * (m + 1)) / band).toFixed(4));
      const raised = (share: number) => Number((base - share * RIDGE / band).toFixed(4));
      data.push(...ridge(group, at, { threshold, color, base, raised, tallest }));
      shapes.push(
        {
          type: "line",
          x0: threshold,
          x1: threshold,
          y0: base,
          y1: raised(0.95),
          line: { color: INK, width: 1.3, dash: "dash" },
        },
        { type: "line", x0: from, x1: to, y0: base, y1: base, line: { color: MUTED, width: 0.6 } },
      );
      annotations.push({
        text: group.selected === null ? "no rows" : wholePercent(group.selected),
        x: 1,
        xref: "paper",
        xanchor: "right",
        y: base,
        yanchor: "bottom",
        showarrow: false,
        bgcolor: faded(SURFACE, 0.7),
        borderpad: 0,
        font: { size: 11.5, color: INK },
      });
    });
  });
  return { data, shapes, annotations };
}

function ridge(
  { density, scores, small }: GroupDensity,
  at: Float64Array,
  { threshold, color, base, raised, tallest }: {
    readonly threshold: number;
    readonly color: string;
    readonly base: number;
    /** A place above the base, in ridges. */
    readonly raised: (share: number) => number;
    readonly tallest: number;
  },
): Data[] {
  const quiet = { type: "scatter", hoverinfo: "skip", showlegend: false } as const;
  if (density === null) {
    const y = scores.map(() => raised(0.25));
    const marker = { symbol: "line-ns-open", size: 10, color, line: { width: 1.5 } } as const;
    return [{ ...quiet, mode: "markers", x: [...scores], y, marker, hoverinfo: "x" }];
  }
  const rise = (height: number) => raised(0.9 * height / tallest);
  const cut = Math.min(at.at(-1)!, Math.max(at[0]!, threshold));
  const points = Array.from(at, (x, i) => ({ x: Number(x.toFixed(4)), y: rise(density[i]!) }));
  const edge = { x: cut, y: rise(between(at, density, cut)) };
  const halves = [
    { opacity: 0.12, points: [...points.filter(({ x }) => x < cut), edge] },
    { opacity: 0.6, points: [edge, ...points.filter(({ x }) => x > cut)] },
  ];
  return [
    ...halves.filter(({ points }) => points.length >= 2).map(({ opacity, points }): Data => ({
      ...quiet,
      mode: "lines",
      x: [points[0]!.x, ...points.map(({ x }) => x), points.at(-1)!.x],
      y: [base, ...points.map(({ y }) => y), base],
      fill: "toself",
      fillcolor: faded(color, small ? opacity / 2 : opacity),
      line: { width: 0 },
    })),
    {
      ...quiet,
      mode: "lines",
      x: points.map(({ x }) => x),
      y: points.map(({ y }) => y),
      line: { color, width: 1.5, dash: small ? "dot" : "solid" },
    },
  ];
}

function ridgeText({ name, threshold, groups }: Ridges, flagged: string): string {
  return `${name}, threshold ${number(threshold)}: ${
    groups.map(({ group, count, meanScore: { estimate }, selected }) =>
      `${group} (n = ${count}) mean ${estimate.value === null ? "undefined" : number(estimate.value)}, ` +
      `${flagged} ${selected === null ? "undefined" : wholePercent(selected)}`
    ).join("; ")
  }.`;
}

/** The height of a curve between two of its places. */
function between(at: Float64Array, heights: Float64Array, x: number): number {
  const step = (at.at(-1)! - at[0]!) / (at.length - 1);
  const place = step === 0 ? 0 : Math.min(at.length - 1, Math.max(0, (x - at[0]!) / step));
  const left = Math.min(at.length - 2, Math.floor(place));
  return heights[left]! + (place - left) * (heights[left + 1]! - heights[left]!);
}

function meanFinding(
  evaluation: Evaluation,
  attribute: string,
  { name, threshold, groups, meanDifference }: Ridges,
  { table }: RowsOptions,
): string {
  const extremes = extremesOf(groups, ({ meanScore }) => meanScore.estimate);
  if (extremes === null) return `${attribute}: scores of the groups cannot be compared`;
  const large = amongLarge(rowsOf(evaluation, attribute, { table, model: name }), groups);
  const tested = large === null ? meanDifference : scoreDensities(
    large,
    threshold,
    chanceOf(evaluation, `${attribute} densities ${name} among large groups`),
  ).meanDifference;
  const value = ({ group, meanScore }: GroupDensity) => `${number(meanScore.estimate.value!, 2)} for ${quoted(group)}`;
  return `Mean score of ${modelText(name)} is ${value(extremes.low)} and ${value(extremes.high)}: ${
    findingOf(differenceOf("meanScoreDifference", tested), evaluation.settings).text
  }`;
}
