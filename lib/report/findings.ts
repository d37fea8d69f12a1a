/**
 * What an evaluation found, in plain words: the one place for them. The terminal, pages and model cards order and lay
 * out these sentences; each phrases a conclusion, none draws its own.
 */
import { conclude, concludeChange, labelSelection, METRICS, metricTitle } from "../evaluate/mod.ts";
import type { AttributeEvaluation, Conclusion, DisparityEstimate, Estimate, Evaluation } from "../evaluate/mod.ts";
import type { GroupEvaluation, ModelComparison, ModelEvaluation } from "../evaluate/mod.ts";
import { holm } from "../metrics/mod.ts";
import { gainWord, groupChanges, verdictOf } from "./figures/forest.ts";
import { changeFormat, conclusionText, count, estimateText, intervalText, listText, metricFormat } from "./format.ts";
import { number, percent, pValueText, scoreDigits, WORDS } from "./format.ts";
import { labelFindings, leftOutFindings, pairFindings } from "./pairs.ts";

/** A finding in one line. */
export interface Finding {
  /**
   * `attention`: a difference is shown. `open`: neither shown to differ nor shown to be alike, which a rule of thumb
   * may find too large all the same. `measured`: a number that no test is of. `equivalent`: alike within the margin
   * that was stated. `limit`: bounds what can be said.
   */
  readonly level: "attention" | "open" | "measured" | "equivalent" | "limit";
  /** Which question it answers. */
  readonly about:
    | "quality"
    | "selection"
    | "errors"
    | "scores"
    | "ranking"
    | "gains"
    | "counterfactuals"
    | "leakage"
    | "data";
  /** Plain text. */
  readonly text: string;
  /** p-value after Holm's adjustment for all tests that findings look at; `null` where nothing was tested. */
  readonly adjusted: number | null;
}

export type Topic = Finding["about"];

/** From this share of changed decisions on, counterfactual flips ask for attention. */
const FLIP_RATE = 0.01;
/** Selecting more than asked for by this share of the rows is worth a note. */
const TIE_SHARE = 0.005;

const ORDER: Readonly<Record<Finding["level"], number>> = {
  attention: 0,
  open: 1,
  measured: 2,
  equivalent: 3,
  limit: 4,
};

/** What all findings about a model share. */
interface Context {
  readonly evaluation: Evaluation;
  readonly model: ModelEvaluation;
  /** From the model that it is compared with first; `undefined` for none. */
  readonly comparison: ModelComparison | undefined;
  /** Adjusted p-values of the disparities that are looked at. */
  readonly adjusted: ReadonlyMap<DisparityEstimate, number>;
}

/**
 * The findings about one model, the best supported first: what is statistically significant by its p-value, adjusted
 * for all the differences that are looked at (Holm 1979), then what is open, what is alike, and what limits all of it.
 * Where the model was compared with others, findings say what changed from the last of them.
 */
export function findingsOf(evaluation: Evaluation, model: ModelEvaluation = evaluation.models.at(-1)!): Finding[] {
  const comparison = evaluation.comparisons.findLast(({ to }) => to === model.name);
  const context = { evaluation, model, comparison, adjusted: adjustedOf(model) };
  const findings = [
    ...qualityFindings(context),
    ...model.attributes.flatMap((attribute) => [
      ...selectionFindings(attribute, context),
      ...differenceFindings(attribute, context),
      ...distanceFindings(attribute, evaluation),
      ...rankingFindings(attribute),
      ...gainFindings(attribute.attribute, context),
      ...leakageFindings(attribute.attribute, context),
      ...smallGroupFindings(attribute, evaluation.settings.smallBelow),
      ...leftOutFindings(attribute, evaluation),
    ]),
    ...counterfactualFindings(context),
    ...tieFindings(evaluation, model),
    ...labelFindings(evaluation, model),
    ...dataFindings(evaluation),
  ];
  const evidence = ({ adjusted }: Finding) => adjusted ?? 2;
  return findings.sort((a, b) => ORDER[a.level] - ORDER[b.level] || evidence(a) - evidence(b));
}

