import type { Annotation, Data, Shape, XAxisName, YAxisName } from "plotly.js-dist-min";
import { InputError } from "../../errors.ts";
import type { Estimate, Evaluation, ScoredTable } from "../../evaluate/mod.ts";
import { count, modelText, number, WORDS } from "../format.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { legendHeight } from "./marks.ts";
import { BLUE, faded, INK, MUTED, VERMILLION } from "./palette.ts";
import { axisName, dashed, gridAxes, gridPanels, panelHeading } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";
import { shareText } from "./rates.ts";
import { attributeOf, decisionsOf, modelsOf, type ModelsOptions, noteOf, rowsOf, type RowsOptions } from "./subject.ts";

/** Points that keep their decision; more than this cannot be told apart. All that flip are drawn. */
const POINTS = 1500;

const kindsOf = ({ has }: (typeof WORDS)["high" | "low"]) =>
  [
    { name: "same decision", color: faded(MUTED, 0.45), symbol: "circle", size: 5 },
    { name: `only the counterfactual ${has}`, color: BLUE, symbol: "triangle-up", size: 9 },
    { name: `only the original ${has}`, color: VERMILLION, symbol: "triangle-down", size: 9 },
  ] as const;

interface Point {
  readonly x: number;
  readonly y: number;
  /** Index into {@linkcode kindsOf}. */
  readonly kind: number;
}

interface Panel {
  readonly name: string;
  readonly threshold: number | null;
  readonly flipRate: Estimate;
  readonly points: readonly Point[];
}

/**
 * Scores of people beside those of their counterfactuals, whose text states another education and is otherwise the
 * same: a panel per model with the line of equal scores, the thresholds, and every decision that flips.
 *
 * @throws {InputError} If a model has not scored counterfactuals.
 */
