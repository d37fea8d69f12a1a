/** Connects an objective to the embeddings of a batch: which inputs it needs, and how a batch becomes them. */
import { POSITIVE_LABEL } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { add, cast, concat, div, gather, input, less, logSoftmax, logSumExp, matMul, maximum } from "../graph/mod.ts";
import { mul, reduceMean, reduceSum, relu, reshape, slice, softmax, softplus, stopGradient } from "../graph/mod.ts";
import { sub, transposeLast, where } from "../graph/mod.ts";
import type { Tensor, TensorData } from "../graph/mod.ts";
import { unitLength } from "../model/mod.ts";
import type { Config } from "./config.ts";

/** The part of the configuration that says what is minimised. */
export type ObjectiveSettings =
  & Pick<Config["training"], "objective" | "temperature" | "margin" | "hardNegatives">
  & Partial<Pick<Config["training"], "teacher" | "matryoshka">>;

/** What one row of a batch is made of; texts are given by their number in the token cache. */
export interface TrainingItem {
  readonly job: number;
  readonly resume: number;
  /** In [0, 1]; 1 for the positives of contrastive and triplet training. */
  readonly label: number;
  /** Résumés that do not match the job: as many as the objective needs. */
  readonly negatives: readonly number[];
  /** What the teacher makes of the résumé, then of each negative; `UNKNOWN_SCORE` where that is not known. */
  readonly teacher?: readonly number[];
  /** The match as it truly is, where that is known; read by constraints alone. */
  readonly groundTruth?: number;
  /** How much the pair counts in the pair objective; 1 if absent. */
  readonly weight?: number;
  /** The number of the résumé's group by attribute; without an entry, or below 0, it is not known. */
  readonly groups?: Readonly<Record<string, number>>;
  /** What undoes the balance of a balanced batch in means over a group (`populationWeights()`); 1 if absent. */
  readonly populationWeight?: number;
  /** Texts that differ from the résumé in an attribute only. */
  readonly counterfactuals?: readonly number[];
}

/** The tokens of all texts, the items that refer to them, and what matches what. */
export interface TrainingSet {
  /** Token ids of each distinct text. */
  readonly tokens: readonly (readonly number[])[];
  readonly items: readonly TrainingItem[];
  /** Which résumés are never negatives; default: known matches. */
  readonly matches?: Matches;
}

/** Whether a résumé is no negative of a job, beside an item's own match. */
export type Matches = (job: number, resume: number, match?: number) => boolean;

/** Names of the trainable inputs of the pair objective: `sigmoid(scale · cosine + bias)`. */
export const HEAD = { scale: "head.scale", bias: "head.bias" } as const;

/**
 * Whether a parameter is the adapter's; others belong to the objective or to a fairness term and are not part of the
 * model.
 */
export function isAdapter(parameter: string): boolean {
  return parameter.startsWith("base_model.");
}

/** How many negatives each item must bring. */
export function negativesPerItem({ objective, hardNegatives }: ObjectiveSettings): number {
  return objective === "contrastive" ? hardNegatives : objective === "triplet" ? 1 : 0;
}

/** Whether a teacher's scores are learned from. */
export function isTaught(
  settings: ObjectiveSettings,
): settings is ObjectiveSettings & Pick<Config["training"], "teacher"> {
  return settings.objective === "contrastive" && (settings.teacher?.weight ?? 0) > 0;
}

/** A batch in the graph, as the objective sees it. */
export interface ObjectiveGraph {
  readonly loss: Tensor;
  /** The objective's own trainable inputs. */
  readonly head: readonly Tensor[];
  /** Embeddings of jobs and résumés `[items, hidden]`. */
  readonly job: Tensor;
  readonly resume: Tensor;
  /** `[items]` */
  readonly cosine: Tensor;
  /** Logits of a match `[items]`; cosine / temperature where the objective has no head. */
  readonly logit: Tensor;
  /** Rank 0, without a gradient: what a unit of cosine adds to the logit, where that is trained. */
  readonly scale?: Tensor;
  /** `[items]` */
  readonly label: Tensor;
}

/**
 * The loss of a batch; with `matryoshka` the sum over embeddings cut to so many numbers and the whole ones, whose
 * cosines and logits are the ones that are given.
 * @throws {InputError} If embeddings are shorter than `matryoshka` says.
 */
