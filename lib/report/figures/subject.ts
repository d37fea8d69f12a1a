/** What a figure is of: models and an attribute of an evaluation, and the rows behind them. */
import { InputError } from "../../errors.ts";
import { scoredTable, someGroups, takeColumn, takeGroups, takeTable } from "../../evaluate/mod.ts";
import type { AttributeEvaluation, Estimate, Evaluation, EvaluationInput } from "../../evaluate/mod.ts";
import type { ModelEvaluation, ScoredTable } from "../../evaluate/mod.ts";
import { crossGroups } from "../../metrics/mod.ts";
import type { Column, Estimate as MeasuredEstimate, GroupCount, Grouping } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { intervalNote } from "../format.ts";

/** Of which attribute a figure is. */
export interface AttributeOptions {
  /** One of the evaluation's; its first if absent. */
  readonly attribute?: string | undefined;
}

/** Which models a figure compares. */
export interface ModelsOptions extends AttributeOptions {
  /** From the one that the others start from to the one that the title speaks of; all of the evaluation if absent. */
  readonly models?: readonly string[] | undefined;
}

/** Where a figure that needs more than an evaluation's numbers finds the rows. */
export interface RowsOptions {
  /** What was evaluated. */
  readonly table: EvaluationInput;
}

/** Of which model a figure is. */
export interface ModelOptions extends AttributeOptions, RowsOptions {
  /** One of the evaluation's; its last if absent. */
  readonly model?: string | undefined;
}

/** One model with its numbers about one attribute. */
export interface Part {
  readonly name: string;
  readonly model: ModelEvaluation;
  readonly own: AttributeEvaluation;
}

/** The attribute to show. Throws an InputError if it is none of the evaluation's. */
export function attributeOf({ models }: Evaluation, { attribute }: AttributeOptions): string {
  const names = models[0]?.attributes.map((own) => own.attribute) ?? [];
  return oneOf("attribute", attribute ?? names[0], names);
}

/** The models to show. Throws an InputError if one is none of the evaluation's. */
export function modelsOf({ models }: Evaluation, chosen: readonly string[] | undefined): ModelEvaluation[] {
  const names = models.map(({ name }) => name);
  return (chosen ?? names).map((name) => models[names.indexOf(oneOf("model", name, names))]!);
}

/** The models to show with their numbers about the attribute. */
export function partsOf(evaluation: Evaluation, options: ModelsOptions): { attribute: string; parts: Part[] } {
  const attribute = attributeOf(evaluation, options);
  const parts = modelsOf(evaluation, options.models).map((model): Part => ({
    name: model.name,
    model,
    own: model.attributes.find((own) => own.attribute === attribute)!,
  }));
  return { attribute, parts };
}

/** How the intervals of an evaluation came about. */
export function noteOf({ settings, data }: Evaluation): string {
  return intervalNote(settings.confidence, data.clusters, data.columns.cluster ?? "rows");
}

/** Of every bootstrap and permutation that a figure makes: the purpose is part of the seed. */
export function chanceOf({ settings: { seed, resamples, confidence } }: Evaluation, purpose: string) {
  return { rng: new Rng(seed).derive(purpose), resamples, level: confidence };
}

/** The scores of a model with what the metrics of rows read. */
export interface ModelRows {
  readonly model: ModelEvaluation;
  readonly scores: Float64Array;
  readonly groups: Grouping;
  readonly clusters: Grouping | undefined;
  readonly smallBelow: number;
  readonly columns: ScoredTable["models"][number];
  readonly table: ScoredTable;
}

/**
 * The rows behind a model and an attribute of an evaluation: those of groups that were compared, or of them those with a
 * label, or all. Throws an InputError if the table has no such model or attribute, or is another
 * one than was evaluated.
 */
