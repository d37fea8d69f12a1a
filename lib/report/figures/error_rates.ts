import type { Annotation, Data, LayoutAxis } from "plotly.js-dist-min";
import type { GroupQuality } from "../../evaluate/mod.ts";
import { extremesOf, gapFinding } from "./extremes.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabels, legendHeight, rowsHeight, smallNote } from "./marks.ts";
import { modelStyle, type RatesInput } from "./models.ts";
import { axisKey, axisName, panelHeading, rowAxis, stackPanels } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { barLegend, type RateBar, rateBars, rateValues, shareAxis } from "./rate_bars.ts";
import { intervalNote, quoted, theModel, wholePercent } from "../format.ts";
import { shareText } from "./wording.ts";

const PANELS = [
  { metric: "tpr", label: 1, heading: "<b>TPR</b>: selected of label 1" },
  { metric: "fpr", label: 0, heading: "<b>FPR</b>: selected of label 0" },
] as const;

const BAR = 18;

/**
 * True and false positive rates by group, a bar per model: what equalized odds compares (Hardt, Price & Srebro 2016).
 *
 * @param input The models and the attribute.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureQuality } from "../../evaluate/quality.ts";
 * import { errorRates } from "./error_rates.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const model = { scores: rows.map((i) => i / 200), threshold: 0.5 };
 * const { base, tuned } = measureQuality({
 *   labels: rows.map((i) => i % 2),
 *   groundTruth: null,
 *   attributes: { education: rows.map((i) => i < 80 ? "none" : "degree") },
 *   models: { base: model, tuned: model },
 * }, { seed: 1, resamples: 50, confidence: 0.95, smallGroup: 30 });
 * const figure = errorRates({
 *   attribute: "education",
 *   models: [{ name: "base", quality: base }, { name: "tuned", quality: tuned }],
 *   confidence: 0.95,
 *   candidates: null,
 *   smallGroup: 30,
 * });
 * assertEquals(figure.name, "error-rates-education");
 * ```
 */
export function errorRates({ attribute, models, confidence, candidates, smallGroup }: RatesInput): Figure {
  const parts = models.map(({ name, quality }) => ({ name, groups: byGroup(quality.attributes[attribute]!.groups) }));
  const groups = parts[0]!.groups;
  const labels = PANELS.map(({ label }) =>
    groupLabels(groups.map((group) => ({ ...group, count: withLabel(group, label) })))
  );

  const rows = Math.max(rowsHeight(labels.flat()) / PANELS.length - 40, groups.length * (BAR * models.length + 12));
  const { domains, height } = stackPanels(PANELS.map(() => rows), 30);
  const data: Data[] = [], annotations: Partial<Annotation>[] = [];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  const thickness = 0.8 / models.length;
  PANELS.forEach(({ metric, label, heading }, p) => {
    const y = axisName("y", p);
    axes[axisKey(y)] = rowAxis(labels[p]!, domains[p]!);
    annotations.push(panelHeading(heading, domains[p]!));
    parts.forEach(({ name, groups }, m) => {
      const bars = groups.map((group, g): RateBar => ({
        at: Number((g + (m - (parts.length - 1) / 2) * thickness).toFixed(4)),
        rate: group.metrics[metric],
        of: withLabel(group, label),
        color: modelStyle(m).color,
        small: group.small,
        hover: `${labels[p]![g]}, ${plotText(name)}<br>${metric.toUpperCase()} ${shareText(group.metrics[metric])}`,
      }));
      data.push(rateBars(bars, 0.86 * thickness, y));
      // A rate is undefined for want of labels, so for all models alike: said once, in the middle of the group.
      const said = bars.map((bar, g) => bar.rate.estimate.value === null ? { ...bar, at: g } : bar);
      annotations.push(...rateValues(said.filter(({ rate }) => rate.estimate.value !== null || m === 0), y));
    });
  });
  const names = models.map(({ name }) => plotText(name));
  data.push(...barLegend(names, names.map((_, m) => modelStyle(m).color)));
  return makeFigure({
    name: figureName("error-rates", attribute),
    title: findingOf({ attribute, models }),
    subtitle: `True and false positive rates of each ${attribute} group; n is the rows with that label. ${
      intervalNote(confidence, candidates)
    }${smallNote(groups, smallGroup)}`,
    alt: PANELS.flatMap(({ metric, label }) =>
      parts.map(({ name, groups }) =>
        `${metric.toUpperCase()}, ${name}: ${
          groups.map((group) => `${group.group} (n = ${withLabel(group, label)}) ${shareText(group.metrics[metric])}`)
            .join(", ")
        }.`
      )
    ).join(" "),
    data,
    layout: {
      ...axes,
      xaxis: {
        title: { text: "Share selected" },
        ...shareAxis(
          PANELS.flatMap(({ metric }) => parts.flatMap(({ groups }) => groups.map(({ metrics }) => metrics[metric]))),
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

function withLabel({ count, positives }: GroupQuality, label: 0 | 1): number {
  return label === 1 ? positives : count - positives;
}

/** Speaks of the rate whose gap is the larger one, which is the equalized odds difference. */
function findingOf({ attribute, models }: Pick<RatesInput, "attribute" | "models">): string {
  const { name, quality } = models.at(-1)!;
  const { groups, gaps } = quality.attributes[attribute]!;
  if (groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  const found = PANELS.flatMap(({ metric, label }) => {
    const extremes = extremesOf(groups, ({ metrics }) => metrics[metric]);
    if (extremes === null) return [];
    const { low, high } = extremes;
    const rates = [low.metrics[metric], high.metrics[metric]] as const;
    return [{ label, low, high, rates, gap: rates[1].estimate.value! - rates[0].estimate.value! }];
  }).sort((a, b) => b.gap - a.gap)[0];
  if (found === undefined) return `${attribute}: error rates cannot be compared`;
  const { label, low, high, rates } = found;
  const { text } = gapFinding(gaps.equalizedOddsDifference, ...rates);
  const [least, most] = rates.map(({ estimate }) => wholePercent(estimate.value!));
  return `Of rows with label ${label}, ${theModel(name).replace("The", "the")} selects ${least} in ${
    quoted(low.group)
  } and ` +
    `${most} in ${quoted(high.group)}: ${text}`;
}
