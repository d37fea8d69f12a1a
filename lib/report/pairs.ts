/**
 * Who is compared with whom: tables of pairs and of what laws ask to publish, and what findings say of pairs, of groups
 * that are left out, and of labels that are missing.
 */
import { adverseImpact, concludePair, labelSelection, metricTitle } from "../evaluate/mod.ts";
import type { AdverseImpact, AttributeEvaluation, Conclusion, Evaluation, ModelEvaluation } from "../evaluate/mod.ts";
import type { GroupEvaluation, PairEvaluation } from "../evaluate/mod.ts";
import { fisherExact, FOUR_FIFTHS } from "../metrics/mod.ts";
import type { Finding } from "./findings.ts";
import { conclusionText, count, number, percent, pValueText, WORDS } from "./format.ts";
import { type ColumnOf, right, type Table, tableBy, valueCell } from "./table.ts";

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
  return tableBy(pairs, [
    ["Group", ({ group }) => group],
    [right(settings.favourable === "low" ? "Favourable" : "Selected"), ({ counts }) => of(counts)],
    [right("Ratio"), ({ ratio }) => valueCell(ratio, ratioText)],
    [right("Difference"), ({ difference }) => valueCell(difference, percent)],
    [right("SD"), ({ standardDeviations }) => valueCell(standardDeviations, (value) => number(value, 1))],
    [right("p", "pValue"), ({ pValue }) => valueCell(pValue)],
    [right("Holm", "pValue"), ({ holmP }) => holmP.value],
    ...(!eeoc ? [] : [
      [right("One more"), ({ oneMore }) => ({ value: oneMore.ratio.value, format: ratioText })],
      ["Reading", (pair) => READINGS[adverseImpact(pair, settings.confidence)]],
    ] satisfies ColumnOf<PairEvaluation>[]),
  ], {
    title: `Beside "${reference!.group}" (${of(pairs[0]!.referenceCounts)})`,
    caption:
      `The reference is ${why}. p: ${
        exact ? "Fisher's exact test" : "permutations of rows, or of clusters,"
      } of this pair alone; Holm: adjusted for ` +
      `${pairs.length === 1 ? "one pair" : `${pairs.length} pairs`}. SD: standard deviations.${reading}`,
    brief: { rows: PAIRS_SHOWN, which: "first" },
  });
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
  return tableBy(own.groups.filter((group) => group.count > 0), [
    ["Category", ({ group }) => group],
    [right("# of applicants"), ({ count }) => count],
    ...(scored ? [] : [
      [
        right(settings.favourable === "low" ? "# favourable" : "# selected"),
        ({ group }) => selectedOf(own, group),
      ] satisfies ColumnOf<GroupEvaluation>,
    ]),
    [
      right(scored ? "Scoring rate" : metricTitle("selectionRate", settings.favourable)),
      ({ metrics }) => ({ value: metrics.selectionRate!.value, format: percent }),
    ],
    [right("Impact ratio"), ({ impactRatio }) => valueCell(impactRatio, (value) => number(value, 3))],
  ], { title: `${own.attribute}: what 6 RCNY § 5-303 asks to publish`, caption: notes.join(" ") });
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
  return tableBy(groups.filter(({ count }) => count > 0), [
    ["Group", ({ group }) => group],
    ["Rows", ({ count }) => count],
    ["Labelled", ({ labelled }) => labelled!],
    [right("Label 1"), ({ denominators }) => denominators!.tpr!],
    [right("Label 0"), ({ denominators }) => denominators!.fpr!],
    [right("At least the threshold"), ({ denominators }) => denominators!.ppv!],
  ], {
    title: "Rows behind the rates",
    caption: "TPR is of the rows with label 1, FPR of those with label 0, PPV of those whose score is at least the " +
      "threshold; accuracy and AUC of all that have a label.",
    brief: { rows: PAIRS_SHOWN, which: "first" },
  });
}

/** What all groups together say, where that decides: they are alike within the margin, or too few to compare. */
type OfAll = Extract<Conclusion, { kind: "equivalent" | "too few people" }>;

