/** Tables of a report: numbers of every model beside each other, and how they change. */
import { conclude, METRICS, metricTitle } from "../../evaluate/mod.ts";
import type { DisparityEstimate, Estimate, Evaluation } from "../../evaluate/mod.ts";
import { verdictOf as changeVerdict } from "../figures/forest.ts";
import { FOUR_FIFTHS, type GroupCount } from "../../metrics/mod.ts";
import { changeFormat, metricFormat } from "../format.ts";
import { estimateCell, right, tableBy } from "../table.ts";
import type { ColumnOf, Mark, Table, TableCell, TableColumn } from "../table.ts";
import { attributesOf } from "./report.ts";

/** One number of every model, and how it changes. */
export interface ComparedRow {
  readonly title: string;
  /** A name in `METRICS`. */
  readonly metric: string;
  /** `[models]`, `undefined` where it was not measured. */
  readonly models: readonly (Estimate & { readonly pValue?: DisparityEstimate["pValue"] } | undefined)[];
  /** `[comparisons]` */
  readonly changes: readonly (Estimate | undefined)[];
}

/** What is said of the quality of a model for everybody. */
export const QUALITY = [
  "rocAuc",
  "averagePrecision",
  "groundTruthRocAuc",
  "accuracy",
  "f1",
  "selectionRate",
  "tpr",
  "fpr",
];

/** A metric of everybody. */
export function overallRow(metric: string, { models, comparisons, settings }: Evaluation): ComparedRow {
  return {
    title: metricTitle(metric, settings.favourable),
    metric,
    models: models.map(({ overall }) => overall.metrics[metric] ?? overall.counterfactual?.metrics[metric]),
    changes: comparisons.map(({ overall }) => overall[metric]),
  };
}

/** A disparity between the groups of an attribute. */
export function disparityRow(metric: string, attribute: string, { models, comparisons }: Evaluation): ComparedRow {
  const of = <Own extends { readonly metric: string }>(
    attributes: readonly { readonly attribute: string; readonly disparities: readonly Own[] }[],
  ) => attributes.find((own) => own.attribute === attribute)?.disparities.find((own) => own.metric === metric);
  return {
    title: metricTitle(metric),
    metric,
    models: models.map(({ attributes }) => of(attributes)),
    changes: comparisons.map(({ attributes }) => of(attributes)),
  };
}

/** How well an attribute's groups are predicted from the embeddings. */
export function leakageRow(
  metric: "balancedAccuracy" | "macroAuc",
  attribute: string,
  { models, comparisons, leakage }: Evaluation,
): ComparedRow {
  const own = leakage.find((one) => one.attribute === attribute);
  const name = metric === "macroAuc" ? "leakageMacroAuc" : "leakageBalancedAccuracy";
  return {
    title: metricTitle(name),
    metric: name,
    models: models.map(({ name }) => own?.models.find((one) => one.name === name)?.[metric]),
    changes: comparisons.map(({ from, to }) =>
      own?.changes.find((one) => one.from === from && one.to === to)?.[metric]
    ),
  };
}

/** The disparities whose change is known, of which one speaks first; those that nothing measures are left out. */
export function disparityRows(attribute: string, evaluation: Evaluation): ComparedRow[] {
  const known = evaluation.comparisons[0]?.attributes ?? evaluation.models[0]!.attributes;
  const disparities = known.find((own) => own.attribute === attribute)?.disparities ?? [];
  return disparities.map(({ metric }) => disparityRow(metric, attribute, evaluation));
}

/** The disparities of the scorecard, of which the first has a bound of its own: four fifths. */
const SCORED = [
  "demographicParityRatio",
  "demographicParityDifference",
  "equalizedOddsDifference",
  "falsePositiveRateDifference",
  "predictiveParityDifference",
  "groundTruthEqualizedOddsDifference",
];

/** Quality, disparities of every attribute, and what depends on a stated group or gives it away. */
export function glanceRows(evaluation: Evaluation): ComparedRow[] {
  const attributes = attributesOf(evaluation);
  const about = (attribute: string, rows: readonly ComparedRow[]) =>
    attributes.length === 1 ? rows : rows.map((row) => ({ ...row, title: `${row.title}, ${attribute}` }));
  return [
    ...["rocAuc", "groundTruthRocAuc", "averagePrecision"].map((metric) => overallRow(metric, evaluation)),
    ...attributes.flatMap((attribute) =>
      about(attribute, SCORED.map((metric) => disparityRow(metric, attribute, evaluation)))
    ),
    overallRow("flipRate", evaluation),
    ...attributes.flatMap((attribute) => about(attribute, [leakageRow("balancedAccuracy", attribute, evaluation)])),
  ].filter(isMeasured);
}

