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

/** A ROC curve: `[m]` false and true positive rates from (0, 0) to (1, 1), joined by straight lines. */
export interface RocCurve {
  /** `[m]` false positive rates, rising. */
  readonly fpr: Float64Array;
  /** `[m]` true positive rates, rising. */
  readonly tpr: Float64Array;
}

/** For each group the mass of positives and of negatives down to each distinct score, from nothing to all. */
function massesDown({ names, scores, labels, codes }: ScoreTable, mass: Float64Array) {
  const sizes = new Uint32Array(names.length).fill(1);
  for (let k = 0; k < codes.length; k++) sizes[codes[k]!]! += 1;
  const groups = names.map((_, g) => {
    const [positives, negatives] = [new Float64Array(sizes[g]!), new Float64Array(sizes[g]!)];
    return { positives, negatives, p: 0, q: 0, last: NaN, points: 1 };
  });
  for (let k = 0; k < scores.length; k++) {
    const m = mass[k]!;
    if (m === 0) continue;
    const own = groups[codes[k]!]!;
    if (labels[k] === 1) own.p += m;
    else own.q += m;
    const at = scores[k] === own.last ? own.points - 1 : own.points++;
    own.positives[at] = own.p;
    own.negatives[at] = own.q;
    own.last = scores[k]!;
  }
  return groups.map(({ positives, negatives, points, p, q }) => (
    { positives: positives.subarray(0, points), negatives: negatives.subarray(0, points), p, q }
  ));
}

function shares(masses: Float64Array, total: number): Float64Array {
  const own = new Float64Array(masses.length);
  for (let i = 0; i < own.length; i++) own[i] = masses[i]! / total;
  return own;
}

/** ROC curves of every group, one point per distinct score; `null` with one class only. */
export function rocCurves(table: ScoreTable, mass: Float64Array = table.mass): (RocCurve | null)[] {
  return massesDown(table, mass).map(({ positives, negatives, p, q }) =>
    p > 0 && q > 0 ? { fpr: shares(negatives, q), tpr: shares(positives, p) } : null
  );
}

/**
 * Precision–recall curves of every group, one point per distinct score: scikit-learn's `precision_recall_curve`, from
 * high scores to low. Its point of recall 0 and precision 1, which belongs to no score, is here at the precision of the
 * highest score; `null` without a positive.
 */
export function precisionRecallCurves(
  table: ScoreTable,
  mass: Float64Array = table.mass,
): (PrecisionRecallCurve | null)[] {
  return massesDown(table, mass).map(({ positives, negatives, p }) => {
    const precision = (i: number) => positives[i]! / (positives[i]! + negatives[i]!);
    return p === 0 ? null : {
      recall: Float64Array.from(positives, (x) => x / p),
      precision: Float64Array.from(positives, (_, i) => precision(Math.max(1, i))),
    };
  });
}
