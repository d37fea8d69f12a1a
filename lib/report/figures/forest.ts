/** Forest plots: disparities, what changes from one model to another, and for whom. */
import stringWidth from "string-width";
import type { Annotation, Layout, LayoutAxis, ScatterData } from "plotly.js-dist-min";
import { concludeChange, isBetter, metricShort, metricTitle } from "../../evaluate/mod.ts";
import type { DisparityEstimate, Estimate, Evaluation, ModelComparison } from "../../evaluate/mod.ts";
import { InputError } from "../../errors.ts";
import { count, estimateText, intervalText, levelText, listText, modelText, number, pValueText } from "../format.ts";
import { quoted, WORDS } from "../format.ts";
import type { Ends } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { findingOf } from "./titles.ts";
import { byGroup, intervalBars, type MarkStyle, modelStyle, SMALL_MARK, symbolOf } from "./marks.ts";
import { BLUE, INK, MUTED, VERMILLION } from "./palette.ts";
import { axisKey, axisName, panelHeading, textBeside } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";
import { numbersOf } from "./rates.ts";
import { attributeOf, type AttributeOptions, type ModelsOptions, noteOf, partsOf } from "./subject.ts";

/** A line of a forest plot: a heading, or an estimate with its interval. */
export type ForestRow = { readonly heading: string } | {
  /** Not escaped. */
  readonly label: string;
  readonly estimate: Estimate;
  readonly style: Pick<MarkStyle, "color" | "symbol">;
  /** Drawn hollow: nothing was shown. */
  readonly hollow: boolean;
  /** To the right of the interval, not escaped. */
  readonly note: string;
  /** Whether `+` stands before what is above 0. */
  readonly signed?: boolean | undefined;
};

/** A forest plot without its texts. */
export interface Forest {
  readonly data: Partial<ScatterData>[];
  readonly layout: Partial<Layout>;
  readonly height: number;
}

const HEADING = 28;
/** Pixels of an axis below a plot, with its title. */
const AXIS = 64;
const ROW = 26;
/** A row whose label takes two lines. */
const TALL = 38;
/** A row whose label, or whose reason, takes three. */
const TALLEST = 52;
/** Letters beside a plot on a narrow page. */
const WIDTH = 26;

/** Estimates under one another, with their intervals and a line at 0, each with its numbers beside its name. */
export function forest(rows: readonly ForestRow[], xaxis: string): Forest {
  let depth = 0;
  const placed = rows.map((row) => {
    const label = labelOf(row);
    const tall = [ROW, TALL, TALLEST][label.split("<br>").length - 1]!;
    const size = "heading" in row ? Math.max(HEADING, tall) : row.estimate.value === null ? TALLEST : tall;
    depth += size;
    return { row, label, y: depth - size / 2 };
  });
  const lines = placed.flatMap(({ row, y }) => "heading" in row ? [] : [{ ...row, y }]);
  const ends = lines.flatMap(({ estimate: { value, interval } }) =>
    value === null ? [] : [value, interval?.low ?? value, interval?.high ?? value]
  );
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = 0.5 * (high - low || 1);
  return {
    data: [forestMarks(lines)],
    layout: {
      yaxis: {
        range: [depth, 0],
        tickvals: placed.map(({ y }) => y),
        ticktext: placed.map(({ label }) => label),
        tickfont: { size: 12, color: INK },
        showgrid: false,
      },
      xaxis: {
        title: { text: plotText(xaxis) },
        range: [low - 0.04 * (high - low || 1), high + room],
        zeroline: true,
        zerolinecolor: MUTED,
        zerolinewidth: 1.5,
        nticks: 6,
      } as Partial<LayoutAxis>,
      annotations: lines.map(forestNote),
    },
    height: depth + AXIS,
  };
}

type PlacedRow = Exclude<ForestRow, { readonly heading: string }> & { readonly y: number };

function forestMarks(lines: readonly PlacedRow[]): Partial<ScatterData> {
  const drawn = lines.flatMap(({ estimate, ...row }) =>
    estimate.value === null ? [] : [{ ...row, value: estimate.value, interval: estimate.interval }]
  );
  const values = drawn.map(({ value }) => value);
  const color = drawn.map(({ style }) => style.color);
  return {
    type: "scatter",
    mode: "markers",
    x: values,
    y: drawn.map(({ y }) => y),
    marker: {
      size: 9,
      color,
      symbol: drawn.map(({ style, hollow }) => symbolOf(style.symbol, hollow) as "circle"),
      line: { width: 1.8, color },
    },
    error_x: intervalBars(values, drawn.map(({ interval }) => interval), INK),
    hovertext: drawn.map((row) => `${plotText(row.label)}<br>${plotText(numbersText(row))} ${plotText(row.note)}`),
    hoverinfo: "text",
    showlegend: false,
  };
}

