/** From the splits of a data set to what is trained on: balanced, numbered, with the groups and twins that objectives need. */
import type { Config } from "./config.ts";
import { compareGroups, type Example, writeCounterfactuals, writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Rng } from "../random.ts";
import type { TrainingSet } from "./objective_graph.ts";
import { balanceExamples, type BalanceRow, composeBatches, type ComposedBatches } from "./balancing.ts";
import { type ResumeTwins, resumeTwins } from "./counterfactuals.ts";
import type { Dataset } from "./dataset.ts";
import { hasTerms } from "./fairness/configured_terms.ts";
import type { TextTable } from "./texts.ts";
import { type ItemNotes, type TrainingExamples, trainingSet } from "./training_set.ts";

/** What is trained on, as the configuration balances it. */
export interface PreparedTraining {
  readonly set: TrainingExamples;
  readonly validationSet: TrainingSet;
  /** Groups by attribute, in the order of the items' group numbers, and how many training examples each has. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly counts: Readonly<Record<string, readonly number[]>>;
  readonly batches: ComposedBatches["batches"];
  readonly balance: readonly BalanceRow[];
  /** Twins that are trained on. */
  readonly twins: ResumeTwins | null;
}

/**
 * Balances and numbers the training split, and writes the twins that objectives ask for.
 *
 * @param config Says how.
 * @param data The splits.
 * @param table Takes the texts of training and validation.
 * @param rng Draws negatives.
 * @param ownTerms Whether somebody brings fairness terms of their own, which need every group in training.
 * @returns What is trained on.
 * @throws {InputError} When a group, a twin or a negative that an objective needs is not there.
 */
export function prepareTraining(
  config: Config,
  data: Dataset,
  table: TextTable,
  rng: Rng,
  ownTerms: boolean,
): PreparedTraining {
  const others = [...data.validation, ...data.test];
  const attributes = trainedGroups(data.train, others, config, hasTerms(config.fairness) || ownTerms);
  const { examples, weights, table: balanced } = balanceExamples(data.train, config);
  const { weight, perResume } = config.fairness.counterfactual;
  const twins = weight > 0 ? resumeTwins(data.train, data.originals, config, perResume, "training") : null;
  if (twins?.twinsOf.size === 0) {
    throw new InputError(
      `fairness.counterfactual, ${config.data.path}: expected résumés that state a degree, to write them with another one; ` +
        "no twin could be written",
    );
  }
  const notesOn = (i: number): ItemNotes => {
    const { groups, resume } = examples[i]!;
    const texts = twins?.twinsOf.get(resume);
    return {
      groups: Object.fromEntries(Object.entries(attributes).map(([name, all]) => [name, all.indexOf(groups[name]!)])),
      ...(weights ? { weight: weights[i]! } : {}),
      ...(texts ? { counterfactuals: texts.map((text) => table.number(text, "resume")) } : {}),
    };
  };
  const set = trainingSet(examples, config.training, table, rng.derive("negatives"), notesOn);
  const composed = composeBatches(set.items, set.examples, config);
  return {
    set,
    validationSet: trainingSet(data.validation, config.training, table, rng.derive("validation negatives")),
    attributes,
    counts: Object.fromEntries(
      Object.entries(attributes).map(([name, groups]) => [
        name,
        groups.map((group) => examples.filter((example) => example.groups[name] === group).length),
      ]),
    ),
    batches: composed.batches,
    balance: [...balanced, ...composed.table],
    twins,
  };
}

/**
<<<<<<< HEAD
 * Writes what was done to the data, for a person to review: `balance.csv`, `masking.csv` and `counterfactuals.csv`, each only if there
=======
 * The groups of each attribute that occur in the training split, from low to high where they are levels of education.
 *
 * @param train Training examples.
 * @param others Examples of the other splits.
 * @param config Names the attributes.
 * @param strict Whether a group that the training split lacks is an error: it cannot be treated fairly by what has never
 *   seen it.
 * @returns Names by attribute.
 * @throws {InputError} When a group is missing in training.
 */
function trainedGroups(
  train: readonly Example[],
  others: readonly Example[],
  config: Config,
  strict: boolean,
): Record<string, string[]> {
  return Object.fromEntries(config.data.groups.map(({ name }) => {
    const groups = [...new Set(train.map((example) => example.groups[name]!))].sort(compareGroups);
    const missing = others.find((example) => !groups.includes(example.groups[name]!));
    if (strict && missing !== undefined) {
      throw new InputError(
        `${config.data.path}, row ${missing.row}: expected every group of "${name}" in the training split, ` +
          `"${missing.groups[name]}" is not; add such rows, merge the group, or train without fairness objectives`,
      );
    }
    return [name, groups];
  }));
}

/**
 * Writes what was done to the data, for a person to review: `balance.csv`, `masking.csv` and `twins.csv`, each only if there
>>>>>>> 7d3ba41 (Fairness objectives in six files: rates, distances, heads, terms)
 * is something to tell.
 *
 * @param folder Where they go.
 */
export async function writeReview(
  folder: string,
  { masking }: Dataset,
  { balance, twins }: PreparedTraining,
): Promise<void> {
  if (balance.length > 0) await writeTable(`${folder}/balance.csv`, Object.keys(balance[0]!), balance);
  if (masking.log.length > 0) await writeTable(`${folder}/masking.csv`, Object.keys(masking.log[0]!), masking.log);
  if (twins !== null) await writeCounterfactuals(`${folder}/counterfactuals.csv`, twins.review);
}
