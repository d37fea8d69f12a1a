/**
 * Scores that are midpoints of bins: what an audit of them says about the scores themselves, with a bound on the error
 * of each number that holds for everybody and every group, whatever lies where in a bin.
 */
import { InputError } from "../errors.ts";
import { crossGroups, type Grouping } from "../metrics/mod.ts";
import type { DecidedModel } from "./evaluate.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ScoredTable } from "./table.ts";

/** The most that a number from midpoints can differ from that of the scores; by the name it has in `METRICS`. */
export type HistogramBounds = Record<string, number>;

/** Calibration is measured in ten bins of equal width. */
const CALIBRATION_BINS = 10;

/** How scores are put into bins. */
export interface Binning {
  /** How wide the bins are; they end at its multiples. */
  readonly width: number;
  /** One of these ends: scores are compared with it, not with what rounding makes of it. */
  readonly threshold: number;
}

/**
 * Refuses bins that the threshold, or 0 to 1, does not consist of.
 *
 * @throws {InputError} Naming what is expected.
 */
export function checkBinning({ width, threshold }: Binning): void {
  const isMultiple = (x: number) => Math.abs(x / width - Math.round(x / width)) < 1e-9;
  // 1 is 0 times a width that is large enough, to nine digits.
  if (width > 1 || !isMultiple(1)) {
    throw new InputError(`--bin-width: expected a width of which 1 is a multiple, such as 0.001, found ${width}`);
  }
  if (!isMultiple(threshold)) {
    throw new InputError(
      `--bin-width: expected a width of which the threshold ${threshold} is a multiple, found ${width}`,
    );
  }
}

/** The middle of a score's bin. A bin holds its lower end; the one below 1 holds 1 too. */
export function binMiddle(score: number, { width, threshold }: Binning): number {
  if (score === 1 && threshold < 1) return (Math.round(1 / width) - 0.5) * width;
  return (Math.floor((score - threshold) / width) + Math.round(threshold / width) + 0.5) * width;
}

/** A bin of the histogram in one group: the masses of both labels. */
interface Bin {
  positives: number;
  negatives: number;
}

/** Bins by midpoint, of everybody or one group. */
type Bins = Map<number, Bin>;

/**
 * Refuses a threshold that lies within a bin, where some of it would be selected and some not.
 *
 * @throws {InputError} Naming the bin.
 */
function checkThreshold({ scores, threshold }: DecidedModel, width: number): void {
  if (threshold === null) return;
  const inside = scores.find((score) => Math.abs(score - threshold) < width / 2 * (1 - 1e-6));
  if (inside === undefined) return;
  const end = (sign: -1 | 1) => Number((inside + sign * width / 2).toPrecision(12));
  throw new InputError(
    `--bin-width ${width}: expected the threshold at the end of a bin, found ${threshold} between ${end(-1)} and ` +
      `${end(1)}; decisions about that bin would be of its middle`,
  );
}

function histogramBounds(model: DecidedModel, table: ScoredTable, width: number): HistogramBounds {
  const groupings = [...table.attributes.map(({ groups }) => groups), ...crossed(table)];
  const byGroup = groupings.map((own) => binsOf(own, model, table));
  const [everybody] = binsOf({ names: ["all"], codes: new Int32Array(table.rows) }, model, table);
  const all = [everybody!, ...byGroup.flat()];
  const most = (of: (bins: Bins) => number) => all.reduce((largest, bins) => Math.max(largest, of(bins)), 0);
  const labelled = table.labels !== null;
  const rocAuc = labelled ? most(aucBound) : 0;
  const ece = labelled ? most((bins) => eceBound(bins, width)) : 0;
  return {
    meanScore: width / 2,
    meanScoreDifference: width,
    wasserstein: width,
    kolmogorovSmirnov: Math.max(
      ...groupings.map((own) => kolmogorovBound(binsOf(own, model, { ...table, labels: null }))),
    ),
    ...(!labelled ? {} : {
      rocAuc,
      rocAucDifference: 2 * rocAuc,
      abroca: 2 * rocAuc,
      averagePrecision: most(precisionBound),
    }),
    ...(!labelled || model.probabilities === null ? {} : {
      logLoss: most((bins) => meanOf(bins, (score, label) => lossBound(score, label, width))),
      brier: most((bins) => meanOf(bins, (s, y) => width / 2 * (2 * Math.abs(s - y) + width / 2))),
      bias: width / 2,
      ece,
      calibrationBiasDifference: width,
      calibrationErrorDifference: 2 * ece,
    }),
  };
}

/** What a person should know of them, in one sentence. */
export function histogramNote(bounds: HistogramBounds, width: number): string {
  const said = { rocAuc: "ROC-AUC", ece: "calibration error", wasserstein: "Wasserstein distance" };
  const ends = { ...said, kolmogorovSmirnov: "Kolmogorov–Smirnov distance", meanScore: "mean score" };
  const parts = Object.entries(ends).flatMap(([name, title]) =>
    bounds[name] === undefined ? [] : [`${title} by at most ${Number(bounds[name].toPrecision(2))}`]
  );
  return `Scores are middles of bins ${width} wide: decisions are exact, of the other numbers those of the scores can ` +
    `differ, for everybody and each group: ${parts.join(", ")} (evaluation.json has all bounds)`;
}

