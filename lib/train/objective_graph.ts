/** Connects an objective to the embeddings of a batch: which inputs it needs, and how a batch becomes them. */
import { POSITIVE_LABEL } from "../data/mod.ts";
import { add, gather, input, mul, stopGradient, type Tensor, type TensorData } from "../graph/mod.ts";
import type { Config } from "./config.ts";
import { contrastiveLoss, cosentLoss, pairLoss, pairwiseCosine, tripletLoss } from "./objectives.ts";

/** The part of the configuration that says what is minimised. */
export type ObjectiveSettings = Pick<Config["training"], "objective" | "temperature" | "margin" | "hardNegatives">;

/** What one row of a batch is made of; texts are given by their number in the token cache. */
export interface TrainingItem {
  readonly job: number;
  readonly resume: number;
  /** In [0, 1]; 1 for the positives of contrastive and triplet training. */
  readonly label: number;
  /** Résumés that do not match the job: as many as the objective needs. */
  readonly negatives: readonly number[];
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
}

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

/** The loss of a batch. */
export function objectiveLoss(embeddings: Tensor, settings: ObjectiveSettings, weighted = false): ObjectiveGraph {
  const rows = (name: string) => gather(embeddings, input(name, ["items"], "int32"));
  const job = rows("jobRow"), resume = rows("resumeRow"); // [items, hidden]
  const cosine = pairwiseCosine(job, resume), label = input("label", ["items"]);
  const pairs = { job, resume, cosine, label, logit: mul(cosine, 1 / settings.temperature), head: [] };
  switch (settings.objective) {
    case "pair": {
      const scale = input(HEAD.scale, []), bias = input(HEAD.bias, []);
      const loss = pairLoss(cosine, label, { scale, bias, weight: weighted ? input("weight", ["items"]) : undefined });
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
      const excluded = (name: string) => input(name, ["items", "items"], "bool");
      const negatives = Array.from({ length: settings.hardNegatives }, (_, k) => ({
        candidates: rows(`negativeRow${k}`),
        excluded: excluded(`negativeExcluded${k}`),
      }));
      const options = { temperature: settings.temperature, excluded: excluded("excluded"), negatives };
      return { ...pairs, loss: contrastiveLoss(job, resume, options) };
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
    matches: (job: number, resume: number) => boolean;
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
    items.forEach(({ job }, i) =>
      candidates.forEach((candidate, j) => {
        if (!(own && i === j) && matches(job, candidate)) data[i * n + j] = 1;
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
  for (let k = 0; k < negativesPerItem(settings); k++) {
    const negatives = items.map((item) => item.negatives[k]!);
    feeds[`negativeRow${k}`] = rows(negatives);
    if (settings.objective === "contrastive") feeds[`negativeExcluded${k}`] = excluded(negatives, false);
  }
  Object.assign(feeds, more(rows));
  return { texts: [...rowOf.keys()], feeds };
}

/** A lookup of the known matches among items: those with a label of at least one half. */
export function knownMatches(items: readonly TrainingItem[]): (job: number, resume: number) => boolean {
  const known = new Set(
    items.filter((item) => item.label >= POSITIVE_LABEL).map((item) => `${item.job} ${item.resume}`),
  );
  return (job, resume) => known.has(`${job} ${resume}`);
}