/** The pair with the lowest ratio, of the groups that are read, with its own test; by the Guidelines, every pair. */
export function pairFindings(
  attribute: AttributeEvaluation,
  evaluation: Evaluation,
  { read, scope, ofAll, change }: {
    readonly read: ReadonlySet<string>;
    readonly scope: string;
    readonly ofAll: OfAll | null;
    readonly change: string;
  },
): Finding[] {
  const { settings } = evaluation;
  if (settings.standard === "eeoc") return attribute.pairs.map((pair) => guidelineFinding(attribute, pair, evaluation));
  const known = attribute.pairs.filter(({ group, ratio }) => read.has(group) && ratio.value !== null);
  const pairs = known.toSorted((a, b) => a.ratio.value! - b.ratio.value!);
  const low = pairs[0];
  if (low === undefined) return [];
  const failing = pairs.filter(({ ratio }) => ratio.value! < FOUR_FIFTHS).length;
  const others = failing > 1 ? ` (and ${failing - 1} more ${failing === 2 ? "group" : "groups"})` : "";
  const rule = failing > 0 ? `below four fifths, a rule of thumb${others}` : "not below four fifths";
  const conclusion = ofAll ?? concludePair(low, settings.confidence);
  const test = pairTestText(low, attribute.pairs.length);
  const said = `${conclusionText(conclusion)}${test && conclusion.kind !== "equivalent" ? ` (${test})` : ""}`;
  const alike = conclusion.kind === "equivalent" && failing === 0;
  return [{
    level: conclusion.kind === "difference shown" ? "attention" : alike ? "equivalent" : "open",
    about: "selection",
    text: `${attribute.attribute}${scope}: ${ratesText(low, attribute, evaluation)}, ${rule}; ` +
      `${conclusion.kind === "too few people" ? "there are" : "the difference is"} ${said}${change}`,
    adjusted: low.holmP.value,
  }];
}

/** What the Uniform Guidelines say of a pair. */
const GUIDELINES: Readonly<Record<AdverseImpact, { level: Finding["level"]; text: string }>> = {
  "adverse impact": { level: "attention", text: "adverse impact" },
  "rests on one decision": {
    level: "open",
    text: "below four fifths, but one decision more would turn the rates round",
  },
  "not significant": {
    level: "open",
    text: "below four fifths, but the difference is not statistically significant",
  },
  "significant within four fifths": {
    level: "attention",
    text: "not below four fifths, but the difference is statistically significant",
  },
  none: { level: "open", text: "no adverse impact shown" },
  undefined: { level: "limit", text: "there is no ratio" },
};

function guidelineFinding(attribute: AttributeEvaluation, pair: PairEvaluation, evaluation: Evaluation): Finding {
  const { level, text } = GUIDELINES[adverseImpact(pair, evaluation.settings.confidence)];
  const test = pairTestText(pair, attribute.pairs.length);
  return {
    level,
    about: "selection",
    text: `${attribute.attribute}: ${ratesText(pair, attribute, evaluation)}${test && `, ${test}`}: ${text}`,
    adjusted: pair.holmP.value,
  };
}

function ratesText(
  { group, reference, ratio }: PairEvaluation,
  { groups }: AttributeEvaluation,
  { settings }: Evaluation,
): string {
  const rate = (name: string) => {
    const value = groups.find((own) => own.group === name)?.metrics.selectionRate?.value ?? null;
    return value === null ? "an undefined rate" : percent(value);
  };
  const over = ratio.value === null ? "no ratio" : `a ratio of ${ratioText(ratio.value)}`;
  return `"${group}" ${WORDS[settings.favourable].selected} ${rate(group)}, "${reference}" at ${
    rate(reference)
  }, ${over}`;
}

/** The tests of one pair, for brackets or the middle of a sentence; empty where there is none. */
function pairTestText({ test, pValue, holmP, standardDeviations }: PairEvaluation, pairs: number): string {
  if (pValue.value === null) return "";
  const said = (p: number) => pValueText(p).replaceAll(" ", "\u00a0");
  const deviations = standardDeviations.value === null
    ? []
    : [`${number(standardDeviations.value, 1)}\u00a0standard deviations`];
  const adjusted = pairs > 1 && holmP.value !== null ? [`${said(holmP.value)} adjusted for ${pairs} pairs`] : [];
  return [
    `${test === "fisher" ? "Fisher's exact" : "permutation"} ${said(pValue.value)}`,
    ...deviations,
    ...adjusted,
  ].join(", ");
}

