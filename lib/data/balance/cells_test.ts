import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import type { Example } from "../example.ts";
import {
  type BalanceBy,
  type Cell,
  countCells,
  exampleCells,
  labelGroupCells,
  oversample,
  strata,
  undersample,
} from "./cells.ts";

function example(label: number | null, groups: Record<string, string>): Example {
  return { row: 1, resume: "r", job: "j", label, candidateId: "c", jobId: "j", groups, groundTruth: null, split: null };
}

Deno.test("labelGroupCells() puts degree levels in their order, and every row into one cell", () => {
  const levels = ["master", "associate", "none mentioned", "master", "associate"];
  const cells = labelGroupCells([1, 0, 1, 0, 0], levels);
  assertEquals(cells.map(({ group }) => group).filter((_, i) => i % 2 === 0), [
    "none mentioned",
    "associate",
    "master",
  ]);
  assertEquals(cells.flatMap(({ rows }) => rows).sort(), [0, 1, 2, 3, 4]);
});

Deno.test("exampleCells() crosses attributes and takes graded labels from 0.5 for matches", () => {
  const examples = [
    example(0.5, { education: "a", city: "X" }),
    example(0.4, { education: "a", city: "Y" }),
    example(1, { education: "a", city: "X" }),
  ];
  assertEquals(exampleCells(examples, ["education", "city"]).filter(({ rows }) => rows.length > 0), [
    { group: "a|X", label: 1, rows: [0, 2] },
    { group: "a|Y", label: 0, rows: [1] },
  ]);
});

Deno.test("exampleCells() names the attributes there are", () => {
  const examples = [example(1, { education: "a", city: "X" })];
  assertThrows(() => exampleCells(examples, ["age"]), InputError, '"education", "city", found "age"');
  assertThrows(() => exampleCells(examples, []), InputError, "found none");
  assertThrows(() => exampleCells([example(null, { education: "a" })], ["education"]), TypeError, "labelled");
});

Deno.test("strata() leaves out what is empty and does not confuse names that look alike", () => {
  assertEquals(strata([], "group"), []);
  const cells = labelGroupCells([1, 0, 0], ["1", "0", "1"]);
  assertEquals(strata(cells, "labelAndGroup"), [[1], [2], [0]]);
});

Deno.test("labelGroupCells() refuses what is no label", () => {
  assertThrows(() => labelGroupCells([0, 0.5], ["a", "b"]), RangeError, "labels[1]: expected 0 or 1, found 0.5");
  assertThrows(() => labelGroupCells([0], ["a", "b"]), RangeError, "as many labels as groups");
});

Deno.test("labelGroupCells() gives two cells per group, empty ones as well", () => {
  assertEquals(labelGroupCells([1, 0, 1], ["x", "y", "x"]), [
    { group: "x", label: 0, rows: [] },
    { group: "x", label: 1, rows: [0, 2] },
    { group: "y", label: 0, rows: [1] },
    { group: "y", label: 1, rows: [] },
  ]);
});

Deno.test("countCells() counts a row that occurs twice twice", () => {
  assertEquals(countCells([{ group: "x", label: 1, rows: [0, 2] }], [2, 2, 0]), [
    { group: "x", label: 1, before: 2, after: 3 },
  ]);
});

Deno.test("strata() joins the cells of a group or of a label", () => {
  const cells = labelGroupCells([1, 0, 1], ["x", "y", "y"]);
  assertEquals(strata(cells, "group"), [[0], [1, 2]]);
  assertEquals(strata(cells, "label"), [[1], [0, 2]]);
});

Deno.test("exampleCells() crosses attributes", () => {
  const ids = { resume: "", job: "", candidateId: "c", jobId: "j", groundTruth: null, split: null };
  const cells = exampleCells([{ row: 1, label: 0.5, groups: { education: "master", tier: "state" }, ...ids }], [
    "education",
    "tier",
  ]);
  assertEquals(cells.at(-1), { group: "master|state", label: 1, rows: [0] });
});

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
