/** `deno task explain`: which words of a résumé make its score, and which carry the difference between two groups. */
import { type Example, MASK_KINDS, type MaskKind } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { bootstrap, type Interval } from "../metrics/mod.ts";
import { Attributor, Encoder } from "../model/mod.ts";
import { showProgress } from "../progress.ts";
import { Rng } from "../random.ts";
import { textsSeen } from "./infer.ts";
import { type FinishedRun, openRun } from "./open_model.ts";
import { scorePairs } from "./token_cache.ts";
import { readWords, sum, type Word } from "./words.ts";

/** A word of a text, and what it adds to the score. */
export interface WordContribution extends Word {
  /** In cosines. */
  readonly contribution: number;
}

/** Why a pair has its score: baseline, what stands around the words, and the words add up to it. */
export interface PairExplanation {
  readonly score: number;
  /** The score of the same text with every token masked: what its length and its place in the model make. */
  readonly baseline: number;
  /** Of the tokens that are no words: [CLS], [SEP] and an instruction. */
  readonly around: number;
  /** Words that the model reads; those behind its longest text are not among them. */
  readonly words: readonly WordContribution[];
}

/** Explains scores of a run's model; release it in the end. */
export class Explainer {
  readonly #run: FinishedRun;
  readonly #encoder: Encoder;
  readonly #attributor: Attributor;
  readonly #jobs = new Map<string, Float32Array>();

  private constructor(run: FinishedRun, encoder: Encoder, attributor: Attributor) {
    this.#run = run;
    this.#encoder = encoder;
    this.#attributor = attributor;
  }

  /** Compiles what it needs, in float32: contributions are sums of slopes, and what is rounded to bytes has none. */
  static async open(run: FinishedRun): Promise<Explainer> {
    const { tokenizer, device: { device } } = run.model;
    const spec = { ...run.model.spec, int8: false };
    const encoder = await Encoder.compile(spec, { device });
    return new Explainer(run, encoder, await Attributor.compile(spec, tokenizer.maskId, { device }));
  }

  /**
   * What the words of a résumé, as the model is shown it, add to its score for a job.
   * @throws {InputError} If the contributions do not add up to the score to a thousandth.
   */
  async explain({ resume, job }: { resume: string; job: string }): Promise<PairExplanation> {
    const { parameters, model: { files, tokenizer, newTokenCache } } = this.#run;
    const cache = newTokenCache();
    const ids = cache.tokens[cache.number(resume, "resume")]!;
    const { tokens, score, baseline } = await this.#attributor.attribute(ids, await this.#job(job), parameters);
    const words = readWords(resume, ids, { tokenizer, instruction: files.passageInstruction })
      .map(({ from, to, ...word }): WordContribution => ({ ...word, contribution: sum(tokens.subarray(from, to)) }));
    const around = sum(tokens) - sum(words.map(({ contribution }) => contribution));
    // What is left of sums in another order is no contribution.
    return { score, baseline, around: Math.abs(around) < 1e-12 ? 0 : around, words };
  }

  /** The scores of pairs, without reasons. */
  async scores(pairs: readonly { readonly resume: string; readonly job: string }[]): Promise<Float64Array> {
    const cache = this.#run.model.newTokenCache();
    const numbered = pairs.map((pair) => cache.pair(pair));
    const embeddings = await this.#encoder.embed(cache.tokens, this.#run.parameters);
    return scorePairs(numbered, new Map(embeddings.entries()));
  }

  /** Frees the sessions. */
  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#attributor.release();
  }

  /** The job's embedding at length 1. */
  async #job(job: string): Promise<Float32Array> {
    const known = this.#jobs.get(job);
    if (known) return known;
    const cache = this.#run.model.newTokenCache();
    cache.number(job, "job");
    const [embedding] = await this.#encoder.embed(cache.tokens, this.#run.parameters);
    const length = Math.sqrt(sum(embedding!.map((value) => value * value)));
    const unit = embedding!.map((value) => value / length);
    this.#jobs.set(job, unit);
    return unit;
  }
}

/**
 * Why a run, or the one in a folder, scores a pair as it does; with the résumé as the model is shown it, cleaned and
 * masked as in training.
 * @throws {InputError} If there is no such run, or the contributions do not add up to the score to a thousandth.
 */
export async function explainPair(
  run: FinishedRun | string,
  pair: { readonly resume: string; readonly job: string },
): Promise<PairExplanation & { readonly resume: string }> {
  const opened = typeof run === "string" ? await openRun(run) : run;
  const { seen } = textsSeen(opened.file.config.data);
  const [resume, job] = (["resume", "job"] as const).map((role) => seen(pair[role], role).text) as [string, string];
  const explainer = await Explainer.open(opened);
  return { resume, ...await explainer.explain({ resume, job }).finally(() => explainer.release()) };
}

