/**
 * `predictions.csv`: what a run's models made of each pair, to be evaluated again, compared, drawn, or audited by
 * others.
 */
import { cleanName, parsePoint, POSITIVE_LABEL, readTable, writeTable } from "../data/mod.ts";
import type { CellValue, TableRow } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Column, Groups } from "../metrics/mod.ts";
import type { Evaluation } from "./evaluation.ts";
import { decidedModel } from "./evaluate.ts";
import { readEvaluation } from "./read_evaluation.ts";
import type { SeedRun } from "./seeds.ts";
import type { EvaluationInput, ModelColumns } from "./table.ts";

/** The models of a run. */
export const RUN_MODELS = ["base", "tuned"] as const;

/** One of {@linkcode RUN_MODELS}. */
export type RunModelName = (typeof RUN_MODELS)[number];

/** The rows that a run was measured on, each column of length `n`. */
export interface Predictions {
  /** Rows of the table that the pairs come from. */
  readonly rows: readonly number[];
  /** Whose pair it is. */
  readonly people: readonly string[];
  /** What the person is matched with. */
  readonly jobs: readonly string[];
  /** As in the data, in [0, 1]. */
  readonly labels: readonly number[];
  /** As in the data; `null` where there is no trusted label. */
  readonly groundTruth: readonly number[] | null;
  /** By attribute. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Scores and decisions of both models. */
  readonly models: Readonly<Record<RunModelName, ModelColumns & { readonly threshold: number }>>;
}

/** Names that no attribute may have: a column of its own would hide it in `predictions.csv`. */
export const PREDICTION_COLUMNS: readonly string[] = [
  "row",
  "candidate_id",
  "job_id",
  "label",
  "ground_truth",
  ...RUN_MODELS.flatMap((model) =>
    ["score", "selected", "probability", "counterfactual_score", "counterfactual_selected"].map((name) =>
      `${model}_${name}`
    )
  ),
];

/** The columns of predictions as {@linkcode evaluate} reads them: of both models, or under other names. */
export function predictionsInput(
  { people, jobs, labels, groundTruth, groups, models }: Predictions,
  source: string,
  scores: Readonly<Record<string, ModelColumns>> = models,
): EvaluationInput {
  const classes = (values: readonly number[]) => values.map((label) => Number(label >= POSITIVE_LABEL));
  return {
    source,
    scores,
    groups,
    labels: classes(labels),
    groundTruth: groundTruth && classes(groundTruth),
    queries: jobs,
    clusters: people,
    columns: { label: "label", groundTruth: "ground truth", query: "job", cluster: "people" },
  };
}

/**
 * The rows of what is evaluated: who they are, and for each model score, decision, and the same of the counterfactual.
 */
export function inputRows(input: EvaluationInput): Record<string, CellValue>[] {
  const { groups, columns = {} } = input;
  const models = Object.entries(input.scores).map(([name, own]) =>
    decidedModel({ ...("scores" in own ? own : { scores: own }), name })
  );
  const names = (own: Groups): CellValue[] =>
    "codes" in own ? Array.from(own.codes, (code) => own.names[code]!) : own.map((name) => name ?? null);
  const given: [name: string, values: ArrayLike<CellValue> | null | undefined][] = [
    [columns.cluster ?? "cluster", input.clusters && names(input.clusters)],
    [columns.query ?? "query", input.queries && names(input.queries)],
    ...Object.entries(groups).map(([name, own]): [string, ArrayLike<CellValue>] => [name, names(own)]),
    [columns.label ?? "label", input.labels],
    [columns.groundTruth ?? "ground truth", input.groundTruth],
    ...models.flatMap(({ name, scores, decisions, probabilities, counterfactual }): typeof given => [
      [`${name}_score`, scores],
      [`${name}_selected`, decisions],
      [`${name}_probability`, probabilities],
      [`${name}_counterfactual_score`, counterfactual?.scores],
      [`${name}_counterfactual_selected`, counterfactual?.decisions],
    ]),
  ];
  const present = given.flatMap(([name, values]) => values ? [{ name, values }] : []);
  const value = (found: CellValue) => Number.isNaN(found) ? null : found;
  return Array.from(
    models[0]!.scores,
    (_, i) => Object.fromEntries(present.map(({ name, values }) => [name, value(values[i]!)])),
  );
}