/** The differences that findings look at, besides that of selection rates: what is said of the groups' own numbers. */
const LOOKED: readonly {
  readonly disparity: string;
  readonly about: Topic;
  readonly of: (group: GroupEvaluation) => Estimate | undefined;
  /** Whose words depend on which scores people hope for. */
  readonly rate?: "tpr" | "fpr" | "ppv";
  readonly what: string;
}[] = [
  {
    disparity: "equalOpportunityDifference",
    about: "errors",
    of: ({ metrics }) => metrics.tpr,
    rate: "tpr",
    what: "",
  },
  {
    disparity: "falsePositiveRateDifference",
    about: "errors",
    of: ({ metrics }) => metrics.fpr,
    rate: "fpr",
    what: "",
  },
  {
    disparity: "predictiveParityDifference",
    about: "errors",
    of: ({ metrics }) => metrics.ppv,
    rate: "ppv",
    what: "",
  },
  {
    disparity: "accuracyDifference",
    about: "errors",
    of: ({ metrics }) => metrics.accuracy,
    what: " of the decisions are right",
  },
  {
    disparity: "groundTruthEqualizedOddsDifference",
    about: "errors",
    of: () => undefined,
    what: "",
  },
  { disparity: "meanScoreDifference", about: "scores", of: ({ metrics }) => metrics.meanScore, what: "mean score " },
  { disparity: "rocAucDifference", about: "scores", of: ({ metrics }) => metrics.rocAuc, what: "ROC-AUC " },
  {
    disparity: "calibrationBiasDifference",
    about: "scores",
    of: ({ calibration }) => calibration?.bias,
    what: "over-prediction ",
  },
];
const PARITY = "demographicParityDifference";

function adjustedOf({ attributes }: ModelEvaluation): Map<DisparityEstimate, number> {
  const names = [PARITY, ...LOOKED.map(({ disparity }) => disparity)];
  const tested = attributes.flatMap((own) =>
    readable(own).disparities.filter(({ metric, value, pValue }) =>
      names.includes(metric) && value !== null && pValue !== null
    )
  );
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  return new Map(tested.map((own, i) => [own, adjusted[i]!]));
}

/** Rates and tests are read among the groups that are not small, if there are two. */
function readable({ groups, disparities, amongLarge }: AttributeEvaluation) {
  if (amongLarge === null) return { groups, disparities, scope: "", scopeOf: () => "" };
  const measured = new Set(amongLarge.disparities.map(({ metric }) => metric));
  const scope = " (small groups aside)";
  return {
    groups: groups.filter(({ group }) => amongLarge.groups.includes(group)),
    // What is not measured among the large ones alone is read among all, and said to be.
    disparities: [...amongLarge.disparities, ...disparities.filter(({ metric }) => !measured.has(metric))],
    scope,
    scopeOf: (metric: string) => measured.has(metric) ? scope : "",
  };
}

function concluded({ groups }: AttributeEvaluation, disparity: DisparityEstimate, { settings }: Evaluation) {
  const largeGroups = groups.filter(({ small, count }) => !small && count > 0).length;
  return conclude(disparity, { confidence: settings.confidence, margin: settings.margin, largeGroups });
}

/** What a disparity says, with what is left of it after all the looks. */
function saidOf(conclusion: Conclusion, disparity: DisparityEstimate, { adjusted, evaluation }: Context): string {
  const said = conclusionText(conclusion, disparity.pValue);
  const own = adjusted.get(disparity);
  if (conclusion.kind !== "difference shown" || own === undefined || adjusted.size < 2) return said;
  const holds = own <= 1 - evaluation.settings.confidence + 1e-12;
  return `${said}, ${holds ? "and still" : "but not"} after adjusting for ${adjusted.size} tests (${pText(own)})`;
}

/** A p-value that no line breaks. */
function pText(pValue: number): string {
  return pValueText(pValue).replaceAll(" ", "\u00a0");
}

/** What changed from the model before, for the end of a sentence. */
function changed(metric: string, change: Estimate | undefined, { comparison }: Context): string {
  if (comparison === undefined || change === undefined) return "";
  if (change.value === null) return `; whether it changed from ${comparison.from} cannot be said: ${change.reason}`;
  const verdict = METRICS[metric]?.better === 0
    ? conclusionText(concludeChange(change))
    : verdictOf(metric, change).replace("not significant", "not statistically significant");
  return `; change from ${comparison.from}: ${estimateText(change, changeFormat(metric))}, ${verdict}`;
}

