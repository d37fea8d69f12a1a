import { number, percent, pValueText, scoreDigits } from "../report/format.ts";
import { metricTitle } from "../report/audit/metric_titles.ts";
import type { AttributeAudit, AuditResult, Measure, Verdict } from "./result.ts";

/** A p-value above this leaves chance as an explanation. */
const SIGNIFICANT = 0.05;
/** From this share of changed decisions on, twins are reported as a warning. */
const FLIP_RATE = 0.01;
/** Selecting more than asked for by this share of the rows is worth a note. */
const TIE_SHARE = 0.005;
/** As in `disparateImpact`: rounding must not decide. */
const FOUR_FIFTHS = 0.8 - 1e-12;

/**
 * The findings of an audit in plain language, the weightiest first.
 *
 * @param result The audit, whose own verdicts are not read.
 * @returns One line per finding.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { groupRows } from "../metrics/mod.ts";
 * import { audit } from "./audit.ts";
 * import { verdictsOf } from "./verdicts.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.from(rows, (i) => i / 200) },
 *   groups: [{ name: "education", groups: groupRows(rows.map((i) => i < 120 ? "none" : "degree")) }],
 * }, { resamples: 50 });
 * assertStringIncludes(verdictsOf(result)[0]!.text, 'education: "none" is selected at 16.7 %, "degree" at 100.0 %');
 * ```
 */
export function verdictsOf(result: Omit<AuditResult, "verdicts">): Verdict[] {
  const verdicts = [
    ...result.attributes.flatMap((attribute) => [
      ...selectionVerdicts(attribute),
      ...errorVerdicts(attribute),
      ...rankingVerdicts(attribute),
      ...smallGroupVerdicts(attribute, result.settings.smallBelow),
    ]),
    ...twinVerdicts(result),
    ...tieVerdicts(result),
    ...missingVerdicts(result),
  ];
  const order = { warning: 0, fine: 1, note: 2 };
  return verdicts.sort((a, b) => order[a.level] - order[b.level]);
}

/** Rates and tests are read among the groups that are not small, if there are two. */
function readable({ groups, disparities, amongLarge }: AttributeAudit) {
  return amongLarge === null ? { groups, disparities, scope: "" } : {
    groups: groups.filter(({ group }) => amongLarge.groups.includes(group)),
    disparities: amongLarge.disparities,
    scope: " (small groups aside)",
  };
}

function selectionVerdicts(audit: AttributeAudit): Verdict[] {
  const { groups, disparities, scope } = readable(audit);
  const attribute = audit.attribute + scope;
  const parity = disparities.find(({ name }) => name === "demographicParityDifference");
  const rates = groups.flatMap(({ group, metrics: { selectionRate } }) =>
    selectionRate!.value === null ? [] : [{ group, rate: selectionRate!.value }]
  ).sort((a, b) => a.rate - b.rate);
  if (groups.length < 2) {
    return [{ level: "note", text: `${attribute}: only one group, so there is nothing to compare` }];
  }
  if (rates.length < 2 || parity === undefined) return [];
  const low = rates[0]!;
  const high = rates[rates.length - 1]!;
  if (high.rate === 0) return [{ level: "note", text: `${attribute}: nobody is selected` }];
  const compared = `${attribute}: "${low.group}" is selected at ${percent(low.rate)}, "${high.group}" at ${
    percent(high.rate)
  }, a ratio of ${number(low.rate / high.rate, 2)}`;
  const failing = rates.filter(({ rate }) => rate / high.rate < FOUR_FIFTHS).length;
  if (failing === 0) return [{ level: "fine", text: `${compared}, within the four-fifths rule` }];
  const others = failing > 1 ? ` (and ${failing - 1} more ${failing === 2 ? "group" : "groups"} below it)` : "";
  return [{ level: "warning", text: `${compared}, below four fifths${others}; ${chanceText(parity.pValue)}` }];
}

function errorVerdicts(audit: AttributeAudit): Verdict[] {
  const { groups, disparities, scope } = readable(audit);
  const attribute = audit.attribute + scope;
  const lines = [
    { metric: "tpr", disparity: "equalOpportunityDifference", what: "of the qualified are selected" },
    { metric: "fpr", disparity: "falsePositiveRateDifference", what: "of the unqualified are selected" },
    { metric: "ppv", disparity: "predictiveParityDifference", what: "of the selected are qualified" },
  ];
  const verdicts: Verdict[] = [];
  const noise: string[] = [];
  for (const { metric, disparity, what } of lines) {
    const gap = disparities.find(({ name }) => name === disparity);
    const values = groups.flatMap(({ group, metrics }) => {
      const value = metrics[metric]?.value;
      return value === null || value === undefined ? [] : [{ group, value }];
    }).sort((a, b) => a.value - b.value);
    if (gap === undefined || values.length < 2) continue;
    if (gap.pValue !== null && gap.pValue > SIGNIFICANT) {
      noise.push(`${metricTitle(metric)} (${pValueText(gap.pValue)})`);
      continue;
    }
    const low = values[0]!;
    const high = values[values.length - 1]!;
    verdicts.push({
      level: "warning",
      text:
        `${attribute}: ${percent(low.value)} ${what} in "${low.group}", ${percent(high.value)} in "${high.group}"; ` +
        chanceText(gap.pValue),
    });
  }
  if (noise.length > 0) {
    verdicts.push({ level: "fine", text: `${attribute}: no gap beyond chance in ${noise.join(", ")}` });
  }
  return verdicts;
}

