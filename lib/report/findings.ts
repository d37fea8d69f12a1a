/** What an evaluation found, in plain words: each finding phrases a conclusion, none draws its own. */
import {
  type AttributeEvaluation,
  conclude,
  type Conclusion,
  type DisparityEstimate,
  type Evaluation,
  METRICS,
  type ModelEvaluation,
} from "../evaluate/mod.ts";
import { FOUR_FIFTHS } from "../metrics/mod.ts";
import { conclusionText, count, intervalText, metricFormat, number, percent, scoreDigits } from "./format.ts";

/** A finding in one line. */
export interface Finding {
  /**
   * `attention`: a difference is shown, or a rule of thumb fails. `open`: neither shown to differ nor shown to be
   * alike. `equivalent`: alike within the margin that was stated. `limit`: bounds what can be said.
   */
  readonly level: "attention" | "open" | "equivalent" | "limit";
  /** Plain text. */
  readonly text: string;
}

/** From this share of changed decisions on, counterfactual flips ask for attention. */
const FLIP_RATE = 0.01;
/** Selecting more than asked for by this share of the rows is worth a note. */
const TIE_SHARE = 0.005;

const ORDER: Readonly<Record<Finding["level"], number>> = { attention: 0, open: 1, equivalent: 2, limit: 3 };

/** The findings about one model, the weightiest first. */
export function findingsOf(evaluation: Evaluation, model: ModelEvaluation = evaluation.models.at(-1)!): Finding[] {
  const findings = [
    ...model.attributes.flatMap((attribute) => [
      ...selectionFindings(attribute, evaluation),
      ...errorFindings(attribute, evaluation),
      ...rankingFindings(attribute),
      ...smallGroupFindings(attribute, evaluation.settings.smallBelow),
    ]),
    ...counterfactualFindings(model),
    ...tieFindings(evaluation, model),
    ...missingFindings(evaluation),
  ];
  return findings.sort((a, b) => ORDER[a.level] - ORDER[b.level]);
}

/** Rates and tests are read among the groups that are not small, if there are two. */
function readable({ groups, disparities, amongLarge }: AttributeEvaluation) {
  return amongLarge === null ? { groups, disparities, scope: "" } : {
    groups: groups.filter(({ group }) => amongLarge.groups.includes(group)),
    disparities: amongLarge.disparities,
    scope: " (small groups aside)",
  };
}

function concluded(
  { groups }: AttributeEvaluation,
  disparity: DisparityEstimate,
  { settings }: Evaluation,
): Conclusion {
  const present = groups.filter((group) => group.count > 0);
  const largeGroups = present.filter(({ small }) => !small).length;
  return conclude(disparity, { confidence: settings.confidence, margin: settings.margin, largeGroups });
}

function levelOf(conclusion: Conclusion): Finding["level"] {
  switch (conclusion.kind) {
    case "difference shown":
      return "attention";
    case "equivalent":
      return "equivalent";
    default:
      return "open";
  }
}

function selectionFindings(attribute: AttributeEvaluation, evaluation: Evaluation): Finding[] {
  const { groups, disparities, scope } = readable(attribute);
  const name = attribute.attribute + scope;
  const parity = disparities.find(({ metric }) => metric === "demographicParityDifference");
  const rates = groups.flatMap(({ group, fourFifths, metrics: { selectionRate } }) =>
    selectionRate === undefined || selectionRate.value === null
      ? []
      : [{ group, fourFifths, rate: selectionRate.value }]
  ).sort((a, b) => a.rate - b.rate);
  if (attribute.groups.length < 2) {
    return [{ level: "limit", text: `${name}: only one group, so there is nothing to compare` }];
  }
  if (rates.length < 2 || parity === undefined) return [];
  const low = rates[0]!, high = rates.at(-1)!;
  if (high.rate === 0) return [{ level: "limit", text: `${name}: nobody is selected` }];
  const ratio = low.rate / high.rate;
  // As among all groups; a set without the small ones has its own highest rate.
  const failing = rates.filter(({ rate }) => rate / high.rate < FOUR_FIFTHS).length;
  const conclusion = concluded(attribute, parity, evaluation);
  const others = failing > 1 ? ` (and ${failing - 1} more ${failing === 2 ? "group" : "groups"})` : "";
  const rule = failing > 0 ? `below four fifths${others}` : "not below four fifths";
  return [{
    level: failing > 0 ? "attention" : levelOf(conclusion),
    text:
      `${name}: "${low.group}" is selected at ${percent(low.rate)}, "${high.group}" at ${
        percent(high.rate)
      }, a ratio of ` +
      `${number(ratio, 2)}, ${rule}; ${conclusion.kind === "too few people" ? "there are" : "the difference is"} ${
        conclusionText(conclusion, parity.pValue)
      }`,
  }];
}

const ERRORS = [
  { metric: "tpr", disparity: "equalOpportunityDifference", what: "of the qualified are selected" },
  { metric: "fpr", disparity: "falsePositiveRateDifference", what: "of the unqualified are selected" },
  { metric: "ppv", disparity: "predictiveParityDifference", what: "of the selected are qualified" },
] as const;

