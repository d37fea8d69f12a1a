/** Who is compared with whom: pairs with their tests, what laws ask to publish, and how many rows each rate is of. */
import {
  type AdverseImpact,
  adverseImpact,
  type AttributeEvaluation,
  type Evaluation,
  metricTitle,
} from "../evaluate/mod.ts";
import { FOUR_FIFTHS } from "../metrics/mod.ts";
import { count, number, percent } from "./format.ts";
import { estimateCell, right, type Table, type TableCell } from "./table.ts";

type Settings = Evaluation["settings"];

/** What the rate of favourable decisions is called. */
export function rateTitle({ standard, favourable }: Settings, thresholdFrom: string): string {
  if (standard === "nyc-ll144" && thresholdFrom === "median") return "Scoring rate";
  return favourable === "low" ? "Favourable" : "Selected";
}

/** A ratio with two decimals; with three where two would put it on the other side of four fifths. */
export function ratioText(ratio: number): string {
  const short = number(ratio, 2);
  return (Number(short) >= FOUR_FIFTHS) === (ratio >= FOUR_FIFTHS) ? short : number(ratio, 3);
}

function undefinedOr(
  { value, ...rest }: { readonly value: number | null; readonly reason?: string },
  format: (value: number) => string,
): TableCell {
  return { value, note: rest.reason || undefined, format };
}

const READINGS: Readonly<Record<AdverseImpact, string>> = {
  "adverse impact": "adverse impact",
  "rests on one decision": "rests on one decision",
  "not significant": "below 4/5, not significant",
  "significant within four fifths": "significant, not below 4/5",
  none: "none shown",
  undefined: "no ratio",
};

const PAIRS_SHOWN = 40;

/** Each group beside the reference. */
export function pairTable({ pairs, reference }: AttributeEvaluation, settings: Settings): Table {
  const eeoc = settings.standard === "eeoc";
  const exact = pairs.every(({ test }) => test === "fisher");
  const of = ({ rows, selected }: { readonly rows: number; readonly selected: number }) =>
    `${count(selected)} of ${count(rows)}`;
  const why = {
    option: "as asked for",
    large: "the highest rate of the groups that are large enough",
    all: "the highest rate; no group is large",
  }[reference!.from];
  const reading = eeoc
    ? " One more: the ratio if one more of the group had been selected and one fewer of the reference. Below four " +
      "fifths, and p at most 0.05 or two standard deviations: adverse impact (29 CFR 1607.4 D). No legal advice."
    : "";
  return {
    title: `Beside "${reference!.group}" (${of(pairs[0]!.referenceCounts)})`,
    caption:
      `The reference is ${why}. p: ${
        exact ? "Fisher's exact test" : "permutations of rows, or of clusters,"
      } of this pair alone; Holm: adjusted for ` +
      `${pairs.length === 1 ? "one pair" : `${pairs.length} pairs`}. SD: standard deviations.${reading}`,
    columns: [
      "Group",
      right(settings.favourable === "low" ? "Favourable" : "Selected"),
      right("Ratio"),
      right("Difference"),
      right("SD"),
      right("p", "pValue"),
      right("Holm", "pValue"),
      ...(eeoc ? [right("One more"), "Reading"] : []),
    ],
    rows: pairs.map((pair) => [
      pair.group,
      of(pair.counts),
      undefinedOr(pair.ratio, ratioText),
      undefinedOr(pair.difference, percent),
      undefinedOr(pair.standardDeviations, (value) => number(value, 1)),
      { value: pair.pValue.value, note: pair.pValue.value === null ? pair.pValue.reason : undefined },
      { value: pair.holmP.value },
      ...(eeoc
        ? [{ value: pair.oneMore.ratio.value, format: ratioText }, READINGS[adverseImpact(pair, settings.confidence)]]
        : []),
    ]),
    brief: { rows: PAIRS_SHOWN, which: "first" },
  };
}

/** The table that New York City's rules ask to publish, 6 RCNY § 5-303: categories, applicants, rates and ratios. */
export function publishedTable(own: AttributeEvaluation, { settings, data }: Evaluation, thresholdFrom: string): Table {
  const title = rateTitle(settings, thresholdFrom);
  const scored = title === "Scoring rate";
  const { minShare } = settings;
  const few = own.groups.filter(({ count }) => count > 0 && count < (minShare ?? 0) * data.rows);
  const left = data.rows - own.groups.reduce((sum, { count }) => sum + count, 0);
  const excluded = own.leftOut.some(({ reason }) => reason === "excluded");
  const notes = [
    ...(few.length > 0
      ? [`Categories below ${percent(minShare!)} of the data have no impact ratio (§ 5-301 (d)).`]
      : []),
    `${count(left)} ${left === 1 ? "individual" : "individuals"} of unknown ${excluded ? "or excluded " : ""}category ${
      left === 1 ? "is" : "are"
    } not included.`,
    "No legal advice.",
  ];
  return {
    title: `${own.attribute}: what 6 RCNY § 5-303 asks to publish`,
    caption: notes.join(" "),
    columns: [
      "Category",
      right("# of applicants"),
      ...(scored ? [] : [right(settings.favourable === "low" ? "# favourable" : "# selected")]),
      right(scored ? "Scoring rate" : metricTitle("selectionRate", settings.favourable)),
      right("Impact ratio"),
    ],
    rows: own.groups.filter((group) => group.count > 0).map(({ group, count, metrics, impactRatio }) => {
      const rate = metrics.selectionRate!;
      return [
        group,
        count,
        ...(scored ? [] : [selectedOf(own, group)]),
        { value: rate.value, format: percent },
        { ...estimateCell({ interval: null, ...impactRatio }), format: (value: number) => number(value, 3) },
      ];
    }),
  };
}

function selectedOf({ pairs, groups }: AttributeEvaluation, group: string): number | string {
  const pair = pairs.find((own) => own.group === group);
  if (pair) return pair.counts.selected;
  const reference = pairs.find((own) => own.reference === group);
  if (reference) return reference.referenceCounts.selected;
  const own = groups.find((one) => one.group === group)!;
  return Math.round((own.metrics.selectionRate!.value ?? 0) * own.count);
}

/** How many rows each rate that needs a label is of. */
export function denominatorTable({ groups }: AttributeEvaluation): Table {
  return {
    title: "Rows behind the rates",
    caption: "TPR is of the rows with label 1, FPR of those with label 0, PPV of those whose score is at least the " +
      "threshold; accuracy and AUC of all that have a label.",
    columns: ["Group", "Rows", "Labelled", right("Label 1"), right("Label 0"), right("At least the threshold")],
    rows: groups.filter(({ count }) => count > 0).map(({ group, count, labelled, denominators }) => [
      group,
      count,
      labelled!,
      denominators!.tpr!,
      denominators!.fpr!,
      denominators!.ppv!,
    ]),
    brief: { rows: PAIRS_SHOWN, which: "first" },
  };
}
