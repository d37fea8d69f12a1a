/**
 * `evaluate()`: how good and how fair scores are. One engine for audits of any table, finished runs, and their
 * comparison.
 */
import { InputError } from "../errors.ts";
import { decide, fisherExact, groupRows, NEAR_FROM, rocAuc, SMALL_GROUP } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import { ATTRIBUTE_PARTS, type CounterfactualsOutcome, evaluateCounterfactuals } from "./attribute.ts";
import { evaluateRankings, evaluateScores, type RankingsOutcome, type ScoresOutcome } from "./attribute.ts";
import { compareModels } from "./comparison.ts";
import { type Evaluation, EVALUATION_FORMAT, type ModelEvaluation } from "./evaluation.ts";
import { denominatorsOf } from "./frame_numbers.ts";
import { withLowReasons } from "./metrics.ts";
import { histogramNote, histogramOf } from "./histogram.ts";
import { labelledRows } from "./some_rows.ts";
import { type Scope, scopeOf } from "./scope.ts";
import { type ChosenThreshold, thresholdOf } from "./threshold.ts";
import { weightedEstimates } from "./row_weights.ts";
import { checkGroupNumber, countRows, rangeOf, scoredTable } from "./table.ts";
import type { EvaluationInput, ModelColumns, ScoredTable } from "./table.ts";

