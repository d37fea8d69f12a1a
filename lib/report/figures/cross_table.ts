import type { Data, Layout } from "plotly.js-dist-min";
import { SMALL_GROUP } from "../../metrics/mod.ts";
import { count, quoted, wholePercent } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { orderGroups, rowsHeight, SMALL_MARK } from "./marks.ts";
import { INK, SEQUENTIAL, SURFACE } from "./palette.ts";
import { plotText, wrapText } from "./plot_text.ts";

/** A column of group names. */
export interface CrossTableSide {
  /** Such as `education`. */
  readonly attribute: string;
  /** `[n]` the group of each row. */
  readonly groups: readonly string[];
  /** The groups from first to last; degrees by their level, others by name, if absent. */
  readonly order?: readonly string[] | undefined;
}

/** What {@linkcode crossTable} shows. */
export interface CrossTableInput {
  /** Top to bottom. */
  readonly rows: CrossTableSide;
  /** Left to right; the one with fewer groups reads better here. */
  readonly columns: CrossTableSide;
  /** `[n]` labels, 0 or 1: cells show their rate of 1. If absent, cells show how many rows they hold. */
  readonly labels?: readonly number[] | undefined;
  /** Cells with fewer rows are marked; 30 if absent. */
  readonly smallBelow?: number | undefined;
}

/**
 * A heat map of two attributes: in each cell how many rows fall there and, if labels are given, how many of them carry
 * label 1.
 */
export function crossTable(input: CrossTableInput): Figure {
  const { rows, columns, labels, smallBelow = SMALL_GROUP } = input;
  const map = cellsOf(input);
  const { down, across, cells } = map;
  const labelled = labels !== undefined;
  const anyEmpty = cells.flat().some(({ count }) => count === 0);
  const anySmall = cells.flat().some(({ count }) => count > 0 && count < smallBelow);
  const names = down.map((name) => wrapText(name, 18, 2));
  return makeFigure({
    name: figureName("cross-table", rows.attribute, columns.attribute, ...(labelled ? ["label"] : [])),
    title: findingOf(
      cells.flatMap((own, r) => own.map((cell, c) => ({ ...cell, name: `${down[r]!}, ${across[c]!}` }))),
      [rows.attribute, columns.attribute],
      { labelled, smallBelow },
    ),
    subtitle:
      (labelled ? "Share of rows with a positive label, and under it their number, by " : "Number of rows by ") +
      `${rows.attribute} and ${columns.attribute}.${anyEmpty ? " –: no rows." : ""}` +
      (anySmall ? ` ${SMALL_MARK}: fewer than ${smallBelow} rows.` : ""),
    alt: down.map((name, r) =>
      `${name}: ${across.map((other, c) => `${other} ${cellText(cells[r]![c]!, labelled)}`).join(", ")}.`
    ).join(" "),
    rows: down.flatMap((row, r) =>
      across.map((column, c) => ({
        [rows.attribute]: row,
        [columns.attribute]: column,
        n: cells[r]![c]!.count,
        ...(labelled ? { positives: cells[r]![c]!.positives } : {}),
      }))
    ),
    ...drawCells(map, { labelled, smallBelow }, { across: columns.attribute, down: rows.attribute }),
    height: Math.max(rowsHeight(names), down.length * 44 + 80),
  });
}

interface CellMap {
  readonly down: readonly string[];
  readonly across: readonly string[];
  readonly cells: readonly (readonly Cell[])[];
}

function cellsOf({ rows, columns, labels }: CrossTableInput): CellMap {
  const [down, across] = [rows, columns].map(({ groups, order }) => order ?? orderGroups([...new Set(groups)])) as [
    readonly string[],
    readonly string[],
  ];
  const cells = down.map(() => across.map(() => ({ count: 0, positives: 0 })));
  rows.groups.forEach((group, i) => {
    const cell = cells[down.indexOf(group)]?.[across.indexOf(columns.groups[i]!)];
    if (cell === undefined) {
      throw new RangeError(`Expected groups of the given order, found ${group} and ${columns.groups[i]} in row ${i}`);
    }
    cell.count++;
    cell.positives += labels?.[i] ?? 0;
  });
  return { down, across, cells };
}

