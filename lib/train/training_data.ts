/**
 * From the splits of a data set to what is trained on: balanced, numbered, with the groups and counterfactuals that
 * objectives need.
 */
import { balanceExamples, compareGroups, composeBatches, contrastivePairs, labelClass } from "../data/mod.ts";
import { educationCounterfactuals, maskEducation, POSITIVE_LABEL, writeCounterfactuals } from "../data/mod.ts";
import { writeTable } from "../data/mod.ts";
import type { BalanceRow, ComposedBatches, Counterfactuals, Dataset, Example } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import type { Config } from "./config.ts";
import { hasTerms } from "./fairness/configured_terms.ts";
import { isTaught, likelyMatches, negativesPerItem } from "./objective_graph.ts";
import type { ObjectiveSettings, TrainingItem, TrainingSet } from "./objective_graph.ts";
import { UNKNOWN_SCORE } from "./objective_graph.ts";
import type { TokenCache } from "./token_cache.ts";

/** The parts of a configuration that say what is trained on. */
export type TrainingDataSettings = Pick<Config, "data" | "balance" | "training" | "fairness">;

/** What is trained on, as the configuration balances it. */
export interface PreparedTraining {
  readonly set: TrainingExamples;
  readonly validationSet: TrainingSet;
  /** Groups by attribute, in the order of the items' group numbers, and how many training examples each has. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly counts: Readonly<Record<string, readonly number[]>>;
  readonly batches: ComposedBatches<TrainingItem>["batches"];
  readonly balance: readonly BalanceRow[];
  readonly counterfactuals: ResumeCounterfactuals | null;
}

/**
 * Balances and numbers the training split, and writes the counterfactuals that objectives ask for. With `ownTerms`,
 * fairness terms that somebody brings, every group must be in training.
 * @throws {InputError} When a group, a counterfactual or a negative that an objective needs is not there.
 */
export function prepareTraining(
  config: TrainingDataSettings,
  { data, tokens, rng, ownTerms }: { data: Dataset; tokens: TokenCache; rng: Rng; ownTerms: boolean },
): PreparedTraining {
  const attributes = trainedGroups(config.data, data, hasTerms(config.fairness) || ownTerms);
  const { examples, weights, table: balanced } = balanceExamples(data.train, config);
  const counterfactuals = trainedCounterfactuals(config, data);
  const usesGroundTruth = config.fairness.constraints.some(({ against }) => against === "groundTruth");
  const notesOn = (i: number): ItemNotes => {
    const { groups, resume, groundTruth } = examples[i]!;
    const texts = counterfactuals?.of.get(resume);
    return {
      groups: Object.fromEntries(Object.entries(attributes).map(([name, all]) => [name, all.indexOf(groups[name]!)])),
      ...(weights ? { weight: weights[i]! } : {}),
      ...(usesGroundTruth && groundTruth !== null ? { groundTruth } : {}),
      ...(texts ? { counterfactuals: texts.map((text) => tokens.number(text, "resume")) } : {}),
    };
  };
  const set = trainingSet(examples, config.training, { tokens, rng: rng.derive("negatives"), notesOn });
  const { training } = config;
  if (
    isTaught(training) &&
    !set.items.some(({ teacher }) => teacher!.some((score, i) => i > 0 && score !== UNKNOWN_SCORE))
  ) {
    throw new InputError(
      "training.teacher: expected a teacher's scores of matches and of résumés that do not match the same job " +
        "(data.columns.teacherScore, or pos_scores and neg_scores), found none",
    );
  }
  const validation = trainingSet(data.validation, training, { tokens, rng: rng.derive("validation negatives") });
  const composed = composeBatches(set.items, set.examples, config);
  return {
    set: teacherMatches(set, examples, { training, tokens }),
    validationSet: teacherMatches(validation, data.validation, { training, tokens }),
    attributes,
    counts: Object.fromEntries(
      Object.entries(attributes).map(([name, groups]) => [
        name,
        groups.map((group) => examples.filter((example) => example.groups[name] === group).length),
      ]),
    ),
    batches: composed.batches,
    balance: [...balanced, ...composed.table],
    counterfactuals,
  };
}

/** With `falseNegatives` by the teacher, what it puts above a job's match is no negative. */
function teacherMatches(
  set: TrainingExamples,
  examples: readonly Example[],
  { training: { falseNegatives }, tokens }: { readonly training: Config["training"]; readonly tokens: TokenCache },
): TrainingExamples {
  if (falseNegatives.by !== "teacher") return set;
  const scores = new Map(examples.flatMap((example): [string, number][] => {
    const { job, resume } = tokens.pair(example);
    return example.teacherScore === undefined ? [] : [[`${job} ${resume}`, example.teacherScore]];
  }));
  if (scores.size === 0) {
    throw new InputError(
      'training.falseNegatives.by "teacher": expected scores of a teacher (data.columns.teacherScore, or pos_scores ' +
        "and neg_scores), found none",
    );
  }
  const score = (job: number, resume: number) => scores.get(`${job} ${resume}`);
  return { ...set, matches: likelyMatches(set.items, score, falseNegatives.margin) };
}

/**
 * The groups of each attribute that occur in the training split, from low to high where they are levels of education.
 * `strict`: a group that the training split lacks is an error, since what has never seen it cannot treat it fairly.
 * @throws {InputError} When a group is missing in training.
 */
function trainedGroups(
  settings: Config["data"],
  { train, validation, test }: Dataset,
  strict: boolean,
): Record<string, string[]> {
  return Object.fromEntries(settings.groups.map(({ name }) => {
    const groups = [...new Set(train.map((example) => example.groups[name]!))].sort(compareGroups);
    const missing = [...validation, ...test].find((example) => !groups.includes(example.groups[name]!));
    if (strict && missing !== undefined) {
      throw new InputError(
        `${settings.path}, row ${missing.row}: expected every group of "${name}" in the training split, ` +
          `"${missing.groups[name]}" is not; add such rows, merge the group, or train without fairness objectives`,
      );
    }
    return [name, groups];
  }));
}

/**
 * Writes what was done to the data into a folder, for a person to review: `balance.csv`, `masking.csv` and
 * `counterfactuals.csv`, each only if there is something to tell.
 */
export async function writeReview(
  folder: string,
  { masking }: Dataset,
  { balance, counterfactuals }: PreparedTraining,
): Promise<void> {
  if (balance.length > 0) await writeTable(`${folder}/balance.csv`, Object.keys(balance[0]!), balance);
  if (masking.log.length > 0) await writeTable(`${folder}/masking.csv`, Object.keys(masking.log[0]!), masking.log);
  if (counterfactuals) await writeCounterfactuals(`${folder}/counterfactuals.csv`, counterfactuals.review);
}

/** What fairness objectives and balancing know about an example. */
type ItemNotes = Pick<TrainingItem, "groups" | "counterfactuals" | "weight" | "groundTruth">;

/** What is trained on, and the examples behind it. */
export interface TrainingExamples extends TrainingSet {
  /** The example of each item, its positive in contrastive training. */
  readonly examples: readonly Example[];
}

/**
 * Pair classification and CoSENT take every example as it is. Contrastive and triplet training start from the pairs
 * that match; where a job has too few résumés that failed, résumés of other jobs fill up its negatives.
 * @throws {InputError} When the objective needs matches, or résumés that do not match, and there are none.
 */
export function trainingSet(
  examples: readonly Example[],
  settings: ObjectiveSettings,
  { tokens, rng, notesOn = () => ({}) }: { tokens: TokenCache; rng: Rng; notesOn?: (example: number) => ItemNotes },
): TrainingExamples {
  const all = examples.map((example, i): TrainingItem => ({
    ...tokens.pair(example),
    label: example.label!,
    negatives: [],
    ...notesOn(i),
  }));
  if (settings.objective === "pair" || settings.objective === "cosent") {
    return { tokens: tokens.tokens, items: all, examples };
  }
  const indexOf = new Map(examples.map((example, i) => [example, i]));

  const wanted = negativesPerItem(settings);
  const taught = isTaught(settings);
  const usable = taught ? examples.filter((one) => labelClass(one) === 1 || one.teacherScore !== undefined) : examples;
  const pairs = contrastivePairs(usable, { hardNegatives: wanted, rng });
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
    const chosen = negatives.map((example) => tokens.pair(example).resume);
    const others = resumes.filter((resume) => !matching.has(resume) && !chosen.includes(resume));
    if (chosen.length + others.length < wanted) {
      throw new InputError(
        `training.objective ${settings.objective}: expected ${wanted} résumés that do not match "${positive.jobId}", ` +
          `found ${chosen.length + others.length}`,
      );
    }
    while (chosen.length < wanted) chosen.push(others.splice(rng.int(others.length), 1)[0]!);
    if (!taught) return { ...item, label: 1, negatives: chosen };
    const scores = [positive, ...negatives].map(({ teacherScore = UNKNOWN_SCORE }) => teacherScore);
    while (scores.length <= wanted) scores.push(UNKNOWN_SCORE);
    // Without that of the match there is nothing to compare with.
    return { ...item, label: 1, negatives: chosen, teacher: scores[0] === UNKNOWN_SCORE ? NO_SCORES(wanted) : scores };
  });
  return { tokens: tokens.tokens, items, examples: pairs.map(({ positive }) => positive) };
}

