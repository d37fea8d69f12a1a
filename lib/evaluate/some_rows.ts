/** Some rows of what is evaluated: those with a label, those whose group is known. */
import type { Column, Grouping } from "../metrics/mod.ts";
import type { DecidedModel } from "./evaluate.ts";
import { type NamedGroups, type ScoredTable, takeGroups } from "./table.ts";

/** The rows whose label is known; `null` where all are, or there are no labels. */
export function labelledRows(labels: Column | null | undefined): number[] | null {
  if (!labels || !hasGap(labels)) return null;
  const known: number[] = [];
  for (let i = 0; i < labels.length; i++) if (!Number.isNaN(labels[i])) known.push(i);
  return known;
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

/** A grouping without some of its groups, and the rows that are in none of these. */
export function withoutGroups(
  { names, codes }: Grouping,
  left: (name: string) => boolean,
): { groups: Grouping; rows: number[] } {
  const kept = names.filter((name) => !left(name));
  const codeOf = names.map((name) => kept.indexOf(name));
  const rows = Array.from(codes.keys()).filter((i) => codeOf[codes[i]!]! >= 0);
  return { groups: { names: kept, codes: codes.map((code) => codeOf[code]!) }, rows };
}
