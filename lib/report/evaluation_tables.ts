/** An evaluation as tables: one model in full, several models side by side, or recipes over seeds. */
import { METRICS, metricShort, metricTitle } from "../evaluate/mod.ts";
import type { AttributeEvaluation, DisparityEstimate, Estimates, Evaluation } from "../evaluate/mod.ts";
import type { GroupEvaluation, ModelEvaluation } from "../evaluate/mod.ts";
import { comparedTable, disparityRow, groupColumns, isMeasured, leakageRow, overallRow } from "./page/tables.ts";
import { count, intervalText, levelText, metricFormat, number, scoreDigits, WORDS } from "./format.ts";
import { denominatorTable, pairTable, publishedTable, rateTitle, ratioText } from "./pairs.ts";
import { type ColumnOf, estimateCell, right, type Table, tableBy, type TableCell, valueCell } from "./table.ts";

/** The tables of one part of a report. */
export interface Section {
  readonly title: string;
  /** The attribute that the section is about; absent for the overall one. */
  readonly attribute?: string;
  readonly tables: readonly Table[];
}

export function evaluationSections(evaluation: Evaluation): Section[] {
  const { models } = evaluation;
  if (models.some(({ seeds }) => seeds > 1)) return seedSections(evaluation);
  return models.length > 1 ? comparedSections(evaluation) : modelSections(evaluation, models[0]!);
}

// One model in full.

/** Groups, pairs, levels and queries that a terminal shows, and a page. */
const BRIEF = { groups: 40, pairs: 10, levels: 20, queries: 5 } as const;
const MOST = { pairs: 40, queries: 40, groupColumns: 8 } as const;

/** How the numbers of a model are written: scores with the decimals that their range asks for. */
type Write = (metric: string) => (value: number) => string;

/** One model: overall, then attribute by attribute. */
function modelSections(evaluation: Evaluation, model: ModelEvaluation): Section[] {
  const digits = scoreDigits(model.scores);
  const write: Write = (metric) => metricFormat(metric, digits);
  return [
    overallSection(evaluation, model, write),
    ...model.attributes.map((own) => attributeSection(own, evaluation, { thresholdFrom: model.thresholdFrom, write })),
  ];
}

function overallSection({ settings }: Evaluation, { overall }: ModelEvaluation, write: Write): Section {
  const table = (estimates: Estimates, title: string, caption?: string) =>
    tableBy(Object.entries(estimates), [
      ["Metric", ([name]) => metricTitle(name, settings.favourable)],
      [
        right(`Value [${levelText(settings.confidence)} interval]`),
        ([name, estimate]) => estimateCell(estimate, { format: write(name) }),
      ],
    ], { title, caption });
  const tables = [table({ ...overall.metrics, ...overall.calibration }, "Decisions and scores")];
  if (overall.ranking !== null) {
    const { metrics, queries, withoutRelevant } = overall.ranking;
    const silent = withoutRelevant > 0 ? `; ${count(withoutRelevant)} without a positive label are left out` : "";
    const caption = `Means over ${count(queries - withoutRelevant)} queries${silent}.`;
    tables.push(table(metrics, `Ranking quality at ${settings.topK}`, caption));
  }
  if (overall.counterfactual !== null) {
    const caption = "Shift is the counterfactual's score minus the original's.";
    tables.push(table(overall.counterfactual.metrics, "Counterfactuals", caption));
  }
  return { title: "Overall", tables };
}

