/** Trials compared: each point's runs over their seeds, beside the base model, as one evaluation per table. */
import { basename } from "@std/path";
import { toSnakeCase } from "@std/text/to-snake-case";
import { type CellValue, writeTable } from "../../data/mod.ts";
import { evaluateFront, evaluateSeeds, readPredictions, RUN_MODELS, seedRunOf } from "../../evaluate/mod.ts";
import type { Estimate, Evaluation, Front, FrontMetric, FrontNumber, Predictions } from "../../evaluate/mod.ts";
import type { SeedModel } from "../../evaluate/mod.ts";
import { paretoFront } from "../../metrics/mod.ts";
import { checkFiles, readRunFile, type RunFile, runPaths } from "../../train/mod.ts";
import type { PlannedTrial, Point, SweepPlan } from "./trials.ts";

/** The tables that trials are measured on: each trial's own test split, and the sweep's table of the evaluation. */
const SWEEP_TABLES = ["test", "evaluation"] as const;

/** One of {@linkcode SWEEP_TABLES}. */
export type SweepTable = (typeof SWEEP_TABLES)[number];

interface Measured {
  readonly evaluation: Evaluation;
  readonly predictions: Predictions;
}

/** A trial that came to its end. */
export interface TrialOutcome {
  readonly trial: PlannedTrial;
  readonly run: RunFile;
  readonly tables: Readonly<Partial<Record<SweepTable, Measured>> & { test: Measured }>;
}

/** What a trial left: its numbers are taken from its predictions, so that a table can be made of them at any time. */
export async function readOutcome(folder: string, trial: PlannedTrial, hasEvaluation: boolean): Promise<TrialOutcome> {
  const run = await readRunFile(folder);
  await checkFiles(runPaths(run.config.name, folder), run, ["metrics"]);
  const test = await readPredictions(`${folder}/metrics`);
  return {
    trial,
    run,
    tables: { test, ...(hasEvaluation ? { evaluation: await readPredictions(`${folder}/evaluation`) } : {}) },
  };
}

/** Numbers of a trial in its line of `sweep.csv`. */
const CELLS = {
  overall: ["rocAuc", "averagePrecision", "groundTruthRocAuc", "f1", "selectionRate"],
  counterfactual: ["flipRate", "meanAbsoluteShift"],
  disparities: [
    "demographicParityDifference",
    "equalizedOddsDifference",
    "equalOpportunityDifference",
    "falsePositiveRateDifference",
    "groundTruthEqualizedOddsDifference",
    "groundTruthEqualOpportunityDifference",
  ],
} as const;

/** The numbers of a trial in its line of `sweep.csv`, such as `tuned_education_demographic_parity_difference`. */
export function metricCells({ run, tables }: TrialOutcome): Record<string, CellValue> {
  const cells: Record<string, CellValue> = {
    best_epoch: run.bestEpoch,
    steps: run.steps,
    base_threshold: run.thresholds.base,
    tuned_threshold: run.thresholds.tuned,
  };
  for (const [table, { evaluation }] of Object.entries(tables)) {
    const prefix = table === "test" ? "" : `${table}_`;
    for (const model of RUN_MODELS) {
      for (const { attribute, metric, value } of trialNumbers(evaluation, model)) {
        const column = [model, attribute, toSnakeCase(metric)].filter((part) => part !== null).join("_");
        cells[prefix + column] = value;
      }
    }
  }
  return cells;
}

function trialNumbers({ models, leakage }: Evaluation, model: string) {
  const { overall, attributes } = models.find(({ name }) => name === model)!;
  const numbers: { attribute: string | null; metric: string; value: number | null }[] = [];
  const add = (attribute: string | null, metric: string, estimate: Pick<Estimate, "value"> | undefined) => {
    if (estimate !== undefined) numbers.push({ attribute, metric, value: estimate.value });
  };
  for (const metric of CELLS.overall) add(null, metric, overall.metrics[metric]);
  for (const metric of CELLS.counterfactual) add(null, metric, overall.counterfactual?.metrics[metric]);
  for (const { attribute, disparities } of attributes) {
    for (const metric of CELLS.disparities) add(attribute, metric, disparities.find((own) => own.metric === metric));
    const probed = leakage.find((own) => own.attribute === attribute)?.models.find(({ name }) => name === model);
    add(attribute, "leakageBalancedAccuracy", probed?.balancedAccuracy);
    add(attribute, "leakageMacroAuc", probed?.macroAuc);
  }
  return numbers;
}

/** One evaluation for each table that trials were measured on. */
export function compareTrials(
  { sweep, points }: SweepPlan,
  outcomes: readonly TrialOutcome[],
): { readonly table: SweepTable; readonly evaluation: Evaluation }[] {
  const { resamples, confidence, smallGroup, exclude, keepUnknown } = outcomes[0]!.run.config.evaluation;
  return SWEEP_TABLES.flatMap((table) => {
    const models = seedModels({ sweep, points }, outcomes.filter(({ tables }) => tables[table]), table);
    if (models.length === 0) return [];
    const source = table === "test" ? "test splits" : basename(sweep.evaluation!);
    const options = { source, resamples, confidence, smallBelow: smallGroup, exclude, keepUnknown };
    return [{ table, evaluation: evaluateSeeds(models, options) }];
  });
}