export function rowsOf(
  evaluation: Evaluation,
  attribute: string,
  options: Omit<ModelOptions, "attribute"> & { readonly which?: "all" | "labelled" },
): ModelRows {
  const { model: name = evaluation.models.at(-1)?.name } = options;
  const table = scoredTable(options.table);
  if (table.rows !== evaluation.data.rows) {
    throw new InputError(`Expected the ${evaluation.data.rows} rows that were evaluated, found ${table.rows}`);
  }
  const names = table.models.map((model) => model.name);
  const columns = table.models[names.indexOf(oneOf("model", name, names))]!;
  const model = modelsOf(evaluation, [columns.name])[0]!;
  const rows = {
    model,
    scores: columns.scores,
    groups: groupsOf(table, attribute),
    clusters: table.clusters?.groups,
    smallBelow: evaluation.settings.smallBelow,
    columns,
    table,
  };
  const own = model.attributes.find((own) => own.attribute === attribute);
  if (own === undefined || options.which === "all") return rows;
  const compared = new Set(own.leftOut.length === 0 ? rows.groups.names : own.groups.map(({ group }) => group));
  const { groups, rows: known } = someGroups(rows.groups, (name) => compared.has(name));
  const kept = options.which === "labelled" ? known.filter((i) => !Number.isNaN(table.labels?.[i] ?? 0)) : known;
  return kept.length === table.rows ? rows : takeRows({ ...rows, groups }, kept);
}

function takeRows(rows: ModelRows, kept: readonly number[]): ModelRows {
  const { columns, clusters } = rows;
  const optional = Object.fromEntries(
    (["counterfactual", "decisions", "counterfactualDecisions", "probabilities"] as const).flatMap((name) =>
      columns[name] ? [[name, takeColumn(columns[name], kept)]] : []
    ),
  );
  const scores = takeColumn(columns.scores, kept);
  return {
    ...rows,
    scores,
    groups: takeGroups(rows.groups, kept),
    clusters: clusters && takeGroups(clusters, kept),
    columns: { ...columns, ...optional, scores },
    table: takeTable(rows.table, kept),
  };
}

function groupsOf({ attributes }: ScoredTable, attribute: string): Grouping {
  const crossed = attributes.map(({ name }) => name).join(" × ");
  if (attribute === crossed) return crossGroups(attributes.map(({ groups }) => groups));
  const names = attributes.map(({ name }) => name);
  return attributes[names.indexOf(oneOf("attribute", attribute, names))]!.groups;
}

/** The threshold that a model's figure is about. Throws an InputError if it decides by group. */
export function thresholdOf({ model, columns }: ModelRows): number {
  const threshold = columns.threshold ?? model.threshold;
  if (threshold !== null) return threshold;
  throw new InputError(`${model.name}: expected one threshold for everybody, found decisions by another rule`);
}

/** Whether a row, and its counterfactual, gets the favourable decision: by the threshold, or as the model says itself. */
export function decisionsOf(
  { scores, counterfactual, decisions, counterfactualDecisions }: ScoredTable["models"][number],
  threshold: number | null,
  favourable: Evaluation["settings"]["favourable"],
): { readonly original: (i: number) => boolean; readonly changed: (i: number) => boolean | null } {
  const decided = (score: number, decision: number | undefined) =>
    (decision === undefined ? threshold !== null && score >= threshold : decision === 1) === (favourable === "high");
  return {
    original: (i) => decided(scores[i]!, decisions?.[i]),
    changed: (i) => {
      const score = counterfactual?.[i] ?? NaN;
      return Number.isNaN(score) ? null : decided(score, counterfactualDecisions?.[i]);
    },
  };
}

/** The labels of a table. Throws an InputError if it has none. */
export function labelsOf({ table }: ModelRows): Column {
  if (table.labels !== null) return table.labels;
  throw new InputError(`${table.source}: expected labels, found none`);
}

/**
 * The rows of the groups that are not small, whose differences a title speaks of; `null` where no group is small, or
 * fewer than two are not.
 */
export function amongLarge({ table, scores, groups, clusters, smallBelow }: ModelRows, counts: readonly GroupCount[]) {
  const large = new Set(counts.filter(({ small }) => !small).map(({ group }) => group));
  if (large.size === counts.length || large.size < 2) return null;
  const { rows } = someGroups(groups, (name) => large.has(name));
  return {
    labels: takeColumn(table.labels, rows) ?? undefined,
    scores: takeColumn(scores, rows),
    weights: takeColumn(table.weights, rows) ?? undefined,
    groups: takeGroups(groups, rows),
    clusters: clusters && takeGroups(clusters, rows),
    smallBelow,
  };
}

/** An estimate of the metrics as evaluations hold it. */
export function evaluated({ estimate, interval }: MeasuredEstimate): Estimate {
  return estimate.value === null
    ? { value: null, reason: estimate.reason, interval: null }
    : { value: estimate.value, interval };
}

function oneOf(what: string, found: string | undefined, names: readonly string[]): string {
  if (found !== undefined && names.includes(found)) return found;
  throw new InputError(`${what}: expected one of ${names.join(", ")}, found ${found ?? "none"}`);
}