function qualityFindings(context: Context): Finding[] {
  const { evaluation, model: { overall: { metrics } }, comparison } = context;
  const beside = ["rocAuc", "groundTruthRocAuc"].filter((metric) => metrics[metric] !== undefined);
  return beside.map((metric): Finding => {
    const change = comparison?.overall[metric];
    const worse = change !== undefined && verdictOf(metric, change) === "worse";
    const base = evaluation.models[0]!.overall.metrics[metric];
    const start = comparison === undefined || comparison.from === evaluation.models[0]!.name || base === undefined
      ? ""
      : `; ${evaluation.models[0]!.name} has ${estimateText(base, number)}`;
    return {
      level: worse ? "attention" : "measured",
      about: "quality",
      text: `${metricTitle(metric)} is ${estimateText(metrics[metric]!, number)}${
        changed(metric, change, context)
      }${start}`,
      adjusted: null,
    };
  });
}

function selectionFindings(attribute: AttributeEvaluation, context: Context): Finding[] {
  const { groups, disparities, scope } = readable(attribute);
  const name = attribute.attribute + scope;
  const rest = { level: "limit", about: "selection", adjusted: null } as const;
  if (attribute.groups.length < 2) {
    return [{ ...rest, text: `${name}: only one group, so there is nothing to compare` }];
  }
  const rates = sortedBy(attribute.groups, ({ metrics }) => metrics.selectionRate);
  if (rates.length >= 2 && rates.at(-1)!.value === 0) {
    return [{ ...rest, text: `${name}: ${WORDS[context.evaluation.settings.favourable].nobody}` }];
  }
  const parity = disparities.find(({ metric }) => metric === PARITY);
  const all = parity && concluded(attribute, parity, context.evaluation);
  return pairFindings(attribute, context.evaluation, {
    read: new Set(groups.map(({ group }) => group)),
    scope,
    // Alike within the margin, or too few: that is said of all groups; what is shown, of a pair by its own test.
    ofAll: all?.kind === "equivalent" || all?.kind === "too few people" ? all : null,
    change: changeOf(PARITY, attribute.attribute, context),
  });
}

function sortedBy(groups: readonly GroupEvaluation[], of: (group: GroupEvaluation) => Estimate | undefined) {
  return groups.flatMap((own) => {
    const value = of(own)?.value ?? null;
    return value === null ? [] : [{ group: own.group, value }];
  }).sort((a, b) => a.value - b.value);
}

function changeOf(metric: string, attribute: string, context: Context): string {
  const own = context.comparison?.attributes.find((one) => one.attribute === attribute)?.disparities;
  const scoped = context.model.attributes.find((one) => one.attribute === attribute)?.amongLarge ?? null;
  const said = changed(metric, own?.find((one) => one.metric === metric), context);
  return scoped === null ? said : said.replace(/^(; change from [^:]*):/, "$1 (all groups):");
}

