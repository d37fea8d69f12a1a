import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DISPARITIES, estimateDisparities, groupRates } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { demoColumns, HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { labelRates } from "./label_rates.ts";

const { education: groups, candidate_id: clusters, ...columns } = await demoColumns() as Record<string, string[]> & {
  education: string[];
  candidate_id: string[];
};
const [labels, groundTruth] = [columns.label!, columns.merit!].map((column) => column.map(Number)) as [
  number[],
  number[],
];
const rates = groupRates({ labels, groups, clusters });
const { difference } = estimateDisparities(
  { predictions: labels, groups, clusters },
  { difference: DISPARITIES.demographicParityDifference },
  { rng: new Rng(1), resamples: 200 },
);
const figure = labelRates({
  attribute: "education",
  rates,
  groundTruth: groupRates({ labels: groundTruth, groups, clusters }),
  difference,
  unit: "candidates",
  smallGroup: 30,
});

Deno.test("labelRates() looks as reviewed", () => assertSnapshot(figure));

Deno.test("labelRates() shows the demo data's rates in the order of degrees, with the intervals of groupRates()", () => {
  const [label, trusted] = figure.data as { x: number[]; error_x: { array: number[]; arrayminus: number[] } }[];
  // The table "What comes of it" of data/README.md.
  assertEquals(label!.x.map(percent), [13.4, 16.7, 37.5, 41.2, 45.8]);
  assertEquals(trusted!.x.map(percent), [37.5, 37.5, 37.8, 37.0, 38.2]);
  const bachelor = rates.find(({ group }) => group === "bachelor")!;
  assertEquals(percent(label!.x[2]! + label!.error_x.array[2]!), percent(bachelor.interval!.high));
  assertEquals(percent(label!.x[2]! - label!.error_x.arrayminus[2]!), percent(bachelor.interval!.low));
  assertEquals(
    figure.title,
    "13\u00a0% of “high school” and 46\u00a0% of “doctorate” carry label 1: beyond chance (p\u00a0=\u00a00.005)",
  );
});

Deno.test("labelRates() marks small groups, does not speak of them, and shows names as text", () => {
  const small = labelRates({
    attribute: "education",
    rates: groupRates({
      labels: [...labels.slice(0, 300), 1, 1],
      groups: [...groups.slice(0, 300).map((name) => name === "master" ? HOSTILE_NAME : name), "tiny", "tiny"],
    }),
    unit: "rows",
    smallGroup: 30,
  });
  assert(!small.title.includes("tiny"));
  assertStringIncludes(small.subtitle, "† and hollow: fewer than 30 rows");
  const { symbol } = (small.data[0] as { marker: { symbol: string[] } }).marker;
  assertEquals(symbol.filter((own) => own === "circle-open").length, symbol.length - rates.length);
  assertStringIncludes(small.alt, HOSTILE_NAME);
  assert(plotTexts([small.data, small.layout.yaxis]).every((text) => !/<(?!br>)|%\{|\$/.test(text)));
});

Deno.test("labelRates() of one group has nothing to compare", () => {
  const one = groupRates({ labels: [1, 0], groups: ["BA", "BA"] });
  const { title } = labelRates({ attribute: "education", rates: one, unit: "rows", smallGroup: 30 });
  assertEquals(title, "Only one group, so there is nothing to compare");
});

function percent(share: number): number {
  return Number((100 * share).toFixed(1));
}
