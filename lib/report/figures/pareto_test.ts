import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import type { Estimate, Evaluation } from "../../evaluate/mod.ts";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { fairness, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { costCurve, paretoPlot } from "./pareto.ts";

const { evaluation } = fairness();
const rest = { level: 0.95, method: "hull", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
const around = (value: number, half: number): Estimate => ({
  value,
  interval: { low: value - half, high: value + half, ...rest },
});
const exact = (value: number): Estimate => ({ value, interval: null });
const none: Estimate = { value: null, reason: "one group", interval: null };
type Point = readonly [name: string, rocAuc: Estimate, disparity: Estimate];
const points: readonly Point[] = [
  ["base model", around(0.787, 0.04), around(0.19, 0.1)],
  ["plain", around(0.877, 0.03), around(0.36, 0.11)],
  ["fair", around(0.871, 0.03), around(0.14, 0.08)],
  [HOSTILE_NAME, exact(0.86), exact(0.1)],
  ["no disparity", exact(0.9), none],
  ["trial 7", exact(0.82), exact(0.25)],
];

/** An evaluation of five seeds with these numbers. */
function swept(points: readonly Point[]): Evaluation {
  const [model] = evaluation.models;
  const [attribute] = model!.attributes;
  const about = { metric: "demographicParityDifference", against: null, pValue: null, expected: null, excluded: [] };
  return {
    ...evaluation,
    models: points.map(([name, rocAuc, disparity]) => ({
      ...model!,
      name,
      seeds: 5,
      overall: { ...model!.overall, metrics: { rocAuc } },
      attributes: [{ ...attribute!, disparities: [{ ...about, ...disparity }] }],
    })),
  };
}

const figure = paretoPlot(swept(points), { name: "demo" });

permittedTest("paretoPlot() looks as reviewed", () => assertSnapshot(figure));

Deno.test("paretoPlot() joins the front in steps, fills its marks, and draws intervals", () => {
  const [front, base, plain, , , other] = figure.data as {
    name: string;
    x: number[];
    y: number[];
    line: { shape: string };
    marker: { symbol: string[] };
    error_x: { array: number[] };
  }[];
  assertEquals([front!.x, front!.y, front!.line.shape], [[0.1, 0.14, 0.36], [0.86, 0.871, 0.877], "hv"]);
  assertEquals([other!.name, other!.marker.symbol], ["trial 7", ["cross-open"]]);
  assertEquals([base!.marker.symbol, plain!.marker.symbol], [["square-open"], ["circle"]]);
  assertEquals(plain!.error_x.array, [0.11]);
  assertStringIncludes(figure.title, "the demographic parity difference falls from 0.360 to 0.100");
  assertStringIncludes(figure.subtitle, "“no disparity” has no place (disparity is undefined).");
});

Deno.test("paretoPlot() tells of a front of one point and of none, and shows names as text", () => {
  assertEquals(
    paretoPlot(swept([points[0]!, points[2]!])).title,
    "“fair” has the highest ROC-AUC, 0.871, and the smallest demographic parity difference, 0.140",
  );
  assertEquals(paretoPlot(swept([points[4]!])).title, "No model has both a ROC-AUC and this disparity");
  assert(plotTexts([figure.data, figure.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
  assertStringIncludes(figure.alt, `${HOSTILE_NAME} (on the front): ROC-AUC 0.860`);
});

Deno.test("paretoPlot() of many models draws those off the front as grey dots, and gives all as rows", () => {
  const many = Array.from(
    { length: 12 },
    (_, i): Point => [`trial ${i}`, exact(0.8 - 0.01 * i), exact(0.1 + 0.01 * i)],
  );
  const own = paretoPlot(swept(many));
  assertEquals((own.data[0] as { name: string }).name, "11 other models");
  assertEquals(own.rows.map(({ front }) => front), many.map((_, i) => i === 0));
});

const at = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });

Deno.test("costCurve() draws what was lost against what was removed, with its band", () => {
  const point = (name: string, removed: number, lost: number) => ({
    name,
    disparity: at(0.3 - removed),
    rocAuc: at(0.9 - lost),
    removed: at(removed),
    lost: at(lost),
    perPoint: removed > 0 ? lost / removed / 100 : null,
  });
  const figure = costCurve({
    metric: "demographicParityDifference",
    attribute: "education",
    seeds: 5,
    hypervolume: at(0.3),
    points: [point("plain", 0, 0), point("at-most-0.05", 0.2, 0.03), point("at-most-0.1", 0.1, 0.01)],
  });
  assertEquals(figure.title, "Removing 0.200 of the demographic parity difference costs 0.030 of ROC-AUC");
  assertStringIncludes(figure.alt, "at-most-0.1: removed 0.100, lost 0.010 (0.000 to 0.020), 0.0010 per point.");
  assertEquals((figure.data[2] as { x: number[] }).x, [0, 0.1, 0.2]);
  assertEquals((figure.data[0] as { y: number[] }).y.map((low) => Number(low.toFixed(9))), [
    -0.01,
    0,
    0.02,
  ]);
});
