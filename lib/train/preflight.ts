/**
 * What would fail at the end of a training, or turn out not to have been measured, said before its first step: all of
 * it follows from configuration and data.
 */
import { balancedAttributes, type Example, exampleCells, labelClass } from "../data/mod.ts";
import { InputError, listed, nearName } from "../errors.ts";
import { predictionsInput, scoredTable } from "../evaluate/mod.ts";
import { demographicParityDifference, equalizedOddsDifference } from "../metrics/mod.ts";
import type { Config } from "./config.ts";
import { checkConstraints, scoredRows } from "./constraints.ts";
import { calibrate, evaluateModels, type ModelOutput, predictionsOf } from "./evaluate_models.ts";
import type { Constraint } from "./settings.ts";

/** The parts of a configuration that what comes after training depends on. */
export type PreflightSettings = Pick<
  Config,
  "data" | "balance" | "training" | "fairness" | "selection" | "evaluation"
>;

/** The splits of a data set. */
export type Splits = Readonly<Record<"train" | "validation" | "test", readonly Example[]>>;

/**
 * Refuses what cannot end well: a bound on a difference that cannot be measured on the validation split, thresholds for
 * groups that cannot be fitted or are missing, and whatever else fitting and measuring refuse, which are begun with
 * made-up scores. Returns what a person should know: groups that a bound does not hold for, cells that no batch holds.
 * @throws {InputError} The message names the key, the group, what it lacks, and what to do.
 */
export function checkBeforeTraining(config: PreflightSettings, splits: Splits): string[] {
  const notes = [...checkBatches(config, splits), ...checkGap(config, splits), ...checkBounds(config, splits)];
  checkNamedGroups(config, splits);
  checkThresholds(config, splits);
  rehearse(config, splits);
  return notes;
}

/** Batches that hold every label × group cannot hold one that does not occur. */
function checkBatches({ balance, data }: PreflightSettings, { train }: Splits): string[] {
  if (balance.batches === "shuffled" || balance.by !== "labelAndGroup") return [];
  const attributes = balancedAttributes({ balance, data });
  return exampleCells(train, attributes).filter(({ rows }) => rows.length === 0).map(({ group, label }) =>
    `balance.batches "${balance.batches}": no batch can hold label ${label} of "${group}" (${attributes.join("|")}), ` +
    "which the training split lacks"
  );
}

/** A difference that is undefined bounds nothing: training would end with an epoch that was never held to it. */
function checkGap({ data, selection: { maxGap, gap } }: PreflightSettings, { validation }: Splits): string[] {
  if (maxGap === null) return [];
  const labels = validation.map(labelClass);
  // Whether there is a difference depends on groups and labels, not on who is accepted.
  const predictions = labels.map((_, i) => i % 2);
  return data.groups.flatMap(({ name }) => {
    const groups = validation.map((example) => example.groups[name]!);
    const measured = gap === "equalizedOddsDifference"
      ? equalizedOddsDifference({ labels, predictions, groups })
      : demographicParityDifference({ predictions, groups });
    if (measured.value === null) {
      throw new InputError(
        `selection.maxGap: the ${gap} of "${name}" cannot be measured on the validation split: ${measured.reason}; ` +
          `${REMEDY}, or set selection.maxGap to null`,
      );
    }
    return measured.excluded.map(({ group, reason }) =>
      `selection.maxGap bounds the ${gap} of "${name}" without "${group}", for which it cannot be measured on the ` +
      `validation split: ${reason}`
    );
  });
}

/** The labels that a metric of a group counts; others count all rows. */
const COUNTED: Partial<Record<Constraint["metric"], readonly number[]>> = {
  equalOpportunityDifference: [1],
  falsePositiveRateDifference: [0],
  equalizedOddsDifference: [1, 0],
  tpr: [1],
  rocAuc: [1, 0],
};

/** As with the largest difference: what cannot be measured cannot be kept, and what leaves groups out says which. */
function checkBounds({ fairness, selection }: PreflightSettings, { validation }: Splits): string[] {
  const { constraints } = fairness;
  const none = new Float64Array(validation.length);
  const rows = { ...scoredRows(validation, { scores: none, otherScores: none }), flips: none };
  const checks = checkConstraints({ ...rows, decisions: none.map(() => 1) }, constraints, selection.confidence);
  return constraints.flatMap(({ metric, attribute, against }, i) => {
    const truth = against === "label" ? rows.labels : rows.groundTruth;
    const groups = attribute === null ? [] : rows.groups[attribute]!;
    const lacking = [...new Set(groups)].flatMap((group) =>
      (COUNTED[metric] ?? []).filter((label) => !truth.some((value, row) => value === label && groups[row] === group))
        .map((label) => `"${group}" has no ${against === "label" ? "label" : "ground-truth label"} ${label}`)
    );
    const { name, value } = checks[i]!;
    if (value === null) {
      const why = lacking.join("; ") || "expected at least two groups";
      throw new InputError(
        `fairness.constraints: ${name} cannot be measured on the validation split: ${why}; ${REMEDY}, or leave it out`,
      );
    }
    return lacking.map((why) =>
      `fairness.constraints: ${name} is measured without a group of the validation split, and so cannot be shown to ` +
      `be kept: ${why}`
    );
  });
}

