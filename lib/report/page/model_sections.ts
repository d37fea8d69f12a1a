/** What a report says of its models: quality, fairness, calibration, rankings, counterfactuals and leakage. */
import type { Evaluation, ModelComparison } from "../../evaluate/mod.ts";
import type { Config } from "../../train/mod.ts";
import { precisionRecallByGroup, rocCurvesByGroup } from "../figures/curves.ts";
import { scoreDistributions } from "../figures/distributions.ts";
import { exposureByRank } from "../figures/exposure.ts";
import { changeForest, disparityForest, gainWord, groupChangeForest, groupChanges } from "../figures/forest.ts";
import { leakageBars } from "../figures/leakage.ts";
import { reliability } from "../figures/reliability.ts";
import { thresholdDisparities } from "../figures/thresholds.ts";
import { calibrationTable, rankingTable } from "../evaluation_tables.ts";
import { changeFormat, count, metricFormat, number, wholePercent } from "../format.ts";
import { estimateCell, right, type Table, tableBy } from "../table.ts";
import { attributesOf, endsOf, type Report } from "./report.ts";
import { paragraph, type Part, shown, subheading } from "./report_page.ts";
import { comparedTable, disparityRow, disparityRows, leakageRow, overallRow, QUALITY, rateTable } from "./tables.ts";

/** How well each model tells matches from others. */
export function qualityParts({ evaluation, table, subject }: Report): Part[] {
  const thresholds = evaluation.models.map(({ name, threshold }) =>
    `${name} ${threshold === null ? "by group" : number(threshold)}`
  );
  return [
    paragraph(
      "Selected means a score of at least the threshold with the highest F1 on the validation split: " +
        `${thresholds.join(", ")}.`,
    ),
    shown(comparedTable(
      QUALITY.map((metric) => overallRow(metric, evaluation)),
      evaluation,
      { title: "Quality on the test split" },
    )),
    ...publishedParts(subject.file.config.evaluation.published, evaluation),
    ...attributesOf(evaluation).flatMap((attribute) => [
      rocCurvesByGroup(evaluation, { attribute, table }),
      precisionRecallByGroup(evaluation, { attribute, table }),
    ]),
  ];
}

/** What others have published beside what was measured here. */
function publishedParts(claims: Config["evaluation"]["published"], evaluation: Evaluation): Part[] {
  if (claims.length === 0) return [];
  return [shown({
    title: "Published results beside these",
    caption: "What others say of their own models and splits was not measured here.",
    columns: [
      "metric",
      "published for",
      right("published"),
      ...evaluation.models.map(({ name }) => right(name)),
      "source",
    ],
    rows: claims.map(({ model, metric, attribute, value, source }) => {
      const own = attribute === null ? overallRow(metric, evaluation) : disparityRow(metric, attribute, evaluation);
      const format = metricFormat(metric);
      return [
        attribute === null ? own.title : `${own.title}, ${attribute}`,
        model,
        { value, format },
        ...own.models.map((estimate) => estimateCell(estimate, { format })),
        source,
      ];
    }),
  })];
}

/** How decisions and errors fall on groups. */
export function fairnessParts({ evaluation, table }: Report): Part[] {
  const names = evaluation.models.map(({ name }) => name);
  // Where decisions follow another rule there is no threshold to move.
  const thresholded = evaluation.models.filter(({ threshold }) => threshold !== null).map(({ name }) => name);
  return attributesOf(evaluation).flatMap((attribute): Part[] => [
    subheading(attribute),
    shown(rateTable(attribute, names, evaluation)),
    ...(evaluation.data.columns.groundTruth === null
      ? [paragraph("No ground-truth label is known for these data.")]
      : []),
    disparityForest(evaluation, { attribute }),
    shown(comparedTable(disparityRows(attribute, evaluation), evaluation, { title: `Disparities by ${attribute}` })),
    changeForest(evaluation, { attribute }),
    ...evaluation.comparisons.flatMap((comparison): Part[] => [
      groupChangeForest(evaluation, { attribute, from: comparison.from, to: comparison.to }),
      shown(gainTable(comparison, attribute)),
    ]),
    ...(thresholded.length === 0 ? [] : [scoreDistributions(evaluation, { attribute, table, models: thresholded })]),
    ...(thresholded.at(-1) === names.at(-1) ? [thresholdDisparities(evaluation, { attribute, table })] : []),
  ]);
}