/** What fairness costs on each table and for each attribute, from the first point of the sweep to the last. */
export function frontsOf(
  { sweep, points }: SweepPlan,
  outcomes: readonly TrialOutcome[],
  metric: FrontMetric,
): { readonly table: SweepTable; readonly front: Front }[] {
  const { resamples, confidence } = outcomes[0]!.run.config.evaluation;
  return SWEEP_TABLES.flatMap((table) => {
    const models = seedModels({ sweep, points }, outcomes.filter(({ tables }) => tables[table]), table).slice(1);
    if (models.length === 0) return [];
    const [run] = [...models[0]!.runs.values()];
    return Object.keys(run!.groups).flatMap((attribute) => {
      const front = evaluateFront(models, { metric, attribute, confidence, resamples });
      return front === null ? [] : [{ table, front }];
    });
  });
}

/** `front_cost.csv`: what each step of a front removed and lost since its first, and the front's hypervolume. */
export async function writeFrontCosts(path: string, fronts: ReturnType<typeof frontsOf>): Promise<void> {
  const cells = (name: string, { value, low, high }: FrontNumber) => ({
    [name]: value,
    [`${name}_low`]: low,
    [`${name}_high`]: high,
  });
  const rows = fronts.flatMap(({ table, front: { metric, attribute, seeds, points, hypervolume } }) =>
    points.map(({ name, disparity, rocAuc, removed, lost, perPoint }): Record<string, CellValue> => ({
      table,
      attribute,
      metric,
      model: name,
      seeds,
      ...cells("disparity", disparity),
      ...cells("roc_auc", rocAuc),
      ...cells("disparity_removed", removed),
      ...cells("roc_auc_lost", lost),
      roc_auc_lost_per_point: perPoint,
      ...cells("hypervolume", hypervolume),
    }))
  );
  await writeTable(path, Object.keys(rows[0]!), rows);
}

/** The base model as the reference's runs saw it, then the points in the order of the sweep. */
function seedModels(
  { sweep: { reference }, points }: Pick<SweepPlan, "sweep" | "points">,
  outcomes: readonly TrialOutcome[],
  table: SweepTable,
): SeedModel[] {
  const present = points.filter(({ id }) => outcomes.some(({ trial }) => trial.point.id === id));
  if (present.length === 0) return [];
  const references = present.filter(({ variant }) => variant === reference);
  const referenceOf = (point: Point): string | null => {
    if (point.variant === reference) return null;
    if (references.length === 1 && Object.keys(references[0]!.values).length === 0) return references[0]!.id;
    const wanted = JSON.stringify(point.values);
    return references.find(({ values }) => JSON.stringify(values) === wanted)?.id ?? null;
  };
  const model = (point: Point, own: "base" | "tuned", named: Pick<SeedModel, "name" | "reference">): SeedModel => {
    const runs = outcomes.filter(({ trial }) => trial.point.id === point.id);
    const { data } = runs[0]!.run.config;
    return {
      ...named,
      runs: new Map(runs.map(({ trial, tables }) => {
        const { evaluation, predictions } = tables[table]!;
        return [trial.seed, seedRunOf(evaluation, predictions, own)];
      })),
      testShare: table === "test" && data.columns.split === null ? data.test : null,
    };
  };
  const base = references[0] ?? present[0]!;
  return [
    model(base, "base", { name: "base model", reference: references[0]?.id ?? null }),
    ...present.map((point) => model(point, "tuned", { name: point.id, reference: referenceOf(point) })),
  ];
}

/** `front.csv`: which points no other beats in both AUC and a disparity. */
export async function writeFronts(path: string, compared: ReturnType<typeof compareTrials>): Promise<void> {
  const rows = compared.flatMap(({ table, evaluation: { models } }) =>
    models[0]!.attributes.flatMap(({ attribute, disparities }) =>
      disparities.flatMap(({ metric }) => {
        const points = models.map(({ overall, attributes }) => ({
          rocAuc: overall.metrics.rocAuc!.value,
          disparity: attributes.find((own) => own.attribute === attribute)!
            .disparities.find((own) => own.metric === metric)?.value ?? null,
        }));
        const { front, dominated, excluded } = paretoFront(points, [
          { key: "rocAuc", direction: "max" },
          { key: "disparity", direction: "min" },
        ]);
        return models.map(({ name }, i): Record<string, CellValue> => {
          const better = dominated.find(({ point }) => point === i);
          return {
            model: name,
            table,
            attribute,
            metric,
            roc_auc: points[i]!.rocAuc,
            disparity: points[i]!.disparity,
            on_front: Number(front.includes(i)),
            dominated_by: better ? models[better.by]!.name : "",
            excluded_because: excluded.find(({ point }) => point === i)?.reason ?? "",
          };
        });
      })
    )
  );
  await writeTable(path, Object.keys(rows[0]!), rows);
}