function attributeSection(
  own: AttributeEvaluation,
  evaluation: Evaluation,
  { thresholdFrom, write }: Pick<ModelEvaluation, "thresholdFrom"> & { readonly write: Write },
): Section {
  const { settings, data } = evaluation;
  const empty = new Set(own.groups.filter(({ count }) => count === 0).map(({ group }) => group));
  const { amongLarge, ranking, counterfactual, controlled } = own;
  return {
    title: `By ${own.attribute}`,
    attribute: own.attribute,
    tables: [
      ...(settings.standard === "nyc-ll144" ? [publishedTable(own, evaluation, thresholdFrom)] : []),
      groupTable(own, { settings, rate: rateTitle(settings, thresholdFrom) }, write),
      ...(own.pairs.length > 0 ? [pairTable(own, settings)] : []),
      ...(own.groups.some(({ denominators }) => denominators !== undefined) ? [denominatorTable(own)] : []),
      disparityTable("Disparities", own.disparities, { empty, write }),
      ...(amongLarge === null ? [] : [disparityTable(
        `Disparities among the ${amongLarge.groups.length} groups of at least ${settings.smallBelow} rows`,
        amongLarge.disparities,
        { empty, write },
      )]),
      ...(own.groups.some(({ calibration }) => calibration !== undefined) ? [calibrationTable(own, write)] : []),
      ...(own.distances.length > 0 ? [distanceTable(own, settings, write)] : []),
      ...(ranking === null ? [] : [rankingTable(ranking, write), queryTable(ranking)]),
      ...(counterfactual === null ? [] : [counterfactualTable(counterfactual, settings, write)]),
      ...(controlled === null ? [] : [controlTable(controlled, data.columns.control!, write)]),
    ],
  };
}

/** Metrics that the group table shows, where they exist. */
const GROUP_METRICS = ["tpr", "fpr", "ppv", "accuracy", "rocAuc", "meanScore"];

function groupTable(
  { groups, reference }: AttributeEvaluation,
  { settings: { smallBelow }, rate }: { readonly settings: Evaluation["settings"]; readonly rate: string },
  write: Write,
): Table {
  const shown = GROUP_METRICS.filter((name) => groups.some(({ metrics }) => metrics[name] !== undefined));
  return tableBy(groups, [
    ...groupColumns<GroupEvaluation>(),
    [rate, ({ metrics }) => estimateCell(metrics.selectionRate, { format: write("selectionRate") })],
    [{ title: "Ratio", digits: 2 }, ({ impactRatio, fourFifths }) => ({
      ...valueCell(impactRatio, ratioText),
      marks: fourFifths === false ? ["below four fifths"] : [],
    })],
    ...shown.map((name): ColumnOf<GroupEvaluation> => [
      right(METRICS[name]!.short),
      ({ metrics }) => valueCell(metrics[name], write(name)),
    ]),
  ], {
    title: "Groups",
    caption: reference === null ? undefined : `Ratio: rate over that of "${reference.group}".`,
    smallBelow,
    brief: { rows: BRIEF.groups, which: "first" },
  });
}

function disparityTable(
  title: string,
  disparities: readonly DisparityEstimate[],
  { empty, write }: { readonly empty: ReadonlySet<string>; readonly write: Write },
): Table {
  return tableBy(disparities, [
    ["Disparity", ({ metric, excluded }) => ({
      value: metricTitle(metric),
      note: exclusionNote(excluded, empty) || undefined,
    })],
    [right("Value"), (own) => estimateCell(own, { format: write(own.metric) })],
    [right("p", "pValue"), ({ pValue }) => pValue ?? ""],
  ], {
    title,
    caption: "p: how often groups that do not matter would differ so much; empty where no test fits. Fair is 0, for " +
      "ratios 1; an interval reaches it where the difference is not statistically significant.",
  });
}

/** Groups left out of a disparity by reason; a group without rows needs no explanation. */
function exclusionNote(excluded: DisparityEstimate["excluded"], empty: ReadonlySet<string>): string {
  const byReason = new Map<string, Set<string>>();
  for (const { group, reason } of excluded) {
    if (empty.has(group)) continue;
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(`"${group}"`));
  }
  return [...byReason].map(([reason, groups]) => `without ${[...groups].join(", ")}: ${reason}`).join("; ");
}

export function calibrationTable({ groups }: AttributeEvaluation, write: Write): Table {
  return tableBy(groups.filter(({ count }) => count > 0), [
    ["Group", ({ group }) => group],
    [right("Bias"), ({ calibration }) => estimateCell(calibration!.bias, { format: write("bias") })],
    [right("ECE"), ({ calibration }) => estimateCell(calibration!.ece, { format: write("ece") })],
    [right("MCE"), ({ calibration }) => valueCell(calibration!.mce, write("mce"))],
  ], {
    title: "Calibration",
    caption: "Bias is mean score minus share of positives: above 0 the scores over-predict. " +
      "ECE of small groups is large by chance.",
    brief: { rows: BRIEF.groups, which: "first" },
  });
}

