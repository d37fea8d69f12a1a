/**
 * How numbers and names are written, everywhere: minus signs are true ones, no-break spaces hold a number and its unit
 * together.
 */
import { type Conclusion, type Estimate, METRICS } from "../evaluate/mod.ts";
import { printable } from "../printable.ts";
import { isolated, wrapLines } from "./figures/plot_text.ts";

/** How a number is written: `0.842`, `84.2%`, `1,234`, `+0.042`, and a p-value `≤ 0.001`. */
export type NumberFormat = "number" | "percent" | "count" | "signed" | "pValue";

/** A share as a percentage with one decimal, such as `12.5%`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`.replace("-", "−");
}

/** A number with fixed decimals, `−0.250`; scientific where all decimals would be 0. */
export function number(value: number, digits = 3): string {
  if (Math.abs(value) === Infinity) return value > 0 ? "∞" : "−∞";
  const tiny = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
  return (tiny ? value.toExponential(1) : value.toFixed(digits)).replaceAll("-", "−");
}

/** A difference with its sign, such as `+0.042`. */
export function signed(value: number, digits = 3): string {
  return (value > 0 ? "+" : "") + number(value, digits);
}

/** A count with thousands separated, such as `1,234`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/**
 * A share in whole percent, for a bar or a title, such as `16%`; shares between 0 and 0.5% keep a digit, so as not to
 * read as none.
 */
export function wholePercent(share: number): string {
  return share > 0 && share < 0.005 ? `${(100 * share).toPrecision(1)}%` : `${Math.round(100 * share)}%`;
}

/** A p-value for a sentence, such as `p = 0.031` or `p ≤ 0.001`. */
export function pValueText(value: number): string {
  return value <= 0.001 ? "p ≤ 0.001" : `p = ${value.toFixed(3)}`;
}

/** How each {@linkcode NumberFormat} writes a number; `digits` are those of `number` and `signed`. */
export const FORMATS: Readonly<Record<NumberFormat, (value: number, digits: number) => string>> = {
  number,
  percent,
  count,
  signed,
  pValue: (value) => pValueText(value).replace(/^p (= )?/, ""),
};

/**
 * How many decimals a score needs so that differences within its range can be read: three for scores in [0, 1]; 0 to 6.
 */
export function scoreDigits({ lowest, highest }: { readonly lowest: number; readonly highest: number }): number {
  if (highest === lowest) return 3;
  return Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(2 * (highest - lowest)))));
}

/** How a metric is written; `digits` are those of scores. */
export function metricFormat(metric: string, digits = 3): (value: number) => string {
  const format = METRICS[metric]?.format ?? "number";
  return format === "percent" ? percent : (value) => number(value, format === "score" ? digits : 3);
}

/** A change with its sign, as its metric is written. */
export function changeFormat(metric: string): (value: number) => string {
  const format = metricFormat(metric);
  return (value) => (value > 0 ? "+" : "") + format(value);
}

/** The ends of an interval, `null` where they are not defined. */
export interface Ends {
  /** The lower one. */
  readonly low: number | null;
  /** The upper one. */
  readonly high: number | null;
}

/** An interval in brackets, such as `[0.100, 0.300]`; empty for none. */
export function intervalText(interval: Ends | null, format: (value: number) => string): string {
  if (interval === null || interval.low === null || interval.high === null) return "";
  return `[${format(interval.low)}, ${format(interval.high)}]`;
}

/** An estimate for a sentence, such as `0.877 [0.814, 0.923]`, or `undefined: no rows`. */
export function estimateText(estimate: Estimate, format: (value: number) => string): string {
  if (estimate.value === null) return `undefined: ${estimate.reason}`;
  return `${format(estimate.value)} ${intervalText(estimate.interval, format)}`.trim();
}

/** What a conclusion says, for the end of a sentence: `statistically significant (p = 0.012)`. */
export function conclusionText(conclusion: Conclusion, pValue: number | null = null): string {
  const test = pValue === null ? "" : ` (${pValueText(pValue).replaceAll(" ", "\u00a0")})`;
  switch (conclusion.kind) {
    case "difference shown":
      return `statistically significant${test}`;
    case "no evidence either way":
      return `not statistically significant${test}`;
    case "equivalent":
      return `equivalent within ±${conclusion.margin}`;
    case "too few people":
      return "too few people to compare";
    case "undefined":
      return `undefined: ${conclusion.reason}`;
  }
}

/** A confidence level, such as `95%`. */
export function levelText(confidence: number): string {
  return `${Number((100 * confidence).toPrecision(6))}%`;
}

/** How intervals came about, for a subtitle: what was resampled; `clusters` is `null` where rows were. */
export function intervalNote(confidence: number, clusters: number | null, unit = "candidates"): string {
  const resampled = clusters === null ? "rows" : `${count(clusters)} ${unit}`;
  return `${levelText(confidence)} bootstrap intervals that resample ${resampled}.`;
}

/** Things in a row, within a sentence: `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** A group's name within a sentence: in quotation marks, shortened if very long. */
export function quoted(name: string): string {
  return `“${isolated(wrapLines(name, 40, 1)[0]!)}”`;
}

/** A model's name within a sentence: `the tuned model`. */
export function modelText(name: string): string {
  return `the ${wrapLines(name, 40, 1)[0]} model`;
}

/** The same at its start: `The tuned model`. */
export function theModel(name: string): string {
  return modelText(name).replace("the", "The");
}

/** Text from data, as Markdown must hold it to show it as it is, in a paragraph or the cell of a table; one line. */
export function markdownText(text: string): string {
  return printable(text).replace(/[\s]+/g, (space) => space.includes("\n") ? " " : space).replace(
    /[\\`*_{}[\]<>#|~&!$]|^(?=[-+=])|:(?=\/\/)/g,
    (mark) => `\\${mark}`,
  );
}

/** How decisions are told of: people hope for a high score, or for a low one. */
export const WORDS = {
  high: {
    selected: "is selected at",
    nobody: "nobody is selected",
    share: "selected",
    has: "is selected",
    have: "are selected",
    now: "selected",
    noLonger: "no longer selected",
    rates: "Selection rates",
    ratio: "Selection ratio",
    alike: "Are the groups selected alike?",
    shareOf: "Selection rate of each",
    flagged: "selected",
    thoseSelected: "those selected",
    thoseOther: "those not selected",
    gains: "in selection",
    tpr: " of the qualified are selected",
    fpr: " of the unqualified are selected",
    ppv: " of the selected are qualified",
  },
  low: {
    selected: "gets the favourable outcome at",
    nobody: "nobody gets the favourable outcome",
    share: "with the favourable outcome",
    has: "has the favourable outcome",
    have: "have the favourable outcome",
    now: "favourable",
    noLonger: "no longer favourable",
    rates: "Rates of the favourable outcome",
    ratio: "Favourable ratio",
    alike: "Do the groups get the favourable outcome alike?",
    shareOf: "Rate of the favourable outcome of each",
    flagged: "with the unfavourable outcome",
    thoseSelected: "those with the favourable outcome",
    thoseOther: "those without it",
    gains: "in favourable outcomes",
    tpr: " of those with label 1 get the unfavourable outcome",
    fpr: " of those with label 0 get the unfavourable outcome",
    ppv: " of those with the unfavourable outcome have label 1",
  },
} as const;
