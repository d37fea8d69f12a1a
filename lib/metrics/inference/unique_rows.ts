import type { Rng } from "../../random.ts";
import { type ConfusionInput, type ConfusionTable, confusionTable } from "../classification/confusion.ts";
import type { ScoreTable } from "../classification/scores.ts";
import { checkGroupLength, groupRows, type Groups } from "../rows.ts";
import type { Interval, Value } from "../value.ts";
import { type DrawCounts, filledMultinomial, isFilledFaster } from "./filled_draws.ts";
import { type Draws, drawsOf } from "./near_draws.ts";

/**
 * Unique rows with frequency weights: rows that no statistic can tell apart are one, with a count.
 *
 * Drawing n rows with replacement and counting them is a multinomial draw with the unique rows' shares as chances. So
 * resampling the counts *is* the bootstrap over rows, and where there are few its cost does not depend on n.
 */
export interface UniqueRows {
  /** `[K]` how many rows each stands for. */
  readonly counts: Float64Array;
  /** Kinds resampled among themselves, each stratum keeping its number of rows. */
  readonly strata: readonly Int32Array[];
  /** How the rows hang together, where they are not independent; then clusters are resampled instead. */
  readonly clusters?: UniqueClusters | undefined;
}

/** Unique clusters of rows with frequency weights: {@linkcode uniqueClusters} makes them. */
export interface UniqueClusters {
  /** `[C]` how many clusters each stands for. */
  readonly counts: Float64Array;
  /** Kinds of clusters resampled among themselves. */
  readonly strata: readonly Int32Array[];
  /** `[C + 1]` where the rows of each cluster start in `kind` and `times`. */
  readonly offsets: Int32Array;
  /** Kinds of the rows of a cluster. */
  readonly kind: Int32Array;
  /** How many of that row a cluster has. */
  readonly times: Float64Array;
}

/**
 * Splits unique rows into strata by group, so that every group keeps its rows in every resample and none can vanish.
 */
export function strataOf(codes: Int32Array, groups: number): Int32Array[] {
  const members: number[][] = Array.from({ length: groups }, () => []);
  codes.forEach((code, k) => members[code]!.push(k));
  return members.map((list) => Int32Array.from(list));
}

// A binomial draw costs about as much as this many rows drawn one by one.
const ROWS_PER_BINOMIAL = 8;

/** Prepares the drawing of resamples. */
export function resampler(unique: UniqueRows): DrawCounts {
  const rows = unique.counts.reduce((sum, count) => sum + count, 0);
  const how = drawsOf(rows);
  const draws = unique.strata.map((members) => {
    const present = members.filter((k) => unique.counts[k]! > 0);
    const total = present.reduce((sum, k) => sum + unique.counts[k]!, 0);
    if (rows >= GRID_FROM && isFilledFaster(present.length, total)) {
      return filled(present, unique.counts);
    }
    if (total > ROWS_PER_BINOMIAL * present.length) {
      return multinomial({ members: present, counts: unique.counts, total }, how);
    }
    const owner = Int32Array.from(present);
    if (total === present.length) return byRow(owner);
    return byRow(Int32Array.from([...present].flatMap((k) => Array<number>(unique.counts[k]!).fill(k))));
  });
  return (rng, out) => {
    out.fill(0);
    for (const draw of draws) draw(rng, out);
  };
}

/** Turns counts of clusters into counts of rows. */
export function rowsOfClusters(clusters: UniqueClusters, unique: number): (counts: Float64Array) => Float64Array {
  const { offsets, kind, times } = clusters;
  const rows = new Float64Array(unique);
  return (counts) => {
    rows.fill(0);
    for (let c = 0; c < counts.length; c++) {
      const drawn = counts[c]!;
      if (drawn === 0) continue;
      for (let j = offsets[c]!; j < offsets[c + 1]!; j++) rows[kind[j]!]! += drawn * times[j]!;
    }
    return rows;
  };
}