function distanceTable(
  { distances }: AttributeEvaluation,
  { favourable }: Evaluation["settings"],
  write: Write,
): Table {
  const sorted = distances.toSorted((x, y) => (y.wasserstein.value ?? -1) - (x.wasserstein.value ?? -1));
  const cut = sorted.length > MOST.pairs ? ` The ${MOST.pairs} furthest of ${sorted.length} pairs.` : "";
  const score = write("meanScore");
  return tableBy(sorted.slice(0, MOST.pairs), [
    ["Groups", ({ a, b }) => `${a} – ${b}`],
    [right("Mean difference"), ({ meanDifference }) => valueCell(meanDifference, score)],
    [right("Wasserstein"), ({ wasserstein }) => valueCell(wasserstein, score)],
    [right("p", "pValue"), ({ wassersteinP }) => valueCell(wassersteinP)],
    [right("KS"), ({ kolmogorovSmirnov }) => valueCell(kolmogorovSmirnov, number)],
    [right("p", "pValue"), ({ kolmogorovSmirnovP }) => valueCell(kolmogorovSmirnovP)],
  ], {
    title: "Score distributions",
    caption: "Wasserstein: mean distance between the groups' scores. KS: the largest difference in " +
      `${WORDS[favourable].rates.toLowerCase()} that a threshold could make.${
        sorted.length > 1 ? ` p-values are not adjusted for the ${count(sorted.length)} pairs.` : ""
      }${cut}`,
    brief: { rows: BRIEF.pairs, which: "furthest" },
  });
}

type Ranking = NonNullable<AttributeEvaluation["ranking"]>;

export function rankingTable(ranking: Ranking, write: Write): Table {
  const { exposureRatio, selectionRatio, ndkl, exposureToRelevanceRatio } = ranking.overall;
  const labelled = exposureToRelevanceRatio !== undefined;
  const pairwise = new Map(ranking.pairwise?.map(({ group, accuracy }) => [group, accuracy]));
  const show = ({ value, interval }: NonNullable<typeof ndkl>) =>
    `${value === null ? "undefined" : number(value)} ${intervalText(interval, number)}`.trim();
  const ratios = [
    `Exposure ratio ${show(exposureRatio!)}`,
    `selection ratio ${show(selectionRatio!)}`,
    ...(labelled ? [`exposure-to-relevance ratio ${show(exposureToRelevanceRatio)}`] : []),
    `NDKL ${show(ndkl!)}`,
  ].join(", ");
  return tableBy(ranking.groups.filter(({ count }) => count > 0), [
    ["Group", ({ group }) => group],
    [right("Candidates"), ({ metrics }) => valueCell(metrics.candidateShare, write("candidateShare"))],
    [
      right(`Top-${ranking.topK} share`),
      ({ metrics }) => estimateCell(metrics.topKShare, { format: write("topKShare") }),
    ],
    [
      right(`Top-${ranking.topK} exposure`),
      ({ metrics }) => valueCell(metrics.topKExposureShare, write("topKExposureShare")),
    ],
    [right("Skew"), ({ metrics }) => valueCell(metrics.skew, number)],
    [right("Mean exposure"), ({ metrics }) => estimateCell(metrics.exposure, { format: number })],
    ...(!labelled ? [] : [
      [right("Exposure to relevance"), ({ metrics }) => valueCell(metrics.exposureToRelevance, number)],
      [right("Pairwise accuracy"), ({ group }) => valueCell(pairwise.get(group), number)],
    ] satisfies ColumnOf<Ranking["groups"][number]>[]),
  ], {
    title: `Rankings: the first ${ranking.topK} places of each of ${count(ranking.queries.length)} queries`,
    caption: `Shares pooled over queries; exposure at rank i is 1/log2(i+1). ${ratios}. Intervals resample queries.`,
  });
}

