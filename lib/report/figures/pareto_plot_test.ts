import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { paretoPlot } from "./pareto_plot.ts";

const around = (value: number, half: number) => ({ low: value - half, high: value + half });
const points = [
  { name: "base model", rocAuc: 0.787, gap: 0.19, rocAucInterval: around(0.787, 0.04), gapInterval: around(0.19, 0.1) },
  { name: "plain", rocAuc: 0.877, gap: 0.36, rocAucInterval: around(0.877, 0.03), gapInterval: around(0.36, 0.11) },
  { name: "fair", rocAuc: 0.871, gap: 0.14, rocAucInterval: around(0.871, 0.03), gapInterval: around(0.14, 0.08) },
  { name: HOSTILE_NAME, rocAuc: 0.86, gap: 0.1, rocAucInterval: null, gapInterval: null },
  { name: "no gap", rocAuc: 0.9, gap: null },
  { name: "trial 7", rocAuc: 0.82, gap: 0.25, named: false },
];
const input = {
  name: "demo",
  attribute: "education",
  gap: "demographic parity difference",
  note: "Means of 5 seeds, 95 % intervals.",
};
const figure = paretoPlot({ ...input, points });

Deno.test("paretoPlot() looks as reviewed", () => assertSnapshot(figure));

Deno.test("paretoPlot() joins the front in steps, fills its marks, and draws intervals", () => {
  const [front, others, base, plain] = figure.data as {
    name: string;
    x: number[];
    y: number[];
    line: { shape: string };
    marker: { symbol: string[] };
    error_x: { array: number[] };
  }[];
  assertEquals([front!.x, front!.y, front!.line.shape], [[0.1, 0.14, 0.36], [0.86, 0.871, 0.877], "hv"]);
  assertEquals([others!.name, others!.marker.symbol], ["1 other setting", ["circle-open"]]);
  assertEquals([base!.marker.symbol, plain!.marker.symbol], [["square-open"], ["circle"]]);
  assertEquals(plain!.error_x.array, [0.11]);
  assertStringIncludes(figure.title, "the demographic parity difference falls from 0.360 to 0.100");
  assertStringIncludes(figure.subtitle, "“no gap” has no place (gap is undefined).");
});

Deno.test("paretoPlot() tells of a front of one point and of none, and shows names as text", () => {
  assertEquals(
    paretoPlot({ ...input, points: [points[0]!, points[2]!] }).title,
    "“fair” has the highest ROC-AUC, 0.871, and the smallest demographic parity difference, 0.140",
  );
  assertEquals(paretoPlot({ ...input, points: [points[4]!] }).title, "No point has both a ROC-AUC and a gap");
  assert(plotTexts([figure.data, figure.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
  assertStringIncludes(figure.alt, `${HOSTILE_NAME} (on the front): ROC-AUC 0.860`);
});