/** What a column of numbers is in a file: empty where it has none. */
const cell = (column: Column | null | undefined, i: number): CellValue => {
  const value = column?.[i];
  return value === undefined || Number.isNaN(value) ? null : value;
};

/**
 * The rows of `predictions.csv`: a pair, what each model makes of it, and what it decides about it and its
 * counterfactual.
 */
export function predictionRows(predictions: Predictions): Record<string, CellValue>[] {
  const { rows, people, jobs, labels, groundTruth, groups, models } = predictions;
  const decided = RUN_MODELS.map((name) => decidedModel({ ...models[name], name }));
  return rows.map((row, i): Record<string, CellValue> => ({
    row,
    candidate_id: people[i]!,
    job_id: jobs[i]!,
    ...Object.fromEntries(Object.entries(groups).map(([name, own]) => [name, own[i]!])),
    label: labels[i]!,
    ...(groundTruth ? { ground_truth: groundTruth[i]! } : {}),
    ...Object.assign(
      {},
      ...decided.map(({ name, scores, decisions, probabilities, counterfactual }) => ({
        [`${name}_score`]: scores[i]!,
        [`${name}_selected`]: decisions[i]!,
        ...(probabilities ? { [`${name}_probability`]: cell(probabilities, i) } : {}),
        ...(counterfactual
          ? {
            [`${name}_counterfactual_score`]: cell(counterfactual.scores, i),
            [`${name}_counterfactual_selected`]: cell(counterfactual.decisions, i),
          }
          : {}),
      })),
    ),
  }));
}

/** Writes `predictions.csv`. */
export async function writePredictions(path: string, predictions: Predictions): Promise<void> {
  const table = predictionRows(predictions);
  await writeTable(path, Object.keys(table[0]!), table);
}

/** What a number of `predictions.csv` may be; an empty cell is NaN where there may be none. */
const NUMBERS = {
  number: { words: "a number", holds: () => true },
  share: { words: "a number in [0, 1]", holds: (value: number) => value >= 0 && value <= 1 },
  decision: { words: "0 or 1", holds: (value: number) => value === 0 || value === 1 },
};

/** The columns of `predictions.csv`. */
class PredictionTable {
  readonly #path: string;
  readonly #table: readonly TableRow[];

  constructor(path: string, table: readonly TableRow[]) {
    this.#path = path;
    this.#table = table;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#table[0]!.values, name);
  }

  texts(name: string): string[] {
    if (!this.has(name)) throw new InputError(`${this.#path}: expected a column "${name}", found none`);
    return this.#table.map(({ values }) => values[name]!);
  }

  numbers(name: string, kind: keyof typeof NUMBERS, { empty = false } = {}): Float64Array {
    const { words, holds } = NUMBERS[kind];
    return Float64Array.from(this.texts(name), (text, i) => {
      if (empty && text === "") return NaN;
      const value = parsePoint(text);
      if (value !== undefined && holds(value)) return value;
      const found = text === "" ? "none" : `"${text}"`;
      throw new InputError(
        `${this.#path}, row ${this.#table[i]!.row}, column "${name}": expected ${words}, found ${found}`,
      );
    });
  }

  /** The groups of an attribute, none of which the evaluation does not know. */
  groups(name: string, [model]: Evaluation["models"]): string[] {
    const own = model?.attributes.find(({ attribute }) => attribute === name);
    const known = new Set([...own?.groups ?? [], ...own?.leftOut ?? []].map(({ group }) => group));
    return this.texts(name).map((group, i) => {
      if (known.has(cleanName(group))) return group;
      const where = `${this.#path}, row ${this.#table[i]!.row}, column "${name}"`;
      throw new InputError(`${where}: expected a group of evaluation.json, found "${group}"`);
    });
  }

