/** ROC-AUC against a disparity, for every model that was tried. */
import type { Data } from "plotly.js-dist-min";
import { type Estimate, type Evaluation, type Front, metricTitle } from "../../evaluate/mod.ts";
import { paretoFront } from "../../metrics/mod.ts";
import { estimateText, number, quoted } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { intervalBars, legendHeight, type MarkStyle } from "./marks.ts";
import { BLUE, faded, GROUP_COLORS, MUTED, RULE } from "./palette.ts";
import { plotText, wrapText } from "./plot_text.ts";
import { numbersOf } from "./rates.ts";
import { type ModelsOptions, noteOf, partsOf } from "./subject.ts";

/** Which disparity {@linkcode paretoPlot} shows. */
export interface ParetoOptions extends ModelsOptions {
  /** What was compared, for the figure's name, such as `demo-sweep`. */
  readonly name?: string | undefined;
  /** `demographicParityDifference` if absent. */
  readonly metric?: string | undefined;
}

/** Up to this many models all have marks of their own. */
const MOST_NAMED = 10;

type Known = Estimate & { readonly value: number };

/** A model with what it reaches. */
interface Placed {
  readonly name: string;
  readonly rocAuc: Known;
  readonly disparity: Known;
  /** Whether it is on the front. */
  readonly best: boolean;
}

/**
 * ROC-AUC against a disparity between groups, for every model of an evaluation, with the front of those that no other
 * beats in both. Of many seeds: means over them, with intervals over people and seeds.
 */
export function paretoPlot(evaluation: Evaluation, options: ParetoOptions = {}): Figure {
  const { name = "models", metric = "demographicParityDifference" } = options;
  const { attribute, parts } = partsOf(evaluation, options);
  const points = parts.map(({ name, model, own }) => ({
    name,
    rocAuc: model.overall.metrics.rocAuc,
    disparity: own.disparities.find((own) => own.metric === metric),
  }));
  const { placed, missing } = placedOf(points);
  const best = placed.filter((point) => point.best).sort((a, b) => a.disparity.value - b.disparity.value);
  const title = metricTitle(metric).replace(/^[DE]/, (letter) => letter.toLowerCase());
  const seeds = Math.max(...parts.map(({ model }) => model.seeds));
  const named = placed.filter((point, i) => placed.length <= MOST_NAMED || i === 0 || point.best);
  return makeFigure({
    name: figureName("pareto", name, attribute, metricTitle(metric)),
    title: frontFinding(best, title),
    subtitle: `Up and left is better. Filled: on the front, beaten by no other point in both. ${
      seeds > 1 ? `Means over ${seeds} seeds. ` : ""
    }${noteOf(evaluation)} ${missing.join(" ")}`.trimEnd(),
    alt: [
      ...placed.map((point) => `${point.name}${point.best ? " (on the front)" : ""}: ${pointText(point, title)}.`),
      ...missing,
    ].join(" "),
    rows: placed.map(({ name, rocAuc, disparity, best }) => ({
      model: name,
      ...numbersOf("rocAuc", rocAuc),
      ...numbersOf(metric, disparity),
      front: best,
    })),
    data: drawFront(placed, { best, named, title }),
    layout: {
      xaxis: {
        title: { text: wrapText(`${metricTitle(metric)} between ${attribute} groups`, 34) },
        rangemode: "tozero",
      },
      yaxis: { title: { text: "ROC-AUC" } },
    },
    height: 380 + legendHeight(["front", ...named.map(({ name }) => wrapText(name, 24, 2))]),
  });
}

function placedOf(
  points: readonly { name: string; rocAuc: Estimate | undefined; disparity: Estimate | undefined }[],
): { placed: Placed[]; missing: string[] } {
  const { front, excluded } = paretoFront(
    points.map(({ rocAuc, disparity }) => ({ rocAuc: rocAuc?.value ?? null, disparity: disparity?.value ?? null })),
    [{ key: "rocAuc", direction: "max" }, { key: "disparity", direction: "min" }],
  );
  return {
    placed: points.flatMap(({ name, rocAuc, disparity }, i) =>
      isKnown(rocAuc) && isKnown(disparity) ? [{ name, rocAuc, disparity, best: front.includes(i) }] : []
    ),
    missing: excluded.map(({ point, reason }) => `${quoted(points[point]!.name)} has no place (${reason}).`),
  };
}

function isKnown(estimate: Estimate | undefined): estimate is Known {
  return estimate !== undefined && estimate.value !== null;
}

function pointText({ rocAuc, disparity }: Placed, title: string): string {
  return `ROC-AUC ${estimateText(rocAuc, number)}, ${title} ${estimateText(disparity, number)}`;
}

function drawFront(
  placed: readonly Placed[],
  { best, named, title }: {
    readonly best: readonly Placed[];
    readonly named: readonly Placed[];
    readonly title: string;
  },
): Data[] {
  const others = placed.filter((point) => !named.includes(point));
  const line: Data = {
    type: "scatter",
    mode: "lines",
    name: "front",
    x: best.map(({ disparity }) => disparity.value),
    y: best.map(({ rocAuc }) => rocAuc.value),
    // What lies between two points is reached by neither: the front is a flight of steps.
    line: { color: MUTED, width: 1.8, dash: "dot", shape: "hv" },
    hoverinfo: "skip",
  };
  const name = `${others.length} other ${others.length === 1 ? "model" : "models"}`;
  return [
    ...(best.length > 1 ? [line] : []),
    ...(others.length === 0 ? [] : [{ ...marks(others, { color: RULE, symbol: "circle" }, title), name } as Data]),
    ...named.map((point, i) => ({ ...marks([point], styleOf(i), title), name: wrapText(point.name, 24, 2) }) as Data),
  ];
}