export function objectiveLoss(embeddings: Tensor, settings: ObjectiveSettings, weighted = false): ObjectiveGraph {
  const width = embeddings.shape[1] as number;
  const { matryoshka = [] } = settings;
  checkMatryoshka(matryoshka, width);
  const inputs = new Map<string, Tensor>();
  const feed: Feed = (name, shape = ["items"], dtype) => {
    const known = inputs.get(name) ?? input(name, shape, dtype);
    inputs.set(name, known);
    return known;
  };
  const whole = lossOf(embeddings, settings, { feed, weighted });
  const cut = matryoshka.filter((size) => size < width).map((size) =>
    lossOf(slice(embeddings, 1, [0, size]), settings, { feed, weighted }).loss
  );
  return { ...whole, loss: cut.reduce(add, whole.loss) };
}

/**
 * Sees that embeddings are as long as the sizes that are asked for.
 * @throws {InputError} If they are shorter.
 */
export function checkMatryoshka(sizes: readonly number[], width: number): void {
  const over = sizes.find((size) => size > width);
  if (over === undefined) return;
  throw new InputError(`training.matryoshka: expected at most the ${width} numbers of an embedding, found ${over}`);
}

/** An input of the graph, the same one each time it is asked for. */
type Feed = (name: string, shape?: Parameters<typeof input>[1], dtype?: Parameters<typeof input>[2]) => Tensor;

function lossOf(
  embeddings: Tensor,
  settings: ObjectiveSettings,
  { feed, weighted }: { readonly feed: Feed; readonly weighted: boolean },
): ObjectiveGraph {
  const rows = (name: string) => gather(embeddings, feed(name, ["items"], "int32"));
  const job = rows("jobRow"), resume = rows("resumeRow"); // [items, hidden]
  const cosine = pairwiseCosine(job, resume), label = feed("label");
  const pairs = { job, resume, cosine, label, logit: mul(cosine, 1 / settings.temperature), head: [] };
  switch (settings.objective) {
    case "pair": {
      const scale = feed(HEAD.scale, []), bias = feed(HEAD.bias, []);
      const loss = pairLoss(cosine, label, { scale, bias, weight: weighted ? feed("weight") : undefined });
      return {
        ...pairs,
        loss,
        logit: add(mul(cosine, scale), bias),
        scale: stopGradient(scale),
        head: [scale, bias],
      };
    }
    case "cosent":
      return { ...pairs, loss: cosentLoss(cosine, label, settings.temperature) };
    case "contrastive": {
      const excluded = (name: string) => feed(name, ["items", "items"], "bool");
      const negatives = Array.from({ length: settings.hardNegatives }, (_, k) => ({
        candidates: rows(`negativeRow${k}`),
        excluded: excluded(`negativeExcluded${k}`),
      }));
      const options = { temperature: settings.temperature, excluded: excluded("excluded"), negatives };
      const loss = contrastiveLoss(job, resume, options);
      if (!isTaught(settings)) return { ...pairs, loss };
      const cosines = [cosine, ...negatives.map(({ candidates }) => pairwiseCosine(job, candidates))];
      const student = mul(concat(cosines.map(column), 1), 1 / settings.temperature); // [items, 1 + negatives]
      const teacher = feed("teacher", ["items", 1 + settings.hardNegatives]);
      return {
        ...pairs,
        loss: add(loss, mul(teacherLoss(student, teacher, settings.teacher.loss), settings.teacher.weight)),
      };
    }
    case "triplet":
      return {
        ...pairs,
        loss: tripletLoss({ anchor: job, positive: resume, negative: rows("negativeRow0") }, settings.margin),
      };
  }
}

/** A batch on the host. */
export interface ObjectiveBatch {
  /** Numbers of its texts, each once, in the order of their rows among the embeddings. */
  readonly texts: readonly number[];
  readonly feeds: Record<string, TensorData>;
}

/**
 * Turns items into feeds for {@linkcode objectiveLoss}, which name texts by their row among the embeddings. Each
 * distinct text appears once, however many items share it: `texts` are their numbers in order of first use. A pair that
 * `matches` knows is never used as a negative; `more` feeds come from a function that adds texts and gives their rows.
 */
