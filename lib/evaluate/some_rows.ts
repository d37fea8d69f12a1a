/** Some rows of what is evaluated: those with a label, those whose group is known. */
import type { Column, Grouping } from "../metrics/mod.ts";
import type { DecidedModel } from "./evaluate.ts";
import { type NamedGroups, type ScoredTable, takeGroups } from "./table.ts";

/** The rows whose label is known; `null` where all are, or there are no labels. */
export function labelledRows(labels: Column | null | undefined): number[] | null {
  if (!labels || !hasGap(labels)) return null;
  return rowsWhere(labels, (label) => !Number.isNaN(label));
}

function hasGap(labels: Column): boolean {
  for (let i = 0; i < labels.length; i++) if (Number.isNaN(labels[i])) return true;
  return false;
}

/** Some numbers of a column. */
export function takeColumn<T extends Column | null | undefined>(column: T, rows: readonly number[]): T | Float64Array {
  return column ? Float64Array.from(rows, (i) => column[i]!) : column;
}

/** Some rows of a table. */
export function takeTable(table: ScoredTable, rows: readonly number[]): ScoredTable {
  const named = (own: NamedGroups | null) => own && { ...own, groups: takeGroups(own.groups, rows) };
  return {
    ...table,
    rows: rows.length,
    attributes: table.attributes.map((own) => named(own)!),
    labels: takeColumn(table.labels, rows),
    groundTruth: takeColumn(table.groundTruth, rows),
    weights: takeColumn(table.weights, rows),
    counts: takeColumn(table.counts, rows),
    queries: named(table.queries),
    control: named(table.control),
    clusters: named(table.clusters),
  };
}

/** Some rows of a model. */
export function takeModel(model: DecidedModel, rows: readonly number[]): DecidedModel {
  const { scores, decisions, probabilities, counterfactual } = model;
  return {
    ...model,
    scores: takeColumn(scores, rows) as Float64Array,
    decisions: Uint8Array.from(rows, (i) => decisions[i]!),
    probabilities: takeColumn(probabilities, rows),
    counterfactual: counterfactual && {
      scores: takeColumn(counterfactual.scores, rows),
      decisions: takeColumn(counterfactual.decisions, rows),
    },
  };
}

/** Some of the groups, whose codes are −1 in rows of others, and the rows that are in one of them. */
export function someGroups({ names, codes }: Grouping, isKept: (name: string) => boolean): GroupsOfRows {
  const kept = names.filter(isKept);
  const codeOf = names.map((name) => kept.indexOf(name));
  return {
    groups: { names: kept, codes: codes.map((code) => codeOf[code]!) },
    rows: rowsWhere(codes, (code) => codeOf[code]! >= 0),
  };
}

interface GroupsOfRows {
  readonly groups: Grouping;
  readonly rows: number[];
}

/** Some of the groups, and the rows that are in one of them, whose codes the groups hold. */
export function rowsOfGroups(grouping: Grouping, isKept: (name: string) => boolean): GroupsOfRows {
  const { groups, rows } = someGroups(grouping, isKept);
  return { groups: takeGroups(groups, rows), rows };
}

/** The rows whose code is one that was asked for. */
export function rowsWhere(codes: ArrayLike<number>, holds: (code: number) => boolean): number[] {
  const rows: number[] = [];
  for (let i = 0; i < codes.length; i++) if (holds(codes[i]!)) rows.push(i);
  return rows;
}
