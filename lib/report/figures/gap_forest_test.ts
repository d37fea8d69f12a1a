import { assertEquals, assertStringIncludes } from "@std/assert";
import { fairnessQuality, fairnessRows } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { gapForest } from "./gap_forest.ts";

const { input } = fairnessQuality();
const figure = gapForest(input);

Deno.test("gapForest() looks as reviewed", () => assertSnapshot(figure));

Deno.test("gapForest() fills what is beyond chance, and says so", () => {
  const gaps = input.models.map(({ quality }) => quality.attributes.education!.gaps);
  const { marker } = figure.data[0] as { marker: { symbol: string[] } };
  const tested =
    (["demographicParityDifference", "equalizedOddsDifference", "groundTruthEqualizedOddsDifference"] as const)
      .flatMap((gap) => gaps.map((own) => own[gap]!.pValue! <= 0.05));
  assertEquals(marker.symbol.map((symbol) => !symbol.endsWith("-open")), tested);
  const even = fairnessQuality(fairnessRows([["a", 80], ["b", 80]], 0)).input;
  assertEquals(gapForest(even).title, "No gap of the tuned model is beyond chance");
});

Deno.test("gapForest() says why nothing can be compared, and draws no point", () => {
  const alone = gapForest(fairnessQuality(fairnessRows([["a", 80]])).input);
  assertEquals(alone.title, "Groups cannot be compared: a disparity needs two groups, found 1");
  assertEquals((alone.data[0] as { x: number[] }).x, []);
  assertStringIncludes(alone.alt, "Demographic parity, base: undefined, a disparity needs two groups, found 1.");
});
