/** Bars of shares by group: who is selected, and how often rightly. */
import type { Annotation, BarData, Data, LayoutAxis, Shape, YAxisName } from "plotly.js-dist-min";
import type { Estimate, Evaluation, GroupEvaluation } from "../../evaluate/mod.ts";
import type { GroupCount } from "../../metrics/mod.ts";
import { count, type Ends, estimateText, modelText, number, quoted, theModel, wholePercent, WORDS } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { disparityOf, extremesOf, findingOf, judgedGroups } from "./titles.ts";
import { byGroup, groupLabels, intervalBars, legendHeight, modelStyle, rowsHeight, smallNote } from "./marks.ts";
import { BLUE, faded, INK, MUTED, VERMILLION } from "./palette.ts";
import { axisKey, axisName, panelHeading, remark, rowAxis, stackPanels, textBeside, upright } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";
import { type ModelsOptions, noteOf, type Part, partsOf } from "./subject.ts";

/** A bar of a share. */
export interface RateBar {
  /** Where it stands on the axis of rows. */
  readonly at: number;
  readonly rate: Estimate;
  /** Rows that the share is of. */
  readonly of: number;
  readonly color: string;
  /** Drawn hollow. */
  readonly small: boolean;
  /** Escaped, for the pointer. */
  readonly hover: string;
  /** Beside the value, escaped. */
  readonly note?: string | undefined;
}

/**
 * Bars of shares with their intervals; those of undefined shares are left to {@linkcode rateValues}. `thickness` is in
 * rows.
 */
export function rateBars(bars: readonly RateBar[], thickness: number, yaxis: YAxisName): Partial<BarData>[] {
  const defined = bars.filter(({ rate }) => rate.value !== null);
  // A trace has one colour of intervals, and those of a few rows are to be seen as such.
  return [defined.filter(({ small }) => !small), defined.filter(({ small }) => small)]
    .filter(({ length }) => length > 0).map((own) => barTrace(own, thickness, yaxis));
}

function barTrace(defined: readonly RateBar[], thickness: number, yaxis: YAxisName): Partial<BarData> {
  const values = defined.map(({ rate }) => rate.value!);
  return {
    type: "bar",
    orientation: "h",
    x: values,
    y: defined.map(({ at }) => at),
    width: thickness,
    marker: {
      color: defined.map(({ color, small }) => faded(color, small ? 0.12 : 0.75)),
      line: { color: defined.map(({ color }) => color), width: 1.5 },
    },
    error_x: intervalBars(values, defined.map(({ rate }) => rate.interval), faded(INK, defined[0]!.small ? 0.4 : 1)),
    hovertext: defined.map(({ hover }) => hover),
    hoverinfo: "text",
    showlegend: false,
    yaxis,
  };
}

/** The numbers of bars at the ends of their intervals, or why there are none. */
export function rateValues(bars: readonly RateBar[], yaxis: YAxisName): Partial<Annotation>[] {
  return bars.map(({ at, of, rate, note = "" }) =>
    textBeside(rate.value === null ? wrapText(`undefined: ${rate.reason}`, 26, 2) : valueText(rate, of) + note, {
      x: rate.value === null ? 0 : Math.max(rate.value, rate.interval?.high ?? 0),
      y: at,
      yref: yaxis,
      xshift: 4,
      font: { size: 11.5, color: rate.value === null ? MUTED : INK },
    })
  );
}

function valueText({ value, interval }: Estimate, of: number): string {
  if (interval?.low !== interval?.high || (value !== 0 && value !== 1)) return wholePercent(value!);
  return value === 0 ? `none of ${count(of)}` : `all ${count(of)}`;
}

/** An axis of shares from 0, with ticks that suit the largest of them, and room for numbers beside the bars. */
export function shareAxis(rates: readonly Estimate[], room: number): Partial<LayoutAxis> {
  const ends = rates.flatMap(({ value, interval }) => value === null ? [] : [value, interval?.high ?? 0]);
  const highest = ends.length === 0 ? 1 : Math.max(0.05, ...ends);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].find((step) => highest / step <= 4.5) ?? 0.25;
  const ticks = Math.floor(Math.min(1, highest / (1 - room)) / step + 1e-9);
  return {
    range: [0, highest / (1 - room)],
    tickvals: Array.from({ length: ticks + 1 }, (_, i) => Number((i * step).toPrecision(6))),
    tickformat: ".0%",
  };
}

/** A share with its interval, for a text alternative or the pointer. */
export function shareText(share: Estimate): string {
  return estimateText(share, wholePercent);
}

