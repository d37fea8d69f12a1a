import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { type BalanceBy, type Cell, labelGroupCells } from "./cells.ts";
import { oversample, undersample } from "./resample.ts";

/** Cells of 40, 10, 5 and 0 rows in groups x and y. */
const cells = labelGroupCells(
  [...Array(40).fill(0), ...Array(10).fill(1), ...Array(5).fill(0)],
  [...Array(50).fill("x"), ...Array(5).fill("y")],
);
const after = (table: { after: number }[]) => table.map(({ after }) => after);

Deno.test("undersample() makes strata as large as the smallest that is not empty", () => {
  const counts = (by: BalanceBy) => after(undersample(cells, { rng: new Rng(1), by }).table);
  assertEquals(counts("labelAndGroup"), [5, 5, 5, 0]);
  const [x0, x1, y0, y1] = counts("group");
  assertEquals([x0! + x1!, y0! + y1!], [5, 5]);
  const byLabel = counts("label");
  assertEquals([byLabel[0]! + byLabel[2]!, byLabel[1]! + byLabel[3]!], [10, 10]);
});

Deno.test("undersample() keeps every row at most once, in order, and each equally often over seeds", () => {
  const times = new Map<number, number>();
  for (let seed = 0; seed < 4000; seed++) {
    const { rows } = undersample(cells, { rng: new Rng(seed) });
    assert(rows.every((row, i) => i === 0 || row > rows[i - 1]!));
    for (const row of rows) times.set(row, (times.get(row) ?? 0) + 1);
  }
  // A row of the first cell is kept with probability 1/8: 500 ± 21 times.
  for (const row of cells[0]!.rows) assertAlmostEquals(times.get(row)!, 500, 5 * 21);
  for (const row of cells[2]!.rows) assertEquals(times.get(row), 4000);
});

Deno.test("oversample() makes strata as large as the largest and repeats their rows equally often", () => {
  const { rows, table } = oversample(cells, { rng: new Rng(1) });
  assertEquals(table.map(({ before, after }) => [before, after]), [[40, 40], [10, 40], [5, 40], [0, 0]]);
  const timesOf = (row: number) => rows.filter((chosen) => chosen === row).length;
  for (const row of cells[1]!.rows) assertEquals(timesOf(row), 4);
  for (const row of cells[2]!.rows) assertEquals(timesOf(row), 8);
});

Deno.test("oversample() draws at random which rows are repeated once more", () => {
  const uneven: Cell[] = labelGroupCells([0, 0, 0, 0, 1, 1, 1], Array(7).fill("x"));
  const times = [0, 0, 0];
  for (let seed = 0; seed < 3000; seed++) {
    const { rows } = oversample(uneven, { rng: new Rng(seed) });
    for (const [i, row] of [4, 5, 6].entries()) times[i]! += rows.filter((chosen) => chosen === row).length - 1;
  }
  // Each with probability 1/3: 1000 ± 26.
  for (const count of times) assertAlmostEquals(count, 1000, 5 * 26);
});

Deno.test("resampling nothing gives nothing", () => {
  assertEquals(undersample([], { rng: new Rng(1) }), { rows: [], table: [] });
  assertEquals(oversample([], { rng: new Rng(1) }), { rows: [], table: [] });
});

Deno.test("undersample() as a reader would call it", () => {
  const cells = labelGroupCells([0, 0, 0, 1, 1], ["x", "x", "x", "x", "x"]);
  assertEquals(undersample(cells, { rng: new Rng(1) }).table.map(({ after }) => after), [2, 2]);
});

Deno.test("oversample() as a reader would call it", () => {
  const cells = labelGroupCells([0, 0, 0, 0, 1], ["x", "x", "x", "x", "x"]);
  assertEquals(oversample(cells, { rng: new Rng(1) }).rows, [0, 1, 2, 3, 4, 4, 4, 4]);
});