function forestNote({ estimate, note, y }: PlacedRow): Partial<Annotation> {
  const { value, interval } = estimate;
  return textBeside(value === null ? wrapText(`undefined: ${estimate.reason}`, 24, 3) : plotText(note), {
    x: value === null ? 0 : Math.max(value, interval?.high ?? value),
    y,
    xshift: 6,
    font: { size: 11, color: MUTED },
  });
}

function labelOf(row: ForestRow): string {
  if ("heading" in row) return `<b>${wrapText(row.heading, WIDTH, 2)}</b>`;
  const { value, interval } = row.estimate;
  const name = wrapText(row.label, WIDTH, 2);
  if (value === null) return name;
  const numbers = numbersText({ ...row, value, interval });
  return stringWidth(row.label) + 1 + numbers.length > WIDTH ? `${name}<br>${numbers}` : `${name} ${numbers}`;
}

function numbersText(
  { value, interval, signed }: {
    readonly value: number;
    readonly interval: Ends | null;
    readonly signed?: boolean | undefined;
  },
): string {
  // A bound of 0.004 must not read as 0.
  const digits = (x: number) => Math.abs(x) >= 0.005 || Math.abs(x) < 0.0005 ? 2 : 3;
  const text = (x: number) => {
    const rounded = Number(x.toFixed(digits(x)));
    return (signed && rounded > 0 ? "+" : "") + (rounded === 0 ? "0.00" : number(rounded, digits(x)));
  };
  return `${text(value)} ${intervalText(interval, text)}`.trim();
}

/** The disparities that forests show, where they exist. */
const SHOWN = [
  "demographicParityDifference",
  "equalizedOddsDifference",
  "equalOpportunityDifference",
  "falsePositiveRateDifference",
  "predictiveParityDifference",
  "groundTruthEqualizedOddsDifference",
];

/** The criterion that a difference is of: the axis says that it is one. */
function criterion(metric: string): string {
  return metricTitle(metric).replace(" difference", "");
}

/** The disparities between groups under several models, under one another with their intervals and tests. */
export function disparityForest(evaluation: Evaluation, options: ModelsOptions = {}): Figure {
  const { attribute, parts } = partsOf(evaluation, options);
  const { settings } = evaluation;
  const found = SHOWN.map((metric) => ({
    metric,
    own: parts.flatMap(({ name, own }, m) => {
      const disparity = own.disparities.find((own) => own.metric === metric);
      return disparity === undefined ? [] : [{ name, m, disparity, ...findingOf(disparity, settings) }];
    }),
  })).filter(({ own }) => own.length > 0);
  const rows = found.flatMap(({ metric, own }): ForestRow[] => [
    { heading: criterion(metric) },
    ...own.map(({ name, m, disparity, shown }): ForestRow => ({
      label: name,
      estimate: disparity,
      style: modelStyle(m),
      hollow: !shown,
      note: disparity.pValue === null ? "" : pValueText(disparity.pValue),
    })),
  ]);
  const last = parts.at(-1)!;
  return makeFigure({
    name: figureName("disparities", attribute),
    title: disparityFinding(last.name, found.flatMap(({ own }) => own.filter(({ name }) => name === last.name))),
    subtitle: `Differences between ${attribute} groups. Filled: statistically significant at ${
      levelText(1 - settings.confidence)
    }, by a permutation test; hollow: not significant; not adjusted for their number. ${noteOf(evaluation)}`,
    alt: found.flatMap(({ metric, own }) =>
      own.map(({ name, disparity, text }) =>
        `${criterion(metric)}, ${name}: ${estimateText(disparity, number)}${
          disparity.value === null ? "" : `, ${text}`
        }.`
      )
    ).join(" "),
    rows: found.flatMap(({ metric, own }) =>
      own.map(({ name, disparity, shown }) => ({
        metric,
        model: name,
        ...numbersOf("difference", disparity),
        pValue: disparity.pValue,
        significant: shown,
      }))
    ),
    ...forest(rows, "Difference between groups"),
  });
}

