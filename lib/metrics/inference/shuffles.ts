import type { Rng } from "../../random.ts";
import type { ConfusionTable } from "../classification/confusion.ts";
import type { ScoreTable } from "../classification/scores.ts";
import { filledSplit, isFilledFaster } from "./filled_draws.ts";
import { drawsOf } from "./near_draws.ts";
import { GRID_FROM, onGrid, rowsOf, type UniqueDecisions } from "./unique_rows.ts";

/** What rows share within which groups are exchanged. */
export type PermuteWithin = "nothing" | "label" | "prediction";

/** What is dealt out to the groups anew: rows that no statistic can tell apart, or clusters of such rows. */
interface Units {
  /** What one unit adds to the cells of its group, cell by cell. */
  readonly cells: readonly { readonly bin: number; readonly mass: number }[];
  /** `[G]` units in each group. */
  readonly counts: Float64Array;
}

/**
 * Deals group names out again at random: to rows, or to whole clusters where rows come in clusters. On counts, by
 * hypergeometric draws, so the cost does not depend on the number of rows.
 */
export function shuffledTables(unique: UniqueDecisions, within: PermuteWithin): ((rng: Rng) => ConfusionTable) | null {
  const strata = unique.clusters === undefined ? rowUnits(unique, within) : clusterUnits(unique);
  if (strata === null) return null;
  const { table } = unique;
  const groups = table.names.length;
  const shuffled = { ...table, cells: new Float64Array(table.cells.length) };
  const sizes = strata.map((units) =>
    Float64Array.from({ length: groups }, (_, g) => units.reduce((sum, { counts }) => sum + counts[g]!, 0))
  );
  const { hypergeometric } = drawsOf(unique.counts.reduce((sum, count) => sum + count, 0));
  const totals = strata.map((units) => units.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0)));
  return (rng) => {
    shuffled.cells.fill(0);
    strata.forEach((units, s) => {
      const left = totals[s]!.slice();
      let all = left.reduce((sum, count) => sum + count, 0);
      for (let g = 0; g < groups; g++) {
        let wanted = sizes[s]![g]!;
        let pool = all;
        for (let j = 0; j < units.length && wanted > 0; j++) {
          const drawn = hypergeometric(left[j]!, pool - left[j]!, wanted, rng);
          pool -= left[j]!;
          if (drawn === 0) continue;
          left[j]! -= drawn;
          wanted -= drawn;
          for (const { bin, mass } of units[j]!.cells) shuffled.cells[4 * g + bin]! += drawn * mass;
        }
        all -= sizes[s]![g]!;
      }
    });
    return shuffled;
  };
}

function rowUnits({ counts, cell, weight, table }: UniqueDecisions, within: PermuteWithin): Units[][] {
  const strata = new Map<number, Map<string, Units>>();
  for (let k = 0; k < counts.length; k++) {
    const bin = cell[k]! & 3;
    const stratum = within === "label" ? bin >> 1 : within === "prediction" ? bin & 1 : 0;
    const units = strata.get(stratum) ?? new Map<string, Units>();
    strata.set(stratum, units);
    const cells = [{ bin, mass: weight[k]! }];
    add(units, {
      key: `${bin} ${weight[k]}`,
      cells,
      group: cell[k]! >> 2,
      count: counts[k]!,
      groups: table.names.length,
    });
  }
  return [...strata.values()].map((units) => [...units.values()]);
}

function clusterUnits({ clusters, cell, weight, table }: UniqueDecisions): Units[][] | null {
  const { counts, offsets, kind, times } = clusters!;
  const units = new Map<string, Units>();
  for (let c = 0; c < counts.length; c++) {
    const rows = Array.from({ length: offsets[c + 1]! - offsets[c]! }, (_, j) => offsets[c]! + j);
    const group = cell[kind[rows[0]!]!]! >> 2;
    if (rows.some((j) => cell[kind[j]!]! >> 2 !== group)) return null;
    const cells = rows.map((j) => ({ bin: cell[kind[j]!]! & 3, mass: times[j]! * weight[kind[j]!]! }));
    const key = cells.map(({ bin, mass }) => `${bin} ${mass}`).join();
    add(units, { key, cells, group, count: counts[c]!, groups: table.names.length });
  }
  return [[...units.values()]];
}

function add(
  units: Map<string, Units>,
  { key, cells, group, count, groups }:
    & { key: string; group: number; count: number; groups: number }
    & Pick<Units, "cells">,
): void {
  const own = units.get(key) ?? { cells, counts: new Float64Array(groups) };
  own.counts[group]! += count;
  units.set(key, own);
}