function crossed({ attributes }: ScoredTable) {
  const combinations = attributes.reduce((product, { groups }) => product * groups.names.length, 1);
  return attributes.length > 1 && combinations <= 300 ? [crossGroups(attributes.map(({ groups }) => groups))] : [];
}

function binsOf({ names, codes }: Grouping, { scores }: Pick<DecidedModel, "scores">, table: ScoredTable): Bins[] {
  const bins = names.map((): Bins => new Map());
  for (let i = 0; i < table.rows; i++) {
    const label = table.labels?.[i] ?? 0;
    if (Number.isNaN(label)) continue;
    const own = bins[codes[i]!]!;
    let bin = own.get(scores[i]!);
    if (bin === undefined) own.set(scores[i]!, bin = { positives: 0, negatives: 0 });
    bin[label === 1 ? "positives" : "negatives"] += (table.weights?.[i] ?? 1) * (table.counts?.[i] ?? 1);
  }
  return bins;
}

function totals(bins: Bins): Bin {
  const sum = { positives: 0, negatives: 0 };
  for (const { positives, negatives } of bins.values()) {
    sum.positives += positives;
    sum.negatives += negatives;
  }
  return sum;
}

/** Pairs of both labels in one bin count one half here, and nothing or one by their scores. */
function aucBound(bins: Bins): number {
  const { positives, negatives } = totals(bins);
  if (positives === 0 || negatives === 0) return 0;
  let pairs = 0;
  for (const bin of bins.values()) pairs += bin.positives * bin.negatives;
  return pairs / (2 * positives * negatives);
}

/** Within a bin the positives may come first, or last; precision lies between what it is at both ends. */
function precisionBound(bins: Bins): number {
  let above = 0, of = 0, bound = 0;
  for (const [, { positives: p, negatives: n }] of [...bins].sort(([a], [b]) => b - a)) {
    const tied = p + n === 0 ? 0 : (above + p) / (of + p + n);
    const first = p === 0 ? 0 : (above + p) / (of + p), last = above / (of + p + n);
    bound += p * Math.max(first - tied, tied - last);
    above += p;
    of += p + n;
  }
  return above === 0 ? 0 : bound / above;
}

/** Mean over the mass of a number of each score and label. */
function meanOf(bins: Bins, of: (score: number, label: 0 | 1) => number): number {
  const { positives, negatives } = totals(bins);
  let sum = 0;
  for (const [score, bin] of bins) {
    if (bin.positives > 0) sum += bin.positives * of(score, 1);
    if (bin.negatives > 0) sum += bin.negatives * of(score, 0);
  }
  return positives + negatives === 0 ? 0 : sum / (positives + negatives);
}

function lossBound(score: number, label: 0 | 1, width: number): number {
  // Clipped as the log loss is.
  const loss = (s: number) =>
    -Math.log(Math.min(Math.max(label === 1 ? s : 1 - s, Number.EPSILON), 1 - Number.EPSILON));
  return Math.max(...[-1, 1].map((sign) => Math.abs(loss(score + sign * width / 2) - loss(score))));
}

/** Scores move by half a bin; those in a bin with an end of a calibration bin may also belong to the one beside it. */
function eceBound(bins: Bins, width: number): number {
  const moved = meanOf(bins, (score, label) => {
    const low = (score - width / 2) * CALIBRATION_BINS, high = (score + width / 2) * CALIBRATION_BINS;
    const edge = Math.ceil(low - 1e-9);
    const touches = edge > 0 && edge < CALIBRATION_BINS && edge < high - 1e-9;
    return touches ? 2 * (Math.abs(score - label) + width / 2) : 0;
  });
  return width / 2 + moved;
}

/** Between the ends of a bin the curves of two groups can part by no more than the smaller of their shares in it. */
function kolmogorovBound(groups: readonly Bins[]): number {
  const shares = new Map<number, number[]>();
  for (const bins of groups) {
    const { positives, negatives } = totals(bins);
    for (const [score, bin] of bins) {
      const own = (bin.positives + bin.negatives) / (positives + negatives);
      shares.set(score, [...shares.get(score) ?? [], own]);
    }
  }
  return Math.max(0, ...[...shares.values()].map((own) => own.sort((a, b) => b - a)[1] ?? 0));
}

/** The bounds of all models as an evaluation has them. */
export function histogramOf(
  models: readonly DecidedModel[],
  table: ScoredTable,
  width: number,
): NonNullable<Evaluation["data"]["histogram"]> {
  for (const model of models) checkThreshold(model, width);
  return { width, bounds: Object.fromEntries(models.map((own) => [own.name, histogramBounds(own, table, width)])) };
}
