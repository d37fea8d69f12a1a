/** From labelled examples to what an objective trains on. */
import type { Config } from "./config.ts";
import { contrastivePairs, type Example, POSITIVE_LABEL } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Rng } from "../random.ts";
import { negativesPerItem, type TrainingItem, type TrainingSet } from "./objective_graph.ts";
import type { TextTable } from "./texts.ts";

/** What fairness objectives and balancing know about an example. */
export type ItemNotes = Pick<TrainingItem, "groups" | "counterfactuals" | "weight">;

/** What is trained on, and the examples behind it. */
export interface TrainingExamples extends TrainingSet {
  /** The example of each item, its positive in contrastive training. */
  readonly examples: readonly Example[];
}

/**
 * Pair classification and CoSENT take every example as it is. Contrastive and triplet training start from the
 * pairs that match; where a job has too few résumés that failed, résumés of other jobs fill up its negatives.
 *
 * @param examples Labelled pairs of one part of the data.
 * @param settings Objective and hard negatives.
 * @param table Takes the texts.
 * @param rng Chooses among more negatives than asked for.
 * @param notesOn What is known besides about an example, by its index.
 * @returns What the objective trains on, texts given by their number in the table.
 * @throws {InputError} When the objective needs matches, or résumés that do not match, and there are none.
 */
export function trainingSet(
  examples: readonly Example[],
  settings: Config["training"],
  table: TextTable,
  rng: Rng,
  notesOn: (example: number) => ItemNotes = () => ({}),
): TrainingExamples {
  const all = examples.map((example, i): TrainingItem => ({
    ...table.pair(example),
    label: example.label!,
    negatives: [],
    ...notesOn(i),
  }));
  if (settings.objective === "pair" || settings.objective === "cosent") {
    return { tokens: table.tokens, items: all, examples };
  }
  const indexOf = new Map(examples.map((example, i) => [example, i]));

  const wanted = negativesPerItem(settings);
  const pairs = contrastivePairs(examples, { hardNegatives: wanted, rng });
  if (pairs.length < 2) {
    throw new InputError(
      `training.objective ${settings.objective}: expected at least two matching pairs in a split, found one`,
    );
  }
  const resumes = [...new Set(all.map((item) => item.resume))];
  const matches = Map.groupBy(all.filter((item) => item.label >= POSITIVE_LABEL), (item) => item.job);
  const items = pairs.map(({ positive, negatives }): TrainingItem => {
    const item = all[indexOf.get(positive)!]!;
    const matching = new Set(matches.get(item.job)!.map((other) => other.resume));
    const chosen = negatives.map((example) => table.pair(example).resume);
    const others = resumes.filter((resume) => !matching.has(resume) && !chosen.includes(resume));
    if (chosen.length + others.length < wanted) {
      throw new InputError(
        `training.objective ${settings.objective}: expected ${wanted} résumés that do not match "${positive.jobId}", ` +
          `found ${chosen.length + others.length}`,
      );
    }
    while (chosen.length < wanted) chosen.push(others.splice(rng.int(others.length), 1)[0]!);
    return { ...item, label: 1, negatives: chosen };
  });
  return { tokens: table.tokens, items, examples: pairs.map(({ positive }) => positive) };
}
