/** Connects an objective to the embeddings of a batch: which inputs it needs, and how a batch becomes them. */
import type { Config } from "../config.ts";
import { POSITIVE_LABEL } from "../data/example.ts";
import { gather } from "../graph/layout.ts";
import { input, type Tensor, type TensorData } from "../graph/tensor.ts";
import { contrastiveLoss, cosentLoss, pairLoss, pairwiseCosine, tripletLoss } from "./objectives.ts";

/** The part of the configuration that says what is minimised. */
export type ObjectiveSettings = Pick<Config["training"], "objective" | "temperature" | "margin" | "hardNegatives">;

/** What one row of a batch is made of; texts are given by their number in the token table. */
export interface TrainingItem {
  readonly job: number;
  readonly resume: number;
  /** In [0, 1]; 1 for the positives of contrastive and triplet training. */
  readonly label: number;
  /** Résumés that do not match the job: as many as the objective needs. */
  readonly negatives: readonly number[];
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
 * Whether a parameter belongs to the objective and not to the adapter.
 *
 * @param parameter Its name.
 */
export function isHead(parameter: string): boolean {
  return parameter === HEAD.scale || parameter === HEAD.bias;
}

/**
 * How many negatives each item must bring.
 *
 * @param settings The objective.
 * @returns A whole number, 0 for objectives on labels.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { negativesPerItem } from "./objective_graph.ts";
 *
 * const settings = { temperature: 0.05, margin: 0.3, hardNegatives: 2 };
 * assertEquals(negativesPerItem({ objective: "contrastive", ...settings }), 2);
 * assertEquals(negativesPerItem({ objective: "pair", ...settings }), 0);
 * ```
 */
export function negativesPerItem({ objective, hardNegatives }: ObjectiveSettings): number {
  return objective === "contrastive" ? hardNegatives : objective === "triplet" ? 1 : 0;
}

/**
 * The loss of a batch.
 *
 * @param embeddings `[texts, hidden]`, of length 1, of the batch's distinct texts.
 * @param settings The objective.
 * @returns The scalar loss, and the objective's own trainable inputs.
 */
export function objectiveLoss(embeddings: Tensor, settings: ObjectiveSettings): { loss: Tensor; head: Tensor[] } {
  const rows = (name: string) => gather(embeddings, input(name, ["items"], "int32"));
  const job = rows("jobRow"), resume = rows("resumeRow"); // [items, hidden]
  switch (settings.objective) {
    case "pair": {
      const scale = input(HEAD.scale, []), bias = input(HEAD.bias, []);
      const loss = pairLoss(pairwiseCosine(job, resume), input("label", ["items"]), scale, bias);
      return { loss, head: [scale, bias] };
    }
    case "cosent":
      return {
        loss: cosentLoss(pairwiseCosine(job, resume), input("label", ["items"]), settings.temperature),
        head: [],
      };
    case "contrastive": {
      const excluded = (name: string) => input(name, ["items", "items"], "bool");
      const negatives = Array.from({ length: settings.hardNegatives }, (_, k) => ({
        candidates: rows(`negativeRow${k}`),
        excluded: excluded(`negativeExcluded${k}`),
      }));
      const options = { temperature: settings.temperature, excluded: excluded("excluded"), negatives };
      return { loss: contrastiveLoss(job, resume, options), head: [] };
    }
    case "triplet":
      return { loss: tripletLoss(job, resume, rows("negativeRow0"), settings.margin, "cosine"), head: [] };
  }
}

/** The distinct texts of a batch and the feeds that refer to them by row. */
export interface ObjectiveBatch {
  /** Text numbers, in order of first use. */
  readonly texts: readonly number[];
  readonly feeds: Record<string, TensorData>;
}

/**
 * Turns items into feeds for {@linkcode objectiveLoss}. Each distinct text appears once, however many items share it.
 *
 * @param items The batch.
 * @param settings The objective.
 * @param matches Whether a résumé is known to match a job: such a pair is never used as a negative.
 * @returns The texts to embed, and feeds that name them by their row among the embeddings.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { objectiveBatch } from "./objective_graph.ts";
 *
 * const settings = { objective: "pair", temperature: 0.05, margin: 0.3, hardNegatives: 0 } as const;
 * const items = [{ job: 7, resume: 3, label: 1, negatives: [] }, { job: 7, resume: 4, label: 0, negatives: [] }];
 * const { texts, feeds } = objectiveBatch(items, settings, () => false);
 * assertEquals(texts, [7, 3, 4]);
 * assertEquals([...feeds.resumeRow!.data], [1, 2]);
 * ```
 */
export function objectiveBatch(
  items: readonly TrainingItem[],
  settings: ObjectiveSettings,
  matches: (job: number, resume: number) => boolean,
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
  const feeds: Record<string, TensorData> = { jobRow: rows(items.map((item) => item.job)), resumeRow: rows(resumes) };
  if (settings.objective === "pair" || settings.objective === "cosent") {
    feeds.label = { dtype: "float32", shape: [items.length], data: Float32Array.from(items, (item) => item.label) };
  }
  if (settings.objective === "contrastive") feeds.excluded = excluded(resumes, true);
  for (let k = 0; k < negativesPerItem(settings); k++) {
    const negatives = items.map((item) => item.negatives[k]!);
    feeds[`negativeRow${k}`] = rows(negatives);
    if (settings.objective === "contrastive") feeds[`negativeExcluded${k}`] = excluded(negatives, false);
  }
  return { texts: [...rowOf.keys()], feeds };
}

/**
 * A lookup of the known matches among items: those with a label of at least one half.
 *
 * @param items All items of the training, not those of a batch alone.
 * @returns Whether the data say that a résumé matches a job.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { knownMatches } from "./objective_graph.ts";
 *
 * const matches = knownMatches([{ job: 1, resume: 2, label: 1, negatives: [] }]);
 * assertEquals([matches(1, 2), matches(1, 3)], [true, false]);
 * ```
 */
export function knownMatches(items: readonly TrainingItem[]): (job: number, resume: number) => boolean {
  const known = new Set(
    items.filter((item) => item.label >= POSITIVE_LABEL).map((item) => `${item.job} ${item.resume}`),
  );
  return (job, resume) => known.has(`${job} ${resume}`);
}