function disparityFinding(
  model: string,
  found: readonly { readonly disparity: DisparityEstimate; readonly shown: boolean }[],
): string {
  const [first] = found;
  if (first !== undefined && first.disparity.value === null) {
    return `Groups cannot be compared: ${first.disparity.reason}`;
  }
  const name = modelText(model);
  const [shown, rest] = [found.filter(({ shown }) => shown), found.filter(({ shown }) => !shown)];
  if (shown.length === 0) {
    return `None of the ${found.length} disparities tested of ${name} is statistically significant`;
  }
  const titled = ({ disparity }: typeof found[number]) => criterion(disparity.metric).toLowerCase();
  const list = shown.map((own) => `${titled(own)} ${number(own.disparity.value!, 2)}`);
  return `Of the ${found.length} disparities tested of ${name}, ${listText(list)} ${
    shown.length === 1 ? "is" : "are"
  } statistically significant${
    rest.length === 0
      ? ""
      : `, ${rest.length === 1 ? titled(rest[0]!) : `the other ${rest.length}`} ${rest.length === 1 ? "is" : "are"} not`
  }`;
}

/** Forests above each other, each with an axis of its own: what changes by 0.01 and by 0.6 cannot share one. */
function stackForests(parts: readonly (Forest & { readonly heading: string })[]): Forest {
  const shown = parts.filter(({ data }) => data.some(({ y }) => (y as number[]).length > 0));
  const depthOf = ({ height }: Forest) => height - AXIS;
  const total = shown.reduce((sum, part) => sum + HEADING + depthOf(part), AXIS * (shown.length - 1));
  let top = total;
  const placed = shown.map((part, p) => {
    top -= HEADING;
    const domain = [Math.max(0, (top - depthOf(part)) / total), top / total] as const;
    top -= depthOf(part) + AXIS;
    return { ...part, domain, x: axisName("x", p), y: axisName("y", p) };
  });
  return {
    data: placed.flatMap(({ data, x, y }) => data.map((trace) => ({ ...trace, xaxis: x, yaxis: y }))),
    layout: {
      ...Object.assign(
        {},
        ...placed.map(({ layout, domain, x, y }) => ({
          [axisKey(x)]: { ...layout.xaxis, anchor: y },
          [axisKey(y)]: { ...layout.yaxis, domain: [...domain], anchor: x },
        })),
      ),
      annotations: placed.flatMap(({ layout, domain, heading, x, y }) => [
        panelHeading(heading, domain),
        ...(layout.annotations ?? []).map((own) => ({ ...own, xref: x, yref: y })),
      ]),
    },
    height: total + AXIS,
  };
}

/** The metrics of everybody whose change is shown; the title speaks of areas, which no threshold decides. */
const QUALITY = ["rocAuc", "groundTruthRocAuc", "averagePrecision", "f1"];

/** Whether a change is for the better, for the worse, or neither is shown. */
export type Verdict = "better" | "worse" | "not significant";

/** What a change is, in a word. */
export function verdictOf(metric: string, change: Estimate): Verdict {
  const better = isBetter(metric, change);
  return better === null ? "not significant" : better ? "better" : "worse";
}

interface Line {
  readonly metric: string;
  readonly title: string;
  readonly change: Estimate;
  readonly verdict: Verdict;
  /** Whether the title speaks of it. */
  readonly titled: boolean;
}

/**
 * What changed from one model to another: quality, of which more is better, and disparities, of which less is. Both
 * models are resampled together, so what they share cancels out.
 */
export function changeForest(evaluation: Evaluation, options: AttributeOptions = {}): Figure {
  const attribute = attributeOf(evaluation, options);
  if (evaluation.comparisons.length === 0) throw new InputError("Expected two models to compare, found one");
  const parts = evaluation.comparisons.map((comparison) => ({ ...comparison, lines: linesOf(comparison, attribute) }));
  const several = parts.length > 1;
  const rowsOf = (isDisparity: boolean) =>
    parts.flatMap(({ from, to, lines }): ForestRow[] => {
      const own = lines.filter(({ metric }) => isDisparity !== QUALITY.includes(metric));
      return own.length === 0 ? [] : [...(several ? [{ heading: `${to} − ${from}` }] : []), ...own.map(rowOf)];
    });
  const rowOf = ({ title, change, verdict }: Line): ForestRow => ({
    label: title,
    estimate: change,
    style: { color: { better: BLUE, worse: VERMILLION, "not significant": MUTED }[verdict], symbol: "circle" },
    hollow: verdict === "not significant",
    note: verdict,
    signed: true,
  });
  const last = parts.at(-1)!;
  const change = several ? "change" : `change, ${last.to} − ${last.from}`;
  return makeFigure({
    name: figureName("changes", attribute),
    title: changeFinding(last),
    subtitle: `Quality, and differences between ${attribute} groups. Hollow: not ` +
      `significant, the interval contains 0. ${noteOf(evaluation)}`,
    alt: parts.map(({ from, to, lines }) =>
      `${to} minus ${from}: ${
        lines.map(({ title, change, verdict }) =>
          `${title} ${estimateText(change, number)}${change.value === null ? "" : `, ${verdict}`}`
        ).join("; ")
      }.`
    ).join(" "),
    rows: parts.flatMap(({ from, to, lines }) =>
      lines.map(({ metric, title, change, verdict }) => (
        { from, to, metric, title, ...numbersOf("change", change), verdict }
      ))
    ),
    ...stackForests([
      { heading: `<b>Quality</b>: more is better`, ...forest(rowsOf(false), `Quality, ${change}`) },
      { heading: `<b>Disparities</b>: less is better`, ...forest(rowsOf(true), `Disparity, ${change}`) },
    ]),
  });
}

