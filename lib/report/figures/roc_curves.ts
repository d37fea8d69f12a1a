import { areaFinding, areaTexts, curveLines, type CurvesInput } from "./curve_lines.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { smallNote } from "./marks.ts";
import { RULE } from "./palette.ts";
import { intervalNote } from "../format.ts";

/**
 * ROC curves by group over that of everybody.
 *
 * @param input The curves of one model.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreCurves } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { rocCurvesByGroup } from "./roc_curves.ts";
 *
 * const curves = scoreCurves({
 *   labels: [1, 0, 1, 0],
 *   scores: [0.75, 0.25, 0.5, 0.625],
 *   groups: ["a", "a", "b", "b"],
 * }, { rng: new Rng(1), resamples: 20 });
 * const { title } = rocCurvesByGroup({
 *   attribute: "education",
 *   model: "tuned",
 *   curves,
 *   confidence: 0.95,
 *   candidates: null,
 *   smallGroup: 30,
 * });
 * assertEquals(
 *   title,
 *   "ROC-AUC of the tuned model is 0.00 in “b” and 1.00 in “a”: no difference beyond chance (p\u00a0=\u00a00.571)",
 * );
 * ```
 */
export function rocCurvesByGroup(input: CurvesInput): Figure {
  const { attribute, model, curves, confidence, candidates, smallGroup } = input;
  const { data, legend } = curveLines(
    curves,
    ({ roc }) => roc && { x: roc.fpr, y: roc.tpr },
    ({ rocAuc }) => rocAuc,
    "linear",
  );
  return makeFigure({
    name: figureName("roc", model, attribute),
    title: areaFinding(input, "rocAuc", "ROC-AUC"),
    subtitle: `ROC curves of each ${attribute} group, with the area below and its interval. Dashed: chance. ${
      intervalNote(confidence, candidates)
    }${smallNote(curves.groups, smallGroup, "thin")}`,
    alt: areaTexts(input, "rocAuc", "ROC-AUC"),
    data,
    layout: {
      xaxis: { title: { text: "False positive rate" }, range: [-0.01, 1.01], tickformat: ".0%", nticks: 6 },
      yaxis: { title: { text: "True positive rate" }, range: [-0.01, 1.01], tickformat: ".0%" },
      shapes: [{
        type: "line",
        layer: "below",
        x0: 0,
        y0: 0,
        x1: 1,
        y1: 1,
        line: { color: RULE, width: 1.2, dash: "dash" },
      }],
    },
    height: 400 + legend,
  });
}