/** How to evaluate. */
export interface EvaluateOptions {
  /**
   * Selected means score ≥ threshold, for models that bring none; 0.5 if this and `acceptanceRate` are absent and the
   * scores lie in [0, 1]. Several are one for each model, in their order.
   */
  readonly threshold?: number | readonly number[] | undefined;
  /** Selects this share of all rows. */
  readonly acceptanceRate?: number | undefined;
  /** Places at the top of each query; 10 if absent. */
  readonly topK?: number | undefined;
  /** Confidence level; 0.95 if absent. */
  readonly confidence?: number | undefined;
  /** Bootstrap resamples and permutations; 1000 if absent. */
  readonly resamples?: number | undefined;
  /** Seed of all chance; 42 if absent. */
  readonly seed?: number | undefined;
  /** Groups with fewer rows are flagged; 30 if absent. */
  readonly smallBelow?: number | undefined;
  /** Disparities and changes below this are equivalent to none; nothing is if absent. */
  readonly margin?: number | null | undefined;
  /** Whether to evaluate the intersection of the attributes too; no if absent. */
  readonly intersections?: boolean | undefined;
  /**
   * Which scores people hope for; `high` if absent. With `low`, as for a risk, selected means score < threshold, the
   * acceptance rate takes the lowest, rankings begin with them, and label 1 is what nobody hopes for. Error rates go on
   * asking how often the score is at least the threshold.
   */
  readonly favourable?: "high" | "low" | undefined;
  /** The groups that the others are compared with, one per attribute; the group selected most if absent. */
  readonly reference?: readonly string[] | undefined;
  /** Groups that are left out. */
  readonly exclude?: readonly string[] | undefined;
  /** Whether groups named `Unknown` and the like are compared as others are; they are left out if absent. */
  readonly keepUnknown?: boolean | undefined;
  /** Groups below this share of the rows have no ratio, and are nobody's reference. */
  readonly minShare?: number | null | undefined;
  /** Whose rules: they set `minShare`, `intersections` and the threshold, where these are absent. */
  readonly standard?: "eeoc" | "nyc-ll144" | null | undefined;
  /** Which models to compare, as `[from, to]`; the first with each other if absent. */
  readonly comparisons?: readonly (readonly [from: string, to: string])[] | undefined;
  /** What probes of the embeddings found. */
  readonly leakage?: Evaluation["leakage"] | undefined;
  /** Told how many parts of the work are done, and of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** How the parts of an evaluation draw. */
export interface Chance {
  readonly rng: Rng;
  readonly resamples: number;
  readonly level: number;
}

/** A model of the table with its decisions made. */
export interface DecidedModel {
  readonly name: string;
  readonly scores: Float64Array;
  /** `[n]` 1 where the score is at least the threshold, or 0. */
  readonly decisions: Uint8Array;
  /** The decision that people hope for. */
  readonly favourable: 0 | 1;
  readonly threshold: number | null;
  /** The median of the scores, where that is the threshold. */
  readonly median?: number | undefined;
  readonly thresholdFrom: ModelEvaluation["thresholdFrom"];
  /** `[n]` probabilities that calibration is measured of. */
  readonly probabilities: ArrayLike<number> | null;
  /** `[n]` scores of and decisions about the counterfactuals, NaN where there are none. */
  readonly counterfactual: { readonly scores: ArrayLike<number>; readonly decisions: ArrayLike<number> } | null;
}

/** What the parts of an evaluation share. */
export interface EvaluationContext {
  readonly table: ScoredTable;
  readonly topK: number;
  readonly smallBelow: number;
  readonly chance: Chance;
  readonly scope: Scope;
  /** Says that another part of an attribute is done: {@linkcode ATTRIBUTE_PARTS} times each. */
  readonly partDone: () => void;
}

/**
 * Evaluates scored rows: quality, error rates, disparities with intervals and tests, calibration, rankings and
 * counterfactuals, overall and by group, for each model; and how models differ on the same rows. Every model sees the
 * same resamples.
 *
 * @throws {InputError} If there is nothing to evaluate, or no threshold follows from the scores.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate } from "@fair-embeddings/lib";
 *
 * const { models: [model] } = evaluate({
 *   source: "four people",
 *   scores: { match: [0.9, 0.8, 0.2, 0.7] },
 *   groups: { education: ["degree", "degree", "none", "none"] },
 * }, { resamples: 20 });
 * assertEquals(model!.attributes[0]!.disparities[0]!.value, 0.5);
 * ```
 */
export function evaluate(input: EvaluationInput, asked: EvaluateOptions = {}): Evaluation {
  const prepared = prepareEvaluation(input, asked);
  return assembleEvaluation(prepared, jobsOf(prepared).map((job) => runJob(prepared, job)));
}

/** An evaluation whose numbers are still to be found. */
export interface PreparedEvaluation {
  readonly input: EvaluationInput;
  readonly options: EvaluateOptions;
  readonly table: ScoredTable;
  readonly models: readonly DecidedModel[];
  readonly context: EvaluationContext;
  /** Whether the intersection of the attributes is evaluated too. */
  readonly crossed: boolean;
}

/** What is found of an attribute without the others; what takes longest begins. */
const PIECES = ["rankings", "scores", "counterfactuals"] as const;

/** A piece of the work: what is asked of an attribute (of all of them crossed, where `null`) under a model. */
export interface EvaluationJob {
  readonly model: number;
  readonly attribute: number | null;
  readonly piece: (typeof PIECES)[number];
}

/** What was found, by the piece that was asked. */
export type JobOutcome = RankingsOutcome | ScoresOutcome | CounterfactualsOutcome;

/** Checks the table and makes the decisions; throws what `evaluate` throws. */
export function prepareEvaluation(input: EvaluationInput, asked: EvaluateOptions): PreparedEvaluation {
  const options = withStandard(asked);
  const { confidence: level = 0.95, resamples = 1000, seed = 42, topK = 10, smallBelow = SMALL_GROUP } = options;
  const table = scoredTable(input);
  const crossed = options.intersections === true && table.attributes.length > 1;
  if (crossed) {
    const combinations = table.attributes.reduce((product, { groups }) => product * groups.names.length, 1);
    checkGroupNumber("The intersections", combinations);
  }
  const scope = scopeOf(table, options, options.standard === "nyc-ll144" ? 0 : smallBelow);
  let done = 0;
  const parts = ATTRIBUTE_PARTS * table.models.length * (table.attributes.length + Number(crossed));
  const partDone = () => options.onProgress?.(++done, parts);
  const context = { table, topK, smallBelow, scope, chance: { rng: new Rng(seed), resamples, level }, partDone };
  const { threshold } = options;
  if (Array.isArray(threshold) && threshold.length !== table.models.length) {
    throw new InputError(`Expected a threshold for each of ${table.models.length} models, found ${threshold.length}`);
  }
  const models = table.models.map((model, m) =>
    decidedModel(
      model,
      { ...options, threshold: typeof threshold === "object" ? threshold[m] : threshold },
      table.counts,
    )
  );
  return { input, options, table, models, context, crossed };
}

/** The pieces of an evaluation, none of which needs another. */
export function jobsOf({ table, models, crossed }: PreparedEvaluation): EvaluationJob[] {
  const attributes = [...table.attributes.keys(), ...(crossed ? [null] : [])];
  return models.flatMap((_, model) =>
    attributes.flatMap((attribute) => PIECES.map((piece) => ({ model, attribute, piece })))
  );
}

const RUN = { rankings: evaluateRankings, scores: evaluateScores, counterfactuals: evaluateCounterfactuals };

/** Does a piece of the work. */
export function runJob({ table, models, context }: PreparedEvaluation, job: EvaluationJob): JobOutcome {
  const attributes = job.attribute === null ? table.attributes : [table.attributes[job.attribute]!];
  const own = { attributes, model: models[job.model]!, context, withOverall: job.attribute === 0 };
  return RUN[job.piece](own);
}

/** The evaluation of which all pieces are done, in their order. */
export function assembleEvaluation(
  { input, options, table, models, context }: PreparedEvaluation,
  outcomes: readonly JobOutcome[],
): Evaluation {
  const turned = <T>(part: T) => options.favourable === "low" ? withLowReasons(part) : part;
  const comparable = table.weights === null && table.counts === null ? pairsOf(models, options.comparisons) : [];
  const histogram = input.binWidth === undefined ? undefined : histogramOf(models, table, input.binWidth);
  const each = outcomes.length / models.length;
  return {
    format: EVALUATION_FORMAT,
    data: dataOf(input, table, histogram),
    settings: {
      acceptanceRate: options.acceptanceRate ?? null,
      favourable: options.favourable ?? "high",
      standard: options.standard ?? null,
      minShare: options.minShare ?? null,
      confidence: context.chance.level,
      resamples: context.chance.resamples,
      seed: options.seed ?? 42,
      topK: table.queries === null ? null : context.topK,
      smallBelow: context.smallBelow,
      margin: options.margin ?? null,
    },
    models: turned(models.map((own, m) => evaluatedModel(own, context, outcomes.slice(m * each, (m + 1) * each)))),
    comparisons: turned(comparable.map(([from, to]) => compareModels(from, to, context))),
    leakage: options.leakage ?? [],
    unavailable: unavailableOf(table, models),
  };
}

const entriesWhere = ({ rows }: ScoredTable, holds: (entry: number) => boolean) =>
  Array.from({ length: rows }, (_, i) => i).filter(holds);

function countPositives(labels: ArrayLike<number>, counts: ScoredTable["counts"]): number {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === 1) positives += counts?.[i] ?? 1;
  return positives;
}