function byRow(owner: Int32Array): DrawCounts {
  const rows = new Uint32Array(owner.length);
  return (rng, out) => {
    rng.ints(rows, owner.length);
    for (let i = 0; i < rows.length; i++) out[owner[rows[i]!]!]! += 1;
  };
}

function filled(members: Int32Array, counts: Float64Array): DrawCounts {
  const draw = filledMultinomial(Float64Array.from(members, (k) => counts[k]!));
  const own = new Float64Array(members.length);
  return (rng, out) => {
    draw(rng, own);
    for (let j = 0; j < own.length; j++) out[members[j]!] = own[j]!;
  };
}

function multinomial(
  { members, counts, total }: { members: Int32Array; counts: Float64Array; total: number },
  { binomial }: Draws,
) {
  return (rng: Rng, out: Float64Array) => {
    let trials = total;
    let rows = total;
    for (let j = 0; j < members.length && trials > 0; j++) {
      const k = members[j]!;
      const drawn = j === members.length - 1 ? trials : binomial(trials, counts[k]! / rows, rng);
      out[k] = drawn;
      trials -= drawn;
      rows -= counts[k]!;
    }
  };
}

/** The rows of {@linkcode uniqueClusters}. */
export interface KindedRows {
  /** `[n]` the kind of each row. */
  readonly kindOf: ArrayLike<number>;
  /** `[K]` the group of each kind. */
  readonly groupOf: ArrayLike<number>;
  /** `[n]` how many equal rows each stands for; 1 if absent. */
  readonly times?: ArrayLike<number> | undefined;
}

/**
 * Reduces clusters of rows that belong together, such as all pairs of one candidate, to unique ones with a count.
 *
 * Rows of one candidate resemble each other: resampled one by one they would give intervals that are too narrow, so
 * whole clusters are drawn (Davison & Hinkley 1997, §3.8). A stratum holds the clusters of one group, so every group
 * keeps its number of clusters; those that span groups have strata of their own.
 * @throws {InputError} If a name is missing.
 */
export function uniqueClusters(
  clusters: Groups,
  { kindOf, groupOf, times: timesOf }: KindedRows,
): UniqueClusters {
  const n = kindOf.length;
  checkGroupLength(clusters, n);
  const { names, codes } = groupRows(clusters);
  const rows = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) =>
    codes[a]! - codes[b]! || kindOf[a]! - kindOf[b]!
  );
  const distinct = new Map<string, { parts: number[]; count: number }>();
  for (let start = 0, c = 0; c < names.length; c++) {
    const parts: number[] = [];
    let end = start;
    for (; end < n && codes[rows[end]!] === c; end++) {
      const kind = kindOf[rows[end]!]!;
      const times = timesOf?.[rows[end]!] ?? 1;
      if (parts.length > 0 && parts[parts.length - 2] === kind) parts[parts.length - 1]! += times;
      else parts.push(kind, times);
    }
    start = end;
    if (parts.length === 0) continue;
    const key = parts.join();
    const own = distinct.get(key) ?? { parts, count: 0 };
    own.count++;
    distinct.set(key, own);
  }
  // In an order of their content, so that a seed gives the same interval whatever the names and the order of the rows.
  const unique = [...distinct].sort(([a], [b]) => a < b ? -1 : 1).map(([, own]) => own);
  const offsets = new Int32Array(unique.length + 1);
  unique.forEach(({ parts }, c) => offsets[c + 1] = offsets[c]! + parts.length / 2);
  const flat = (from: 0 | 1) => unique.flatMap(({ parts }) => parts.filter((_, j) => j % 2 === from));
  const strata = new Map<string, number[]>();
  unique.forEach(({ parts }, c) => {
    const groups = new Set(parts.filter((_, j) => j % 2 === 0).map((kind) => groupOf[kind]!));
    const key = [...groups].sort().join();
    strata.set(key, [...(strata.get(key) ?? []), c]);
  });
  return {
    counts: Float64Array.from(unique, ({ count }) => count),
    strata: [...strata.values()].map((list) => Int32Array.from(list)),
    offsets,
    kind: Int32Array.from(flat(0)),
    times: Float64Array.from(flat(1)),
  };
}

