import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { groupRates } from "../../metrics/mod.ts";
import { demoColumns, HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { groupSizes } from "./group_sizes.ts";

const { education, label } = await demoColumns();
const figure = groupSizes({
  attribute: "education",
  rates: groupRates({ labels: label!.map(Number), groups: education! }),
  smallGroup: 30,
});

Deno.test("groupSizes() looks as reviewed", () => assertSnapshot(figure));

Deno.test("groupSizes() shows the demo data's pairs, those with label 1 first", () => {
  const [positive, negative] = figure.data as { x: number[] }[];
  // Pairs as in data/README.md; 13.4 % of 216 are 29.
  assertEquals(positive!.x.map((x, g) => x + negative!.x[g]!), [216, 240, 384, 216, 144]);
  assertEquals(positive!.x[0], 29);
  assertEquals(figure.title, "“bachelor” holds 384 of 1,200 rows, “doctorate” only 144");
});

Deno.test("groupSizes() marks small groups, shows names as text, and tells equal groups", () => {
  const rates = groupRates({ labels: [1, 0, 0, 0], groups: [HOSTILE_NAME, "BA", "BA", HOSTILE_NAME] });
  const small = groupSizes({ attribute: HOSTILE_NAME, rates, smallGroup: 30 });
  assertEquals(small.title, "All groups hold 2 of 4 rows");
  assertStringIncludes(small.subtitle, "†: fewer than 30 rows");
  assert(plotTexts([small.data, small.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
  assertEquals(groupSizes({ attribute: "a", rates: [], smallGroup: 30 }).title, "No groups");
});