/** A number and its bootstrap interval. */
export interface ContributionDifference {
  /** The mean of the group with the higher scores less that of the other, in cosines. */
  readonly difference: number;
  readonly interval: Interval;
}

/** A word, and how much of the difference between two groups it carries. */
export interface WordDifference extends ContributionDifference {
  /** In lower case. */
  readonly word: string;
  readonly kind: MaskKind | null;
  /** How many of the pairs of each group have it. */
  readonly pairs: readonly [higher: number, lower: number];
}

/** Where the difference between two groups' mean scores comes from. */
export interface GroupExplanation {
  readonly attribute: string;
  /** The groups, the one with the higher mean score first, with their people and pairs. */
  readonly groups: readonly { readonly name: string; readonly people: number; readonly pairs: number }[];
  readonly score: ContributionDifference;
  /** The same by parts that add up to it: the masked text, what surrounds the words, kinds of education, other words. */
  readonly parts: readonly (ContributionDifference & { readonly name: string })[];
  /** The words that carry most of it, by size. */
  readonly words: readonly WordDifference[];
  readonly confidence: number;
}

/** Which pairs to explain. */
export interface GroupExplanationOptions {
  /** An attribute of the run; its first one if absent. */
  readonly attribute?: string | undefined;
  /** The most pairs per group, drawn by the seed; all if absent. */
  readonly pairs?: number | undefined;
  /** Words in fewer pairs than this are summed with the others; 5 if absent. */
  readonly least?: number | undefined;
}

/** Words shown. */
const MOST_WORDS = 20;

/**
 * Explains the pairs of the two groups of an attribute whose mean scores are furthest apart, and compares what words
 * contribute on average. Intervals resample people within their group.
 * @throws {InputError} If the run has no such attribute, or the pairs have fewer than two groups.
 */
export async function explainGroups(
  run: FinishedRun,
  examples: readonly Example[],
  { attribute = run.file.config.data.groups[0]?.name, pairs = Infinity, least = 5 }: GroupExplanationOptions = {},
): Promise<GroupExplanation> {
  const names = run.file.config.data.groups.map(({ name }) => name);
  if (attribute === undefined || !names.includes(attribute)) {
    throw new InputError(`--groups: expected ${names.join(", ") || "a run with groups"}, found ${attribute ?? "none"}`);
  }
  const explainer = await Explainer.open(run);
  try {
    const rng = new Rng(run.file.config.training.seed).derive("explain");
    const chosen = await extremes(explainer, rng.shuffle([...examples]), attribute);
    const limited = chosen.flatMap((own) => own.slice(0, pairs));
    const explained: ExplainedPair[] = [];
    const progress = showProgress("explaining", limited.length, { unit: "pairs" });
    for (const example of limited) {
      explained.push({
        ...await explainer.explain(example),
        group: example.groups[attribute]!,
        person: example.candidateId,
      });
      progress.update(explained.length);
    }
    progress.stop();
    return compareGroups(explained, { attribute, least, rng, run });
  } finally {
    await explainer.release();
  }
}

/** The pairs of the groups with the highest and the lowest mean score. */
async function extremes(explainer: Explainer, examples: readonly Example[], attribute: string): Promise<Example[][]> {
  const scores = await explainer.scores(examples);
  const groups = [...Map.groupBy(examples.keys(), (i) => examples[i]!.groups[attribute]!).values()]
    .map((rows) => ({ rows, mean: sum(rows.map((i) => scores[i]!)) / rows.length }))
    .sort((a, b) => b.mean - a.mean);
  const [high, low] = [groups[0], groups.at(-1)];
  if (high === undefined || low === undefined || high === low) {
    throw new InputError(`--groups ${attribute}: expected pairs of at least two groups, found ${groups.length}`);
  }
  return [high, low].map(({ rows }) => rows.map((i) => examples[i]!));
}

type ExplainedPair = PairExplanation & { readonly group: string; readonly person: string };

interface Comparing {
  readonly attribute: string;
  readonly least: number;
  readonly rng: Rng;
  readonly run: FinishedRun;
}