/** A value with its interval. */
export interface Estimate {
  /** The value on the data. */
  readonly estimate: Value;
  /** Its interval. */
  readonly interval: Interval;
}

/** The rows that metrics of decisions can tell apart, and how their counts become a table. */
export interface UniqueDecisions extends UniqueRows {
  /** `[K]` cell of each, `4·group + 2·label + prediction`. */
  readonly cell: Int32Array;
  /** `[K]` sample weight of each. */
  readonly weight: Float64Array;
  /** The table of the data. */
  readonly table: ConfusionTable;
}

/**
 * Reduces rows to what matters to metrics of decisions: group × label × prediction, and × weight where rows are
 * weighted. Without weights there are `4G` of them however many rows. Clusters of rows are reduced in the same way.
 */
export function uniqueDecisions(input: ConfusionInput): UniqueDecisions {
  const groups = groupRows(input.groups);
  const table = confusionTable({ ...input, groups });
  const { labels, predictions, weights, counts: times } = input;
  const kindOf = new Map<number, Map<number, number>>();
  const own = new Int32Array(input.clusters === undefined ? 0 : predictions.length);
  const counts: number[] = [], cell: number[] = [], weight: number[] = [];
  for (let i = 0; i < predictions.length; i++) {
    const at = 4 * groups.codes[i]! + 2 * (labels?.[i] ?? 0) + predictions[i]!;
    const w = weights?.[i] ?? 1;
    let byWeight = kindOf.get(at);
    if (byWeight === undefined) kindOf.set(at, byWeight = new Map());
    let kind = byWeight.get(w);
    if (kind === undefined) {
      byWeight.set(w, kind = counts.length);
      counts.push(0);
      cell.push(at);
      weight.push(w);
    }
    counts[kind]! += times?.[i] ?? 1;
    if (input.clusters !== undefined) own[i] = kind;
  }
  // In order of cells, so that a seed gives the same interval whatever the order of the rows.
  const order = Int32Array.from(cell, (_, k) => k).sort((a, b) => cell[a]! - cell[b]! || weight[a]! - weight[b]!);
  const cells = order.map((k) => cell[k]!);
  const codes = cells.map((at) => at >> 2);
  const place = new Int32Array(order.length);
  order.forEach((k, j) => place[k] = j);
  return {
    counts: Float64Array.from(order, (k) => counts[k]!),
    strata: strataOf(codes, table.names.length),
    clusters: input.clusters &&
      uniqueClusters(input.clusters, { kindOf: own.map((k) => place[k]!), groupOf: codes, times }),
    cell: cells,
    weight: Float64Array.from(order, (k) => weight[k]!),
    table,
  };
}

/** Turns counts of unique rows into a table; the table is reused by the next call. */
export function tableMaker(unique: UniqueDecisions): (counts: Float64Array) => ConfusionTable {
  const table = {
    ...unique.table,
    rows: new Float64Array(unique.table.rows.length),
    cells: new Float64Array(unique.table.cells.length),
  };
  return (counts) => {
    table.rows.fill(0);
    table.cells.fill(0);
    for (let k = 0; k < counts.length; k++) {
      const at = unique.cell[k]!;
      table.rows[at >> 2]! += counts[k]!;
      table.cells[at]! += counts[k]! * unique.weight[k]!;
    }
    return table;
  };
}

/** From this many rows on scores are put on a grid before they are resampled. */
export const GRID_FROM = 2048;

const GRID = 128;
const DISTINCT_WEIGHTS = 64;

/** A score table whose entries stand for several rows of one group, label and weight. */
export interface UniqueScores {
  /** The entries; their mass is the sum of their rows' weights. */
  readonly table: ScoreTable;
  /** `[K]` rows of each entry. */
  readonly counts: Float64Array;
  /** `[n]` entry of each row. */
  readonly kindOf: Int32Array;
}

/** The rows of a table as they are, or on the grid where there are many. */
export function uniqueScores(table: ScoreTable, gridFrom: number = GRID_FROM): UniqueScores {
  return rowsOf(table) >= gridFrom ? onGrid(table) : eachRow(table);
}

