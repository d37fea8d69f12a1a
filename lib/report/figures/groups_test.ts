import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { groupRates } from "../../metrics/mod.ts";
import { demoColumns, HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { groupSizes, labelRates } from "./groups.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const attribute = "education";
const { labels, groups, clusters, sizes, rates } = await whenPermitted(async () => {
  const { education, candidate_id, label, merit } = await demoColumns();
  const [labels, groundTruth] = [label!.map(Number), merit!.map(Number)];
  const [groups, clusters] = [education!, candidate_id!];
  const sizes = groupSizes({ labels, groups }, { attribute });
  const rates = labelRates({ labels, groups, groundTruth, clusters }, { attribute, resamples: 200, seed: 1 });
  return { labels, groups, clusters, sizes, rates };
});

permittedTest("groupSizes() looks as reviewed", () => assertSnapshot(sizes));

permittedTest("groupSizes() shows the demo data's pairs, those with a positive label first", () => {
  const [positive, negative] = sizes.data as { x: number[] }[];
  // Pairs as in data/README.md; 13.4% of 216 are 29.
  assertEquals(positive!.x.map((x, g) => x + negative!.x[g]!), [216, 240, 384, 216, 144]);
  assertEquals(positive!.x[0], 29);
  assertEquals(sizes.rows[0], { group: "high school", n: 216, positives: 29 });
  assertEquals(sizes.title, "“bachelor” holds 384 of 1,200 rows, “doctorate” only 144");
});

Deno.test("groupSizes() marks small groups, shows names as text, and tells equal groups", () => {
  const rows = { labels: [1, 0, 0, 0], groups: [HOSTILE_NAME, "BA", "BA", HOSTILE_NAME] };
  const small = groupSizes(rows, { attribute: HOSTILE_NAME });
  assertEquals(small.title, "All groups hold 2 of 4 rows");
  assertStringIncludes(small.subtitle, "†: fewer than 30 rows");
  assert(plotTexts([small.data, small.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
});

permittedTest("labelRates() looks as reviewed", () => assertSnapshot(rates));

permittedTest(
  "labelRates() shows the demo data's rates in the order of degrees, with the intervals of groupRates()",
  () => {
    const [label, trusted] = rates.data as { x: number[]; error_x: { array: number[]; arrayminus: number[] } }[];
    // The table "What comes of it" of data/README.md.
    assertEquals(label!.x.map(percent), [13.4, 16.7, 37.5, 41.2, 45.8]);
    assertEquals(trusted!.x.map(percent), [37.5, 37.5, 37.8, 37.0, 38.2]);
    const bachelor = groupRates({ labels, groups, clusters }).find(({ group }) => group === "bachelor")!;
    assertEquals(percent(label!.x[2]! + label!.error_x.array[2]!), percent(bachelor.interval!.high));
    assertEquals(percent(label!.x[2]! - label!.error_x.arrayminus[2]!), percent(bachelor.interval!.low));
    assertEquals(
      rates.title,
      "13% of “high school” and 46% of “doctorate” have a positive label: statistically significant (p\u00a0=\u00a00.005)",
    );
  },
);

permittedTest("labelRates() marks small groups, does not speak of them, and shows names as text", () => {
  const small = labelRates({
    labels: [...labels.slice(0, 300), 1, 1],
    groups: [...groups.slice(0, 300).map((name) => name === "master" ? HOSTILE_NAME : name), "tiny", "tiny"],
  }, { attribute, resamples: 20 });
  assert(!small.title.includes("tiny"));
  assertStringIncludes(small.subtitle, "† and hollow: fewer than 30 rows");
  const { symbol } = (small.data[0] as { marker: { symbol: string[] } }).marker;
  assertEquals(symbol.filter((own) => own === "circle-open").length, symbol.length - 5);
  assertStringIncludes(small.alt, HOSTILE_NAME);
  assert(plotTexts([small.data, small.layout.yaxis]).every((text) => !/<(?!br>)|%\{|\$/.test(text)));
});

Deno.test("labelRates() of one group has nothing to compare", () => {
  const { title } = labelRates({ labels: [1, 0], groups: ["BA", "BA"] }, { attribute });
  assertEquals(title, "Only one group, so there is nothing to compare");
});

function percent(share: number): number {
  return Number((100 * share).toFixed(1));
}