function dataOf(
  input: EvaluationInput,
  table: ScoredTable,
  histogram: Evaluation["data"]["histogram"],
): Evaluation["data"] {
  const { columns = {} } = input;
  const named = (name: string | undefined, column: unknown, otherwise: string) => column ? name ?? otherwise : null;
  return {
    source: table.source,
    rows: countRows(table),
    positives: table.labels && countPositives(table.labels, table.counts),
    labelled: table.labels && countRows(table, labelledRows(table.labels) ?? undefined),
    clusters: table.clusters?.groups.names.length ?? null,
    dropped: input.dropped ?? 0,
    missing: { ...input.missing },
    notes: [
      ...input.notes ?? [],
      ...(countRows(table) < NEAR_FROM ? [] : [NEAR_NOTE]),
      ...Object.values(histogram?.bounds ?? {}).map((bounds) => histogramNote(bounds, histogram!.width)),
    ],
    ...(histogram === undefined ? {} : { histogram }),
    columns: {
      scores: table.models.map(({ name }) => name),
      label: named(columns.label, table.labels, "label"),
      groundTruth: named(columns.groundTruth, table.groundTruth, "ground truth"),
      groups: table.attributes.map(({ name }) => name),
      weight: named(columns.weight, table.weights, "weight"),
      ...(table.counts ? { counts: columns.counts ?? "counts" } : {}),
      query: table.queries?.name ?? null,
      counterfactual: table.models.flatMap(({ name, counterfactual }) =>
        counterfactual ? [columns.counterfactual ?? `counterfactual of ${name}`] : []
      ),
      control: table.control?.name ?? null,
      cluster: table.clusters?.name ?? null,
    },
  };
}