export function objectiveBatch(
  items: readonly TrainingItem[],
  settings: ObjectiveSettings,
  { matches, more = () => ({}) }: {
    matches: Matches;
    more?: (rows: (texts: readonly number[]) => TensorData) => Record<string, TensorData>;
  },
): ObjectiveBatch {
  const rowOf = new Map<number, number>();
  const rows = (texts: readonly number[]): TensorData => {
    const data = Int32Array.from(texts, (text) => {
      if (!rowOf.has(text)) rowOf.set(text, rowOf.size);
      return rowOf.get(text)!;
    });
    return { dtype: "int32", shape: [texts.length], data };
  };
  const excluded = (candidates: readonly number[], own: boolean): TensorData => {
    const n = items.length;
    const data = new Uint8Array(n * n);
    items.forEach(({ job, resume }, i) =>
      candidates.forEach((candidate, j) => {
        if (!(own && i === j) && matches(job, candidate, resume)) data[i * n + j] = 1;
      })
    );
    return { dtype: "bool", shape: [n, n], data };
  };

  const resumes = items.map((item) => item.resume);
  const numbers = (of: (item: TrainingItem) => number): TensorData => (
    { dtype: "float32", shape: [items.length], data: Float32Array.from(items, of) }
  );
  const feeds: Record<string, TensorData> = {
    jobRow: rows(items.map((item) => item.job)),
    resumeRow: rows(resumes),
    label: numbers((item) => item.label),
    weight: numbers((item) => item.weight ?? 1),
  };
  if (settings.objective === "contrastive") feeds.excluded = excluded(resumes, true);
  if (isTaught(settings)) {
    const data = Float32Array.from(items.flatMap(({ teacher }) => teacher!));
    feeds.teacher = { dtype: "float32", shape: [items.length, 1 + settings.hardNegatives], data };
  }
  for (let k = 0; k < negativesPerItem(settings); k++) {
    const negatives = items.map((item) => item.negatives[k]!);
    feeds[`negativeRow${k}`] = rows(negatives);
    if (settings.objective === "contrastive") feeds[`negativeExcluded${k}`] = excluded(negatives, false);
  }
  Object.assign(feeds, more(rows));
  return { texts: [...rowOf.keys()], feeds };
}

/** A lookup of the known matches among items: those with a label of at least one half. */
export function knownMatches(items: readonly TrainingItem[]): Matches {
  const known = new Set(
    items.filter((item) => item.label >= POSITIVE_LABEL).map((item) => `${item.job} ${item.resume}`),
  );
  return (job, resume) => known.has(`${job} ${resume}`);
}

/**
 * The same, and those whose score exceeds that of the item's own match less a margin: likely matches that nobody has
 * labelled (GISTEmbed, Solatorio 2024; absolute margin of sentence-transformers). A score that is not known says nothing.
 */
export function likelyMatches(
  items: readonly TrainingItem[],
  score: (job: number, resume: number) => number | undefined,
  margin: number,
): Matches {
  const known = knownMatches(items);
  return (job, resume, match) => {
    if (known(job, resume)) return true;
    const own = match === undefined ? undefined : score(job, match), other = score(job, resume);
    return own !== undefined && other !== undefined && other > own - margin;
  };
}

/** Stands for −∞ in a score that must not count: its exponential is exactly 0, and no infinity meets a 0. */
const EXCLUDED = -1e9;

/** Cosine `[n]` of corresponding rows. */
export function pairwiseCosine(a: Tensor, b: Tensor): Tensor {
  return reduceSum(mul(unitLength(a), unitLength(b)), { axes: [-1] });
}

/**
 * Pair classification: binary cross-entropy of sigmoid(scale · cosine + bias) against a label in [0, 1], graded labels
 * allowed; with weights Σ wᵢ lossᵢ / Σ wᵢ. Scale and bias are usually trained along.
 */
export function pairLoss(
  cosine: Tensor,
  label: Tensor,
  { scale, bias, weight }: { scale: Tensor; bias: Tensor; weight?: Tensor | undefined },
): Tensor {
  const logit = add(mul(cosine, scale), bias);
  const losses = sub(softplus(logit), mul(logit, label));
  return weight ? div(reduceSum(mul(losses, weight)), reduceSum(weight)) : reduceMean(losses);
}