/**
 * Selection rates by group, a panel per model, with the line of four fifths of the highest rate (Uniform Guidelines on
 * Employee Selection Procedures, 29 CFR 1607.4 D).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate } from "@fair-embeddings/lib";
 * import { selectionRates } from "@fair-embeddings/lib/report";
 *
 * const evaluation = evaluate({
 *   source: "four people",
 *   scores: { match: [0.9, 0.8, 0.2, 0.7] },
 *   groups: { education: ["degree", "degree", "none", "none"] },
 * }, { resamples: 20 });
 * assertEquals(selectionRates(evaluation).rows.map(({ selectionRate }) => selectionRate), [1, 0.5]);
 * ```
 */
export function selectionRates(evaluation: Evaluation, options: ModelsOptions = {}): Figure {
  const { attribute, parts: models } = partsOf(evaluation, options);
  const parts = models.map((part) => ({ ...part, ...impactOf(part.own) }));
  const groups = parts[0]!.groups;
  const words = WORDS[evaluation.settings.favourable];
  const { data, axes, shapes, annotations, height } = drawSelection(parts, words.share);
  const failing = parts.some(({ groups }) => groups.some(({ passes }) => passes === false));
  return makeFigure({
    name: figureName("selection-rates", attribute),
    title: selectionFinding(parts, evaluation),
    subtitle: `${words.shareOf} ${attribute} group.${
      failing ? ` Orange, with the ratio in brackets: below four fifths of ${measureOf(parts)}.` : ""
    } ${noteOf(evaluation)}${smallNote(groups, evaluation.settings.smallBelow)}`,
    alt: parts.map(({ name, groups }) =>
      `${name}: ${
        groups.map((group) => `${group.group} (n = ${group.count}) ${shareText(selectionRate(group))}`).join(", ")
      }.`
    ).join(" "),
    rows: parts.flatMap(({ name, groups }) =>
      groups.map((group) => ({
        model: name,
        group: group.group,
        n: group.count,
        ...numbersOf("selectionRate", selectionRate(group)),
        ratio: group.ratio,
        fourFifths: group.passes,
      }))
    ),
    data,
    layout: {
      ...axes,
      xaxis: {
        title: { text: `Share of the group ${words.share}` },
        ...shareAxis(parts.flatMap(({ groups }) => groups.map(selectionRate)), 0.24),
        anchor: axisName("y", parts.length - 1),
      },
      shapes,
      annotations,
      barmode: "overlay",
    },
    height: height + 64,
  });
}

function drawSelection(parts: readonly SelectionPart[], share: string) {
  const labels = groupLabels(parts[0]!.groups);
  const { domains, height } = stackPanels(parts.map(() => rowsHeight(labels) - 64), 34);
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  parts.forEach(({ name, model: { threshold }, groups, highest, own }, p) => {
    const y = axisName("y", p);
    axes[axisKey(y)] = rowAxis(labels, domains[p]!, 0.5);
    const rule = threshold === null ? "" : `: threshold ${number(threshold)}`;
    annotations.push(panelHeading(`<b>${plotText(name)}</b>${rule}`, domains[p]!));
    const bars = groups.map((group, g): RateBar => ({
      at: g,
      rate: selectionRate(group),
      of: group.count,
      color: group.passes === false ? VERMILLION : group.ratio === null && highest ? MUTED : BLUE,
      small: group.small,
      hover: `${labels[g]}<br>${share}: ${shareText(selectionRate(group))}`,
      note: group.passes === false ? ` (${number(group.ratio!, 2)})` : undefined,
    }));
    data.push(...rateBars(bars, 0.62, y));
    annotations.push(...rateValues(bars, y));
    if (highest === null || highest === 0) return;
    const of = own.reference?.from === "option" ? plotText(quoted(own.reference.group)) : "highest";
    const limit = fourFifthsLine(highest, groups.length, { yref: y, of });
    shapes.push(limit.shape);
    annotations.push(limit.annotation);
  });
  return { data, axes, shapes, annotations, height };
}

/** An estimate as columns of a figure's rows. */
export function numbersOf(
  name: string,
  { value, interval }: { readonly value: number | null; readonly interval?: Ends | null | undefined },
): Record<string, number | null> {
  return { [name]: value, [`${name}Low`]: interval?.low ?? null, [`${name}High`]: interval?.high ?? null };
}

function fourFifthsLine(
  highest: number,
  groups: number,
  { yref, of }: { readonly yref: YAxisName; readonly of: string },
) {
  const limit = Number((0.8 * highest).toPrecision(12));
  return {
    shape: upright(limit, { color: MUTED, width: 1.2, dash: "dash" }, [-0.5, groups - 0.5], { yref }),
    annotation: remark(`⅘ of ${of}`, { x: limit, y: -0.5, yref }),
  };
}