export function counterfactualShiftScatter(
  evaluation: Evaluation,
  options: Omit<ModelsOptions, "attribute"> & RowsOptions,
): Figure {
  const attribute = attributeOf(evaluation, {});
  const { favourable } = evaluation.settings;
  const kinds = kindsOf(WORDS[favourable]);
  const parts = modelsOf(evaluation, options.models).map((model): Panel => {
    const { columns } = rowsOf(evaluation, attribute, { table: options.table, model: model.name, which: "all" });
    const threshold = columns.threshold ?? model.threshold;
    const flipRate = model.overall.counterfactual?.metrics.flipRate;
    if (!flipRate) throw new InputError(`${model.name}: expected scores of counterfactuals, found none`);
    return { name: model.name, threshold, flipRate, points: pointsOf(columns, threshold, favourable) };
  });
  const grid = gridPanels(parts.length, 250, 60);
  const all = parts.flatMap(({ points, threshold }) => [
    ...(threshold === null ? [] : [threshold]),
    ...points.flatMap(({ x, y }) => [x, y]),
  ]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const edge = 0.03 * (high - low || 1);
  const range: [number, number] = [low - edge, high + edge];
  const axes = parts.map((_, p) => ({ xaxis: axisName("x", p), yaxis: axisName("y", p) }));
  return makeFigure({
    name: "counterfactual-shift",
    title: flipFinding(parts),
    subtitle:
      `Scores of pairs and of their counterfactuals, whose résumé states another education and is otherwise the ` +
      `same. ` +
      `Dashed: equal scores; dotted: threshold. ${noteOf(evaluation)}`,
    alt: parts.map((part) => panelText(part, WORDS[favourable].have)).join(" "),
    rows: parts.flatMap(({ name, points }) =>
      points.map(({ x, y, kind }) => ({ model: name, original: x, counterfactual: y, decision: kinds[kind]!.name }))
    ),
    data: parts.flatMap(({ points }, p) => drawPoints(points, kinds, { ...axes[p]!, showlegend: p === 0 })),
    layout: {
      ...gridAxes(
        grid,
        { title: { text: "Score of the original" }, range, nticks: 3 },
        { title: { text: "Score of the counterfactual" }, range, nticks: 6 },
      ),
      shapes: parts.flatMap(({ threshold }, p) => drawLines(threshold, range, axes[p]!)),
      annotations: parts.map((part, p) => heading(part, grid.cells[p]!)),
    },
    height: grid.height + 64 + legendHeight(kinds.map(({ name }) => name)),
  });
}

function pointsOf(
  columns: ScoredTable["models"][number],
  threshold: number | null,
  favourable: Evaluation["settings"]["favourable"],
): Point[] {
  const { original, changed } = decisionsOf(columns, threshold, favourable);
  return Array.from(columns.scores, (x, i) => {
    const y = columns.counterfactual![i]!;
    const [before, after] = [original(i), changed(i)];
    return { x, y, kind: before === after ? 0 : after ? 1 : 2 };
  }).filter(({ y }) => !Number.isNaN(y));
}

interface Axes {
  readonly xaxis: XAxisName;
  readonly yaxis: YAxisName;
}

function drawPoints(
  points: readonly Point[],
  kinds: ReturnType<typeof kindsOf>,
  axes: Axes & { readonly showlegend: boolean },
): Data[] {
  const same = points.filter(({ kind }) => kind === 0).length;
  const every = Math.max(1, Math.ceil(same / POINTS));
  return kinds.map(({ name, color, symbol, size }, kind): Data => {
    const own = points.filter((point) => point.kind === kind).filter((_, i) => kind !== 0 || i % every === 0);
    return {
      type: "scatter",
      mode: "markers",
      x: own.map(({ x }) => Number(x.toFixed(4))),
      y: own.map(({ y }) => Number(y.toFixed(4))),
      name,
      legendgroup: name,
      marker: { color, symbol, size },
      hovertemplate: "original %{x:.3f}<br>counterfactual %{y:.3f}<extra></extra>",
      ...axes,
    };
  });
}

function drawLines(threshold: number | null, [from, to]: readonly [number, number], axes: Axes): Partial<Shape>[] {
  const refs = { xref: axes.xaxis, yref: axes.yaxis, type: "line", layer: "below" } as const;
  const line = { color: INK, width: 1, dash: "dot" } as const;
  return [
    dashed([from, from], [to, to], { xref: axes.xaxis, yref: axes.yaxis }),
    ...(threshold === null ? [] : [
      { ...refs, x0: threshold, x1: threshold, y0: from, y1: to, line },
      { ...refs, x0: from, x1: to, y0: threshold, y1: threshold, line },
    ]),
  ];
}

function heading(
  { name, points, flipRate }: Panel,
  { x, y }: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
): Partial<Annotation> {
  const rate = flipRate.value === null
    ? wrapText(shareText(flipRate), 16, 2)
    : `flips ${flipRate.value === 0 ? "none" : shareText(flipRate)}`;
  return { ...panelHeading(`<b>${plotText(name)}</b> <br>n = ${count(points.length)}<br>${rate}`, y, x[0]), yshift: 2 };
}

function panelText({ name, threshold, points, flipRate }: Panel, have: string): string {
  const kinds = [1, 2].map((kind) => points.filter((point) => point.kind === kind).length);
  return `${name}${threshold === null ? "" : `, threshold ${number(threshold)}`}: of ${points.length} pairs with a ` +
    `counterfactual ${kinds[0]} ${have} only as the counterfactual and ${kinds[1]} only as the original; flip rate ${
      shareText(flipRate)
    }.`;
}

function flipFinding(parts: readonly Panel[]): string {
  const { name, flipRate } = parts.at(-1)!;
  const model = modelText(name);
  if (flipRate.value === null) return `Flips of ${model} are undefined: ${flipRate.reason}`;
  const rest = parts.slice(0, -1).map((other) => `${other.name} ${shareText(other.flipRate)}`);
  const beside = rest.length === 0 ? "" : `; ${rest.join(", ")}`;
  if (flipRate.value === 0) return `Another education flips none of ${model}’s decisions${beside}`;
  return `Another education flips ${shareText(flipRate)} of ${model}’s decisions${beside}`;
}
