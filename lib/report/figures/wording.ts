import { intervalText, pValueText, wholePercent } from "../format.ts";
import { type Estimate, type Interval, normalQuantile, type Value } from "../../metrics/mod.ts";

/** A p-value above this leaves chance as an explanation. */
const SIGNIFICANT = 0.05;

/** A difference with what says whether it is one: its test, or where there is none its interval. */
export interface Judged {
  readonly estimate: Value;
  readonly interval: Pick<Interval, "low" | "high">;
  /** `null` where no test applies. */
  readonly pValue?: number | null | undefined;
}

/**
 * Whether a difference is more than chance explains: by its permutation test at 5 %, or without a test by whether its interval
 * leaves 0 out.
 */
export function isBeyondChance({ estimate, interval: { low, high }, pValue }: Judged): boolean {
  if (estimate.value === null) return false;
  if (pValue !== null && pValue !== undefined) return pValue <= SIGNIFICANT;
  return low !== null && high !== null && (low > 0 || high < 0);
}

/** How a title ends that states a difference. */
export function chanceText(difference: Judged): string {
  const { pValue } = difference;
  const test = pValue === null || pValue === undefined ? "" : ` (${pValueText(pValue).replaceAll(" ", "\u00a0")})`;
  return `${isBeyondChance(difference) ? "" : "no difference "}beyond chance${test}`;
}

/** A share with its interval, for a text alternative or the pointer. */
export function shareText({ estimate, interval }: Estimate): string {
  if (estimate.value === null) return `undefined: ${estimate.reason}`;
  return `${wholePercent(estimate.value)} ${intervalText(interval, wholePercent)}`.trim();
}

/**
 * Whether a difference stands out of several that were looked at: its 95 % interval, widened for their number (Bonferroni, as
 * if it were normal), leaves 0 out.
 */
export function standsOut({ estimate: { value }, interval: { low, high } }: Judged, looked: number): boolean {
  if (value === null || low === null || high === null || low === high) return false;
  const wider = normalQuantile(1 - 0.025 / looked) / normalQuantile(0.975);
  return value + wider * (low - value) > 0 || value + wider * (high - value) < 0;
}