function marks(own: readonly Placed[], { color, symbol }: Pick<MarkStyle, "color" | "symbol">, title: string): Data {
  const [x, y] = [own.map(({ disparity }) => disparity.value), own.map(({ rocAuc }) => rocAuc.value)];
  return {
    type: "scatter",
    mode: "markers",
    x,
    y,
    error_x: intervalBars(x, own.map(({ disparity }) => disparity.interval), faded(color, 0.5)),
    error_y: intervalBars(y, own.map(({ rocAuc }) => rocAuc.interval), faded(color, 0.5)),
    marker: {
      color,
      symbol: own.map(({ best }) => best ? symbol : `${symbol}-open` as MarkStyle["symbol"]),
      size: own.length > 1 ? 7 : 12,
      opacity: 1,
      line: { color, width: 1.8 },
    },
    hovertext: own.map((point) => `${plotText(point.name)}<br>${pointText(point, title)}`),
    hoverinfo: "text",
  };
}

function frontFinding(best: readonly Placed[], title: string): string {
  const [fairest, ...rest] = best;
  if (fairest === undefined) return "No model has both a ROC-AUC and this disparity";
  const sharpest = rest.at(-1);
  if (sharpest === undefined) {
    return `${quoted(fairest.name)} has the highest ROC-AUC, ${
      number(fairest.rocAuc.value)
    }, and the smallest ${title}, ${number(fairest.disparity.value)}`;
  }
  return `From ${quoted(sharpest.name)} to ${quoted(fairest.name)} the ${title} falls from ${
    number(sharpest.disparity.value)
  } to ${number(fairest.disparity.value)}, ROC-AUC from ${number(sharpest.rocAuc.value)} to ${
    number(fairest.rocAuc.value)
  }`;
}

const SYMBOLS = ["square", "circle", "diamond", "triangle-up", "cross", "star", "x"] as const;

/**
 * The style of the i-th point; the first, where others start from, in grey. Pairs of colour and symbol repeat after 49.
 */
function styleOf(i: number): Pick<MarkStyle, "color" | "symbol"> {
  const colors = [MUTED, ...GROUP_COLORS.filter((color) => color !== "#323d45")];
  return {
    color: colors[i % colors.length]!,
    symbol: SYMBOLS[(i + Math.floor(i / colors.length)) % SYMBOLS.length]!,
  };
}

/**
 * ROC-AUC lost against disparity removed, from the first model of a front to the strictest, with a band: the interval of
 * what was lost, over people and seeds. The slope is what a point of fairness costs.
 */
export function costCurve({ metric, attribute, points, seeds }: Front): Figure {
  const sorted = [...points].sort((a, b) => a.removed.value - b.removed.value);
  const x = sorted.map(({ removed }) => removed.value);
  const title = metricTitle(metric).toLowerCase();
  const most = sorted.at(-1)!;
  const band = (end: "low" | "high", more: object): Data => ({
    type: "scatter",
    mode: "lines",
    x,
    y: sorted.map(({ lost }) => lost[end]),
    line: { width: 0, color: BLUE },
    hoverinfo: "skip",
    showlegend: false,
    ...more,
  } as Data);
  return makeFigure({
    name: figureName("cost", metric, attribute),
    title: `Removing ${number(most.removed.value)} of the ${title} ${most.lost.value < 0 ? "gains" : "costs"} ${
      number(Math.abs(most.lost.value))
    } of ROC-AUC`,
    subtitle: `Measured from ${points[0]!.name}, ${seeds} seed${
      seeds === 1 ? "" : "s"
    }. Band: the interval of what was lost, over people and seeds.`,
    alt: sorted.map(({ name, removed, lost, perPoint }) =>
      `${name}: removed ${number(removed.value)}, lost ${number(lost.value)} (${number(lost.low)} to ${
        number(lost.high)
      })${perPoint === null ? "" : `, ${perPoint.toFixed(4)} per point`}.`
    ).join(" "),
    rows: sorted.map(({ name, disparity, rocAuc, removed, lost, perPoint }) => ({
      model: name,
      disparity: disparity.value,
      rocAuc: rocAuc.value,
      removed: removed.value,
      lost: lost.value,
      lostLow: lost.low,
      lostHigh: lost.high,
      perPoint,
    })),
    data: [
      band("low", {}),
      band("high", { fill: "tonexty", fillcolor: faded(BLUE, 0.2) }),
      {
        type: "scatter",
        mode: "lines+markers+text",
        x,
        y: sorted.map(({ lost }) => lost.value),
        textposition: "top left",
        text: sorted.map(({ name }) => plotText(name)),
        line: { color: BLUE, width: 2 },
        hovertemplate: "%{text}: removed %{x:.3f}, lost %{y:.3f}<extra></extra>",
        showlegend: false,
      } as Data,
    ],
    layout: {
      xaxis: { title: { text: `${metricTitle(metric)} removed` } },
      yaxis: { title: { text: "ROC-AUC lost" } },
    },
    height: 320,
  });
}
