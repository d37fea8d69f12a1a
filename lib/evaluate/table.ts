/** What is evaluated: scored rows as columns, whoever made the scores. */
import { cleanName } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { type Column, type Grouping, groupRows, type Groups, type GroupThresholds } from "../metrics/mod.ts";

/** The scores of one model, and how it decides. */
export interface ModelColumns {
  /** `[n]` scores; higher means more likely selected. */
  readonly scores: Column;
  /** Selected means score ≥ threshold; that of the options if absent. */
  readonly threshold?: number | undefined;
  /** `[n]` decisions, 0 or 1, where they are not those of the threshold, as under thresholds by group. */
  readonly decisions?: Column | undefined;
  /** `[n]` scores of the same rows with the person's group changed; NaN where there are none. */
  readonly counterfactual?: Column | null | undefined;
  /** `[n]` decisions about these, where they are not those of the threshold; NaN where there are none. */
  readonly counterfactualDecisions?: Column | undefined;
  /**
   * `[n]` probabilities that calibration is measured of; the scores, where all lie in [0, 1], if absent; none if
   * `null`.
   */
  readonly probabilities?: Column | null | undefined;
  /** How decisions follow from the group, for those who must make them again. */
  readonly groupThresholds?: { readonly attribute: string; readonly rules: GroupThresholds } | null | undefined;
}

/** Scored rows, complete ones only. */
export interface EvaluationInput {
  /** Where the rows come from, for headings. */
  readonly source: string;
  /** By model: its columns, or its scores alone. The first is the reference of comparisons. */
  readonly scores: Readonly<Record<string, ModelColumns | Column>>;
  /** `[n]` who a person is, by attribute, at least one. */
  readonly groups: Readonly<Record<string, Groups>>;
  /** `[n]` labels, 0 or 1; NaN where one is not known, but not everywhere. */
  readonly labels?: Column | null | undefined;
  /** `[n]` trusted labels, 0 or 1, that no decision was trained on. */
  readonly groundTruth?: Column | null | undefined;
  /** `[n]` sample weights. */
  readonly weights?: Column | null | undefined;
  /**
   * `[n]` how many equal rows each entry stands for, whole numbers ≥ 1, where a table of counts stands for the rows.
   * Rankings, counterfactuals and ground truth need the rows.
   */
  readonly counts?: Column | null | undefined;
  /** Scores are middles of bins this wide, whose ends the thresholds are among; scores themselves if absent. */
  readonly binWidth?: number | undefined;
  /** `[n]` what rows are ranked within, such as the job. */
  readonly queries?: Groups | null | undefined;
  /** `[n]` within whose levels groups are compared too. */
  readonly control?: Groups | null | undefined;
  /** `[n]` whose rows belong together, such as the candidate: they are resampled together. */
  readonly clusters?: Groups | null | undefined;
  /** What the columns are called, for headings and errors; plain words where a name is missing. */
  readonly columns?: Partial<
    Record<"label" | "groundTruth" | "weight" | "query" | "control" | "cluster" | "counterfactual" | "counts", string>
  >;
  /** Rows left out because a value was missing, 0 if absent. */
  readonly dropped?: number | undefined;
  /** The same per column. */
  readonly missing?: Readonly<Record<string, number>> | undefined;
  /** What else a person should know of the rows, one sentence each. */
  readonly notes?: readonly string[] | undefined;
}

/** The same with every group encoded and every absence `null`: what the parts of an evaluation read. */
export interface ScoredTable {
  readonly source: string;
  /** Entries: rows, or kinds of rows with a count. */
  readonly rows: number;
  readonly models: readonly (ModelColumns & { readonly name: string; readonly scores: Float64Array })[];
  readonly attributes: readonly NamedGroups[];
  readonly labels: Column | null;
  readonly groundTruth: Column | null;
  readonly weights: Column | null;
  readonly counts: Column | null;
  readonly queries: NamedGroups | null;
  readonly control: NamedGroups | null;
  readonly clusters: NamedGroups | null;
}

/** A column of group names, encoded. */
export interface NamedGroups {
  readonly name: string;
  readonly groups: Grouping;
}

/** Names of one look are one group, wherever they come from. */
function cleanGroups(groups: Groups): Groups {
  return "codes" in groups ? groups : groups.map((name) => typeof name === "string" ? cleanName(name) : name);
}

/** Disparities over more groups say nothing, and a column with more values is most often an identifier. */
const MAX_GROUPS = 300;

/**
 * Checks the columns against each other. Throws an InputError if there is no row, no model, no group, or too many
 * groups. Throws a RangeError if columns differ in length.
 */