/** Whether any model has the number. */
export function isMeasured({ models }: ComparedRow): boolean {
  return models.some((estimate) => estimate !== undefined);
}

/** What a change is, in a cell. */
export function verdictOf(metric: string, change: Estimate | undefined): string {
  if (change === undefined || change.value === null || METRICS[metric]?.better === 0) return "–";
  return changeVerdict(metric, change);
}

/** Whether a difference between groups is marked as shown; what no test is of, such as an AUC, never is. */
export function isShown(
  metric: string,
  estimate: ComparedRow["models"][number],
  settings: Evaluation["settings"],
): boolean {
  return estimate?.pValue !== undefined &&
    conclude({ ...estimate, metric, pValue: estimate.pValue }, settings).kind === "difference shown";
}

/** What stands around a table of rows. */
export interface ComparedOptions extends Pick<Table, "title" | "caption"> {
  /** Only the change from the last model before, and what it is in a word. */
  readonly brief?: boolean | undefined;
}

/** Rows as a table: a column for each model and each change; of one model, with the p-values of its tests. */
export function comparedTable(
  rows: readonly ComparedRow[],
  { models, comparisons, settings }: Evaluation,
  { brief = false, ...rest }: ComparedOptions = {},
): Table {
  const kept = comparisons.map((_, c) => c).filter((c) => !brief || c === comparisons.length - 1);
  const alone = models.length === 1;
  return {
    ...rest,
    columns: [
      "Metric",
      ...models.map(({ name }) => right(name)),
      ...(alone ? [right("p", "pValue")] : []),
      ...kept.map((c): TableColumn =>
        right(
          models.length === 2 ? "change" : `${comparisons[c]!.to} − ${comparisons[c]!.from}`,
        )
      ),
      ...(brief && kept.length > 0 ? ["verdict"] : []),
    ],
    rows: rows.filter(isMeasured).map(({ title, metric, models, changes }): TableCell[] => [
      { value: title },
      ...models.map((estimate) =>
        estimateCell(estimate, {
          format: metricFormat(metric),
          marks: marksOf(metric, estimate, settings),
        })
      ),
      ...(alone ? [{ value: models[0]!.pValue ?? "" }] : []),
      ...kept.map((c) => estimateCell(changes[c], { format: changeFormat(metric) })),
      ...(brief ? kept.map((c) => ({ value: verdictOf(metric, changes[c]) })) : []),
    ]),
  };
}

function marksOf(metric: string, estimate: ComparedRow["models"][number], settings: Evaluation["settings"]): Mark[] {
  const ratio = metric === "demographicParityRatio" ? estimate?.value ?? null : null;
  return [
    ...(isShown(metric, estimate, settings) ? ["significant" as const] : []),
    ...(ratio !== null && ratio < FOUR_FIFTHS ? ["below four fifths" as const] : []),
  ];
}

/** The columns that begin tables of groups. */
export function groupColumns<Group extends GroupCount>(group = "Group", rows = "Rows"): ColumnOf<Group>[] {
  return [
    [group, ({ group, small }) => ({ value: group, marks: small ? ["small"] : [] })],
    [rows, ({ count }) => count],
  ];
}

/** The rates that tables of groups show. */
const RATES = ["selectionRate", "tpr", "fpr", "rocAuc"];

/** Rates of an attribute's groups under the models named. */
export function rateTable(attribute: string, models: readonly string[], evaluation: Evaluation): Table {
  const rows = evaluation.models.filter(({ name }) => models.includes(name)).flatMap(({ name, attributes }) =>
    attributes.find((one) => one.attribute === attribute)!.groups.map((group) => ({ name, ...group }))
  );
  type Row = typeof rows[number];
  return tableBy(rows, [
    ...(models.length > 1 ? [["model", ({ name }) => name] satisfies ColumnOf<Row>] : []),
    ...groupColumns<Row>("group", "n"),
    ["positive labels", ({ positives }) => positives],
    ...RATES.map((rate): ColumnOf<Row> => [
      right(metricTitle(rate, evaluation.settings.favourable)),
      ({ metrics }) => estimateCell(metrics[rate], { format: metricFormat(rate) }),
    ]),
  ], { title: `Rates by ${attribute}`, smallBelow: evaluation.settings.smallBelow });
}
