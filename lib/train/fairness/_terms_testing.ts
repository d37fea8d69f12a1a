/** What the tests of terms share: a batch, and the graph that terms join, with embeddings in place of an encoder. */
import { mul, sub } from "../../graph/operations.ts";
import { gather } from "../../graph/layout.ts";
import type { ReferenceFeed } from "../../graph/_reference_testing.ts";
import { input, type TensorData } from "../../graph/tensor.ts";
import { Rng } from "../../random.ts";
import type { TrainingItem } from "../objective_graph.ts";
import { pairwiseCosine } from "../objective_graph.ts";
import { combine, type SharedTensors } from "./combine.ts";
import type { FairnessTerm, TermBatch } from "./term.ts";

export const ATTRIBUTES = { education: ["none", "bachelor", "master"] };

/** Job 0 and five résumés; one of unknown education, two with a counterfactual. */
export const ITEMS: readonly TrainingItem[] = [
  { job: 0, resume: 1, label: 1, negatives: [], groups: { education: 0 }, counterfactuals: [6] },
  { job: 0, resume: 2, label: 0, negatives: [], groups: { education: 0 } },
  { job: 0, resume: 3, label: 0.5, negatives: [], groups: { education: 1 }, counterfactuals: [7] },
  { job: 0, resume: 4, label: 0.2, negatives: [], groups: { education: 1 } },
  { job: 0, resume: 5, label: 1, negatives: [] },
];

const embeddings = input("embeddings", ["texts", 3]);
const rows = (name: string) => gather(embeddings, input(name, ["items"], "int32"));
const job = rows("jobRow"), resume = rows("resumeRow");
const cosine = pairwiseCosine(job, resume);

/** The tensors of a training whose only parameters are the embeddings themselves. */
export const shared: SharedTensors = {
  embeddings,
  job,
  resume,
  cosine,
  logit: sub(mul(cosine, 4), 1),
  label: input("label", ["items"]),
};

/** A batch that numbers texts by rows in order of first use, and the texts it came to hold. */
export function batchOf(items: readonly TrainingItem[], step = 0): { batch: TermBatch; texts: number[] } {
  const texts: number[] = [];
  const rows = (wanted: readonly number[]): TensorData => {
    for (const text of wanted) if (!texts.includes(text)) texts.push(text);
    return { dtype: "int32", shape: [wanted.length], data: Int32Array.from(wanted, (text) => texts.indexOf(text)) };
  };
  return { batch: { items, step, rows }, texts };
}

/** Terms joined to {@linkcode shared}, with feeds for one batch; each text has random numbers for an embedding. */
export function combined(list: readonly FairnessTerm[], step: number, items = ITEMS) {
  const terms = combine(list, { attributes: ATTRIBUTES, warmup: 0 });
  const { batch, texts } = batchOf(items, step);
  const jobRow = batch.rows(items.map((item) => item.job)), resumeRow = batch.rows(items.map((item) => item.resume));
  const own = terms.feeds(batch, terms.state);
  const parameters = Object.entries(terms.parameters);
  const feeds = {
    ...own,
    ...Object.fromEntries(parameters),
    jobRow,
    resumeRow,
    label: { shape: [items.length], data: items.map((item) => item.label) },
    embeddings: {
      shape: [texts.length, 3],
      data: texts.flatMap((text) => {
        const rng = new Rng(100 + text);
        return [rng.normal(), rng.normal(), rng.normal()];
      }),
    },
  } as unknown as Record<string, ReferenceFeed & { dtype?: string }>;
  return { ...terms.build(shared), terms, feeds, embeddings };
}