/** How many rows a table stands for. */
export function rowsOf({ counts, scores }: ScoreTable): number {
  return counts?.reduce((sum, count) => sum + count, 0) ?? scores.length;
}

function eachRow(table: ScoreTable): UniqueScores {
  const n = table.scores.length;
  return {
    table,
    counts: table.counts ?? new Float64Array(n).fill(1),
    kindOf: Int32Array.from({ length: n }, (_, k) => k),
  };
}

/**
 * Puts scores on a grid of 128 quantiles, so that the cost of a resample no longer grows with the rows: rows of one
 * cell, group, label and weight become one with the cell's mean score.
 *
 * Within a cell the order is lost: of the pairs that an AUC counts about one in 128 becomes a tie and counts one half.
 * The intervals are shifted by what that changes on the data, so only its (far smaller) variation over resamples is
 * neglected.
 */
export function onGrid(table: ScoreTable, cells: number = GRID): UniqueScores {
  const known = GRIDS.get(table)?.get(cells);
  if (known !== undefined) return known;
  const made = makeGrid(table, cells);
  GRIDS.set(table, (GRIDS.get(table) ?? new Map<number, UniqueScores>()).set(cells, made));
  return made;
}

/** The grids of a table: intervals and tests of several numbers share one. */
const GRIDS = new WeakMap<ScoreTable, Map<number, UniqueScores>>();

function makeGrid(table: ScoreTable, cells: number): UniqueScores {
  const entries = table.scores.length, n = rowsOf(table);
  const times = (k: number) => table.counts?.[k] ?? 1;
  // Rounded: a weight that was multiplied by a count and is divided by it again may miss itself by a bit.
  const weight = (k: number) => table.counts ? Number((table.mass[k]! / times(k)).toPrecision(14)) : table.mass[k]!;
  const kindOf = new Int32Array(entries);
  const weights = new Map<number, number>();
  let last = NaN;
  for (let k = 0; k < entries; k++) {
    const m = weight(k);
    if (m === last) continue;
    if (!weights.has(last = m)) weights.set(m, weights.size);
    if (weights.size > DISTINCT_WEIGHTS) return eachRow(table);
  }
  // The kind that a group, label and weight had last, and from which kind on that is of this cell.
  const latest = new Int32Array(2 * table.names.length * weights.size).fill(-1);
  const scores: number[] = [], labels: number[] = [], codes: number[] = [], mass: number[] = [], counts: number[] = [];
  let start = 0, rows = 0;
  while (start < entries) {
    const before = rows;
    // Rounded up: else a cell that ends just before its quantile is followed by one of a single row.
    const wanted = Math.max(rows + 1, Math.ceil((Math.floor(rows * cells / n) + 1) * n / cells));
    let sum = 0, end = start;
    // A tie is never cut in two: equal scores count one half in an AUC.
    while (end < entries && (rows < wanted || table.scores[end] === table.scores[end - 1])) {
      sum += times(end) * table.scores[end]!;
      rows += times(end++);
    }
    const first = scores.length;
    for (let k = start; k < end; k++) {
      const own = table.codes[k]! * 2 + table.labels[k]!;
      const key = weights.size === 1 ? own : own * weights.size + weights.get(weight(k))!;
      let kind = latest[key]!;
      if (kind < first) {
        latest[key] = kind = scores.length;
        scores.push(sum / (rows - before));
        labels.push(table.labels[k]!);
        codes.push(table.codes[k]!);
        mass.push(0);
        counts.push(0);
      }
      kindOf[k] = kind;
      mass[kind]! += table.mass[k]!;
      counts[kind]! += times(k);
    }
    start = end;
  }
  return {
    table: {
      ...table,
      scores: Float64Array.from(scores),
      labels: Uint8Array.from(labels),
      codes: Int32Array.from(codes),
      mass: Float64Array.from(mass),
      counts: Float64Array.from(counts),
    },
    counts: Float64Array.from(counts),
    kindOf,
  };
}