function rankingVerdicts(audit: AttributeAudit): Verdict[] {
  const { ranking } = audit;
  if (ranking === null) return [];
  const { groups, scope } = readable(audit);
  const attribute = audit.attribute + scope;
  const read = new Set(groups.map(({ group }) => group));
  const shares = ranking.groups.filter(({ group }) => read.has(group)).flatMap(({ group, metrics }) => {
    const { topKShare, candidateShare, representation } = metrics;
    return topKShare!.value === null || candidateShare!.value === null || representation!.value === null
      ? []
      : [{ group, share: topKShare!, candidates: candidateShare!.value, ratio: representation!.value }];
  }).sort((a, b) => a.ratio - b.ratio);
  const low = shares[0];
  if (low === undefined || shares.length < 2) return [];
  const text = `${attribute}: of the top ${ranking.topK} places of each job "${low.group}" holds ${
    percent(low.share.value!)
  }${range(low.share)} with ${percent(low.candidates)} of the candidates`;
  // Without width the jobs said nothing about variation: there is one, or nobody of the group is near the top.
  const { interval } = low.share;
  if (interval === null || interval.low === interval.high) {
    return [{ level: "note", text: `${text}; too few to say whether that is more than chance` }];
  }
  const short = interval.high! < low.candidates;
  return [{
    level: short ? "warning" : "fine",
    text: `${text}; ${short ? "more than the jobs' variation explains" : "the jobs' variation can explain that"}`,
  }];
}

function smallGroupVerdicts({ attribute, groups }: AttributeAudit, smallBelow: number): Verdict[] {
  const verdicts: Verdict[] = [];
  const small = groups.filter((group) => group.small && group.count > 0);
  if (small.length > 0) {
    const named = small.slice(0, 4).map(({ group, count }) => `"${group}" (${count})`).join(", ");
    const rest = small.length > 4 ? ` and ${small.length - 4} more` : "";
    const which = small.length === 1 ? "one group has" : `${small.length} groups have`;
    verdicts.push({
      level: "note",
      text: `${attribute}: ${which} fewer than ${smallBelow} rows, too few to judge: ${named}${rest}`,
    });
  }
  const empty = groups.filter(({ count }) => count === 0).length;
  if (empty > 0) {
    verdicts.push({ level: "note", text: `${attribute}: ${empty} of ${groups.length} combinations have no row` });
  }
  return verdicts;
}

function twinVerdicts({ overall, data }: Omit<AuditResult, "verdicts">): Verdict[] {
  if (overall.counterfactual === null) return [];
  const { rate, gained, lost, meanAbsolute } = overall.counterfactual;
  const text =
    `Twins: changing only the sensitive mention changes ${percent(rate!.value!)}${range(rate!)} of decisions ` +
    `(${percent(gained!.value!)} gain, ${percent(lost!.value!)} lose) and moves scores by ${
      number(meanAbsolute!.value!, scoreDigits(data.scores))
    } on average`;
  return [{ level: rate!.value! >= FLIP_RATE ? "warning" : "fine", text }];
}

function tieVerdicts({ settings, data, overall }: Omit<AuditResult, "verdicts">): Verdict[] {
  const selected = overall.metrics.selectionRate!.value;
  const asked = settings.acceptanceRate;
  if (asked === null || selected === null || data.columns.weight !== null) return [];
  // A quantile cannot split less than a row.
  if (selected - asked <= Math.max(TIE_SHARE, 1 / data.rows)) return [];
  return [{
    level: "note",
    text: `Equal scores at the threshold select ${percent(selected)} instead of the ${percent(asked)} asked for`,
  }];
}

function missingVerdicts({ data }: Omit<AuditResult, "verdicts">): Verdict[] {
  const verdicts: Verdict[] = [];
  if (data.dropped > 0) {
    const share = data.dropped / (data.dropped + data.rows);
    const columns = Object.entries(data.missing).filter(([, count]) => count > 0);
    const where = columns.map(([name, count]) => `${name}: ${count}`).join(", ");
    verdicts.push({
      level: "note",
      text: `${data.dropped} rows (${percent(share)}) with missing values are left out (${where})`,
    });
  }
  if (data.columns.label === null) {
    verdicts.push({
      level: "note",
      text: "Without labels nobody can say whether decisions were right, only how they fall",
    });
  }
  return verdicts;
}

function chanceText(pValue: number | null): string {
  if (pValue === null) return "not tested against chance";
  return pValue > SIGNIFICANT
    ? `but chance alone could do that (${pValueText(pValue)})`
    : `more than chance (${pValueText(pValue)})`;
}

function range({ interval }: Measure): string {
  return interval === null ? "" : ` [${percent(interval.low!)}, ${percent(interval.high!)}]`;
}