function linesOf({ overall, attributes }: ModelComparison, attribute: string): Line[] {
  const line = (metric: string, title: string, change: Estimate | undefined, titled: boolean): Line[] => {
    if (change === undefined) return [];
    return [{ metric, title, change, verdict: verdictOf(metric, change), titled }];
  };
  const disparities = attributes.find((own) => own.attribute === attribute)?.disparities ?? [];
  return [
    ...QUALITY.flatMap((metric) => line(metric, metricTitle(metric), overall[metric], metric.endsWith("Auc"))),
    ...SHOWN.flatMap((metric) =>
      line(metric, criterion(metric), disparities.find((own) => own.metric === metric), true)
    ),
    ...line("flipRate", metricTitle("flipRate"), overall.flipRate, true),
  ];
}

/** What a change made better and worse, in a sentence. */
export function changeText(comparison: ModelComparison, attribute: string): string {
  return changeFinding({ ...comparison, lines: linesOf(comparison, attribute) });
}

function changeFinding({ from, to, lines }: { from: string; to: string; lines: readonly Line[] }): string {
  const said = (["better", "worse"] as const).flatMap((verdict) => {
    const own = lines.filter((line) => line.titled && line.verdict === verdict).map(({ title, change }) => {
      const value = change.value!;
      return `${title.replace(/^[CDE]/, (letter) => letter.toLowerCase())} ${value > 0 ? "+" : ""}${number(value, 2)}`;
    });
    return own.length === 0 ? [] : [`${verdict}: ${listText(own)}`];
  });
  return `From ${from} to ${to}, ${
    said.length === 0 ? "no change of AUC or of a disparity is statistically significant" : said.join("; ")
  }`;
}

/** What a group gets from a change of models, compared with everybody. */
export type Gain = "gains" | "loses" | "not significant";

/** How the rates of a group change from one model to another. */
export type RateChanges = ModelComparison["attributes"][number]["groups"][number];

/**
 * Whether a group gains or loses, compared with everybody. Of a small group that is never said: a few rows that all
 * agree have an interval without width, which is not certainty.
 */
export function gainOf({ small, rates }: Pick<RateChanges, "small" | "rates">, rate: string): Gain {
  const { relative } = rates[rate]!;
  if (small || concludeChange(relative).kind !== "difference shown") return "not significant";
  return relative.value! > 0 ? "gains" : "loses";
}

export function gainWord(group: Pick<RateChanges, "small" | "rates">, rate: string): Gain | "few rows" {
  return group.small ? "few rows" : gainOf(group, rate);
}

/** How the rates of an attribute's groups change, by the label that errors are held against. */
export function groupChanges({ attributes }: ModelComparison, attribute: string): readonly RateChanges[] {
  const groups = attributes.find((own) => own.attribute === attribute)?.groups ?? [];
  return groups.filter(({ against }) => against !== "groundTruth");
}

const GAIN_COLORS = { gains: BLUE, loses: VERMILLION, "not significant": MUTED } as const;

/** Which models {@linkcode groupChangeForest} compares. */
export interface GroupChangeOptions extends AttributeOptions {
  /** A comparison of the evaluation by its models; the last if absent. */
  readonly from?: string | undefined;
  /** The model after the change. */
  readonly to?: string | undefined;
}

/**
 * Who gains and who loses when one model takes the place of another: how much more, or less, the rate of selection of
 * each group changes than that of everybody.
 */