function differenceFindings(attribute: AttributeEvaluation, context: Context): Finding[] {
  const { groups, disparities, scope, scopeOf } = readable(attribute);
  const { evaluation, model } = context;
  const name = attribute.attribute + scope;
  const findings: Finding[] = [];
  const open: string[] = [], alike: string[] = [];
  const words: Readonly<Record<string, string>> = WORDS[evaluation.settings.favourable];
  // Where only those selected have a label, all of them count as selected: these rates are 100% by construction.
  const constructed = labelSelection(model, evaluation.settings.confidence) === "only the selected"
    ? ["tpr", "fpr"]
    : [];
  for (const { disparity: metric, about, of, rate, what } of LOOKED) {
    if (constructed.includes(rate ?? "")) continue;
    const difference = disparities.find((own) => own.metric === metric);
    if (difference === undefined || difference.value === null) continue;
    const conclusion = concluded(attribute, difference, evaluation);
    const title = METRICS[metric]!.short.replace(/ difference/, "");
    if (conclusion.kind === "difference shown") {
      const values = sortedBy(scopeOf(metric) === "" ? attribute.groups : groups, of);
      const write = metricFormat(
        { meanScore: "meanScore", rocAuc: "rocAuc" }[metric.replace("Difference", "")] ??
          (about === "errors" ? "tpr" : "bias"),
        scoreDigits(model.scores),
      );
      const [low, high] = [values[0], values.at(-1)];
      const [before, after] = about === "scores" ? [what, ""] : ["", words[rate ?? ""] ?? what];
      const numbers = values.length < 2
        ? `${metricTitle(metric)} ${estimateText(difference, number)}`
        : `${before}${write(low!.value)}${after} in "${low!.group}", ${write(high!.value)} in "${high!.group}"`;
      findings.push({
        level: "attention",
        about,
        text: `${attribute.attribute}${scopeOf(metric)}: ${numbers}; ${saidOf(conclusion, difference, context)}${
          changeOf(metric, attribute.attribute, context)
        }`,
        adjusted: context.adjusted.get(difference) ?? null,
      });
    } else {
      const said = conclusionText(conclusion, difference.pValue);
      if (conclusion.kind === "equivalent") alike.push(`${title} (${said})`);
      else open.push(difference.pValue === null ? title : `${title} (${pText(difference.pValue)})`);
    }
  }
  const rest = { about: "errors", adjusted: null } as const;
  if (open.length > 0) {
    const text = `${name}: neither shown to differ nor to be alike: ${listText(open)}`;
    findings.push({ level: "open", ...rest, text });
  }
  if (alike.length > 0) findings.push({ level: "equivalent", ...rest, text: `${name}: ${listText(alike)}` });
  return findings;
}

/** The pair of groups whose scores differ most surely. */
function distanceFindings(attribute: AttributeEvaluation, { settings }: Evaluation): Finding[] {
  const read = new Set(readable(attribute).groups.map(({ group }) => group));
  const pairs = attribute.distances.flatMap((own) =>
    read.has(own.a) && read.has(own.b) && own.kolmogorovSmirnovP.value !== null
      ? [{ ...own, p: own.kolmogorovSmirnovP.value }]
      : []
  );
  const adjusted = holm(pairs.map(({ p }) => p)).map((p) => p!);
  const least = adjusted.indexOf(Math.min(...adjusted));
  const pair = pairs[least];
  if (pair === undefined || pair.p > 1 - settings.confidence) return [];
  const many = pairs.length < 2 ? "" : `; ${pText(adjusted[least]!)} adjusted for ${pairs.length} pairs`;
  return [{
    level: "attention",
    about: "scores",
    text: `${attribute.attribute}: the scores of "${pair.a}" and "${pair.b}" are distributed differently, by up to ${
      percent(pair.kolmogorovSmirnov.value!)
    } of people at one threshold (KS, ${pText(pair.p)}${many})`,
    adjusted: adjusted[least]!,
  }];
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
  const rest = { about: "ranking", adjusted: null } as const;
  // Without width the queries said nothing about variation: there is one, or nobody of the group is near the top.
  const { interval } = low.share;
  if (interval === null || interval.low === interval.high) {
    return [{ level: "limit", ...rest, text: `${text}; too few queries to say more` }];
  }
  const short = interval.high! < low.candidates;
  const said = short ? "its interval lies below that share" : "its interval reaches that share";
  return [{ level: short ? "attention" : "open", ...rest, text: `${text}; ${said}` }];
}

function gainFindings(attribute: string, { comparison, evaluation }: Context): Finding[] {
  if (comparison === undefined) return [];
  const groups = groupChanges(comparison, attribute);
  if (groups.length === 0) return [];
  const { from, to, overall } = comparison;
  const everybody = overall.selectionRate?.value ?? 0;
  const share = everybody === 0
    ? "stays the same"
    : `changes by ${changeFormat("selectionRate")(everybody).replace("%", " percentage points")}`;
  const named = (gain: "gains" | "loses") => {
    const own = groups.filter((group) => gainWord(group, "selectionRate") === gain).map(({ group, rates }) =>
      `"${group}" (${estimateText(rates.selectionRate!.relative, changeFormat("selectionRate"))})`
    );
    return own.length === 0 ? [] : [`${listText(own)} ${own.length === 1 ? gain : gain.replace(/s$/, "")}`];
  };
  const [gains, loses] = [named("gains"), named("loses")];
  const said = [...gains, ...loses];
  return [{
    level: said.length > 0 ? "attention" : "open",
    about: "gains",
    text: `${attribute}: from ${from} to ${to} the share ${
      WORDS[evaluation.settings.favourable].share
    } ${share}; relative to that, ${said.length === 0 ? "no group gains or loses significantly" : said.join(", and ")}`,
    adjusted: null,
  }];
}