function queryTable({ queries, groups, topK }: Ranking): Table {
  const present = groups.filter((own) => own.count > 0);
  const names = present.map(({ group }) => group).slice(0, MOST.groupColumns);
  const sorted = queries.toSorted((x, y) => (x.exposureRatio.value ?? 2) - (y.exposureRatio.value ?? 2));
  const cut = (queries.length > MOST.queries ? ` The first ${MOST.queries} of ${count(queries.length)} queries.` : "") +
    (present.length > MOST.groupColumns ? ` The first ${MOST.groupColumns} of ${present.length} groups.` : "");
  return tableBy(sorted.slice(0, MOST.queries), [
    ["Query", ({ query }) => query],
    ["Candidates", ({ candidates }) => candidates],
    [right("Exposure ratio"), ({ exposureRatio }) => valueCell(exposureRatio, number)],
    [right("NDKL"), ({ ndkl }) => valueCell(ndkl, number)],
    ...names.map((name): ColumnOf<typeof sorted[number]> => [right(name), ({ groups }) => {
      const group = groups.find((one) => one.group === name);
      return group === undefined ? "" : `${group.selected} of ${group.candidates}`;
    }]),
  ], {
    title: "Query by query",
    caption: `Places of each group among the first ${topK}, of its candidates; the most uneven exposure first.${cut}`,
    brief: { rows: BRIEF.queries, which: "most uneven" },
  });
}

function counterfactualTable(
  groups: NonNullable<AttributeEvaluation["counterfactual"]>,
  { smallBelow, favourable }: Evaluation["settings"],
  write: Write,
): Table {
  const shown = ["meanShift", "p95AbsoluteShift", "flipRate", "gained", "lost"]
    .filter((name) => groups.some(({ metrics }) => metrics[name] !== undefined));
  return tableBy(groups.filter((own) => own.count > 0), [
    ...groupColumns<typeof groups[number]>(),
    ...shown.map((name): ColumnOf<typeof groups[number]> => [
      right(METRICS[name]!.short),
      ({ metrics }) =>
        ["meanShift", "flipRate"].includes(name)
          ? estimateCell(metrics[name], { format: write(name) })
          : valueCell(metrics[name], write(name)),
    ]),
  ], {
    title: "Counterfactuals",
    caption: "What changes when only the sensitive mention changes. Gain: only the counterfactual " +
      `${WORDS[favourable].has}; lose: only the original.`,
    smallBelow,
    brief: { rows: BRIEF.groups, which: "first" },
  });
}

/** Disparities that the table of control levels shows; all are in the files. */
const CONTROLLED = ["demographicParityDifference", "equalizedOddsDifference"];

function controlTable(
  controlled: NonNullable<AttributeEvaluation["controlled"]>,
  control: string,
  write: Write,
): Table {
  const find = (disparities: readonly DisparityEstimate[], name: string) =>
    disparities.find(({ metric }) => metric === name);
  const shown = CONTROLLED.filter((name) => controlled.some(({ disparities }) => find(disparities, name)));
  return tableBy(controlled, [
    [control, ({ level }) => level],
    ["Rows", ({ count }) => count],
    ...shown.flatMap((name): ColumnOf<typeof controlled[number]>[] => [
      [
        right(METRICS[name]!.short),
        ({ disparities }) => estimateCell(find(disparities, name)!, { format: write(name) }),
      ],
      [right("p", "pValue"), ({ disparities }) => find(disparities, name)!.pValue ?? ""],
    ]),
  ], {
    title: `Within each level of ${control}`,
    caption:
      "The same groups compared among rows of one level only, so that differences between levels do not count. " +
      "DP: demographic parity, EO: equalized odds; over small groups both are large by chance.",
    brief: { rows: BRIEF.levels, which: "first" },
  });
}

// Several models side by side.

/** Metrics that are compared for everybody, and by group. */
const COMPARED = {
  overall: ["rocAuc", "averagePrecision", "groundTruthRocAuc", "accuracy", "f1", "selectionRate"],
  groups: ["selectionRate", "tpr", "fpr", "rocAuc", "averagePrecision", "accuracy", "f1"],
  counterfactual: ["flipRate", "gained", "lost", "meanShift", "meanAbsoluteShift"],
} as const;