const REST = { about: "data", adjusted: null } as const;

/** Who is not compared, and why. */
export function leftOutFindings(
  { attribute, leftOut, groups }: AttributeEvaluation,
  { settings, data }: Evaluation,
): Finding[] {
  const named = (list: readonly { readonly group: string; readonly count: number }[]) =>
    list.slice(0, 6).map((own) => `"${own.group}" (${count(own.count)})`).join(", ") +
    (list.length > 6 ? ` and ${list.length - 6} more` : "");
  const say = (list: readonly { readonly group: string; readonly count: number }[], why: string): Finding[] =>
    list.length === 0 ? [] : [{ ...REST, level: "limit", text: `${attribute}: ${why}: ${named(list)}` }];
  const { minShare } = settings;
  const few = minShare === null ? [] : groups.filter((own) => own.count > 0 && own.count < minShare * data.rows);
  return [
    ...say(leftOut.filter(({ reason }) => reason === "unknown"), "rows whose group is not known are left out"),
    ...say(leftOut.filter(({ reason }) => reason === "excluded"), "left out as asked for"),
    ...say(few, `groups below ${percent(minShare ?? 0)} of the rows have no ratio`),
  ];
}

/** Whose labels are known, and what that allows to conclude. */
export function labelFindings({ data, settings }: Evaluation, model: ModelEvaluation): Finding[] {
  const { labels } = model;
  const kind = labelSelection(model, settings.confidence);
  if (labels === null || kind === null) return [];
  const { selected, others } = labels;
  const of = ({ labelled, rows }: typeof selected) => `${count(labelled)} of ${count(rows)}`;
  const known: Finding = {
    ...REST,
    level: "limit",
    text:
      `Labels are known for ${count(data.labelled ?? 0)} of ${
        count(data.rows)
      } rows: what needs a label is of those, ` +
      "everything else is of all rows",
  };
  const uneven = model.attributes.flatMap((attribute) => unevenLabels(attribute, settings.confidence));
  if (kind === "no sign") return [...uneven, known];
  const { favourable } = settings;
  const { thoseSelected, thoseOther } = WORDS[favourable];
  if (kind === "only the selected") {
    // Of people below the threshold only, no score is ever at least the threshold.
    const always = favourable === "high" ? "100%" : "0%";
    return [{
      ...REST,
      level: "attention",
      text:
        `Outcomes are known only of ${thoseSelected} (${of(selected)}, and of none of the ${
          count(others.rows)
        } others): true and false positive rates are ${always} whatever the scores, so that they are no evidence of ` +
        "alike treatment, and how the others would have done cannot be known from this table. " +
        `${WORDS[favourable].rates} and scores can be compared, and how many of ${thoseSelected} do well`,
    }, known];
  }
  const isMore = kind === "more of the selected";
  const more = isMore ? [thoseSelected, "the others"] : [thoseOther, thoseSelected];
  const [most, least] = isMore ? [selected, others] : [others, selected];
  return [
    {
      ...REST,
      level: "attention",
      text:
        `Outcomes are known more often of ${more[0]} (${of(most)}) than of ${more[1]} (${
          of(least)
        }): labels that are ` +
        "missing by decision bias every rate that needs one",
    },
    ...uneven,
    known,
  ];
}

/** Labels that are known more often in one group than in another, which chance does not explain. */
function unevenLabels({ attribute, groups }: AttributeEvaluation, confidence: number): Finding[] {
  const shares = groups.flatMap(({ group, small, count, labelled }) =>
    small || count === 0 || typeof labelled !== "number" ? [] : [{ group, rows: count, selected: labelled }]
  ).sort((a, b) => a.selected / a.rows - b.selected / b.rows);
  const [low, high] = [shares[0], shares.at(-1)];
  if (low === undefined || high === undefined || fisherExact(low, high).p > 1 - confidence) return [];
  const said = ({ group, rows, selected }: typeof low) => `"${group}" (${count(selected)} of ${count(rows)})`;
  return [{
    ...REST,
    level: "limit",
    text: `${attribute}: labels are known less often in ${said(low)} than in ${said(high)}; rates that need one are ` +
      "of those with a label, who may not be like the others of their group",
  }];
}
