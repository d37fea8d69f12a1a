import { intervalNote, intervalText, listText, number } from "../format.ts";
import type { Estimate } from "../../metrics/mod.ts";
import type { Change, GapQuality, QualityMetric } from "../../evaluate/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { forest, type ForestRow } from "./forest.ts";
import { GAP_TITLES } from "./gap_forest.ts";
import { BLUE, MUTED, VERMILLION } from "./palette.ts";
import { isBeyondChance } from "./wording.ts";

/** What {@linkcode changeForest} reads. */
export interface ChangeForestInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** One model after another: `to` minus `from`. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly change: Change }[];
  readonly confidence: number;
  /** Candidates that were resampled; `null` if rows were. */
  readonly candidates: number | null;
}

const QUALITY: Readonly<Partial<Record<QualityMetric | "groundTruthRocAuc", string>>> = {
  rocAuc: "ROC-AUC",
  groundTruthRocAuc: "ROC-AUC against ground truth",
  averagePrecision: "Average precision",
  f1: "F1",
};

interface Line {
  readonly title: string;
  readonly own: Estimate;
  /** What is better: 1 for more, −1 for less. */
  readonly better: 1 | -1;
  /** Whether the title speaks of it. */
  readonly titled: boolean;
}

/**
 * What changed from one model to another: quality, of which more is better, and gaps, of which less is. Both models are resampled
 * together, so what they share cancels out.
 *
 * @param input The changes and the attribute.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { changeForest } from "./change_forest.ts";
 *
 * const interval = { low: 0.05, high: 0.14, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const { title } = changeForest({
 *   attribute: "education",
 *   changes: [{
 *     from: "base",
 *     to: "tuned",
 *     change: { overall: { rocAuc: { estimate: { value: 0.09 }, interval } }, gaps: { education: {} } },
 *   }],
 *   confidence: 0.95,
 *   candidates: null,
 * });
 * assertEquals(title, "From base to tuned, better: ROC-AUC +0.09");
 * ```
 */
export function changeForest({ attribute, changes, confidence, candidates }: ChangeForestInput): Figure {
  const parts = changes.map(({ from, to, change }) => ({ from, to, lines: linesOf(change, attribute) }));
  const rows = parts.flatMap(({ from, to, lines }): ForestRow[] => [
    ...(changes.length > 1 ? [{ heading: `${to} − ${from}` }] : []),
    ...lines.map((line): ForestRow => ({
      label: line.title,
      estimate: line.own.estimate,
      interval: line.own.interval,
      style: { color: { better: BLUE, worse: VERMILLION, unclear: MUTED }[verdictOf(line)], symbol: "circle" },
      hollow: verdictOf(line) === "unclear",
      note: verdictOf(line),
      signed: true,
    })),
  ]);
  const last = parts.at(-1)!;
  const { data, layout, height } = forest(
    rows,
    changes.length > 1 ? "Change" : `Change, ${last.to} − ${last.from}`,
  );
  return makeFigure({
    name: figureName("changes", attribute),
    title: findingOf(last),
    subtitle:
      `Quality (more is better), and gaps between ${attribute} groups (less is better). Hollow: the interval contains 0. ` +
      intervalNote(confidence, candidates),
    alt: parts.map(({ from, to, lines }) =>
      `${to} minus ${from}: ${
        lines.map((line) => {
          const { estimate, interval } = line.own;
          return estimate.value === null
            ? `${line.title} undefined, ${estimate.reason}`
            : `${line.title} ${number(estimate.value)} ${intervalText(interval, number)}, ${verdictOf(line)}`;
        }).join("; ")
      }.`
    ).join(" "),
    data,
    layout,
    height,
  });
}

function linesOf({ overall, gaps }: Change, attribute: string): Line[] {
  const quality = Object.entries(QUALITY).flatMap(([name, title]): Line[] => {
    const own = overall[name as keyof typeof overall];
    return own === undefined ? [] : [{ title, own, better: 1, titled: name.endsWith("Auc") }];
  });
  const differences = Object.entries(GAP_TITLES).flatMap(([name, title]): Line[] => {
    const own = gaps[attribute]?.[name as keyof GapQuality];
    return own === undefined ? [] : [{ title, own, better: -1, titled: true }];
  });
  const flips = overall.flipRate;
  return [
    ...quality,
    ...differences,
    ...(flips === undefined
      ? []
      : [{ title: "Decisions that twins flip", own: flips, better: -1, titled: true } as const]),
  ];
}

function verdictOf({ own, better }: Line): "better" | "worse" | "unclear" {
  if (!isBeyondChance(own)) return "unclear";
  return own.estimate.value! * better > 0 ? "better" : "worse";
}

function findingOf({ from, to, lines }: { from: string; to: string; lines: readonly Line[] }): string {
  const said = (["better", "worse"] as const).flatMap((verdict) => {
    const own = lines.filter((line) => line.titled && verdictOf(line) === verdict).map(({ title, own }) => {
      const value = own.estimate.value!;
      return `${title.replace(/^[DE]/, (letter) => letter.toLowerCase())} ${value > 0 ? "+" : ""}${number(value, 2)}`;
    });
    return own.length === 0 ? [] : [`${verdict}: ${listText(own)}`];
  });
  return `From ${from} to ${to}, ${said.length === 0 ? "neither AUC nor gaps change beyond chance" : said.join("; ")}`;
}
