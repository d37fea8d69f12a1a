import type { PrecisionRecallCurve } from "../../metrics/mod.ts";
import { areaFinding, areaTexts, curveLines, type CurveOf, type CurvesInput } from "./curve_lines.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { smallNote } from "./marks.ts";
import { RULE } from "./palette.ts";
import { intervalNote } from "../format.ts";

/**
 * Precision–recall curves by group over that of everybody. Unlike ROC curves they depend on the share of positives, which differs
 * between groups: a difference between them is not by itself one of the model.
 *
 * @param input The curves of one model.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreCurves } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { precisionRecallByGroup } from "./precision_recall_curves.ts";
 *
 * const curves = scoreCurves({
 *   labels: [1, 0, 1, 0],
 *   scores: [0.75, 0.25, 0.5, 0.625],
 *   groups: ["a", "a", "b", "b"],
 * }, { rng: new Rng(1), resamples: 20 });
 * const { name } = precisionRecallByGroup({
 *   attribute: "education",
 *   model: "tuned",
 *   curves,
 *   confidence: 0.95,
 *   candidates: null,
 *   smallGroup: 30,
 * });
 * assertEquals(name, "precision-recall-tuned-education");
 * ```
 */
export function precisionRecallByGroup(input: CurvesInput): Figure {
  const { attribute, model, curves, confidence, candidates, smallGroup } = input;
  const { data, legend } = curveLines(
    curves,
    ({ precisionRecall }) => precisionRecall && risingOnly(precisionRecall),
    ({ averagePrecision }) => averagePrecision,
    "vh",
  );
  const chance = curves.overall.positives / curves.count;
  return makeFigure({
    name: figureName("precision-recall", model, attribute),
    title: areaFinding(input, "averagePrecision", "Average precision"),
    subtitle:
      `Precision and recall of each ${attribute} group, with average precision and its interval, which also depend on a ` +
      `group’s share of label 1. Dashed: chance, overall. ${intervalNote(confidence, candidates)}${
        smallNote(curves.groups, smallGroup, "thin")
      }`,
    alt: areaTexts(input, "averagePrecision", "Average precision"),
    data,
    layout: {
      xaxis: { title: { text: "Recall" }, range: [-0.01, 1.01], tickformat: ".0%", nticks: 6 },
      yaxis: { title: { text: "Precision" }, range: [-0.01, 1.03], tickformat: ".0%" },
      shapes: [{
        type: "line",
        layer: "below",
        x0: 0,
        y0: chance,
        x1: 1,
        y1: chance,
        line: { color: RULE, width: 1.2, dash: "dash" },
      }],
    },
    height: 400 + legend,
  });
}

/**
 * Only the points at which recall rises. The others, at which further negatives are selected, lie straight below them: they
 * would draw a comb, and no area hangs on them.
 */
function risingOnly({ recall, precision }: PrecisionRecallCurve): CurveOf {
  const kept = Array.from(recall, (_, i) => i).filter((i) => i > 0 && recall[i]! > recall[i - 1]!);
  return {
    x: [0, ...kept.map((i) => recall[i]!)],
    y: [precision[kept[0]!]!, ...kept.map((i) => precision[i]!)],
  };
}
