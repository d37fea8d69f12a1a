import {
  calibrationBins,
  type CalibrationByGroup,
  calibrationByGroup,
  calibrationIntervals,
  type Column,
  confusionTable,
  crossGroups,
  disparateImpact,
  type FrameIntervals,
  frameIntervals,
  type Grouping,
  METRIC_NAMES,
  type MetricFrame,
  metricFrame,
  type MetricName,
  scoreDistances,
} from "../metrics/mod.ts";
import { decisionDisparities, scoreDisparities } from "./audit_disparities.ts";
import { auditCounterfactual } from "./audit_counterfactual.ts";
import type { AuditInput, Chance, NamedGroups } from "./audit_input.ts";
import { auditRanking } from "./audit_ranking.ts";
import { measureOf, measuresOf } from "./measure.ts";
import type { AttributeAudit, AuditResult, DisparityAudit, GroupAudit, Measure, Measures } from "./result.ts";

/** What all attributes of an audit share. */
export interface AuditContext {
  readonly input: AuditInput;
  /** `[n]` decisions. */
  readonly predictions: Uint8Array;
  readonly threshold: number;
  readonly topK: number;
  readonly chance: Chance;
  /** Whether scores are probabilities with labels to hold them against. */
  readonly calibrated: boolean;
}

/** The audit of an attribute, and what it learned about everybody on the way. */
export interface AttributeOutcome {
  readonly audit: AttributeAudit;
  readonly overall: Pick<AuditResult["overall"], "metrics" | "calibration" | "reliability" | "counterfactual">;
}

/** Pairs of groups above which score distances are left out: nobody reads a thousand of them. */
const MAX_DISTANCES = 300;

/**
 * Audits one attribute, or the intersection of several.
 *
 * @param attributes The columns to cross; one for a plain attribute.
 * @param context What all attributes share.
 * @returns Everything about its groups.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../metrics/mod.ts";
 * import { Rng } from "../random.ts";
 * import { auditAttribute } from "./audit_attribute.ts";
 *
 * const education = { name: "education", groups: groupRows(["BA", "PhD", "PhD"]) };
 * const { audit } = auditAttribute([education], {
 *   input: { source: "", score: { name: "score", values: Float64Array.of(0.2, 0.7, 0.9) }, groups: [education] },
 *   predictions: Uint8Array.of(0, 1, 1),
 *   threshold: 0.5,
 *   topK: 10,
 *   chance: { rng: new Rng(1), resamples: 20, level: 0.95 },
 *   calibrated: false,
 * });
 * assertEquals(audit.groups.map(({ metrics }) => metrics.selectionRate!.value), [0, 1]);
 * ```
 */
export function auditAttribute(attributes: readonly NamedGroups[], context: AuditContext): AttributeOutcome {
  const { input, predictions, threshold, topK } = context;
  const attribute = attributes.map(({ name }) => name).join(" × ");
  const chance = { ...context.chance, rng: context.chance.rng.derive(attribute) };
  const crossed = crossGroups(attributes.map(({ groups }) => groups));
  const labels = input.label?.values;
  const scores = input.score.values;
  const weights = input.weight?.values;
  const clusters = input.cluster?.groups;
  const columns = { labels, predictions, scores, weights, clusters, attributes: { [attribute]: crossed } };
  const frame = metricFrame(columns);
  const intervals = frameIntervals(columns, { ...chance, rng: chance.rng.derive("frame") });
  const calibration = context.calibrated ? auditCalibration(labels!, scores, weights, crossed, chance) : null;
  const twins = auditCounterfactual(input, crossed, threshold, chance);
  const names = METRIC_NAMES.filter((name) => name !== "count" && (labels !== undefined || UNLABELLED.has(name)));
  const pairs = crossed.names.length * (crossed.names.length - 1) / 2;
  return {
    audit: {
      attribute,
      groups: groupsOf(frame, intervals, names, calibration, crossed, predictions, weights),
      disparities: [
        ...decisionDisparities({ labels, predictions, groups: crossed, weights, clusters }, chance),
        ...scoreDisparities({ labels, scores, groups: crossed, weights, clusters }, frame, intervals, chance),
        ...(calibration?.disparities ?? []),
      ],
      amongLarge: amongLarge(context, crossed, frame, chance),
      distances: attributes.length > 1 || pairs > MAX_DISTANCES ? [] : distancesOf(scores, crossed, weights, chance),
      ranking: auditRanking(input, crossed, topK, chance),
      counterfactual: twins && { groups: twins.groups },
      controlled: controlledOf(context, crossed, chance),
    },
    overall: {
      metrics: measuresOf(
        frame.overall,
        Object.fromEntries(names.map((name) => [name, intervals[name]?.overall])),
        names,
      ),
      calibration: calibration?.overall ?? null,
      reliability: calibration?.result.overall.curve.map(({ low, high, count, meanScore, positiveRate }) => ({
        low,
        high,
        count,
        meanScore: meanScore.value,
        positiveRate: positiveRate.value,
      })) ?? null,
      counterfactual: twins?.overall ?? null,
    },
  };
}

