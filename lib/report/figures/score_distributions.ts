import type { Annotation, Data, LayoutAxis, Shape } from "plotly.js-dist-min";
import { number, quoted, theModel, wholePercent } from "../format.ts";
import type { ScoreDensities } from "../../metrics/mod.ts";
import { extremesOf, gapFinding } from "./extremes.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabels, legendHeight, smallNote } from "./marks.ts";
import { modelStyle } from "./models.ts";
import { faded, INK, MUTED, SURFACE } from "./palette.ts";
import { rowAxis } from "./panels.ts";
import { plotText } from "./plot_text.ts";

/** What {@linkcode scoreDistributions} reads. */
export interface ScoreDistributionsInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** From the one that the others start from to the one that the title speaks of, all of the same rows. */
  readonly models: readonly { readonly name: string; readonly densities: ScoreDensities }[];
  /** Groups with fewer rows are flagged. */
  readonly smallGroup: number;
}

const RIDGE = 44;
const BETWEEN = 16;

/**
 * Distributions of scores by group, one ridge per model above the other, dark where they are selected. All ridges have the same
 * area, so the dark part is the share selected.
 *
 * @param input The distributions.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreDensities } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { scoreDistributions } from "./score_distributions.ts";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const input = { scores: rows.map((i) => i / 80), groups: rows.map((i) => i < 40 ? "none" : "degree") };
 * const densities = scoreDensities(input, 0.5, { rng: new Rng(1), resamples: 50 });
 * const { title } = scoreDistributions({ attribute: "education", models: [{ name: "base", densities }], smallGroup: 30 });
 * assertEquals(title, "Mean score of the base model is 0.24 for “none” and 0.74 for “degree”: beyond chance (p\u00a0=\u00a00.020)");
 * ```
 */
export function scoreDistributions({ attribute, models, smallGroup }: ScoreDistributionsInput): Figure {
  const parts = models.map(({ name, densities }) => ({ name, ...densities, groups: byGroup(densities.groups) }));
  const groups = parts[0]!.groups;
  const tallest = Math.max(
    ...parts.flatMap((part) => part.groups.flatMap(({ density }) => density === null ? [] : Math.max(...density))),
    Number.MIN_VALUE,
  );
  const band = RIDGE * models.length + BETWEEN;
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  const from = Math.min(...parts.map(({ at }) => at[0]!));
  const to = Math.max(...parts.map(({ at }) => at.at(-1)!));
  parts.forEach(({ threshold, at, groups }, m) => {
    const { color } = modelStyle(m);
    const cut = Math.min(at.at(-1)!, Math.max(at[0]!, threshold));
    groups.forEach(({ density, scores, selected, small }, g) => {
      // In rows, 0 at the middle of a group; a ridge stands on its base and rises towards smaller numbers.
      const base = Number((g - 0.5 + (BETWEEN / 2 + RIDGE * (m + 1)) / band).toFixed(4));
      const rise = (height: number) => Number((base - 0.9 * RIDGE / band * height / tallest).toFixed(4));
      if (density === null) {
        data.push({
          type: "scatter",
          mode: "markers",
          x: [...scores],
          y: scores.map(() => Number((base - 0.25 * RIDGE / band).toFixed(4))),
          marker: { symbol: "line-ns-open", size: 10, color, line: { width: 1.5 } },
          hoverinfo: "x",
          showlegend: false,
        });
      } else {
        const points = Array.from(at, (x, i) => ({ x: Number(x.toFixed(4)), y: rise(density[i]!) }));
        const cutAt = rise(between(at, density, cut));
        const halves = [
          { opacity: 0.12, points: [...points.filter(({ x }) => x < cut), { x: cut, y: cutAt }] },
          { opacity: 0.6, points: [{ x: cut, y: cutAt }, ...points.filter(({ x }) => x > cut)] },
        ];
        for (const { opacity, points } of halves) {
          if (points.length < 2) continue;
          data.push({
            type: "scatter",
            mode: "lines",
            x: [points[0]!.x, ...points.map(({ x }) => x), points.at(-1)!.x],
            y: [base, ...points.map(({ y }) => y), base],
            fill: "toself",
            fillcolor: faded(color, small ? opacity / 2 : opacity),
            line: { width: 0 },
            hoverinfo: "skip",
            showlegend: false,
          });
        }
        data.push({
          type: "scatter",
          mode: "lines",
          x: points.map(({ x }) => x),
          y: points.map(({ y }) => y),
          line: { color, width: 1.5, dash: small ? "dot" : "solid" },
          hoverinfo: "skip",
          showlegend: false,
        });
      }
      shapes.push({
        type: "line",
        x0: threshold,
        x1: threshold,
        y0: base,
        y1: Number((base - 0.95 * RIDGE / band).toFixed(4)),
        line: { color: INK, width: 1.3, dash: "dash" },
      }, { type: "line", x0: from, x1: to, y0: base, y1: base, line: { color: MUTED, width: 0.6 } });
      annotations.push({
        text: selected === null ? "no rows" : wholePercent(selected),
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
    title: findingOf(attribute, models.at(-1)!),
    subtitle:
      `Distribution of scores in each ${attribute} group; dark, and in percent: selected, at or above the threshold ` +
      `(dashed). Ridges have equal areas.${
        groups.some(({ density }) => density === null) ? " Ticks: single scores." : ""
      }${smallNote(groups, smallGroup, "dotted")}`,
    alt: parts.map(({ name, threshold, groups }) =>
      `${name}, threshold ${number(threshold)}: ${
        groups.map(({ group, count, meanScore, selected }) =>
          `${group} (n = ${count}) mean ${
            meanScore.estimate.value === null ? "undefined" : number(meanScore.estimate.value)
          }, ` +
          `selected ${selected === null ? "undefined" : wholePercent(selected)}`
        ).join("; ")
      }.`
    ).join(" "),
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

/** The height of a curve between two of its places. */
function between(at: Float64Array, heights: Float64Array, x: number): number {
  const step = (at.at(-1)! - at[0]!) / (at.length - 1);
  const place = step === 0 ? 0 : Math.min(at.length - 1, Math.max(0, (x - at[0]!) / step));
  const left = Math.min(at.length - 2, Math.floor(place));
  return heights[left]! + (place - left) * (heights[left + 1]! - heights[left]!);
}

function findingOf(attribute: string, { name, densities }: ScoreDistributionsInput["models"][number]): string {
  const extremes = extremesOf(densities.groups, ({ meanScore }) => meanScore);
  if (extremes === null) return `${attribute}: scores of the groups cannot be compared`;
  const { low, high } = extremes;
  const value = ({ group, meanScore }: typeof low) => `${number(meanScore.estimate.value!, 2)} for ${quoted(group)}`;
  const { text } = gapFinding(densities.meanDifference, low.meanScore, high.meanScore);
  return `Mean score of ${theModel(name).replace("The", "the")} is ${value(low)} and ${value(high)}: ${text}`;
}