/** Overall, by attribute, counterfactuals, leakage. */
function comparedSections(evaluation: Evaluation): Section[] {
  const { models: [first], leakage } = evaluation;
  const rowsOf = (metrics: readonly string[]) =>
    metrics.map((metric) => overallRow(metric, evaluation)).filter(isMeasured);
  const flips = rowsOf(COMPARED.counterfactual);
  return [
    { title: "Overall", tables: [comparedTable(rowsOf(COMPARED.overall), evaluation)] },
    ...first!.attributes.map(({ attribute, disparities }) => {
      const rows = disparities.map(({ metric }) => disparityRow(metric, attribute, evaluation));
      // Intersections are measured model by model, not compared.
      const compared = rows.filter(({ changes }) => changes.some((change) => change !== undefined));
      const table = comparedTable(compared.length === 0 ? rows : compared, evaluation, { title: "Disparities" });
      return { title: `By ${attribute}`, attribute, tables: [comparedGroups(attribute, evaluation), table] };
    }),
    ...(flips.length === 0 ? [] : [{
      title: "Counterfactuals: another group in the same text",
      tables: [comparedTable(flips, evaluation)],
    }]),
    ...leakage.map(({ attribute, expected: { value } }) => ({
      title: `Leakage: ${attribute} predicted from the embeddings`,
      attribute,
      tables: [comparedTable(
        [
          { ...leakageRow("balancedAccuracy", attribute, evaluation), title: "Balanced accuracy" },
          { ...leakageRow("macroAuc", attribute, evaluation), title: "ROC-AUC, mean over groups" },
        ],
        evaluation,
        { caption: value === null ? "" : `A probe that knows nothing has a balanced accuracy of ${number(value)}.` },
      )],
    })),
  ];
}

function comparedGroups(attribute: string, { models, settings }: Evaluation): Table {
  const own = models.map(({ attributes }) => attributes.find((one) => one.attribute === attribute)!);
  const [first] = own;
  const metrics = COMPARED.groups.filter((name) => first!.groups.some((group) => group.metrics[name]));
  const valueOf = ({ groups }: AttributeEvaluation, name: string, g: number) => {
    const { value } = groups[g]!.metrics[name]!;
    return value === null ? "–" : number(value, 2);
  };
  return tableBy(first!.groups, [
    ...groupColumns<GroupEvaluation>(first!.attribute, "n"),
    ...(first!.groups[0]?.positives === null
      ? []
      : [["positive labels", ({ positives }) => positives] satisfies ColumnOf<GroupEvaluation>]),
    ...metrics.map((name): ColumnOf<GroupEvaluation> => [
      right(metricShort(name, settings.favourable)),
      (_, g) => own.map((attribute) => valueOf(attribute, name, g)).join(" → "),
    ]),
  ], {
    title: "Groups",
    caption: `${models.map(({ name }) => name).join(" → ")}.`,
    smallBelow: settings.smallBelow,
    brief: { rows: BRIEF.groups, which: "first" },
  });
}

// Recipes over seeds.

const SEED_METRICS = ["rocAuc", "averagePrecision", "groundTruthRocAuc", "f1", "selectionRate"] as const;
const SEED_FLIPS = ["flipRate", "meanAbsoluteShift"] as const;
/** The disparities that are shown; the files have the others as well. */
const SEED_DISPARITIES: ReadonlySet<string> = new Set([
  "demographicParityDifference",
  "equalizedOddsDifference",
  "groundTruthEqualizedOddsDifference",
]);