function leakageFindings(attribute: string, { evaluation, model }: Context): Finding[] {
  const own = evaluation.leakage.find((one) => one.attribute === attribute);
  const found = own?.models.find(({ name }) => name === model.name);
  if (own === undefined || found === undefined || found.balancedAccuracy.value === null) return [];
  const p = found.pValues?.balancedAccuracy ?? null;
  const knowing = own.expected.value === null ? "" : `; one that knows nothing reaches ${percent(own.expected.value)}`;
  return [{
    level: p !== null && p <= 1 - evaluation.settings.confidence ? "attention" : p === null ? "measured" : "open",
    about: "leakage",
    text: `A classifier predicts ${attribute} from the embeddings with a balanced accuracy of ${
      estimateText(found.balancedAccuracy, percent)
    }${p === null ? "" : ` (${pText(p)})`}${knowing}`,
    adjusted: null,
  }];
}

function smallGroupFindings({ attribute, groups }: AttributeEvaluation, smallBelow: number): Finding[] {
  const findings: Finding[] = [];
  const rest = { level: "limit", about: "data", adjusted: null } as const;
  const small = groups.filter((group) => group.small && group.count > 0);
  if (small.length > 0) {
    const named = small.slice(0, 4).map(({ group, count }) => `"${group}" (${count})`).join(", ");
    const more = small.length > 4 ? ` and ${small.length - 4} more` : "";
    const which = small.length === 1 ? "one group has" : `${small.length} groups have`;
    const text = `${attribute}: ${which} fewer than ${smallBelow} rows, too few to judge: ${named}${more}`;
    findings.push({ ...rest, text });
  }
  const empty = groups.filter(({ count }) => count === 0).length;
  if (empty > 0) {
    findings.push({ ...rest, text: `${attribute}: ${empty} of ${groups.length} combinations have no row` });
  }
  return findings;
}

function counterfactualFindings(context: Context): Finding[] {
  const { model: { overall: { counterfactual }, scores }, comparison } = context;
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
    about: "counterfactuals",
    text:
      `Counterfactuals: changing only the sensitive mention changes ${percent(flipRate!.value)}${
        interval && ` ${interval}`
      } ` +
      `of decisions (${percent(gained!.value!)} gain, ${percent(lost!.value!)} lose)${shift}${
        changed("flipRate", comparison?.overall.flipRate, context)
      }`,
    adjusted: null,
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
    about: "data",
    text: settings.favourable === "high"
      ? `Equal scores at the threshold select ${percent(selected)} instead of the ${percent(asked)} asked for`
      : `With equal scores at the threshold ${percent(selected)} get the favourable outcome instead of the ${
        percent(asked)
      } asked for`,
    adjusted: null,
  }];
}

/** What the rows themselves leave open. */
export function dataFindings({ data }: Evaluation): Finding[] {
  const findings: Finding[] = [];
  const rest = { level: "limit", about: "data", adjusted: null } as const;
  if (data.dropped > 0) {
    const share = data.dropped / (data.dropped + data.rows);
    const columns = Object.entries(data.missing).filter(([, count]) => count > 0);
    const where = columns.map(([name, count]) => `${name}: ${count}`).join(", ");
    const text = `${count(data.dropped)} rows (${percent(share)}) with missing values are left out (${where})`;
    findings.push({ ...rest, text });
  }
  findings.push(...data.notes.map((text) => ({ ...rest, text })));
  if (data.columns.label === null) {
    const text = "Without labels nobody can say whether decisions were right, only how they fall";
    findings.push({ ...rest, text });
  }
  return findings;
}
