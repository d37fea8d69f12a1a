/** What a report says of its models: quality, fairness, calibration, rankings, counterfactuals and leakage. */
import { METRICS, type ModelComparison, type ModelEvaluation } from "../../evaluate/mod.ts";
import { count, metricFormat, number, wholePercent } from "../format.ts";
import { estimateCell, right, type Table, type TableCell } from "../table.ts";
import { attributesOf, endsOf, type Report } from "./report.ts";
import { paragraph, type Part, shown, subheading } from "./report_page.ts";
import { gainWord, groupChanges } from "./summary.ts";
import { comparedTable, disparityRows, leakageRow, overallRow, QUALITY, rateTable } from "./tables.ts";

/** How well each model tells matches from others. */
export function qualityParts({ evaluation }: Report): Part[] {
  const thresholds = evaluation.models.map(({ name, threshold }) =>
    `${name} ${threshold === null ? "by group" : number(threshold)}`
  );
  return [
    paragraph(
      "Selected means a score of at least the threshold with the highest F1 on the validation split: " +
        `${thresholds.join(", ")}.`,
    ),
    shown(comparedTable(
      "Quality on the test split",
      QUALITY.map((metric) => overallRow(metric, evaluation)),
      evaluation,
    )),
  ];
}

/** How decisions and errors fall on groups. */
export function fairnessParts({ evaluation }: Report): Part[] {
  const names = evaluation.models.map(({ name }) => name);
  return attributesOf(evaluation).flatMap((attribute): Part[] => [
    subheading(attribute),
    shown(rateTable(attribute, names, evaluation)),
    ...(evaluation.data.columns.groundTruth === null
      ? [paragraph("No ground-truth label is known for these data.")]
      : []),
    shown(comparedTable(`Disparities by ${attribute}`, disparityRows(attribute, evaluation), evaluation)),
    ...evaluation.comparisons.flatMap((comparison): Part[] => [
      shown(gainTable(comparison, attribute)),
    ]),
  ]);
}

function gainTable(comparison: ModelComparison, attribute: string): Table {
  const format = "signed";
  return {
    title: `Share selected, ${comparison.to} − ${comparison.from}, by ${attribute}`,
    columns: ["group", "n", right("change"), right("less that of everybody"), "verdict"],
    rows: groupChanges(comparison, attribute).map((group) => [
      group.group,
      group.count,
      estimateCell(group.rates.selectionRate!.change, { format }),
      estimateCell(group.rates.selectionRate!.relative, { format }),
      gainWord(group),
    ]),
  };
}

/** Whether probabilities promise what comes true. */
export function calibrationParts({ evaluation, subject: { file: { temperature } } }: Report): Part[] {
  const { tuned } = endsOf(evaluation);
  if (tuned.overall.calibration === null) {
    return [paragraph("The objective gives no probabilities, only cosines: there is nothing to calibrate.")];
  }
  const scaled = temperature === null ? "not scaled" : `their logits divided by the temperature ${number(temperature)}`;
  return [
    paragraph(`Probabilities of a match, ${scaled}. The base model gives none.`),
    ...attributesOf(evaluation).flatMap((attribute) => [
      shown(calibrationTable(tuned, attribute, evaluation.settings.smallBelow)),
    ]),
  ];
}

function calibrationTable({ attributes }: ModelEvaluation, attribute: string, smallBelow: number): Table {
  const { groups } = attributes.find((own) => own.attribute === attribute)!;
  return {
    title: `Calibration by ${attribute}`,
    caption: "Mean probability minus share of label 1: above 0 the probabilities promise too much.",
    smallBelow,
    columns: ["group", "n", right("promises too much"), right(METRICS.ece!.short)],
    rows: groups.map(({ group, count, small, calibration }): TableCell[] => [
      { value: group, marks: small ? ["small"] : [] },
      { value: count },
      estimateCell(calibration?.bias, { format: "signed" }),
      estimateCell(calibration?.ece, { format: metricFormat("ece") }),
    ]),
  };
}

/** Who holds the first places where each job ranks its candidates. */
export function rankingParts({ evaluation, subject: { predictions: { jobs } } }: Report): Part[] {
  const sizes = [...Map.groupBy(jobs, (job) => job).values()].map(({ length }) => length).sort((a, b) => a - b);
  const [shortest, longest, middle] = [sizes[0]!, sizes.at(-1)!, sizes[Math.floor(sizes.length / 2)]!];
  if (longest < 2) return [paragraph("No job has two candidates in the test split, so nothing is ranked.")];
  return [
    paragraph(
      `${
        count(sizes.length)
      } jobs with ${shortest} to ${longest} candidates each in the test split. The middle job has ${middle}, ` +
        `and tables are about the first ${evaluation.settings.topK}. ` +
        "Intervals resample jobs.",
    ),
    ...attributesOf(evaluation).flatMap((attribute): Part[] => [
      shown(rankingTable(attribute, evaluation)),
    ]),
  ];
}

const RANKING = ["candidateShare", "topKShare", "representation", "exposure"];

function rankingTable(attribute: string, { models, settings }: Report["evaluation"]): Table {
  return {
    title: `Who holds the first ${settings.topK} places, by ${attribute}`,
    columns: ["model", "group", "n", ...RANKING.map((metric) => right(METRICS[metric]!.title))],
    rows: models.flatMap(({ name, attributes }) =>
      (attributes.find((own) => own.attribute === attribute)!.ranking?.groups ?? []).map((
        { group, count, metrics },
      ) => [
        name,
        group,
        count,
        ...RANKING.map((metric) => estimateCell(metrics[metric], { format: metricFormat(metric) })),
      ])
    ),
  };
}

/** What another education in the same résumé changes. */
export function counterfactualParts({ evaluation, subject: { file: { config } } }: Report): Part[] {
  const { tuned } = endsOf(evaluation);
  if (tuned.overall.counterfactual === null) {
    return [
      paragraph(
        config.evaluation.counterfactuals
          ? "Not measured: no résumé of the test split states its education so that a counterfactual with another one could be " +
            "written."
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
      "Counterfactuals with another education",
      Object.keys(metrics).map((metric) => overallRow(metric, evaluation)),
      evaluation,
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
    shown(comparedTable(
      `How well ${attribute} can be guessed`,
      (["balancedAccuracy", "macroAuc"] as const).map((metric) => leakageRow(metric, attribute, evaluation)),
      evaluation,
    )),
  ]);
}