/** Quality, then one table for each disparity of each attribute, then leakage: each recipe a row. */
function seedSections(evaluation: Evaluation): Section[] {
  const { models, comparisons, settings, data, leakage } = evaluation;
  const changeTo = (name: string) => comparisons.find(({ to }) => to === name);
  const metrics = SEED_METRICS.filter((name) => models.some(({ overall }) => overall.metrics[name]));
  const flips = SEED_FLIPS.filter((name) => models.some(({ overall }) => overall.counterfactual?.metrics[name]));
  const quality = tableBy(models, [
    ["", ({ name }) => name],
    ["seeds", ({ seeds }) => seeds],
    ...[...metrics, ...flips].flatMap((metric): ColumnOf<ModelEvaluation>[] => [
      [
        right(METRICS[metric]!.short),
        ({ overall }) =>
          estimateCell(overall.metrics[metric] ?? overall.counterfactual?.metrics[metric], { format: number }),
      ],
      [right("Δ"), ({ name }) => estimateCell(changeTo(name)?.overall[metric], { format: "signed" })],
    ]),
  ], {
    caption:
      `Means over seeds; [brackets] are ${levelText(settings.confidence)} intervals over people and seeds; Δ is the ` +
      "difference from the reference.",
  });
  const attributes = models[0]!.attributes.map(({ attribute }) => attribute);
  return [
    { title: `Quality: ${data.source}`, tables: [quality] },
    ...attributes.map((attribute): Section => ({
      title: `By ${attribute}: ${data.source}`,
      attribute,
      tables: [
        ...models[0]!.attributes[0]!.disparities.filter(({ metric }) => SEED_DISPARITIES.has(metric))
          .map(({ metric }) => seedDisparityTable(attribute, metric, evaluation)),
        ...leakage.filter((own) => own.attribute === attribute).map((own) => seedLeakageTable(own)),
      ],
    })),
  ];
}

function seedDisparityTable(attribute: string, metric: string, { models, comparisons }: Evaluation): Table {
  const found = <Own extends { readonly metric: string }>(
    attributes: readonly { readonly attribute: string; readonly disparities: readonly Own[] }[] | undefined,
  ) => attributes?.find((one) => one.attribute === attribute)?.disparities.find((one) => one.metric === metric);
  const rows = models.flatMap(({ name, attributes }) => {
    const own = found(attributes);
    return own === undefined
      ? []
      : [{ name, own, change: found(comparisons.find(({ to }) => to === name)?.attributes) }];
  });
  return tableBy(rows, [
    ["", ({ name }) => name],
    [right("all seeds"), ({ own }) => estimateCell(own, { format: number })],
    [right("expected"), ({ own }) => ({ value: own.expected, format: number })],
    [right("Δ"), ({ change }) => estimateCell(change, { format: "signed" })],
    [right("left"), ({ change }) => estimateCell(change?.left, { format: (left) => `${number(100 * left, 0)}%` })],
    [right("single run"), ({ own }) => overSeedsCell(own.overSeeds)],
    [right("expected"), ({ own }) => ({ value: own.overSeeds?.expected ?? null, format: number })],
    [right("Δ"), ({ change }) => overSeedsCell(change?.overSeeds, true)],
  ], {
    title: `${metricTitle(metric)}, ${attribute}`,
    caption:
      "All seeds: between the groups' rates over the decisions of all runs. Single run: the mean of the runs' own " +
      "differences, which few positives per group make larger. Expected: if decisions had nothing to do with the " +
      "group. Left: the part of the reference's difference.",
  });
}

/** A mean over seeds, with the interval over splits where each seed makes its own, else over runs. */
function overSeedsCell(over: DisparityEstimate["overSeeds"], signed = false): TableCell {
  if (over === undefined) return { value: "" };
  const interval = over.splits.low === null ? over.runs : over.splits;
  return { value: over.mean, interval, format: signed ? "signed" : "number" };
}

function seedLeakageTable({ attribute, expected, models, changes }: Evaluation["leakage"][number]): Table {
  return tableBy(models, [
    ["", ({ name }) => name],
    [right("mean of runs"), ({ balancedAccuracy }) => overSeedsCell(balancedAccuracy.overSeeds)],
    [right("Δ"), ({ name }) => overSeedsCell(changes.find(({ to }) => to === name)?.balancedAccuracy.overSeeds, true)],
  ], {
    title: `${METRICS.leakageBalancedAccuracy!.title}, ${attribute}`,
    caption: expected.value === null ? "" : `A probe that knows nothing has ${number(expected.value)}.`,
  });
}
