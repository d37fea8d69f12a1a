import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import type { Example } from "../example.ts";
import { countCells, exampleCells, labelGroupCells, strata } from "./cells.ts";

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
