import type { Annotation, Data, LayoutAxis, Shape } from "plotly.js-dist-min";
import { intervalNote, number, quoted, theModel, wholePercent } from "../format.ts";
import type { Estimate } from "../../metrics/mod.ts";
import type { GroupQuality } from "../../evaluate/mod.ts";
import { extremesOf, gapFinding, judgedGroups } from "./extremes.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabels, rowsHeight, smallNote } from "./marks.ts";
import type { NamedModel, RatesInput } from "./models.ts";
import { BLUE, MUTED, VERMILLION } from "./palette.ts";
import { axisKey, axisName, panelHeading, rowAxis, stackPanels } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { type RateBar, rateBars, rateValues, shareAxis } from "./rate_bars.ts";
import { shareText } from "./wording.ts";

/** As in `disparateImpact`: rounding must not decide. */
const FOUR_FIFTHS = 0.8 - 1e-12;

/**
 * Selection rates by group, a panel per model, with the line of four fifths of the highest rate (Uniform Guidelines on Employee
 * Selection Procedures, 29 CFR 1607.4 D).
 *
 * @param input The models and the attribute.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureQuality } from "../../evaluate/quality.ts";
 * import { selectionRates } from "./selection_rates.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const model = { scores: rows.map((i) => i / 200), threshold: 0.5 };
 * const quality = measureQuality({
 *   labels: rows.map((i) => i % 2),
 *   groundTruth: null,
 *   attributes: { education: rows.map((i) => i < 80 ? "none" : "degree") },
 *   models: { base: model, tuned: model },
 * }, { seed: 1, resamples: 50, confidence: 0.95, smallGroup: 30 });
 * const { title } = selectionRates({
 *   attribute: "education",
 *   models: [{ name: "tuned", quality: quality.tuned }],
 *   confidence: 0.95,
 *   candidates: null,
 *   smallGroup: 30,
 * });
 * assertEquals(title, "The tuned model selects 0\u00a0% of “none” and 83\u00a0% of “degree”: below four fifths, beyond chance (p\u00a0=\u00a00.020)");
 * ```
 */
export function selectionRates({ attribute, models, confidence, candidates, smallGroup }: RatesInput): Figure {
  const parts = models.map(({ name, quality }) => ({
    name,
    quality,
    ...impactOf(byGroup(quality.attributes[attribute]!.groups)),
  }));
  const groups = parts[0]!.groups;
  const labels = groupLabels(groups);
  const { domains, height } = stackPanels(parts.map(() => rowsHeight(labels) - 64), 34);
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  parts.forEach(({ name, quality, groups, highest }, p) => {
    const y = axisName("y", p);
    axes[axisKey(y)] = rowAxis(labels, domains[p]!, 0.5);
    annotations.push(
      panelHeading(`<b>${plotText(name)}</b>: threshold ${number(quality.threshold)}`, domains[p]!),
    );
    const bars = groups.map((group, g): RateBar => ({
      at: g,
      rate: group.metrics.selectionRate,
      of: group.count,
      color: group.passes === false ? VERMILLION : group.ratio === null && highest ? MUTED : BLUE,
      small: group.small,
      hover: `${labels[g]}<br>selected: ${shareText(group.metrics.selectionRate)}`,
      note: group.passes === false ? ` (${number(group.ratio!, 2)})` : undefined,
    }));
    data.push(rateBars(bars, 0.62, y));
    annotations.push(...rateValues(bars, y));
    if (highest === null || highest === 0) return;
    const limit = Number((0.8 * highest).toPrecision(12));
    shapes.push({
      type: "line",
      x0: limit,
      x1: limit,
      y0: -0.5,
      y1: groups.length - 0.5,
      yref: y,
      line: { color: MUTED, width: 1.2, dash: "dash" },
    });
    annotations.push({
      text: "⅘ of highest",
      x: limit,
      y: -0.5,
      yref: y,
      yanchor: "bottom",
      showarrow: false,
      font: { size: 11, color: MUTED },
    });
  });
  const failing = parts.some(({ groups }) => groups.some(({ passes }) => passes === false));
  return makeFigure({
    name: figureName("selection-rates", attribute),
    title: findingOf(parts, attribute),
    subtitle: `Selection rate of each ${attribute} group.${
      failing ? " Orange, with the ratio in brackets: below four fifths of the highest rate." : ""
    } ${intervalNote(confidence, candidates)}${smallNote(groups, smallGroup)}`,
    alt: parts.map(({ name, groups }) =>
      `${name}: ${
        groups.map((group) => `${group.group} (n = ${group.count}) ${shareText(group.metrics.selectionRate)}`).join(
          ", ",
        )
      }.`
    ).join(" "),
    data,
    layout: {
      ...axes,
      xaxis: {
        title: { text: "Share of the group selected" },
        ...shareAxis(parts.flatMap(({ groups }) => groups.map(({ metrics }) => metrics.selectionRate)), 0.24),
        anchor: axisName("y", parts.length - 1),
      },
      shapes,
      annotations,
      barmode: "overlay",
    },
    height: height + 64,
  });
}

function selectionRate({ metrics }: GroupQuality): Estimate {
  return metrics.selectionRate;
}

/**
 * Groups with their ratio to the group selected most. Small groups are neither judged nor the measure of others, if two large
 * ones are left; where nobody is selected, no rule is broken.
 */
function impactOf(all: readonly GroupQuality[]) {
  const judged = judgedGroups(all, selectionRate);
  const rates = judged.map(({ metrics }) => metrics.selectionRate.estimate.value!);
  const highest = rates.length < 2 ? null : Math.max(...rates);
  const groups = all.map((group) => {
    const ratio = judged.includes(group) && highest ? group.metrics.selectionRate.estimate.value! / highest : null;
    return { ...group, ratio, passes: ratio === null ? null : ratio >= FOUR_FIFTHS };
  });
  return { highest, groups };
}

function findingOf(parts: readonly (NamedModel & ReturnType<typeof impactOf>)[], attribute: string): string {
  const { name, quality, groups, highest } = parts.at(-1)!;
  const extremes = extremesOf(groups, selectionRate);
  if (groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  if (extremes === null || highest === null) return `${attribute}: selection rates cannot be compared`;
  if (highest === 0) return `${theModel(name)} selects nobody`;
  const { low, high } = extremes;
  const rate = ({ group, metrics }: GroupQuality) =>
    `${wholePercent(metrics.selectionRate.estimate.value!)} of ${quoted(group)}`;
  const gap = quality.attributes[attribute]!.gaps.demographicParityDifference;
  const { beyond, text } = gapFinding(gap, selectionRate(low), selectionRate(high));
  const ratio = low.metrics.selectionRate.estimate.value! / highest;
  const rule = beyond ? `${ratio < FOUR_FIFTHS ? "below" : "within"} four fifths, ` : "";
  return `${theModel(name)} selects ${rate(low)} and ${rate(high)}: ${rule}${text}`;
}
