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

/** Room for the curves of a table, for those who find them a thousand times. */
export interface CurveRoom {
  /** `[G + 1]` where the points of a group begin. */
  readonly starts: Uint32Array;
  /** `[G]` how many there are. */
  readonly points: Uint32Array;
  /** `[G]` positive mass down to the last. */
  readonly p: Float64Array;
  /** `[G]` negative mass down to the last. */
  readonly q: Float64Array;
  /** `[K + G]` positive mass down to each point, group after group. */
  readonly positives: Float64Array;
  /** `[K + G]` negative mass likewise. */
  readonly negatives: Float64Array;
}

/** Makes room for the curves of a table, or of others with as many entries and groups. */
export function curveRoom({ names: { length: groups }, codes }: ScoreTable): CurveRoom {
  const [starts, points] = [new Uint32Array(groups + 1), new Uint32Array(groups)];
  const floats = (size: number) => new Float64Array(size);
  const size = codes.length + groups;
  return { starts, points, p: floats(groups), q: floats(groups), positives: floats(size), negatives: floats(size) };
}

/** For each group the mass of positives and of negatives down to each distinct score, from nothing to all. */
function massesDown({ scores, labels, codes }: ScoreTable, mass: Float64Array, room: CurveRoom): void {
  const { starts, points, p, q, positives, negatives } = room;
  const groups = points.length, last = new Float64Array(groups).fill(NaN);
  starts.fill(0);
  for (let k = 0; k < codes.length; k++) starts[codes[k]! + 1]! += 1;
  for (let g = 1; g <= groups; g++) starts[g]! += starts[g - 1]! + 1;
  p.fill(0);
  q.fill(0);
  points.fill(1);
  for (let g = 0; g < groups; g++) positives[starts[g]!] = negatives[starts[g]!] = 0;
  for (let k = 0; k < scores.length; k++) {
    const m = mass[k]!;
    if (m === 0) continue;
    const g = codes[k]!, s = scores[k]!;
    if (labels[k] === 1) p[g]! += m;
    else q[g]! += m;
    if (s !== last[g]) points[g]! += 1;
    const at = starts[g]! + points[g]! - 1;
    positives[at] = p[g]!;
    negatives[at] = q[g]!;
    last[g] = s;
  }
}

/** Divides the points of a group, where they are. */
function shares(masses: Float64Array, total: number): Float64Array {
  for (let i = 0; i < masses.length; i++) masses[i]! /= total;
  return masses;
}

/**
 * ROC curves of every group, one point per distinct score; `null` with one class only.
 *
 * @param room What the curves lie in until they are found anew.
 */
export function rocCurves(
  table: ScoreTable,
  mass: Float64Array = table.mass,
  room: CurveRoom = curveRoom(table),
): (RocCurve | null)[] {
  massesDown(table, mass, room);
  return table.names.map((_, g) => {
    const { positives, negatives, p, q } = pointsOf(room, g);
    return p > 0 && q > 0 ? { fpr: shares(negatives, q), tpr: shares(positives, p) } : null;
  });
}

function pointsOf({ starts, points, p, q, positives, negatives }: CurveRoom, g: number) {
  const from = starts[g]!, to = from + points[g]!;
  return { positives: positives.subarray(from, to), negatives: negatives.subarray(from, to), p: p[g]!, q: q[g]! };
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
  const room = curveRoom(table);
  massesDown(table, mass, room);
  return table.names.map((_, g) => {
    const { positives, negatives, p } = pointsOf(room, g);
    const precision = (i: number) => positives[i]! / (positives[i]! + negatives[i]!);
    return p === 0 ? null : {
      recall: Float64Array.from(positives, (x) => x / p),
      precision: Float64Array.from(positives, (_, i) => precision(Math.max(1, i))),
    };
  });
}
