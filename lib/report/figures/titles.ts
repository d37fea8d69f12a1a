/**
 * What titles say: which groups they may judge, and what was shown. The verdicts themselves are those of `conclude`.
 */
import { conclude, concludeChange } from "../../evaluate/mod.ts";
import type { AttributeEvaluation, Conclusion, DisparityEstimate, Estimate, Evaluation } from "../../evaluate/mod.ts";
import { type DisparityEstimate as TestedDisparity, type GroupCount, normalQuantile } from "../../metrics/mod.ts";
import { conclusionText } from "../format.ts";

/**
 * The groups that a title may judge: those on which a metric is defined, and of them those that are not small, if two
 * are left.
 */
export function judgedGroups<Group extends GroupCount>(
  groups: readonly Group[],
  of: (group: Group) => { readonly value: number | null },
): readonly Group[] {
  const defined = groups.filter((group) => of(group).value !== null);
  const large = defined.filter(({ small }) => !small);
  return large.length >= 2 ? large : defined;
}

/** The lowest and the highest of the groups that may be judged; `null` where fewer than two can be compared. */
export function extremesOf<Group extends GroupCount>(
  groups: readonly Group[],
  of: (group: Group) => { readonly value: number | null },
): { readonly low: Group; readonly high: Group } | null {
  const judged = judgedGroups(groups, of);
  if (judged.length < 2) return null;
  const sorted = judged.toSorted((a, b) => of(a).value! - of(b).value!);
  return { low: sorted[0]!, high: sorted.at(-1)! };
}

/** The disparity that goes with these groups: among the large ones where some are small. */
export function disparityOf(
  { disparities, amongLarge }: Pick<AttributeEvaluation, "disparities" | "amongLarge">,
  metric: string,
): DisparityEstimate | undefined {
  return (amongLarge?.disparities ?? disparities).find((own) => own.metric === metric);
}

/** A difference with what says whether it is one. */
export interface Difference {
  readonly metric: string;
  readonly value: number | null;
  readonly reason?: string;
  readonly interval: Estimate["interval"];
  readonly pValue: number | null;
}

/** A difference that the metrics tested, as a title judges it. */
export function differenceOf(metric: string, { estimate, interval, pValue }: TestedDisparity): Difference {
  return estimate.value === null
    ? { metric, value: null, reason: estimate.reason, interval: null, pValue }
    : { metric, value: estimate.value, interval, pValue };
}

/** What a disparity says, and the words for it. */
export function findingOf(
  disparity: Difference | undefined,
  { confidence, margin }: Pick<Evaluation["settings"], "confidence" | "margin">,
): { readonly shown: boolean; readonly conclusion: Conclusion | null; readonly text: string } {
  if (disparity === undefined) return { shown: false, conclusion: null, text: "not tested" };
  const conclusion = conclude(disparity, { confidence, margin });
  const shown = conclusion.kind === "difference shown";
  return {
    shown,
    conclusion,
    text: `${shown ? "" : "difference "}${conclusionText(conclusion, disparity.pValue)}`,
  };
}

/**
 * Whether a difference stands out of several that were looked at: its interval, widened for their number (Bonferroni,
 * as if it were normal), leaves 0 out.
 */
export function standsOut(estimate: Estimate, looked: number, confidence: number): boolean {
  const { value, interval } = estimate;
  if (value === null || interval === null || interval.low === null || interval.high === null) return false;
  if (interval.low === interval.high) return false;
  const tail = (1 - confidence) / 2;
  const wider = normalQuantile(1 - tail / looked) / normalQuantile(1 - tail);
  const widened = {
    ...interval,
    low: value + wider * (interval.low - value),
    high: value + wider * (interval.high - value),
  };
  return concludeChange({ value, interval: widened }).kind === "difference shown";
}
