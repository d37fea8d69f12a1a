import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { demoColumns, HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { crossTable } from "./cross_table.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const { education, school_tier, label } = await whenPermitted(demoColumns);
const sides = {
  rows: { attribute: "education", groups: education! },
  columns: { attribute: "school tier", groups: school_tier!, order: ["none", "community", "state", "elite"] },
};
const figure = crossTable({ ...sides, labels: label!.map(Number) });

permittedTest("crossTable() looks as reviewed", () => assertSnapshot(figure));

permittedTest("crossTable() shows the rate of label 1 in each cell, and nothing where there are no rows", () => {
  const { z } = figure.data[0] as { z: (number | null)[][] };
  // Counted in data/raw/demo.csv with Python: 23 of 173, 6 of 43; 28 of 58.
  assertEquals(z[0], [23 / 173, 6 / 43, null, null]);
  assertEquals(z[4]![3], 28 / 58);
  const texts = figure.layout.annotations!.map(({ text }) => text);
  assertEquals(texts.slice(0, 4), ["13%<br>173", "14%<br>43", "–", "–"]);
  assertEquals(texts[6], "16%<br>19†");
  assertStringIncludes(figure.title, "From 13% (“high school, none”) to 48% (“doctorate, elite”)");
});

permittedTest("crossTable() without labels counts rows", () => {
  const { title, data } = crossTable(sides);
  assertEquals((data[0] as { z: unknown[][] }).z[0], [173, 43, null, null]);
  assertEquals(title, "9 of 20 combinations of education and school tier never occur");
});

permittedTest("crossTable() shows names as text, and refuses an order that lacks a group", () => {
  const groups = [HOSTILE_NAME, "BA"];
  const small = crossTable({ ...sides, rows: { attribute: "<b>", groups }, columns: { attribute: "y", groups } });
  assert(plotTexts([small.data, small.layout]).every((text) => !/<(?!br>)|%\{x/.test(text)));
  assertStringIncludes(small.alt, HOSTILE_NAME);
  assertThrows(
    () => crossTable({ ...sides, columns: { ...sides.columns, order: ["elite"] } }),
    RangeError,
    "Expected groups of the given order",
  );
});