function compareGroups(all: readonly ExplainedPair[], { attribute, least, rng, run }: Comparing): GroupExplanation {
  const [high, low] = [...Map.groupBy(all, ({ group }) => group)].map(([name, own]) => ({ name, own }));
  const sides = [high!, low!].map(({ name, own }) => ({
    name,
    pairs: own,
    people: [...Map.groupBy(own, ({ person }) => person).values()],
  }));
  const words = topWords([high!.own, low!.own], least);
  const features: ((pair: ExplainedPair) => number)[] = [
    ({ score }) => score,
    ...PARTS.map(({ of }) => of),
    ...words.map(({ word }) => (pair: ExplainedPair) => sum(contributionsOf(pair, word))),
  ];
  const { resamples, confidence } = run.file.config.evaluation;
  const found = differences(sides.map(({ people }) => people), features, { rng, resamples, level: confidence });
  return {
    attribute,
    groups: sides.map(({ name, people, pairs }) => ({ name, people: people.length, pairs: pairs.length })),
    score: found[0]!,
    parts: PARTS.map(({ name }, i) => ({ name, ...found[i + 1]! })),
    words: words.map((word, i) => ({ ...word, ...found[i + 1 + PARTS.length]! })),
    confidence,
  };
}

/** What a score is made of. */
const PARTS: readonly { readonly name: string; readonly of: (pair: PairExplanation) => number }[] = [
  { name: "length alone (every token masked)", of: ({ baseline }) => baseline },
  { name: "around the words", of: ({ around }) => around },
  ...MASK_KINDS.map((kind) => ({
    name: `education: ${kind}`,
    of: ({ words }: PairExplanation) =>
      sum(words.filter((word) => word.kind === kind).map(({ contribution }) => contribution)),
  })),
  {
    name: "other words",
    of: ({ words }) => sum(words.filter(({ kind }) => kind === null).map(({ contribution }) => contribution)),
  },
];

function keyOf(word: string): string {
  return word.normalize("NFC").toLowerCase();
}

function contributionsOf({ words }: PairExplanation, key: string): number[] {
  return words.filter(({ word }) => keyOf(word) === key).map(({ contribution }) => contribution);
}

/** The words whose mean contributions differ most, of those that are not too rare to say anything. */
function topWords(sides: readonly (readonly ExplainedPair[])[], least: number) {
  const seen = new Map<string, { kinds: (MaskKind | null)[]; sums: number[]; pairs: number[] }>();
  sides.forEach((pairs, side) => {
    for (const { words } of pairs) {
      const here = new Set<string>();
      for (const { word, contribution, kind } of words) {
        const key = keyOf(word);
        const own = seen.get(key) ?? { kinds: [], sums: [0, 0], pairs: [0, 0] };
        seen.set(key, own);
        own.kinds.push(kind);
        own.sums[side]! += contribution / pairs.length;
        if (!here.has(key)) own.pairs[side]!++;
        here.add(key);
      }
    }
  });
  return [...seen].filter(([, { pairs }]) => sum(pairs) >= least)
    .sort(([a, { sums: x }], [b, { sums: y }]) => Math.abs(y[0]! - y[1]!) - Math.abs(x[0]! - x[1]!) || (a < b ? -1 : 1))
    .slice(0, MOST_WORDS)
    .map(([word, { kinds, pairs }]) => ({ word, kind: usual(kinds), pairs: pairs as [number, number] }));
}

/** What a word gives away where it stands, if it does so more often than not: a full stop does in "B.A." alone. */
function usual(kinds: readonly (MaskKind | null)[]): MaskKind | null {
  const given = kinds.filter((kind) => kind !== null);
  return 2 * given.length > kinds.length ? given[0]! : null;
}

/** Differences of means over pairs between two sides, with intervals over people. */
function differences(
  sides: readonly (readonly (readonly ExplainedPair[])[])[],
  features: readonly ((pair: ExplainedPair) => number)[],
  options: Parameters<typeof bootstrap>[2],
): ContributionDifference[] {
  const people = sides.flat(), first = sides[0]!.length;
  const totals = people.map((pairs) => Float64Array.from(features, (of) => sum(pairs.map(of))));
  const statistic = (counts: ArrayLike<number>) => {
    const means = [[0, first], [first, people.length]].map(([from, to]) => {
      const sums = new Float64Array(features.length);
      let pairs = 0;
      for (let i = from!; i < to!; i++) {
        pairs += counts[i]! * people[i]!.length;
        for (let f = 0; f < sums.length; f++) sums[f]! += counts[i]! * totals[i]![f]!;
      }
      return sums.map((value) => value / pairs);
    });
    return means[0]!.map((value, f) => value - means[1]![f]!);
  };
  const strata = [[0, first], [first, people.length]].map(([from, to]) =>
    Int32Array.from({ length: to! - from! }, (_, i) => from! + i)
  );
  const unique = { counts: new Float64Array(people.length).fill(1), strata };
  const { estimates, intervals } = bootstrap(unique, statistic, options);
  return intervals.map((interval, i) => ({ difference: estimates[i]!, interval }));
}