export function groupChangeForest(evaluation: Evaluation, options: GroupChangeOptions = {}): Figure {
  const attribute = attributeOf(evaluation, options);
  const { settings: { confidence, smallBelow, favourable }, data: { clusters, columns } } = evaluation;
  const comparison = evaluation.comparisons.findLast(({ from, to }) =>
    from === (options.from ?? from) && to === (options.to ?? to)
  );
  if (comparison === undefined) throw new InputError("Expected models that were compared, found others");
  const { from, to } = comparison;
  const blocks = blocksOf(
    comparison.attributes.find((own) => own.attribute === attribute)?.groups ?? [],
    metricShort("selectionRate", favourable),
  );
  const rows = blocks.filter(({ drawn }) => drawn).flatMap(({ title, rate, groups }): ForestRow[] => [
    { heading: title },
    ...groups.map((group) => gainRow(group, rate)),
  ]);
  const small = blocks.some(({ groups }) => groups.some((group) => group.small));
  const unit = clusters === null ? "rows" : `${count(clusters)} ${columns.cluster}`;
  return makeFigure({
    name: figureName("group-changes", from, to, attribute),
    title: gainFinding(`From ${from} to ${to}, compared with everybody,`, blocks[0]?.groups ?? [], {
      attribute,
      inWhat: WORDS[favourable].gains,
    }),
    subtitle: `How much more or less often each ${attribute} group ${
      WORDS[favourable].has
    } by ${to} than by ${from}, relative to the overall change. Hollow: not significant. Intervals resample ${unit} and hold for all groups together with ${
      levelText(confidence)
    }.${small ? ` ${SMALL_MARK}: fewer than ${smallBelow} rows.` : ""}`,
    alt: blocks.map(({ title, rate, groups }) =>
      `${title}: ${
        groups.map((group) => {
          const { relative } = group.rates[rate]!;
          const verdict = gainWord(group, rate);
          return `${group.group} ${estimateText(relative, number)}${relative.value === null ? "" : `, ${verdict}`}`;
        }).join("; ")
      }.`
    ).join(" "),
    rows: blocks.flatMap(({ rate, against, groups }) =>
      groups.map((group) => ({
        rate,
        against,
        group: group.group,
        n: group.count,
        ...numbersOf("change", group.rates[rate]!.change),
        ...numbersOf("relative", group.rates[rate]!.relative),
        gain: gainWord(group, rate),
      }))
    ),
    ...forest(rows, "Change relative to the overall change"),
  });
}

function gainRow(group: RateChanges, rate: string): ForestRow {
  const gain = gainOf(group, rate);
  return {
    label: group.group + (group.small ? SMALL_MARK : ""),
    estimate: group.rates[rate]!.relative,
    style: { color: GAIN_COLORS[gain], symbol: "circle" },
    hollow: gain === "not significant",
    note: gainWord(group, rate),
    signed: true,
  };
}

function blocksOf(all: readonly RateChanges[], selected: string) {
  const groups = byGroup(all.filter(({ against }) => against !== "groundTruth"));
  const trusted = byGroup(all.filter(({ against }) => against === "groundTruth"));
  const labelled = groups.some(({ against }) => against === "label");
  return [
    {
      title: selected,
      rate: "selectionRate",
      drawn: true,
      against: null,
      groups: groups.length > 0 ? groups : trusted,
    },
    ...(labelled
      ? [
        { title: "Positive labels (TPR)", rate: "tpr", drawn: false, against: "label", groups },
        { title: "Negative labels (FPR)", rate: "fpr", drawn: false, against: "label", groups },
      ]
      : []),
    ...(trusted.length > 0
      ? [{ title: "Ground truth positive", rate: "tpr", drawn: true, against: "ground truth", groups: trusted }]
      : []),
  ];
}

function gainFinding(
  start: string,
  groups: readonly RateChanges[],
  { attribute, inWhat }: { readonly attribute: string; readonly inWhat: string },
): string {
  const named = (verdict: Gain) =>
    groups.filter((group) => gainOf(group, "selectionRate") === verdict).map(({ group }) => quoted(group));
  const [winners, losers] = [named("gains"), named("loses")];
  const verb = (names: readonly string[], one: string, many: string) => names.length === 1 ? one : many;
  const gain = winners.length === 0
    ? ""
    : `${listText(winners)} ${verb(winners, "gains", "gain")} ${inWhat}${losers.length === 0 ? "" : " and "}`;
  const lose = losers.length === 0
    ? ""
    : `${listText(losers)} ${verb(losers, "loses", "lose")}${winners.length === 0 ? ` ${inWhat}` : ""}`;
  if (gain === "" && lose === "") {
    return `${start} no ${attribute} group gains or loses significantly ${inWhat}`;
  }
  return `${start} ${gain}${lose}`;
}
