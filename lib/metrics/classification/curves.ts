import type { ScoreTable } from "./scores.ts";

/**
 * A precision–recall curve: `[m]` recalls, rising from 0 to 1, and the precision on the way to each. Between two
 * recalls the height is the precision of the second, which makes the area under these steps the average precision.
 */
export interface PrecisionRecallCurve {
  /** `[m]` rising. */
  readonly recall: Float64Array;
  /** `[m]` on the way to each recall. */
  readonly precision: Float64Array;
}

/**
 * Precision–recall curves of every group, one point per distinct score: scikit-learn's `precision_recall_curve`, from
 * high scores to low. Its point of recall 0 and precision 1, which belongs to no score, is here at the precision of the
 * highest score.
 */
export function precisionRecallCurves(
  table: ScoreTable,
  mass: Float64Array = table.mass,
): (PrecisionRecallCurve | null)[] {
  const { names, scores, labels, codes } = table;
  const curves = names.map(() => ({ recall: [0], precision: [NaN], p: 0, q: 0, last: NaN }));
  for (let k = 0; k < scores.length; k++) {
    const m = mass[k]!;
    if (m === 0) continue;
    const curve = curves[codes[k]!]!;
    if (labels[k] === 1) curve.p += m;
    else curve.q += m;
    const at = scores[k] === curve.last ? curve.recall.length - 1 : curve.recall.length;
    curve.recall[at] = curve.p;
    curve.precision[at] = curve.p / (curve.p + curve.q);
    curve.last = scores[k]!;
  }
  return curves.map(({ recall, precision, p }) =>
    p === 0 ? null : {
      recall: Float64Array.from(recall, (x) => x / p),
      precision: Float64Array.from(precision, (y, i) => i === 0 ? precision[1]! : y),
    }
  );
}
