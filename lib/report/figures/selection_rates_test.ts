import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fairnessQuality, fairnessRows, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { selectionRates } from "./selection_rates.ts";

const { input } = fairnessQuality();
const figure = selectionRates(input);

Deno.test("selectionRates() looks as reviewed", () => assertSnapshot(figure));

Deno.test("selectionRates() says who is selected least and most, and whether that is beyond chance", () => {
  assertStringIncludes(figure.title, `The tuned model selects 47\u00a0% of “${HOSTILE}” and 63\u00a0% of “degree”`);
  assertStringIncludes(figure.title, "below four fifths, beyond chance");
  const even = fairnessQuality(fairnessRows([["a", 80], ["b", 80]], 0)).input;
  assertStringIncludes(selectionRates(even).title, "no difference beyond chance (p\u00a0=\u00a00.");
  const alone = fairnessQuality(fairnessRows([["a", 80]])).input;
  assertEquals(selectionRates(alone).title, "education: only one group, so there is nothing to compare");
});

Deno.test("selectionRates() neither judges a group of three nor measures others by it", () => {
  const tiny = input.models[1]!.quality.attributes.education!.groups.findIndex(({ group }) => group === "tiny");
  const [, bars] = figure.data as { marker: { line: { color: string[] } } }[];
  assertEquals(bars!.marker.line.color[tiny], "#59636c");
});

Deno.test("selectionRates() shows names as text", () => {
  assert(
    plotTexts([figure.data, figure.layout.annotations, figure.layout.yaxis]).every((text) => !text.includes('"R&D"')),
  );
  assertStringIncludes(figure.alt, HOSTILE);
});