function errorFindings(attribute: AttributeEvaluation, evaluation: Evaluation): Finding[] {
  const { groups, disparities, scope } = readable(attribute);
  const name = attribute.attribute + scope;
  const findings: Finding[] = [];
  const open: string[] = [], alike: string[] = [];
  for (const { metric, disparity, what } of ERRORS) {
    const difference = disparities.find((own) => own.metric === disparity);
    const values = groups.flatMap(({ group, metrics }) => {
      const value = metrics[metric]?.value;
      return value === null || value === undefined ? [] : [{ group, value }];
    }).sort((a, b) => a.value - b.value);
    if (difference === undefined || values.length < 2) continue;
    const conclusion = concluded(attribute, difference, evaluation);
    const said = conclusionText(conclusion, difference.pValue);
    const { short } = METRICS[metric]!;
    if (conclusion.kind === "difference shown") {
      const low = values[0]!, high = values.at(-1)!;
      findings.push({
        level: "attention",
        text: `${name}: ${percent(low.value)} ${what} in "${low.group}", ${
          percent(high.value)
        } in "${high.group}"; ${said}`,
      });
    } else if (conclusion.kind === "equivalent") alike.push(`${short} (${said})`);
    else open.push(`${short} (${said})`);
  }
  if (open.length > 0) {
    findings.push({ level: "open", text: `${name}: neither shown to differ nor to be alike: ${open.join(", ")}` });
  }
  if (alike.length > 0) findings.push({ level: "equivalent", text: `${name}: ${alike.join(", ")}` });
  return findings;
}

function rankingFindings(attribute: AttributeEvaluation): Finding[] {
  const { ranking } = attribute;
  if (ranking === null) return [];
  const { groups, scope } = readable(attribute);
  const read = new Set(groups.map(({ group }) => group));
  const shares = ranking.groups.filter(({ group }) => read.has(group)).flatMap(({ group, metrics }) => {
    const { topKShare, candidateShare, representation } = metrics;
    return topKShare!.value === null || candidateShare!.value === null || representation!.value === null
      ? []
      : [{ group, share: topKShare!, candidates: candidateShare!.value, ratio: representation!.value }];
  }).sort((a, b) => a.ratio - b.ratio);
  const low = shares[0];
  if (low === undefined || shares.length < 2) return [];
  const text = `${attribute.attribute}${scope}: of the top ${ranking.topK} places of each query "${low.group}" holds ${
    percent(low.share.value!)
  } ${intervalText(low.share.interval, percent)} with ${percent(low.candidates)} of the candidates`.replace("  ", " ");
  // Without width the queries said nothing about variation: there is one, or nobody of the group is near the top.
  const { interval } = low.share;
  if (interval === null || interval.low === interval.high) {
    return [{ level: "limit", text: `${text}; too few queries to say more` }];
  }
  const short = interval.high! < low.candidates;
  return [{
    level: short ? "attention" : "open",
    text: `${text}; ${short ? "statistically significant" : "the queries' variation can explain that"}`,
  }];
}

function smallGroupFindings({ attribute, groups }: AttributeEvaluation, smallBelow: number): Finding[] {
  const findings: Finding[] = [];
  const small = groups.filter((group) => group.small && group.count > 0);
  if (small.length > 0) {
    const named = small.slice(0, 4).map(({ group, count }) => `"${group}" (${count})`).join(", ");
    const rest = small.length > 4 ? ` and ${small.length - 4} more` : "";
    const which = small.length === 1 ? "one group has" : `${small.length} groups have`;
    findings.push({
      level: "limit",
      text: `${attribute}: ${which} fewer than ${smallBelow} rows, too few to judge: ${named}${rest}`,
    });
  }
  const empty = groups.filter(({ count }) => count === 0).length;
  if (empty > 0) {
    findings.push({ level: "limit", text: `${attribute}: ${empty} of ${groups.length} combinations have no row` });
  }
  return findings;
}

function counterfactualFindings({ overall: { counterfactual }, scores }: ModelEvaluation): Finding[] {
  if (counterfactual === null) return [];
  const { flipRate, gained, lost, meanAbsoluteShift } = counterfactual.metrics;
  if (flipRate!.value === null) return [];
  const write = metricFormat("meanAbsoluteShift", scoreDigits(scores));
  const shift = meanAbsoluteShift!.value === null
    ? ""
    : ` and moves scores by ${write(meanAbsoluteShift!.value)} on average`;
  const interval = intervalText(flipRate!.interval, percent);
  return [{
    level: flipRate!.value >= FLIP_RATE ? "attention" : "open",
    text:
      `Counterfactuals: changing only the sensitive mention changes ${percent(flipRate!.value)}${
        interval && ` ${interval}`
      } ` +
      `of decisions (${percent(gained!.value!)} gain, ${percent(lost!.value!)} lose)${shift}`,
  }];
}

function tieFindings({ settings, data }: Evaluation, { overall }: ModelEvaluation): Finding[] {
  const selected = overall.metrics.selectionRate?.value ?? null;
  const asked = settings.acceptanceRate;
  if (asked === null || selected === null || data.columns.weight !== null) return [];
  // A quantile cannot split less than a row.
  if (selected - asked <= Math.max(TIE_SHARE, 1 / data.rows)) return [];
  return [{
    level: "limit",
    text: `Equal scores at the threshold select ${percent(selected)} instead of the ${percent(asked)} asked for`,
  }];
}

function missingFindings({ data }: Evaluation): Finding[] {
  const findings: Finding[] = [];
  if (data.dropped > 0) {
    const share = data.dropped / (data.dropped + data.rows);
    const columns = Object.entries(data.missing).filter(([, count]) => count > 0);
    const where = columns.map(([name, count]) => `${name}: ${count}`).join(", ");
    findings.push({
      level: "limit",
      text: `${count(data.dropped)} rows (${percent(share)}) with missing values are left out (${where})`,
    });
  }
  findings.push(...data.notes.map((text): Finding => ({ level: "limit", text })));
  if (data.columns.label === null) {
    findings.push({
      level: "limit",
      text: "Without labels nobody can say whether decisions were right, only how they fall",
    });
  }
  return findings;
}
