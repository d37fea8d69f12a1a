/** Some rows of what is evaluated: those with a label, those whose group is known. */
import { InputError } from "../errors.ts";
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
  if (!column) return column;
  const taken = new Float64Array(rows.length);
  for (let j = 0; j < taken.length; j++) taken[j] = column[rows[j]!]!;
  return taken;
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

/** Beyond this many the rows hardly repeat, and an audit of them takes as long as one of rows. */
const MOST_KINDS = 5_000_000;

/** The cells of rows, one after the other. */
type Node = Map<number, Node | number>;

/** Counts equal rows, each a list of as many numbers, names as codes. */
export class RowCounts {
  /** `[kinds]` rows of each kind, in the order in which the kinds came. */
  readonly counts: number[] = [];
  readonly #root: Node = new Map();

  /**
   * Adds rows of one kind; whether they are the first of it.
   *
   * @throws {InputError} If there are too many kinds.
   */
  add(cells: ArrayLike<number>, rows: number): boolean {
    let node = this.#root;
    for (let j = 0; j < cells.length - 1; j++) {
      let next = node.get(cells[j]!) as Node | undefined;
      if (next === undefined) node.set(cells[j]!, next = new Map());
      node = next;
    }
    const last = cells[cells.length - 1]!, kind = node.get(last) as number | undefined;
    if (kind !== undefined) {
      this.counts[kind]! += rows;
      return false;
    }
    if (this.counts.length === MOST_KINDS) {
      throw new InputError(
        `Expected at most ${MOST_KINDS} kinds of rows, found more: name fewer columns, or a wider --bin-width`,
      );
    }
    node.set(last, this.counts.length);
    this.counts.push(rows);
    return true;
  }
}