// There is a table for each group and number of rows that may be left.
const MOST_TABLES = 2048;
// A hypergeometric draw costs about as much as dealing this many rows one by one.
const ROWS_PER_DRAW = 8;

/** A score table with group names dealt out anew, and the masses of its entries. */
export interface ShuffledScores {
  readonly table: ScoreTable;
  readonly mass: Float64Array;
}

/**
 * Deals group names out again at random: to rows, or to whole clusters where rows come in clusters. From 2,048 rows on,
 * scores are put on a grid (`onGrid`) and dealt by counts, so that the cost no longer grows with the rows. The test
 * stays exact in its level, because it compares values on one grid, which depends on the pooled scores only.
 */
export function shuffledScores(
  table: ScoreTable,
  within: "nothing" | "label",
  gridFrom: number = GRID_FROM,
): { observed: ShuffledScores; draw: (rng: Rng) => ShuffledScores } | null {
  if (table.clusters !== undefined) return clusters(table, table.clusters.codes);
  if (rowsOf(table) < gridFrom) return table.counts ? counts(table, table.counts, within) : rows(table, within);
  const grid = onGrid(table);
  if (grid.table === table && !table.counts) return rows(table, within);
  return counts(grid.table, grid.counts, within);
}

function rows(table: ScoreTable, within: "nothing" | "label") {
  const strata: number[][] = [[], []];
  table.labels.forEach((label, k) => strata[within === "label" ? label : 0]!.push(k));
  const codes = table.codes.slice();
  const decks = strata.map((list) => ({ list, deck: deckOf(list.map((k) => codes[k]!)) }));
  const shuffled = { table: { ...table, codes }, mass: table.mass };
  return {
    observed: { table, mass: table.mass },
    draw: (rng: Rng) => {
      for (const { list, deck } of decks) {
        const dealt = deck(rng);
        for (let i = 0; i < dealt.length; i++) codes[list[i]!] = dealt[i]!;
      }
      return shuffled;
    },
  };
}

/** Shuffles a deck of groups again and again (Fisher–Yates). */
function deckOf(groups: ArrayLike<number>): (rng: Rng) => Int32Array {
  const deck = Int32Array.from(groups);
  const picks = new Uint32Array(Math.max(0, deck.length - 1));
  return (rng) => {
    rng.ints(picks, deck.length, 1);
    for (let i = deck.length - 1, at = 0; i > 0; i--) {
      const j = picks[at++]!, group = deck[i]!;
      deck[i] = deck[j]!;
      deck[j] = group;
    }
    return deck;
  };
}

function clusters(table: ScoreTable, ofRow: Int32Array) {
  const groupOf = new Int32Array(ofRow.reduce((most, c) => Math.max(most, c), -1) + 1).fill(-1);
  for (let k = 0; k < ofRow.length; k++) {
    const c = ofRow[k]!;
    if (groupOf[c]! >= 0 && groupOf[c] !== table.codes[k]) return null;
    groupOf[c] = table.codes[k]!;
  }
  // Some rows of a table may leave a cluster's name without a row.
  const present = [...groupOf.keys()].filter((c) => groupOf[c]! >= 0);
  const codes = table.codes.slice();
  const shuffled = { table: { ...table, codes }, mass: table.mass };
  return {
    observed: { table, mass: table.mass },
    draw: (rng: Rng) => {
      for (let i = present.length - 1; i > 0; i--) {
        const [a, b] = [present[i]!, present[rng.int(i + 1)]!];
        [groupOf[a], groupOf[b]] = [groupOf[b]!, groupOf[a]!];
      }
      for (let k = 0; k < codes.length; k++) codes[k] = groupOf[ofRow[k]!]!;
      return shuffled;
    },
  };
}

/** Rows that are equal but for their group. */
interface EqualRows {
  readonly at: number;
  readonly label: number;
  readonly score: number;
  readonly weight: number;
  rows: number;
}

/** Rows that are equal but for their group, and how many rows each group has, by label if asked. */
function mergeGroups(table: ScoreTable, times: Float64Array, within: "nothing" | "label") {
  const groups = table.names.length;
  const merged = new Map<string, EqualRows>();
  const sizes = [new Float64Array(groups), new Float64Array(groups)];
  for (let k = 0; k < table.scores.length; k++) {
    const [score, label, weight] = [table.scores[k]!, table.labels[k]!, table.mass[k]! / times[k]!];
    const key = `${score} ${label} ${weight}`;
    const kind = merged.get(key) ?? { at: merged.size, label, score, weight, rows: 0 };
    kind.rows += times[k]!;
    merged.set(key, kind);
    sizes[within === "label" ? label : 0]![table.codes[k]!]! += times[k]!;
  }
  return { merged, sizes };
}

