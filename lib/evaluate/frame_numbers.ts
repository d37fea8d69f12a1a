/** Every base metric by group with its intervals, where some labels may not be known. */
import { crossGroups, frameIntervals, METRIC_NAMES, metricFrame, scoreTable } from "../metrics/mod.ts";
import type { Column, FrameIntervals, FrameIntervalsInput, Grouping, MetricFrame, MetricName } from "../metrics/mod.ts";
import type { ScoreTable } from "../metrics/mod.ts";
import type { Chance } from "./evaluate.ts";
import { labelledRows, takeColumn } from "./some_rows.ts";
import { takeGroups } from "./table.ts";

/** Metrics that need no labels. */
const UNLABELLED: ReadonlySet<MetricName> = new Set(["count", "selectionRate", "meanScore"]);

export function frameMetrics(labelled: boolean): MetricName[] {
  return METRIC_NAMES.filter((name) => name !== "count" && (labelled || UNLABELLED.has(name)));
}

export interface FrameNumbers {
  readonly frame: MetricFrame;
  readonly intervals: FrameIntervals;
  /** The rows sorted by score, and those of them that have a label: what else is found from scores shares them. */
  readonly sorted: ScoreTable;
  readonly labelled: ScoreTable | null;
}

/** Columns of one attribute, whose groups they are by; everything but the scores may be absent. */
export type FrameColumns = FrameIntervalsInput & {
  readonly scores: Column;
  readonly attributes: Readonly<Record<string, Grouping>>;
  readonly clusters?: Grouping | undefined;
};

/** The frame of all rows; metrics that need a label are of the rows that have one. */
export function frameNumbers(columns: FrameColumns, chance: Chance): FrameNumbers {
  const known = labelledRows(columns.labels);
  if (known === null) {
    const own = { ...chance, rng: chance.rng.derive("frame") };
    const { attributes, ...rows } = columns;
    const sorted = scoreTable({ ...rows, groups: crossGroups(Object.values(attributes)) });
    const shared = { ...columns, sorted };
    const labelled = columns.labels === undefined ? null : sorted;
    return { frame: metricFrame(shared), intervals: frameIntervals(shared, own), sorted, labelled };
  }
  const whole = frameNumbers({ ...columns, labels: undefined }, chance);
  if (known.length === 0) return whole;
  const part = frameNumbers(takeRows(columns, known), chance);
  const merged = <T>(
    all: Readonly<Partial<Record<MetricName, T>>>,
    labelled: Readonly<Partial<Record<MetricName, T>>>,
  ) =>
    Object.fromEntries(METRIC_NAMES.map((name) => [name, (UNLABELLED.has(name) ? all : labelled)[name]!])) as Record<
      MetricName,
      T
    >;
  return {
    frame: {
      ...whole.frame,
      overall: merged(whole.frame.overall, part.frame.overall),
      groups: whole.frame.groups.map((group, g) => ({
        ...group,
        metrics: merged(group.metrics, part.frame.groups[g]!.metrics),
      })),
      derived: merged(whole.frame.derived, part.frame.derived),
    },
    intervals: merged(whole.intervals, part.intervals),
    sorted: whole.sorted,
    labelled: part.labelled,
  };
}

function takeRows(columns: FrameColumns, rows: readonly number[]): FrameColumns {
  const { attributes, clusters } = columns;
  return {
    ...columns,
    labels: takeColumn(columns.labels, rows),
    predictions: takeColumn(columns.predictions, rows),
    scores: takeColumn(columns.scores, rows),
    weights: takeColumn(columns.weights, rows),
    counts: takeColumn(columns.counts, rows),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, own]) => [name, takeGroups(own, rows)])),
    clusters: clusters && takeGroups(clusters, rows),
  };
}

/** How many rows each rate of decisions is of, where that is not all of them; by group. */
export function denominatorsOf(
  { labels, decisions, groups, counts: times }: {
    readonly labels: Column | null | undefined;
    readonly counts?: Column | null | undefined;
    readonly decisions: Column;
    readonly groups: Grouping;
  },
): { labelled: number; positives: number; denominators: Record<string, number> }[] | null {
  if (!labels) return null;
  const counts = groups.names.map(() => ({ labelled: 0, positives: 0, predicted: 0 }));
  groups.codes.forEach((code, i) => {
    if (Number.isNaN(labels[i]!)) return;
    const own = counts[code]!;
    const count = times?.[i] ?? 1;
    own.labelled += count;
    own.positives += count * labels[i]!;
    own.predicted += count * decisions[i]!;
  });
  return counts.map(({ labelled, positives, predicted }) => {
    const [negatives, others] = [labelled - positives, labelled - predicted];
    const rates = { tpr: positives, fnr: positives, fpr: negatives, tnr: negatives, ppv: predicted, npv: others };
    const whole = ["baseRate", "accuracy", "balancedAccuracy", "f1", "mcc", "rocAuc", "averagePrecision", "logLoss"];
    const all = Object.fromEntries([...whole, "brier"].map((name) => [name, labelled]));
    return { labelled, positives, denominators: { ...all, ...rates } };
  });
}