/** Metrics that need no labels. */
const UNLABELLED: ReadonlySet<MetricName> = new Set(["selectionRate", "meanScore"]);

function groupsOf(
  frame: MetricFrame,
  intervals: FrameIntervals,
  names: readonly MetricName[],
  calibration: Calibration | null,
  groups: Grouping,
  predictions: Uint8Array,
  weights: Column | undefined,
): GroupAudit[] {
  const impact = disparateImpact(confusionTable({ predictions, groups, weights }));
  return frame.groups.map(({ group, count, small, metrics }, g): GroupAudit => ({
    group,
    count,
    small,
    metrics: measuresOf(metrics, Object.fromEntries(names.map((name) => [name, intervals[name]?.groups[g]])), names),
    impactRatio: measureOf(impact.ratios[g]!.ratio),
    fourFifths: impact.ratios[g]!.fourFifths,
    ...(calibration === null ? {} : { calibration: calibration.groups[g]! }),
  }));
}

interface Calibration {
  readonly result: CalibrationByGroup;
  readonly overall: Measures & { readonly ece: Measure };
  readonly groups: readonly Measures[];
  readonly disparities: readonly DisparityAudit[];
}

function auditCalibration(
  labels: Column,
  scores: Column,
  weights: Column | undefined,
  groups: Grouping,
  chance: Chance,
): Calibration {
  const columns = { labels, scores, weights };
  const result = calibrationByGroup({ ...columns, groups });
  const bins = calibrationBins({ ...columns, groups });
  const intervals = calibrationIntervals(bins, { ...chance, rng: chance.rng.derive("calibration") });
  const names = ["ece", "mce", "bias"] as const;
  const { eceDifference, biasDifference } = result;
  return {
    result,
    overall: {
      ...measuresOf(result.overall, intervals.overall, names),
      ece: measureOf(result.overall.ece, intervals.overall.ece),
    },
    groups: result.groups.map((group, g) => measuresOf(group, intervals.groups[g]!, names)),
    disparities: [
      {
        name: "calibrationErrorDifference",
        title: "Calibration error (ECE) difference",
        ideal: 0,
        ...measureOf(eceDifference, intervals.eceDifference),
        pValue: null,
        excluded: eceDifference.excluded,
      },
      {
        name: "calibrationBiasDifference",
        title: "Difference of mean score minus base rate",
        ideal: 0,
        ...measureOf(biasDifference, intervals.biasDifference),
        pValue: null,
        excluded: biasDifference.excluded,
      },
    ],
  };
}

function distancesOf(scores: Column, groups: Grouping, weights: Column | undefined, chance: Chance) {
  const test = { rng: chance.rng.derive("distances"), permutations: chance.resamples };
  return scoreDistances({ scores, groups, weights }, test).map(({ a, b, ...rest }) => ({
    a: a.group,
    b: b.group,
    ...rest,
  }));
}

function amongLarge(
  context: AuditContext,
  groups: Grouping,
  frame: MetricFrame,
  chance: Chance,
): AttributeAudit["amongLarge"] {
  const large = frame.groups.flatMap(({ small }, g) => small ? [] : [g]);
  const anySmall = frame.groups.some(({ small, count }) => small && count > 0);
  if (!anySmall || large.length < 2) return null;
  const code = new Int32Array(groups.names.length).fill(-1);
  large.forEach((g, j) => code[g] = j);
  const names = large.map((g) => groups.names[g]!);
  const rows = groups.codes.reduce<number[]>((kept, g, i) => (code[g]! >= 0 && kept.push(i), kept), []);
  const own = { names, codes: Int32Array.from(rows, (i) => code[groups.codes[i]!]!) };
  return { groups: names, disparities: disparitiesAt(rows, own, context, chance, "among large") };
}

function controlledOf(context: AuditContext, groups: Grouping, chance: Chance): AttributeAudit["controlled"] {
  const { control } = context.input;
  if (control === undefined) return null;
  const { names, codes } = control.groups;
  return names.flatMap((level, code) => {
    const rows = codes.reduce<number[]>((kept, c, i) => (c === code && kept.push(i), kept), []);
    if (rows.length === 0) return [];
    const disparities = disparitiesAt(rows, takeGroups(groups, rows), context, chance, `control ${level}`);
    return [{ level, count: rows.length, disparities }];
  });
}

function disparitiesAt(
  rows: readonly number[],
  groups: Grouping,
  { input, predictions }: AuditContext,
  chance: Chance,
  purpose: string,
): DisparityAudit[] {
  const take = (column: Column | undefined) => column && Float64Array.from(rows, (i) => column[i]!);
  return decisionDisparities({
    labels: take(input.label?.values),
    predictions: Uint8Array.from(rows, (i) => predictions[i]!),
    groups,
    weights: take(input.weight?.values),
    clusters: input.cluster && takeGroups(input.cluster.groups, rows),
  }, { ...chance, rng: chance.rng.derive(purpose) });
}

function takeGroups({ names, codes }: Grouping, rows: readonly number[]): Grouping {
  return { names, codes: Int32Array.from(rows, (i) => codes[i]!) };
}