  /** The same, where the evaluation or the file speaks of it. */
  optional(name: string, kind: keyof typeof NUMBERS, { wanted, empty }: { wanted: boolean; empty: boolean }) {
    return wanted || this.has(name) ? this.numbers(name, kind, { empty }) : null;
  }
}

/**
 * Reads what a run has left about a table. The folder holds `evaluation.json` and `predictions.csv`. Throws an
 * InputError when a file cannot be read, lacks a column, or the two are not of one evaluation.
 */
export async function readPredictions(folder: string): Promise<{ evaluation: Evaluation; predictions: Predictions }> {
  const evaluation = await readEvaluation(`${folder}/evaluation.json`);
  const path = `${folder}/predictions.csv`;
  const rows = await Array.fromAsync(readTable(path, { requireRows: true }));
  const { data } = evaluation;
  if (rows.length !== data.rows) {
    throw new InputError(`${path}: expected the ${data.rows} rows of evaluation.json, found ${rows.length}`);
  }
  const table = new PredictionTable(path, rows);
  const model = (name: RunModelName): Predictions["models"][RunModelName] => {
    const own = evaluation.models.find((model) => model.name === name);
    if (own === undefined) throw new InputError(`${folder}/evaluation.json: expected a model "${name}", found none`);
    const changed = { wanted: own.overall.counterfactual !== null, empty: true };
    const counterfactual = table.optional(`${name}_counterfactual_score`, "number", changed);
    return {
      scores: table.numbers(`${name}_score`, "number"),
      // Decisions by group are not those of any threshold: they are read as they were made.
      ...(own.thresholdFrom === "groups" ? { decisions: table.numbers(`${name}_selected`, "decision") } : {}),
      threshold: own.threshold ?? NaN,
      probabilities: table.optional(`${name}_probability`, "share", { wanted: false, empty: true }),
      counterfactual,
      ...(counterfactual
        ? { counterfactualDecisions: table.numbers(`${name}_counterfactual_selected`, "decision", { empty: true }) }
        : {}),
    };
  };
  const trusted = { wanted: data.columns.groundTruth !== null, empty: false };
  const groundTruth = table.optional("ground_truth", "share", trusted);
  return {
    evaluation,
    predictions: {
      rows: Array.from(table.numbers("row", "number")),
      people: table.texts("candidate_id"),
      jobs: table.texts("job_id"),
      labels: Array.from(table.numbers("label", "share")),
      groundTruth: groundTruth && Array.from(groundTruth),
      groups: Object.fromEntries(data.columns.groups.map((name) => [name, table.groups(name, evaluation.models)])),
      models: { base: model("base"), tuned: model("tuned") },
    },
  };
}

/** A run's model as one seed among several. */
export function seedRunOf(evaluation: Evaluation, predictions: Predictions, name: RunModelName): SeedRun {
  const { rows, people, groups } = predictions;
  const { labels, groundTruth } = predictionsInput(predictions, "");
  const { scores, decisions, counterfactual } = decidedModel({ ...predictions.models[name], name });
  const leakage = evaluation.leakage.flatMap(({ attribute, expected, models }) => {
    const own = models.find((model) => model.name === name);
    return own === undefined ? [] : [
      [attribute, {
        balancedAccuracy: own.balancedAccuracy.value,
        macroAuc: own.macroAuc.value,
        expected: expected.value,
      }] as const,
    ];
  });
  return {
    rows,
    people,
    groups,
    labels: Array.from(labels!),
    groundTruth: groundTruth ? Array.from(groundTruth) : null,
    scores,
    decisions,
    counterfactual,
    leakage: leakage.length === 0 ? null : Object.fromEntries(leakage),
  };
}