/** Splits equal rows among the groups, within what each group still lacks of its rows. */
function counts(table: ScoreTable, times: Float64Array, within: "nothing" | "label") {
  const groups = table.names.length;
  const { merged, sizes } = mergeGroups(table, times, within);
  // The grid's rows come by falling score, and a Map keeps their order.
  const kinds = [...merged.values()];
  const every = <T>(of: (kind: typeof kinds[number]) => T) => kinds.flatMap((kind) => Array<T>(groups).fill(of(kind)));
  const mass = new Float64Array(kinds.length * groups);
  const shuffled = {
    table: {
      ...table,
      scores: Float64Array.from(every(({ score }) => score)),
      labels: Uint8Array.from(every(({ label }) => label)),
      codes: Int32Array.from(mass, (_, j) => j % groups),
      mass,
    },
    mass,
  };
  const observed = { table, mass: table.mass };
  const total = times.reduce((sum, count) => sum + count, 0);
  const most = kinds.reduce((rows, kind) => Math.max(rows, kind.rows), 0);
  if (total >= GRID_FROM && isFilledFaster(mass.length, total) && most * groups <= MOST_TABLES) {
    return { observed, draw: splitRows({ sizes, kinds, groups, within, shuffled }) };
  }
  if (total < ROWS_PER_DRAW * mass.length) {
    return { observed, draw: dealRows({ sizes, kinds, groups, within, shuffled }) };
  }
  const { hypergeometric } = drawsOf(total);
  return {
    observed,
    draw: (rng: Rng) => {
      const lacking = sizes.map((own) => own.slice());
      for (const { at, label, weight, rows } of kinds) {
        const lack = lacking[within === "label" ? label : 0]!;
        let pool = lack.reduce((sum, count) => sum + count, 0);
        let left = rows;
        for (let g = 0; g < groups; g++) {
          const drawn = left === 0 ? 0 : hypergeometric(lack[g]!, pool - lack[g]!, left, rng);
          pool -= lack[g]!;
          lack[g]! -= drawn;
          left -= drawn;
          mass[at * groups + g] = drawn * weight;
        }
      }
      return shuffled;
    },
  };
}

/** Equal rows, what each group has of them, and where a shuffle puts them. */
interface Cells {
  readonly kinds: readonly EqualRows[];
  readonly sizes: readonly Float64Array[];
  readonly groups: number;
  readonly within: "nothing" | "label";
  readonly shuffled: { readonly table: ScoreTable; readonly mass: Float64Array };
}

/** The same for rows enough to fill up a split that was drawn at once. */
function splitRows({ sizes, kinds, groups, within, shuffled }: Cells): (rng: Rng) => ShuffledScores {
  const strata = sizes.map((own, s) => {
    const members = kinds.filter(({ label }) => within === "nothing" ? s === 0 : label === s);
    const draw = filledSplit(Float64Array.from(members, ({ rows }) => rows), own);
    return { members, draw, split: new Float64Array(members.length * groups) };
  }).filter(({ members }) => members.length > 0);
  return (rng) => {
    for (const { members, draw, split } of strata) {
      draw(rng, split);
      members.forEach(({ at, weight }, k) => {
        for (let g = 0; g < groups; g++) shuffled.mass[at * groups + g] = split[k * groups + g]! * weight;
      });
    }
    return shuffled;
  };
}

/** The same for few rows per cell and group: their groups in random order, dealt out one after the other. */
function dealRows(cells: Cells): (rng: Rng) => ShuffledScores {
  const { sizes, kinds, groups, within, shuffled } = cells;
  const { mass } = shuffled;
  const decks = sizes.map((own) => deckOf([...own].flatMap((count, g) => Array<number>(count).fill(g))));
  return (rng) => {
    mass.fill(0);
    const dealt = decks.map((deck) => deck(rng));
    const next = dealt.map(() => 0);
    for (const { at, label, weight, rows } of kinds) {
      const s = within === "label" ? label : 0, own = dealt[s]!;
      for (const end = next[s]! + rows; next[s]! < end; next[s]!++) mass[at * groups + own[next[s]!]!]! += weight;
    }
    return shuffled;
  };
}
