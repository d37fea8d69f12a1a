import { intervalNote, intervalText, listText, number, pValueText, theModel } from "../format.ts";
import type { GapQuality } from "../../evaluate/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { forest, type ForestRow } from "./forest.ts";
import { modelStyle, type RatesInput } from "./models.ts";
import { chanceText, isBeyondChance } from "./wording.ts";

/** Gaps in the order of a report, as a heading and within a sentence. */
export const GAP_TITLES: Readonly<Record<keyof GapQuality, string>> = {
  demographicParityDifference: "Demographic parity",
  equalizedOddsDifference: "Equalized odds",
  groundTruthEqualizedOddsDifference: "Equalized odds against ground truth",
};

/**
 * The gaps between groups of several models, under one another with their intervals and tests.
 *
 * @param input The models and the attribute.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureQuality } from "../../evaluate/quality.ts";
 * import { gapForest } from "./gap_forest.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const model = { scores: rows.map((i) => i / 200), threshold: 0.5 };
 * const { base, tuned } = measureQuality({
 *   labels: rows.map((i) => i % 2),
 *   groundTruth: null,
 *   attributes: { education: rows.map((i) => i < 80 ? "none" : "degree") },
 *   models: { base: model, tuned: model },
 * }, { seed: 1, resamples: 50, confidence: 0.95, smallGroup: 30 });
 * const { title } = gapForest({
 *   attribute: "education",
 *   models: [{ name: "base", quality: base }, { name: "tuned", quality: tuned }],
 *   confidence: 0.95,
 *   candidates: null,
 *   smallGroup: 30,
 * });
 * assertEquals(title, "Of the tuned model’s gaps, demographic parity 0.83 and equalized odds 0.83 are beyond chance");
 * ```
 */
export function gapForest({ attribute, models, confidence, candidates }: RatesInput): Figure {
  const parts = models.map(({ name, quality }) => ({ name, gaps: quality.attributes[attribute]!.gaps }));
  const names = (Object.keys(GAP_TITLES) as (keyof GapQuality)[]).filter((gap) =>
    parts.some(({ gaps }) => gaps[gap] !== undefined)
  );
  const rows = names.flatMap((gap): ForestRow[] => [
    { heading: GAP_TITLES[gap] },
    ...parts.flatMap(({ name, gaps }, m): ForestRow[] => {
      const own = gaps[gap];
      return own === undefined ? [] : [{
        label: name,
        estimate: own.estimate,
        interval: own.interval,
        style: modelStyle(m),
        hollow: !isBeyondChance(own),
        note: own.pValue === null ? "" : pValueText(own.pValue),
      }];
    }),
  ]);
  const { data, layout, height } = forest(rows, "Difference between groups");
  return makeFigure({
    name: figureName("gaps", attribute),
    title: findingOf(parts.at(-1)!, names),
    subtitle:
      `Gaps between ${attribute} groups. Filled: beyond chance at 5 %, by a permutation test; hollow: chance could do ` +
      `that. ${intervalNote(confidence, candidates)}`,
    alt: names.flatMap((gap) =>
      parts.flatMap(({ name, gaps }) => {
        const own = gaps[gap];
        if (own === undefined) return [];
        const { estimate, interval } = own;
        return [
          estimate.value === null
            ? `${GAP_TITLES[gap]}, ${name}: undefined, ${estimate.reason}.`
            : `${GAP_TITLES[gap]}, ${name}: ${number(estimate.value)} ${intervalText(interval, number)}, ${
              chanceText(own)
            }.`,
        ];
      })
    ).join(" "),
    data,
    layout,
    height,
  });
}

function findingOf({ name, gaps }: { name: string; gaps: GapQuality }, names: readonly (keyof GapQuality)[]): string {
  const { estimate } = gaps.demographicParityDifference;
  if (estimate.value === null) return `Groups cannot be compared: ${estimate.reason}`;
  const model = theModel(name).replace("The", "the");
  const beyond = names.filter((gap) => gaps[gap] !== undefined && isBeyondChance(gaps[gap]));
  if (beyond.length === 0) return `No gap of ${model} is beyond chance`;
  const list = beyond.map((gap) => `${GAP_TITLES[gap].toLowerCase()} ${number(gaps[gap]!.estimate.value!, 2)}`);
  const rest = names.filter((gap) => !beyond.includes(gap)).map((gap) => GAP_TITLES[gap].toLowerCase());
  return `Of ${model}’s gaps, ${listText(list)} ${beyond.length === 1 ? "is" : "are"} beyond chance${
    rest.length === 0 ? "" : `, ${listText(rest)} ${rest.length === 1 ? "is" : "are"} not`
  }`;
}