const NEAR_NOTE = `From ${NEAR_FROM.toLocaleString("en-US")} rows on, resamples and permutations draw how many rows ` +
  "of a kind there are by normal numbers corrected for skewness, within 0.001 of the exact distribution function";

function denominators({ decisions }: DecidedModel, { labels, rows, counts }: ScoredTable) {
  const groups = { names: ["all"], codes: new Int32Array(rows) };
  const own = denominatorsOf({ labels, decisions, counts, groups });
  return own === null ? {} : { denominators: own[0]!.denominators };
}

/** What a standard asks for, where nothing else was asked for. */
function withStandard(options: EvaluateOptions): EvaluateOptions {
  if (!options.standard) return options;
  const { minShare, intersections = options.standard === "nyc-ll144" } = options;
  return { ...options, minShare: minShare ?? 0.02, intersections };
}

/** Whose labels are known, where some are not: an outcome is often known only of those who were taken. */
function labelCoverage(
  { decisions, favourable }: DecidedModel,
  table: ScoredTable,
): ModelEvaluation["labels"] {
  const { labels } = table;
  if (labels === null || labelledRows(labels) === null) return null;
  const [selected, others] = [true, false].map((taken) => {
    const rows = entriesWhere(table, (i) => (decisions[i] === favourable) === taken);
    const known = rows.filter((i) => !Number.isNaN(labels[i]!));
    return { rows: countRows(table, rows), labelled: countRows(table, known) };
  }) as [{ rows: number; labelled: number }, { rows: number; labelled: number }];
  const known = ({ rows, labelled }: typeof selected) => ({ rows, selected: labelled });
  return { selected, others, pValue: fisherExact(known(selected), known(others)).p };
}

/** A model with its decisions made: as given, at its own threshold, or at that of the options. */
export function decidedModel(
  model: ModelColumns & { readonly name: string },
  options: Omit<EvaluateOptions, "threshold"> & { readonly threshold?: number | undefined } = {},
  counts: ScoredTable["counts"] = null,
): DecidedModel {
  const { name, decisions, counterfactual } = model;
  const scores = Float64Array.from(model.scores);
  const inUnit = scores.every((score) => score >= 0 && score <= 1);
  const { threshold, from, median }: ChosenThreshold = decisions
    ? { threshold: null, from: "groups" }
    : model.threshold !== undefined
    ? { threshold: model.threshold, from: "validation" }
    : thresholdOf({ name, scores, counts }, inUnit, options);
  return {
    name,
    scores,
    favourable: options.favourable === "low" ? 0 : 1,
    ...(median === undefined ? {} : { median }),
    decisions: decisions ? Uint8Array.from(decisions) : decide(scores, threshold!),
    threshold,
    thresholdFrom: from,
    probabilities: model.probabilities === undefined ? inUnit ? scores : null : model.probabilities,
    counterfactual: counterfactual
      ? { scores: counterfactual, decisions: model.counterfactualDecisions ?? decidedOrNaN(counterfactual, threshold) }
      : null,
  };
}

function decidedOrNaN(scores: ArrayLike<number>, threshold: number | null): Float64Array {
  if (threshold === null) {
    throw new RangeError("Expected decisions about counterfactuals beside decisions by another rule");
  }
  const decisions = new Float64Array(scores.length);
  for (let i = 0; i < decisions.length; i++) {
    decisions[i] = Number.isNaN(scores[i]) ? NaN : scores[i]! >= threshold ? 1 : 0;
  }
  return decisions;
}

function evaluatedModel(
  model: DecidedModel,
  { table, chance }: EvaluationContext,
  outcomes: readonly JobOutcome[],
): ModelEvaluation {
  const { name, scores, threshold, thresholdFrom, median } = model;
  const byAttribute = Array.from({ length: outcomes.length / PIECES.length }, (_, i) => piecesAt(outcomes, i));
  const attributes = byAttribute.map(({ rankings, scores, counterfactuals }) => {
    const { controlled, ...own } = scores.attribute;
    return { ...own, ...rankings.attribute, ...counterfactuals.attribute, controlled };
  });
  const { rankings, scores: decided, counterfactuals } = byAttribute[0]!;
  const { metrics, ...calibrated } = decided.overall!;
  const overall = { ...calibrated, ...rankings.overall!, ...counterfactuals.overall! };
  return {
    name,
    seeds: 1,
    scores: rangeOf(scores),
    threshold,
    thresholdFrom,
    ...(median === undefined ? {} : { median }),
    labels: labelCoverage(model, table),
    overall: {
      metrics: { ...metrics, ...groundTruthOf(model, table, chance) },
      ...denominators(model, table),
      ...overall,
    },
    attributes,
  };
}