function selectionRate({ metrics }: Pick<GroupEvaluation, "metrics">): Estimate {
  return metrics.selectionRate!;
}

/**
 * Groups with their ratio to the attribute's reference. Small groups are not judged, if two large ones are left; where
 * nobody is selected, no rule is broken.
 */
function impactOf({ groups, reference }: Part["own"]) {
  const all = byGroup(groups);
  const judged = judgedGroups(all, selectionRate);
  const measure = all.find(({ group }) => group === reference?.group);
  const rates = (measure === undefined ? judged : [measure]).map((group) => selectionRate(group).value ?? 0);
  const highest = judged.length < 2 ? null : Math.max(...rates);
  return {
    highest,
    groups: all.map((group) => {
      const ratio = judged.includes(group) && highest ? group.impactRatio.value : null;
      return { ...group, ratio, passes: ratio === null ? null : group.fourFifths };
    }),
  };
}

/** What the rates are held against, in words. */
function measureOf(parts: readonly SelectionPart[]): string {
  const { reference } = parts.at(-1)!.own;
  return reference?.from === "option" ? `the rate of ${quoted(reference.group)}` : "the highest rate";
}

type SelectionPart = Part & ReturnType<typeof impactOf>;

function selectionFinding(
  parts: readonly SelectionPart[],
  { settings }: Evaluation,
): string {
  const { name, own, groups, highest } = parts.at(-1)!;
  const extremes = extremesOf(groups, selectionRate);
  if (groups.length < 2) return `${own.attribute}: only one group, so there is nothing to compare`;
  if (extremes === null || highest === null) return `${own.attribute}: selection rates cannot be compared`;
  const hoped = settings.favourable === "high";
  if (highest === 0) return hoped ? `${theModel(name)} selects nobody` : `${theModel(name)}: ${WORDS.low.nobody}`;
  const { low, high } = extremes;
  const rate = (group: GroupEvaluation) => `${wholePercent(selectionRate(group).value!)} of ${quoted(group.group)}`;
  const { shown, text } = findingOf(disparityOf(own, "demographicParityDifference"), settings);
  const passes = groups.find(({ group }) => group === low.group)!.passes;
  const rule = shown && passes !== null ? `${passes ? "within" : "below"} four fifths, ` : "";
  return hoped
    ? `${theModel(name)} selects ${rate(low)} and ${rate(high)}: ${rule}${text}`
    : `${theModel(name)} gives the favourable outcome to ${rate(low)} and ${rate(high)}: ${rule}${text}`;
}

const PANELS = [
  {
    metric: "tpr",
    disparity: "equalOpportunityDifference",
    of: "positive",
    label: 1,
    heading: "<b>TPR</b>: of positive labels",
  },
  {
    metric: "fpr",
    disparity: "falsePositiveRateDifference",
    of: "negative",
    label: 0,
    heading: "<b>FPR</b>: of negative labels",
  },
] as const;

const BAR = 18;

/**
 * True and false positive rates by group, a bar per model: what equalized odds compares (Hardt, Price & Srebro 2016).
 */
export function errorRates(evaluation: Evaluation, options: ModelsOptions = {}): Figure {
  const { attribute, parts: models } = partsOf(evaluation, options);
  const parts = models.map((part) => ({ ...part, groups: byGroup(part.own.groups) }));
  const groups = parts[0]!.groups;
  const { smallBelow, favourable } = evaluation.settings;
  const { flagged } = WORDS[favourable];
  const rated = PANELS.flatMap(({ label }) => groups.map((group) => ratedBy(group, label, smallBelow)));
  const { data, axes, annotations, height } = drawErrors(parts, { smallBelow, flagged });
  const names = models.map(({ name }) => plotText(name));
  return makeFigure({
    name: figureName("error-rates", attribute),
    title: errorFinding(models.at(-1)!, evaluation),
    subtitle: `True and false positive rates of each ${attribute} group; n is the rows with that label. ${
      noteOf(evaluation)
    }${smallNote(rated, smallBelow)}`,
    alt: PANELS.flatMap(({ metric, label }) =>
      parts.map(({ name, groups }) =>
        `${metric.toUpperCase()}, ${name}: ${
          groups.map((group) => `${group.group} (n = ${withLabel(group, label)}) ${shareText(group.metrics[metric]!)}`)
            .join(", ")
        }.`
      )
    ).join(" "),
    rows: parts.flatMap(({ name, groups }) =>
      groups.map(({ group, count, positives, metrics }) => ({
        model: name,
        group,
        n: count,
        positives,
        ...numbersOf("tpr", metrics.tpr!),
        ...numbersOf("fpr", metrics.fpr!),
      }))
    ),
    data,
    layout: {
      ...axes,
      xaxis: {
        title: { text: `Share ${flagged}` },
        ...shareAxis(
          PANELS.flatMap(({ metric }) => parts.flatMap(({ groups }) => groups.map(({ metrics }) => metrics[metric]!))),
          0.16,
        ),
        anchor: axisName("y", PANELS.length - 1),
      },
      annotations,
      barmode: "overlay",
    },
    height: height + 64 + legendHeight(names),
  });
}

