import { InputError } from "../../errors.ts";
import type { Rng } from "../../random.ts";
import { compareGroups } from "../education/degree_level.ts";
import { checkAttributes, type Example, labelClass } from "../example.ts";

/** The rows that share a group and a label. A cell may be empty: a group of which nobody was accepted. */
export interface Cell {
  /** Name of the group, crossed ones joined by `|`. */
  readonly group: string;
  readonly label: 0 | 1;
  readonly rows: readonly number[];
}

/** A line of a table: how many examples a cell had and how many it has now. */
export type CellCount = { group: string; label: 0 | 1; before: number; after: number };

/** What is made equal: the cells themselves, or groups or labels as a whole. */
export type BalanceBy = "labelAndGroup" | "group" | "label";

/**
 * Sorts rows, of `[n]` labels 0 or 1 and `[n]` groups, into cells of label × group: two for every group that occurs,
 * label 0 before label 1, groups in the order of {@linkcode compareGroups}. Every row is in one cell.
 * @throws {RangeError} If the lengths differ or a label is neither 0 nor 1.
 */
export function labelGroupCells(labels: ArrayLike<number>, groups: readonly string[]): Cell[] {
  if (labels.length !== groups.length) {
    throw new RangeError(`Expected as many labels as groups, found ${labels.length} and ${groups.length}`);
  }
  const byGroup = new Map<string, [number[], number[]]>();
  groups.forEach((group, row) => {
    const label = labels[row];
    if (label !== 0 && label !== 1) throw new RangeError(`labels[${row}]: expected 0 or 1, found ${label}`);
    if (!byGroup.has(group)) byGroup.set(group, [[], []]);
    byGroup.get(group)![label].push(row);
  });
  return [...byGroup.keys()].sort(compareGroups).flatMap((group) =>
    ([0, 1] as const).map((label) => ({ group, label, rows: byGroup.get(group)![label] }))
  );
}

/**
 * Sorts labelled examples into cells of label class × group. Several attributes are crossed: groups are then the
 * combinations that occur, named `bachelor|state`.
 * @throws {InputError} If an attribute is unknown, or none is given.
 */
export function exampleCells(examples: readonly Example[], attributes: readonly string[]): Cell[] {
  if (attributes.length === 0) throw new InputError("Balancing: expected attributes, found none");
  checkAttributes("Balancing", examples, attributes);
  return labelGroupCells(
    examples.map(labelClass),
    examples.map(({ groups }) => attributes.map((attribute) => groups[attribute]!).join("|")),
  );
}

/** Counts each cell before and after a choice of rows. */
export function countCells(cells: readonly Cell[], chosen: readonly number[]): CellCount[] {
  const times = new Map<number, number>();
  for (const row of chosen) times.set(row, (times.get(row) ?? 0) + 1);
  return cells.map(({ group, label, rows }) => ({
    group,
    label,
    before: rows.length,
    after: rows.reduce((sum, row) => sum + (times.get(row) ?? 0), 0),
  }));
}

/** The rows, ascending, of the cells that are to be treated as one; empty strata are left out. */
export function strata(cells: readonly Cell[], by: BalanceBy): number[][] {
  const key = (cell: Cell) => by === "labelAndGroup" ? cell : cell[by];
  return [...Map.groupBy(cells, key).values()]
    .map((members) => members.flatMap(({ rows }) => rows).sort((a, b) => a - b))
    .filter((rows) => rows.length > 0);
}

/** A choice of rows, with what it did to each cell. */
export interface Resampled {
  /** Indices of the chosen rows, ascending; a row chosen twice occurs twice. */
  rows: number[];
  table: CellCount[];
}

/**
 * Leaves out rows at random until every stratum is as large as the smallest. Nothing is repeated, much is thrown away:
 * a cell of three cuts all others to three.
 */
export function undersample(
  cells: readonly Cell[],
  { rng, by = "labelAndGroup" }: { rng: Rng; by?: BalanceBy },
): Resampled {
  const parts = strata(cells, by);
  const size = Math.min(...parts.map((rows) => rows.length));
  return resampled(cells, parts.flatMap((rows) => rng.shuffle([...rows]).slice(0, size)));
}

/**
 * Repeats rows until every stratum is as large as the largest. The rows of a stratum are repeated equally often (give
 * or take one, at random), and not drawn with replacement, which would leave some out for nothing. For training data
 * only: repeated rows make a test look surer than it is.
 */
export function oversample(
  cells: readonly Cell[],
  { rng, by = "labelAndGroup" }: { rng: Rng; by?: BalanceBy },
): Resampled {
  const parts = strata(cells, by);
  const size = Math.max(...parts.map((rows) => rows.length));
  const repeated = parts.flatMap((rows) => {
    const extra = rng.shuffle([...rows]).slice(0, size % rows.length);
    return [...Array.from({ length: Math.floor(size / rows.length) }, () => rows).flat(), ...extra];
  });
  return resampled(cells, repeated);
}

function resampled(cells: readonly Cell[], chosen: number[]): Resampled {
  const rows = chosen.sort((a, b) => a - b);
  return { rows, table: countCells(cells, rows) };
}