/** The outcomes of an attribute, by what was asked. */
function piecesAt(outcomes: readonly JobOutcome[], attribute: number) {
  const own = outcomes.slice(PIECES.length * attribute);
  return Object.fromEntries(PIECES.map((piece, i) => [piece, own[i]!])) as {
    readonly [Piece in keyof typeof RUN]: ReturnType<(typeof RUN)[Piece]>;
  };
}

function groundTruthOf({ scores }: DecidedModel, { groundTruth, clusters, rows }: ScoredTable, chance: Chance) {
  if (groundTruth === null) return {};
  const everybody = groupRows(Array<string>(rows).fill("all"));
  return weightedEstimates({ strata: everybody, clusters: clusters?.groups ?? null }, {
    groundTruthRocAuc: (weights) => rocAuc({ labels: groundTruth, scores, weights }),
  }, { ...chance, rng: chance.rng.derive("ground truth") });
}

function pairsOf(
  models: readonly DecidedModel[],
  comparisons: EvaluateOptions["comparisons"],
): (readonly [DecidedModel, DecidedModel])[] {
  const byName = (name: string) => {
    const model = models.find((own) => own.name === name);
    if (model === undefined) throw new InputError(`comparisons: expected one of the models, found "${name}"`);
    return model;
  };
  return comparisons?.map(([from, to]) => [byName(from), byName(to)] as const) ??
    models.slice(1).map((model) => [models[0]!, model] as const);
}

function unavailableOf(table: ScoredTable, models: readonly DecidedModel[]): Evaluation["unavailable"] {
  const [labelled, ranked] = [table.labels !== null, table.queries !== null];
  const [weighted, clustered] = [table.weights !== null, table.clusters !== null];
  const counted = table.counts !== null;
  const probable = models.some(({ probabilities }) => probabilities !== null);
  const countered = models.some(({ counterfactual }) => counterfactual !== null);
  const listed = (parts: Readonly<Record<string, boolean>>) =>
    Object.keys(parts).filter((part) => parts[part]).join(" and ");
  const unweighted = listed({ rankings: ranked, counterfactuals: countered });
  const unclustered = listed({ calibration: labelled && probable, "score distances": true });
  const noLabels = "no column of labels was named";
  const partly = labelledRows(table.labels) !== null;
  const reasons: readonly (readonly [isMissing: boolean, part: string, reason: string])[] = [
    [!labelled, "quality, error rates and calibration", `they compare decisions with what was right, and ${noLabels}`],
    [labelled && !probable, "calibration, log loss and Brier score", "the scores are not probabilities in [0, 1]"],
    [counted, "rankings, counterfactuals and comparisons of models", "they need the rows, not counts of them"],
    [!ranked && !counted, "rankings", "no column says for which job a row is ranked"],
    [ranked && !labelled, "ranking quality and exposure to relevance", noLabels],
    [
      ranked && partly,
      "rows without a label in ranking quality, exposure to relevance and pairwise accuracy",
      "they " +
      "ask how relevant each row is; the rows with a label are ranked among themselves",
    ],
    [!countered && !counted, "counterfactuals", "no column holds the scores of counterfactuals"],
    [weighted && unweighted !== "", `weights in ${unweighted}`, "they count rows"],
    [
      weighted || clustered,
      "Fisher's exact tests of pairs",
      "they take rows as single and independent; permutation " +
      "tests stand in their place",
    ],
    [weighted, "tests of score distances", "rows with different weights are not exchangeable"],
    [weighted && !counted && models.length > 1, "comparisons of models", "they count rows, not weights"],
    [clustered, `clusters in ${unclustered}`, "their intervals and tests treat rows as independent"],
  ];
  return reasons.flatMap(([isMissing, part, reason]) => isMissing ? [{ part, reason }] : []);
}