function checkThresholds({ data, evaluation }: PreflightSettings, { validation, test }: Splits): void {
  if (evaluation.groupThresholds === "none") return;
  const { name } = data.groups[0]!;
  const sizes = groupSizes(validation, name);
  const lacking = oneClassGroups(sizes);
  const key = "evaluation.groupThresholds", off = `or set ${key} to "none"`;
  if (lacking.length > 0) {
    throw new InputError(
      `${key}: expected both labels in every group of "${name}" in the validation split, where they are fitted; ` +
        `${lacking.join("; ")}; ${REMEDY}, ${off}`,
    );
  }
  const stranger = test.find(({ groups }) => !sizes.has(groups[name]!));
  if (stranger !== undefined) {
    throw new InputError(
      `${data.path}, row ${stranger.row}: group "${
        stranger.groups[name]
      }" of "${name}" is in the test split and not in ` +
        `the validation split, where ${key} are fitted; ${REMEDY}, ${off}`,
    );
  }
}

/** Groups that the evaluation shall leave out or compare with must occur: a misspelt one would be passed over. */
function checkNamedGroups({ data, evaluation }: PreflightSettings, { train, validation, test }: Splits): void {
  const all = [...train, ...validation, ...test];
  const names = [...new Set(data.groups.flatMap(({ name }) => all.map(({ groups }) => groups[name]!)))];
  for (const key of ["exclude", "reference"] as const) {
    const unknown = evaluation[key].find((group) => !names.includes(group));
    if (unknown === undefined) continue;
    const near = nearName(unknown, names);
    throw new InputError(
      `evaluation.${key}: expected one of the groups (${listed(names)}), found "${unknown}"${
        near === undefined ? "" : `; did you mean "${near}"?`
      }`,
    );
  }
}

const REMEDY = "merge such groups, make data.validation larger, add rows";

/** How many examples of each class each group has. */
function groupSizes(examples: readonly Example[], attribute: string): Map<string, [number, number]> {
  const sizes = new Map<string, [number, number]>();
  for (const example of examples) {
    const group = example.groups[attribute]!;
    const counts = sizes.get(group) ?? [0, 0];
    counts[labelClass(example)]++;
    sizes.set(group, counts);
  }
  return sizes;
}

function oneClassGroups(sizes: ReadonlyMap<string, readonly [number, number]>): string[] {
  return [...sizes].filter(([, counts]) => counts.includes(0)).map(([group, [failing, matching]]) =>
    `"${group}" has ${failing} × label 0 and ${matching} × label 1`
  );
}

/** Fits thresholds and puts the table of the evaluation together, for models that score at random. */
function rehearse(config: PreflightSettings, { validation, test }: Splits): void {
  const outputs = (examples: readonly Example[], shift: number): ModelOutput => ({
    // Multiples of the golden ratio: spread evenly, and no two alike.
    scores: Float64Array.from(examples, (_, i) => (shift + i * 0.6180339887498949) % 1),
    counterfactualScores: null,
    jobs: [],
    resumes: [],
  });
  const both = (examples: readonly Example[]) => ({ base: outputs(examples, 0.1), tuned: outputs(examples, 0.3) });
  const head = config.training.objective === "pair" ? { scale: 5, bias: -2.5 } : null;
  const calibration = { ...calibrate(validation, both(validation), { ...config, head }), head };
  const measured = { examples: test, outputs: both(test), calibration, source: "test split" };
  scoredTable(predictionsInput(predictionsOf(measured, config), measured.source));
  const { exclude, reference } = config.evaluation;
  if (exclude.length + reference.length === 0) return;
  try {
    evaluateModels({ ...measured, leakage: [] }, { ...config, evaluation: { ...config.evaluation, resamples: 20 } });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      error.message.replace(/^--(exclude|reference)/, "evaluation.$1").replace(
        "--keep-unknown",
        "evaluation.keepUnknown",
      ),
    );
  }
}
