import type { Annotation, Data, LayoutAxis, Shape } from "plotly.js-dist-min";
import { number } from "../format.ts";
import type { EpochGap, EpochRecord } from "../../train/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { legendHeight, type MarkStyle, markStyle } from "./marks.ts";
import { BLUE, INK, MUTED, RULE } from "./palette.ts";
import { axisKey, axisName, NO_TOP, panelHeading, stackPanels } from "./panels.ts";
import { plotText } from "./plot_text.ts";

/** What {@linkcode epochCurves} shows. */
export interface EpochCurvesInput {
  /** The run. */
  readonly name: string;
  /** Its epochs, in order; at least one. */
  readonly epochs: readonly EpochRecord[];
  /** Whose gaps are drawn, such as `education`; none if absent. */
  readonly attribute?: string | undefined;
  /** The bound under which the kept epoch had to be found, if there was one. */
  readonly constraint?: { readonly gap: EpochGap["gap"]; readonly max: number } | undefined;
}

const GAP_NAMES: Readonly<Record<EpochGap["gap"], string>> = {
  demographicParityDifference: "demographic parity difference",
  equalizedOddsDifference: "equalized odds difference",
};

const GAP_STYLES: Readonly<Record<EpochGap["gap"], MarkStyle>> = {
  demographicParityDifference: { ...markStyle(1), dash: "solid" },
  equalizedOddsDifference: { ...markStyle(2), dash: "dash" },
};

/**
 * Validation AUC, gaps between groups and losses after each epoch, with the epoch that was kept.
 *
 * @param input The epochs.
 * @returns The figure.
 * @throws {RangeError} If there are no epochs.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { epochCurves } from "./epoch_curves.ts";
 *
 * const epoch = { step: 9, trainLoss: 0.5, validationLoss: 0.6, averagePrecision: null, gaps: [] };
 * const epochs = [{ ...epoch, epoch: 1, rocAuc: 0.8, best: true }, { ...epoch, epoch: 2, rocAuc: 0.7, best: false }];
 * assertEquals(epochCurves({ name: "demo", epochs }).title, "Epoch 1 of 2 is kept: validation ROC-AUC 0.800");
 * ```
 */
