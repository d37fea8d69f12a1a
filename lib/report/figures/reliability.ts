import type { Annotation, Data, Shape } from "plotly.js-dist-min";
import { listText, number, quoted, theModel, wholePercent } from "../format.ts";
import type { Estimate, GroupReliability } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabel, intervalBars, smallNote, symbolOf } from "./marks.ts";
import { BLUE, INK, MUTED, RULE } from "./palette.ts";
import { axisName, gridAxes, gridPanels, panelHeading } from "./panels.ts";
import { standsOut } from "./wording.ts";

/** What {@linkcode reliability} reads. */
export interface ReliabilityFigureInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** The model, such as `tuned`. */
  readonly model: string;
  /** What `reliabilityByGroup` gave, and `biasByGroup` of the same group. */
  readonly groups: readonly (GroupReliability & { readonly bias: Estimate })[];
  readonly confidence: number;
  /** What intervals count once: `candidates` if the curves were given clusters, else `rows`. */
  readonly unit: "candidates" | "rows";
  /** Groups with fewer rows are flagged. */
  readonly smallGroup: number;
}

/**
 * Reliability curves, a panel per group: in bins of similar scores, how many rows have label 1. A score means the same for every
 * group if all lie on the line.
 *
 * @param input The curves of one model, over the same bins for every group.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { biasByGroup, reliabilityByGroup } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { reliability } from "./reliability.ts";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const data = { labels: rows.map((i) => i % 2), scores: rows.map(() => 0.9), groups: rows.map(() => "all") };
 * const [bias] = biasByGroup(data, { rng: new Rng(1), resamples: 50 });
 * const { title } = reliability({
 *   attribute: "education",
 *   model: "tuned",
 *   groups: reliabilityByGroup(data).map((group) => ({ ...group, bias: bias! })),
 *   confidence: 0.95,
 *   unit: "rows",
 *   smallGroup: 30,
 * });
 * assertEquals(title, "Scores of the tuned model promise too much for “all” (+0.40)");
 * ```
 */
export function reliability(input: ReliabilityFigureInput): Figure {
  const { attribute, model, confidence, unit, smallGroup } = input;
  const groups = byGroup(input.groups);
  const labels = groups.map((group) => groupLabel(group));
  const lines = Math.max(...labels.map((label) => label.split("<br>").length));
  const grid = gridPanels(groups.length, 170, 8 + 17 * lines);
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  groups.forEach((group, p) => {
    const [xaxis, yaxis] = [axisName("x", p), axisName("y", p)];
    const filled = group.points.flatMap((point) => {
      const [score, rate] = [point.meanScore.value, point.positiveRate.value];
      return score === null || rate === null ? [] : [{ ...point, score, rate }];
    });
    const x = filled.map(({ score }) => Number(score.toFixed(4)));
    const rates = filled.map(({ rate }) => rate);
    data.push({
      type: "scatter",
      mode: "lines+markers",
      x,
      y: rates,
      marker: { color: BLUE, size: 8, symbol: symbolOf("circle", group.small) as "circle" },
      line: { color: BLUE, width: 1, dash: "dot" },
      error_y: intervalBars(rates, filled.map(({ interval }) => interval), INK),
      hovertext: filled.map(({ score, rate, count, interval }) =>
        `mean score ${number(score, 2)}<br>label 1: ${wholePercent(rate)} [${wholePercent(interval!.low)}, ${
          wholePercent(interval!.high)
        }]<br>n = ${count}`
      ),
      hoverinfo: "text",
      showlegend: false,
      xaxis,
      yaxis,
    }, {
      type: "scatter",
      mode: "text",
      x: apart(filled.map(({ low, high }) => (low + high) / 2)),
      y: filled.map(() => -0.11),
      text: filled.map(({ count }) => `${count}`),
      textfont: { size: 10.5, color: MUTED },
      hoverinfo: "skip",
      showlegend: false,
      xaxis,
      yaxis,
    });
    shapes.push({
      type: "line",
      layer: "below",
      x0: 0,
      y0: 0,
      x1: 1,
      y1: 1,
      xref: xaxis,
      yref: yaxis,
      line: { color: RULE, width: 1.2, dash: "dash" },
    });
    annotations.push({ ...panelHeading(labels[p]!, grid.cells[p]!.y, grid.cells[p]!.x[0]), yshift: 2 });
  });
  return makeFigure({
    name: figureName("reliability", model, attribute),
    title: findingOf(model, groups),
    subtitle:
      `Share of label 1 in bins of similar scores, by ${attribute} group; below: rows in the bin. Dashed: calibrated ` +
      `scores. ${Number((100 * confidence).toPrecision(6))}\u00a0% Wilson intervals of ${unit}.${
        smallNote(groups, smallGroup)
      }`,
    alt: groups.map((group) =>
      `${group.group} (n = ${group.count}): ${
        group.points.filter(({ count }) => count > 0).map(({ meanScore, positiveRate, count }) =>
          `score ${number(meanScore.value!, 2)}, label 1 ${wholePercent(positiveRate.value!)} of ${count}`
        ).join("; ")
      }.`
    ).join(" "),
    data,
    layout: {
      ...gridAxes(
        grid,
        { title: { text: "Mean score" }, range: [-0.03, 1.03], tickvals: [0, 0.5, 1] },
        { title: { text: "Label 1" }, range: [-0.2, 1.05], tickvals: [0, 0.5, 1], tickformat: ".0%" },
      ),
      shapes,
      annotations,
    },
    height: grid.height + 64,
  });
}

/** Moves places to the right that are too close to the one before for a number of two or three digits. */
function apart(places: readonly number[]): number[] {
  let last = -Infinity;
  return places.map((place) => last = Number(Math.max(place, last + 0.13).toFixed(4)));
}

function findingOf(model: string, groups: ReliabilityFigureInput["groups"]): string {
  const found = groups.filter(({ bias, small }) => !small && standsOut(bias, groups.length));
  const name = theModel(model).replace("The", "the");
  const parts = [["too much", 1], ["too little", -1]] as const;
  const said = parts.flatMap(([what, sign]) => {
    const own = found.filter(({ bias }) => bias.estimate.value! * sign > 0).map(({ group, bias }) => {
      const value = bias.estimate.value!;
      return `${quoted(group)} (${value > 0 ? "+" : ""}${number(value, 2)})`;
    });
    return own.length === 0 ? [] : [`${what} for ${listText(own)}`];
  });
  return said.length === 0
    ? `Scores of ${name} promise no group too much or too little beyond chance`
    : `Scores of ${name} promise ${said.join(", ")}`;
}