function gainTable(comparison: ModelComparison, attribute: string): Table {
  const format = changeFormat("selectionRate");
  return tableBy(groupChanges(comparison, attribute), [
    ["group", ({ group }) => group],
    ["n", ({ count }) => count],
    [right("change"), ({ rates }) => estimateCell(rates.selectionRate!.change, { format })],
    [
      right("relative to the overall change"),
      ({ rates }) => estimateCell(rates.selectionRate!.relative, { format }),
    ],
    ["verdict", (group) => gainWord(group, "selectionRate")],
  ], { title: `Share selected, ${comparison.to} − ${comparison.from}, by ${attribute}` });
}

/** Whether probabilities match what comes true. */
export function calibrationParts({ evaluation, table, subject: { file: { temperature } } }: Report): Part[] {
  const { tuned } = endsOf(evaluation);
  if (tuned.overall.calibration === null) {
    return [paragraph("The objective gives no probabilities, only cosines: there is nothing to calibrate.")];
  }
  const scaled = temperature === null ? "not scaled" : `their logits divided by the temperature ${number(temperature)}`;
  return [
    paragraph(`Probabilities of a match, ${scaled}. The base model gives none.`),
    ...attributesOf(evaluation).flatMap((attribute) => [
      reliability(evaluation, { attribute, table }),
      shown(calibrationTable(
        tuned.attributes.find((own) => own.attribute === attribute)!,
        metricFormat,
      )),
    ]),
  ];
}

/** Who holds the first places where each job ranks its candidates. */
export function rankingParts({ evaluation, table, subject: { predictions: { jobs } } }: Report): Part[] {
  const sizes = [...Map.groupBy(jobs, (job) => job).values()].map(({ length }) => length).sort((a, b) => a - b);
  const [shortest, longest, middle] = [sizes[0]!, sizes.at(-1)!, sizes[Math.floor(sizes.length / 2)]!];
  if (longest < 2) return [paragraph("No job has two candidates in the test split, so nothing is ranked.")];
  const topK = Math.max(1, Math.min(10, Math.floor(middle / 2)));
  const ranks = Array.from({ length: Math.min(10, longest) }, (_, i) => i + 1);
  return [
    paragraph(
      `${
        count(sizes.length)
      } jobs with ${shortest} to ${longest} candidates each in the test split. The middle job has ${middle}, ` +
        `so the titles of the figures are about the first ${topK}; tables are about the first ` +
        `${evaluation.settings.topK}. Intervals resample jobs.`,
    ),
    ...attributesOf(evaluation).flatMap((attribute): Part[] => [
      exposureByRank(evaluation, { attribute, table, topK, ranks }),
      ...evaluation.models.flatMap(({ name, attributes }) => {
        const { ranking } = attributes.find((own) => own.attribute === attribute)!;
        if (ranking === null) return [];
        const own = rankingTable(ranking, metricFormat);
        return [shown({ ...own, title: `${name}: ${own.title}` })];
      }),
    ]),
  ];
}

/** What another education in the same résumé changes. */
export function counterfactualParts({ evaluation, subject: { file: { config } } }: Report): Part[] {
  const { tuned } = endsOf(evaluation);
  if (tuned.overall.counterfactual === null) {
    return [
      paragraph(
        config.evaluation.counterfactuals
          ? "Not measured: no résumé of the test split states its education so that a counterfactual with another " +
            "one could be written."
          : "Not measured: the configuration asked for no counterfactuals.",
      ),
    ];
  }
  const { rows, metrics } = tuned.overall.counterfactual;
  return [
    paragraph(
      `Each of ${
        count(rows)
      } pairs was scored again with a résumé that states another degree or school and is the same otherwise.`,
    ),
    shown(comparedTable(
      Object.keys(metrics).map((metric) => overallRow(metric, evaluation)),
      evaluation,
      { title: "Counterfactuals with another education" },
    )),
  ];
}

/** How well a fresh classifier reads groups off the embeddings. */
export function leakageParts({ evaluation }: Report): Part[] {
  if (evaluation.leakage.length === 0) return [paragraph("Not measured: embeddings were not probed.")];
  return evaluation.leakage.flatMap(({ attribute, models, expected }): Part[] => [
    paragraph(
      `A fresh classifier guesses ${attribute} from the embeddings of ${
        count(models.at(-1)?.people ?? 0)
      } people who were not trained on${
        expected.value === null
          ? ""
          : `; one that knows nothing has a balanced accuracy of ${wholePercent(expected.value)}`
      }. Success means that the group can be read; failure does not mean that it cannot.`,
    ),
    leakageBars(evaluation, { attribute }),
    shown(comparedTable(
      (["balancedAccuracy", "macroAuc"] as const).map((metric) => leakageRow(metric, attribute, evaluation)),
      evaluation,
      { title: `How well ${attribute} can be guessed` },
    )),
  ]);
}