export function scoredTable(input: EvaluationInput): ScoredTable {
  const { source, columns = {} } = input;
  const named = (name: string, groups: Groups | null | undefined): NamedGroups | null =>
    groups ? { name, groups: groupRows(cleanGroups(groups)) } : null;
  const models = Object.entries(input.scores).map(([name, model]) => {
    const own: ModelColumns = "scores" in model ? model : { scores: model };
    const { scores } = own;
    return { ...own, name, scores: scores instanceof Float64Array ? scores : Float64Array.from(scores) };
  });
  if (models.length === 0) throw new InputError(`${source}: expected at least one column of scores, found none`);
  const rows = models[0]!.scores.length;
  if (rows === 0) throw new InputError(`${source}: expected at least one complete row, found none`);
  const attributes = Object.entries(input.groups).map(([name, groups]) => named(name, groups)!);
  if (attributes.length === 0) throw new InputError(`${source}: expected at least one column of groups, found none`);
  for (const { name, groups } of attributes) checkGroupNumber(`Column "${name}"`, groups.names.length);
  const table: ScoredTable = {
    source,
    rows,
    models,
    attributes,
    labels: input.labels ?? null,
    groundTruth: input.groundTruth ?? null,
    weights: input.weights ?? null,
    counts: input.counts ?? null,
    queries: named(columns.query ?? "query", input.queries),
    control: named(columns.control ?? "control", input.control),
    clusters: named(columns.cluster ?? "people", input.clusters),
  };
  checkLengths(table);
  if (table.counts !== null) checkCounted(table);
  if (table.weights !== null) checkWeights(`${source}, column "${columns.weight ?? "weight"}"`, table.weights);
  return table;
}

/** The Matthews correlation multiplies four sums of weights: beyond these their product is no number any more. */
const WEIGHTS = { least: 1e-60, most: 1e60 } as const;

function checkWeights(what: string, weights: Column): void {
  const { least, most } = WEIGHTS;
  const wrong = Array.from(weights).find((weight) => weight !== 0 && !(weight >= least && weight <= most));
  if (wrong !== undefined) {
    throw new InputError(`${what}: expected weights of 0 or from ${least} to ${most}, found ${wrong}`);
  }
}

/** Refuses what counts cannot stand for. */
function checkCounted({ source, models, groundTruth, queries }: ScoredTable): void {
  const parts = {
    rankings: queries !== null,
    counterfactuals: models.some(({ counterfactual }) => counterfactual),
    "ground truth": groundTruth !== null,
  };
  const [part] = Object.entries(parts).find(([, isThere]) => isThere) ?? [];
  if (part !== undefined) throw new InputError(`${source}: expected rows for ${part}, found counts of rows`);
}

/** How many rows some entries stand for, all if none are named. */
export function countRows({ rows, counts }: Pick<ScoredTable, "rows" | "counts">, entries?: readonly number[]): number {
  if (counts === null) return entries?.length ?? rows;
  let sum = 0;
  if (entries === undefined) { for (let i = 0; i < rows; i++) sum += counts[i]!; }
  else for (const i of entries) sum += counts[i]!;
  return sum;
}

function checkLengths(
  { rows, models, attributes, labels, groundTruth, weights, counts, queries, control, clusters }: ScoredTable,
) {
  const lengths: [string, number | undefined][] = [
    ...models.flatMap(({ name, ...own }): [string, number | undefined][] => [
      [`scores of ${name}`, own.scores.length],
      [`decisions of ${name}`, own.decisions?.length],
      [`counterfactual scores of ${name}`, own.counterfactual?.length],
      [`counterfactual decisions of ${name}`, own.counterfactualDecisions?.length],
      [`probabilities of ${name}`, own.probabilities?.length],
    ]),
    ...attributes.map(({ name, groups }): [string, number] => [name, groups.codes.length]),
    ["labels", labels?.length],
    ["ground truth", groundTruth?.length],
    ["weights", weights?.length],
    ["counts", counts?.length],
    ...[queries, control, clusters].map((
      own,
    ): [string, number | undefined] => [own?.name ?? "", own?.groups.codes.length]),
  ];
  for (const [name, length] of lengths) {
    if (length !== undefined && length !== rows) {
      throw new RangeError(`Expected columns of ${rows} rows, found ${length} in ${name}`);
    }
  }
}

/** Refuses a column that is most likely an identifier. */
export function checkGroupNumber(what: string, found: number): void {
  if (found <= MAX_GROUPS) return;
  throw new InputError(`${what}: expected at most ${MAX_GROUPS} groups, found ${found}; is a column an identifier?`);
}

/** Some rows of a grouping, with the names that it had. */
export function takeGroups({ names, codes }: Grouping, rows: readonly number[]): Grouping {
  return { names, codes: Int32Array.from(rows, (i) => codes[i]!) };
}

/** The range of scores; not by `Math.min(...scores)`, whose arguments must fit on the stack. */
export function rangeOf(scores: ArrayLike<number>): { lowest: number; highest: number } {
  let lowest = Infinity, highest = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    lowest = Math.min(lowest, scores[i]!);
    highest = Math.max(highest, scores[i]!);
  }
  return { lowest, highest };
}