function drawErrors(
  parts: readonly (Part & { readonly groups: readonly GroupEvaluation[] })[],
  { smallBelow, flagged }: { readonly smallBelow: number; readonly flagged: string },
) {
  const groups = parts[0]!.groups;
  const labels = PANELS.map(({ label }) => groupLabels(groups.map((group) => ratedBy(group, label, smallBelow))));
  const rows = Math.max(rowsHeight(labels.flat()) / PANELS.length - 40, groups.length * (BAR * parts.length + 12));
  const { domains, height } = stackPanels(PANELS.map(() => rows), 30);
  const data: Data[] = [], annotations: Partial<Annotation>[] = [];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  const thickness = 0.8 / parts.length;
  PANELS.forEach(({ metric, label, heading }, p) => {
    const y = axisName("y", p);
    axes[axisKey(y)] = rowAxis(labels[p]!, domains[p]!);
    annotations.push(panelHeading(`${heading}, ${flagged}`, domains[p]!));
    parts.forEach(({ name, groups }, m) => {
      const bars = groups.map((group, g): RateBar => ({
        at: Number((g + (m - (parts.length - 1) / 2) * thickness).toFixed(4)),
        rate: group.metrics[metric]!,
        of: withLabel(group, label),
        color: modelStyle(m).color,
        small: ratedBy(group, label, smallBelow).small,
        hover: `${labels[p]![g]}, ${plotText(name)}<br>${metric.toUpperCase()} ${shareText(group.metrics[metric]!)}`,
      }));
      data.push(...rateBars(bars, 0.86 * thickness, y));
      // A rate is undefined for want of labels, so for all models alike: said once, in the middle of the group.
      const said = bars.map((bar, g) => bar.rate.value === null ? { ...bar, at: g } : bar);
      annotations.push(...rateValues(said.filter(({ rate }) => rate.value !== null || m === 0), y));
    });
  });
  data.push(...parts.map(({ name }, m): Data => {
    const { color } = modelStyle(m);
    const marker = { color: faded(color, 0.75), line: { color, width: 1.5 } };
    return { type: "bar", x: [null], y: [null], name: plotText(name), marker };
  }));
  return { data, axes, annotations, height };
}

/** A group as its rate is of it: the rows with that label, which may be few where the group is large. */
function ratedBy(group: GroupEvaluation, label: 0 | 1, smallBelow: number): GroupCount {
  const count = withLabel(group, label);
  return { group: group.group, count, small: count < smallBelow };
}

function withLabel({ count, labelled, positives }: GroupEvaluation, label: 0 | 1): number {
  return label === 1 ? positives! : (labelled ?? count) - positives!;
}

/** Speaks of the rate whose difference is the larger one, and of the test of that rate. */
function errorFinding({ name, own }: Part, { settings }: Evaluation): string {
  if (own.groups.length < 2) return `${own.attribute}: only one group, so there is nothing to compare`;
  const found = PANELS.flatMap(({ metric, disparity, of }) => {
    const extremes = extremesOf(own.groups, ({ metrics }) => metrics[metric]!);
    if (extremes === null) return [];
    const { low, high } = extremes;
    const [least, most] = [low.metrics[metric]!.value!, high.metrics[metric]!.value!];
    return [{ disparity, of, low, high, least, most }];
  }).sort((a, b) => b.most - b.least - (a.most - a.least))[0];
  if (found === undefined) return `${own.attribute}: error rates cannot be compared`;
  const { disparity, of, low, high, least, most } = found;
  const { text } = findingOf(disparityOf(own, disparity), settings);
  const does = settings.favourable === "high" ? "selects" : "gives the unfavourable outcome to";
  return `Of ${of} labels, ${modelText(name)} ${does} ${wholePercent(least)} in ${quoted(low.group)} and ${
    wholePercent(most)
  } in ${quoted(high.group)}: ${text}`;
}