/** What {@linkcode contrastiveLoss} compares. */
export interface ContrastiveOptions {
  /** Divides the cosines; BGE trained with 0.02, sentence-transformers' scale 20 is 0.05. */
  temperature: number;
  /**
   * bool `[n, n]`: true where candidate j is no negative of anchor i, because it is the same document or matches as
   * well; it is left out of i's denominator. False on the diagonal.
   */
  excluded?: Tensor;
  /** Hard negatives `[n, h]`, each seen by every anchor but those it is excluded for. */
  negatives?: readonly { candidates: Tensor; excluded?: Tensor }[];
}

/**
 * In-batch contrastive loss, known as MultipleNegativesRankingLoss or InfoNCE (van den Oord et al. 2018): cross entropy
 * of each anchor's own positive among all positives and hard negatives of the batch.
 */
export function contrastiveLoss(anchor: Tensor, positive: Tensor, options: ContrastiveOptions): Tensor {
  const { temperature, excluded, negatives = [] } = options;
  const query = unitLength(anchor);
  const logTotal = (candidates: Tensor, excluded?: Tensor) => { // [n, 1]
    const scores = mul(matMul(query, transposeLast(unitLength(candidates))), 1 / temperature); // [n, n]
    return logSumExp(excluded ? where(excluded, EXCLUDED, scores) : scores, [1], true);
  };
  const parts = [logTotal(positive, excluded), ...negatives.map((n) => logTotal(n.candidates, n.excluded))];
  const own = mul(pairwiseCosine(anchor, positive), 1 / temperature); // [n]
  return reduceMean(sub(logSumExp(concat(parts, 1), [1]), own));
}

/**
 * CoSENT (Su 2022): ln(1 + Σ exp((cosᵢ − cosⱼ)/temperature)) over all pairs with labelᵢ < labelⱼ, which asks for the
 * right order only.
 */
export function cosentLoss(cosine: Tensor, label: Tensor, temperature: number): Tensor {
  const differences = mul(sub(column(cosine), row(cosine)), 1 / temperature); // [n, n]
  const counted = where(less(column(label), row(label)), differences, EXCLUDED);
  return softplus(logSumExp(counted, [0, 1])); // ln(1 + e^total)
}

/**
 * Triplet loss (Schroff et al. 2015) of cosine distances d = 1 − cos: mean of max(0, d(anchor, positive) − d(anchor,
 * negative) + margin); the margin is how much farther the negative is to be.
 */
export function tripletLoss(
  { anchor, positive, negative }: Readonly<Record<"anchor" | "positive" | "negative", Tensor>>,
  margin: number,
): Tensor {
  const distance = (other: Tensor) => sub(1, pairwiseCosine(anchor, other));
  return reduceMean(relu(add(sub(distance(positive), distance(negative)), margin)));
}

/** Stands for a teacher's score that is not known: what has it does not enter the loss. */
export const UNKNOWN_SCORE = EXCLUDED;

/**
 * Distillation from a teacher's scores of each job's résumés, `[n, k]` with the match first; the student's are cosines
 * divided by the temperature. `kl`: cross entropy of softmax(student) against softmax(teacher), FlagEmbedding's kl_div.
 * `marginMse`: mean squared error of score(match) − score(other) against the teacher's (Hofstätter et al. 2020).
 */
export function teacherLoss(student: Tensor, teacher: Tensor, loss: "kl" | "marginMse"): Tensor {
  const isUnknown = less(teacher, UNKNOWN_SCORE / 2);
  if (loss === "kl") {
    const logs = logSoftmax(where(isUnknown, EXCLUDED, student), 1);
    return mul(reduceMean(reduceSum(mul(logs, softmax(teacher, 1)), { axes: [1] })), -1);
  }
  const k = student.shape[1] as number;
  const margins = (scores: Tensor) => sub(slice(scores, 1, [0, 1]), slice(scores, 1, [1, k])); // [n, k − 1]
  const known = sub(1, cast(slice(isUnknown, 1, [1, k]), "float32"));
  const difference = mul(sub(margins(student), margins(where(isUnknown, 0, teacher))), known);
  return div(reduceSum(mul(difference, difference)), maximum(reduceSum(known), 1));
}

/** `[n]` as `[n, 1]`. */
export function column(x: Tensor): Tensor {
  return reshape(x, [x.shape[0]!, 1]);
}

/** `[n]` as `[1, n]`. */
function row(x: Tensor): Tensor {
  return reshape(x, [1, x.shape[0]!]);
}