export function epochCurves({ name, epochs, attribute, constraint }: EpochCurvesInput): Figure {
  if (epochs.length === 0) throw new RangeError("Expected at least one epoch, found none");
  // `best` says best so far.
  const kept = epochs.findLast(({ best }) => best) ?? null;
  const gapOf = ({ gaps }: EpochRecord, gap: EpochGap["gap"]) =>
    gaps.find((own) => own.attribute === attribute && own.gap === gap)?.value ?? null;
  const gaps = (Object.keys(GAP_NAMES) as EpochGap["gap"][]).filter((gap) =>
    epochs.some((epoch) => gapOf(epoch, gap) !== null)
  );
  const panels = gaps.length > 0 ? ["auc", "gaps", "losses"] : ["auc", "losses"];
  const { domains, height } = stackPanels(panels.map((panel) => panel === "gaps" ? 160 : 120), 34);
  const axis = (panel: string) => axisName("y", panels.indexOf(panel));
  const curve = (
    title: string,
    value: (epoch: EpochRecord) => number | null,
    panel: string,
    style: MarkStyle,
  ): Data => ({
    type: "scatter",
    mode: "lines+markers",
    name: title,
    x: epochs.map(({ epoch }) => epoch),
    y: epochs.map(value),
    yaxis: axis(panel),
    line: { color: style.color, dash: style.dash, width: 2 },
    marker: {
      color: style.color,
      symbol: style.symbol,
      size: epochs.map((epoch) => epoch === kept ? 12 : 7),
      opacity: 1,
    },
    hovertemplate: `epoch %{x}: %{y:.3f}<extra>${title}</extra>`,
  });
  const data = [
    { ...curve("validation ROC-AUC", ({ rocAuc }) => rocAuc, "auc", markStyle(0)), showlegend: false },
    ...gaps.map((gap) => curve(GAP_NAMES[gap], (epoch) => gapOf(epoch, gap), "gaps", GAP_STYLES[gap])),
    curve("training loss", ({ trainLoss }) => trainLoss, "losses", { color: MUTED, symbol: "square", dash: "dot" }),
    curve("validation loss", ({ validationLoss }) => validationLoss, "losses", { ...markStyle(0), color: BLUE }),
  ] as Data[];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  panels.forEach((panel, p) => {
    axes[axisKey(axisName("y", p))] = {
      domain: [...domains[p]!],
      nticks: 6,
      ...(panel === "gaps" ? { rangemode: "tozero", zeroline: true, zerolinecolor: RULE } : {}),
    };
  });
  const bound = constraint !== undefined && gaps.includes(constraint.gap) ? constraint : null;
  const headings: Record<string, string> = {
    auc: "<b>Validation ROC-AUC</b>",
    gaps: `<b>Gaps between ${plotText(attribute ?? "")} groups</b>, validation`,
    losses: "<b>Loss</b>",
  };
  const shapes: Partial<Shape>[] = kept === null ? [] : [{
    type: "line",
    x0: kept.epoch,
    x1: kept.epoch,
    yref: "paper",
    y0: 0,
    y1: domains[0]![1],
    layer: "below",
    line: { color: MUTED, width: 1.2, dash: "dash" },
  }];
  const annotations: Partial<Annotation>[] = panels.map((panel, p) => panelHeading(headings[panel]!, domains[p]!));
  if (bound !== null) {
    shapes.push({
      type: "line",
      xref: "paper",
      x0: 0,
      x1: 1,
      yref: axis("gaps"),
      y0: bound.max,
      y1: bound.max,
      line: { color: INK, width: 1 },
    });
    annotations.push({
      text: `bound ${bound.max}`,
      xref: "paper",
      x: 1,
      xanchor: "right",
      yref: axis("gaps"),
      y: bound.max,
      yanchor: "bottom",
      showarrow: false,
      font: { size: 11.5, color: MUTED },
    });
  }
  const title = findingOf(epochs, kept, constraint === undefined ? null : { ...constraint, of: gapOf });
  return makeFigure({
    name: figureName("epochs", name),
    title,
    subtitle:
      `Run “${name}”, measured on the validation examples after each epoch. Large marks and dashed line: the epoch kept.`,
    alt: epochs.map((epoch) =>
      `Epoch ${epoch.epoch}: ROC-AUC ${numberOr(epoch.rocAuc)}, ` +
      gaps.map((gap) => `${GAP_NAMES[gap]} ${numberOr(gapOf(epoch, gap))}, `).join("") +
      `training loss ${number(epoch.trainLoss)}, validation loss ${number(epoch.validationLoss)}.`
    ).join(" ") + (kept === null ? "" : ` Epoch ${kept.epoch} is kept.`),
    data,
    layout: {
      ...axes,
      margin: NO_TOP,
      xaxis: {
        title: { text: "Epoch" },
        anchor: axisName("y", panels.length - 1),
        showgrid: false,
        range: [epochs[0]!.epoch - 0.4, epochs.at(-1)!.epoch + 0.4],
        ...(epochs.length <= 12 ? { dtick: 1 } : {}),
      },
      shapes,
      annotations,
    },
    height: height + 64 + legendHeight([...gaps.map((gap) => GAP_NAMES[gap]), "training loss", "validation loss"]),
  });
}

function findingOf(
  epochs: readonly EpochRecord[],
  kept: EpochRecord | null,
  bound: {
    readonly gap: EpochGap["gap"];
    readonly max: number;
    readonly of: (epoch: EpochRecord, gap: EpochGap["gap"]) => number | null;
  } | null,
): string {
  if (kept === null) return "No epoch is kept";
  const which = epochs.length === 1 ? "The only epoch" : `Epoch ${kept.epoch} of ${epochs.length}`;
  const auc = `${which} is kept: validation ROC-AUC ${numberOr(kept.rocAuc)}`;
  const gap = bound === null ? null : bound.of(kept, bound.gap);
  if (bound === null || gap === null) return auc;
  return `${auc}, ${GAP_NAMES[bound.gap]} ${number(gap)} ${
    gap <= bound.max ? "within" : "above"
  } its bound ${bound.max}`;
}

function numberOr(value: number | null): string {
  return value === null ? "undefined" : number(value);
}