function cellText(cell: Cell, labelled: boolean): string {
  if (cell.count === 0) return "no rows";
  if (!labelled) return `${count(cell.count)} rows`;
  return `${wholePercent(rate(cell))} of ${count(cell.count)} rows have a positive label`;
}

function drawCells(
  { down, across, cells }: CellMap,
  { labelled, smallBelow }: { readonly labelled: boolean; readonly smallBelow: number },
  titles: { readonly across: string; readonly down: string },
): { readonly data: Data[]; readonly layout: Partial<Layout> } {
  const size = (cell: Cell) => `${count(cell.count)}${cell.count < smallBelow ? SMALL_MARK : ""}`;
  const label = (cell: Cell) =>
    cell.count === 0 ? "–" : labelled ? `${wholePercent(rate(cell))}<br>${size(cell)}` : size(cell);
  const value = (cell: Cell) => cell.count === 0 ? null : labelled ? rate(cell) : cell.count;
  // A map of zeros only is pale.
  const most = Math.max(...cells.flat().map((cell) => value(cell) ?? 0)) || 1;
  const [x, y] = [across.map((_, c) => c), down.map((_, r) => r)];
  const data: Data = {
    type: "heatmap",
    x,
    y,
    z: cells.map((own) => own.map(value)),
    zmin: 0,
    zmax: most,
    hovertext: cells.map((own, r) =>
      own.map((cell, c) => `${plotText(down[r]!)}, ${plotText(across[c]!)}<br>${cellText(cell, labelled)}`)
    ) as never,
    hoverinfo: "text",
    hoverongaps: false,
    colorscale: SEQUENTIAL.map((color, i) => [i / (SEQUENTIAL.length - 1), color]) as never,
    showscale: false,
    xgap: 3,
    ygap: 3,
  };
  // Upright where a phone has room for them.
  const tickangle = Math.max(...across.map((name) => name.length)) * across.length > 36 ? -35 : 0;
  const layout: Partial<Layout> = {
    xaxis: {
      title: { text: plotText(titles.across) },
      tickvals: x,
      ticktext: across.map((name) => wrapText(name, 14, 2)),
      tickangle,
      showgrid: false,
    },
    yaxis: {
      title: { text: plotText(titles.down) },
      tickvals: y,
      ticktext: down.map((name) => wrapText(name, 18, 2)),
      range: [down.length - 0.5, -0.5],
      showgrid: false,
    },
    // Plotly's own texts on a heat map have one colour for all, or a grey that is hard to read.
    annotations: cells.flatMap((own, r) =>
      own.map((cell, c) => {
        const color = (value(cell) ?? 0) / most <= 0.75 ? INK : SURFACE;
        return { x: c, y: r, text: label(cell), showarrow: false, font: { size: 12, color } };
      })
    ),
  };
  return { data: [data], layout };
}

interface Cell {
  readonly count: number;
  readonly positives: number;
}

function rate({ count, positives }: Cell): number {
  return positives / count;
}

function findingOf(
  cells: readonly (Cell & { readonly name: string })[],
  [rows, columns]: readonly [string, string],
  { labelled, smallBelow }: { readonly labelled: boolean; readonly smallBelow: number },
): string {
  const filled = cells.filter(({ count }) => count > 0);
  const large = filled.filter(({ count }) => count >= smallBelow);
  const judged = large.length >= 2 ? large : filled;
  if (labelled && judged.length >= 2) {
    const [low, ...rest] = [...judged].sort((a, b) => rate(a) - rate(b));
    const high = rest.at(-1)!;
    const few = judged === filled ? "" : ` among combinations of at least ${smallBelow} rows`;
    return `From ${wholePercent(rate(low!))} (${quoted(low!.name)}) to ${wholePercent(rate(high))} (${
      quoted(high.name)
    }) have a positive label${few}`;
  }
  const empty = cells.length - filled.length;
  const all = `combinations of ${rows} and ${columns}`;
  if (empty === 0) return `All ${cells.length} ${all} occur`;
  return `${empty} of ${cells.length} ${all} never ${empty === 1 ? "occurs" : "occur"}`;
}