const NO_SCORES = (negatives: number) => [0, ...Array(negatives).fill(UNKNOWN_SCORE)];

/** Résumés with another educational background. */
export interface ResumeCounterfactuals {
  /** From a résumé, as the model sees it, to its counterfactuals as the model would see them. */
  readonly of: ReadonlyMap<string, readonly string[]>;
  /** Originals and counterfactuals side by side, unmasked, as `writeCounterfactuals` writes them for review. */
  readonly review: readonly { id: string; text: string; counterfactuals: Counterfactuals }[];
}

/**
 * Writes the résumés of examples with another degree level, or a school of another standing: from the originals, then
 * masked. One may well equal its original after masking; it is kept, since that is what masking is for. A résumé of
 * which none can be written has no entry; of the others `perResume` are drawn, not the same for each purpose.
 */
function resumeCounterfactuals(
  examples: readonly Example[],
  { config, originals, perResume, purpose }: {
    config: Pick<Config, "data" | "training">;
    originals: Dataset["originals"];
    perResume: number;
    purpose: "training" | "evaluation";
  },
): ResumeCounterfactuals {
  const mask = (text: string) => maskEducation(text, { kinds: config.data.mask }).text;
  // The name is part of the seed: another word would draw others.
  const rng = new Rng(config.training.seed).derive(`twins for ${purpose}`);
  const of = new Map<string, readonly string[]>();
  const review: ResumeCounterfactuals["review"][number][] = [];
  for (const { resume, candidateId } of examples) {
    if (of.has(resume)) continue;
    const text = originals.get(resume) ?? resume;
    const all = educationCounterfactuals(text, { rng });
    const kept = rng.derive(text).shuffle([...all.counterfactuals]).slice(0, perResume);
    review.push({ id: candidateId, text, counterfactuals: { ...all, counterfactuals: kept } });
    of.set(resume, kept.map(({ text }) => mask(text)));
  }
  for (const [resume, texts] of of) if (texts.length === 0) of.delete(resume);
  return { of, review };
}

function trainedCounterfactuals(config: TrainingDataSettings, data: Dataset): ResumeCounterfactuals | null {
  const { counterfactual: { weight, perResume }, constraints } = config.fairness;
  if (weight === 0 && !constraints.some(({ metric }) => metric === "flipRate")) return null;
  const { originals } = data;
  const written = resumeCounterfactuals(data.train, { config, originals, perResume, purpose: "training" });
  if (written.of.size > 0) return written;
  throw new InputError(
    `fairness.${
      weight > 0 ? "counterfactual" : "constraints"
    }, ${config.data.path}: expected résumés that state a degree, to write them with another ` +
      "one; no counterfactual could be written",
  );
}

/** One counterfactual of each résumé that is evaluated; none where the configuration asks for none. */
export function evaluationCounterfactuals(
  config: Pick<Config, "data" | "training" | "evaluation">,
  examples: readonly Example[],
  originals: Dataset["originals"],
): ResumeCounterfactuals {
  if (!config.evaluation.counterfactuals) return { of: new Map(), review: [] };
  return resumeCounterfactuals(examples, { config, originals, perResume: 1, purpose: "evaluation" });
}
