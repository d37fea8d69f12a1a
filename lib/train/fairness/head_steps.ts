/**
 * Further steps of heads on a batch whose embeddings are known: an adversary that learns too slowly to keep up with the
 * encoder is given several steps for each of the encoder's, and none of them needs the encoder again.
 */
import { compile, gradients, input, type Tensor, type TensorData } from "../../graph/mod.ts";
import { parameterFeeds, type Parameters } from "../../model/mod.ts";
import { combine, type CombinedTerms, type SharedTensors } from "./combine.ts";

/** Gradients of heads for embeddings that are given. */
export interface HeadSteps {
  gradients(batch: Record<string, TensorData>, parameters: Parameters): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
}

const SHARED = ["embeddings", "job", "resume", "cosine", "logit", "label"] as const;
const outputName = (parameter: string) => `gradient of ${parameter}`;
const nameOf = (tensor: (typeof SHARED)[number]) => `head batch ${tensor}`;

/** How a batch goes from the training graph to {@linkcode HeadSteps}. */
export const headStepBatch = {
  /** What the training graph has to give besides. */
  outputs: (shared: SharedTensors): Record<string, Tensor> =>
    Object.fromEntries(SHARED.map((name) => [nameOf(name), shared[name]])),
  /** Whether an output of the training graph is one of them. */
  isPart: (output: string): boolean => SHARED.some((name) => nameOf(name) === output),
  feeds: (
    given: Record<string, TensorData>,
    results: Readonly<Record<string, TensorData>>,
  ): Record<string, TensorData> => ({
    ...given,
    ...Object.fromEntries(SHARED.map((name) => [nameOf(name), results[nameOf(name)]!])),
  }),
};

/**
 * Compiles the terms whose heads take several steps, with the batch's embeddings as inputs. It is a small graph, which
 * runs on the CPU wherever the encoder does.
 */
export async function compileHeadSteps(terms: CombinedTerms, width: number): Promise<HeadSteps | null> {
  const stepping = terms.terms.filter(({ optimizer }) => (optimizer?.steps ?? 1) > 1);
  if (stepping.length === 0) return null;
  const rows = (name: "embeddings" | "job" | "resume") =>
    input(nameOf(name), [name === "embeddings" ? "texts" : "items", width]);
  const numbers = (name: "cosine" | "logit" | "label") => input(nameOf(name), ["items"]);
  const { loss, parameters } = combine(stepping, terms.options).build({
    embeddings: rows("embeddings"),
    job: rows("job"),
    resume: rows("resume"),
    cosine: numbers("cosine"),
    logit: numbers("logit"),
    label: numbers("label"),
  });
  const names = parameters.map(({ node: { leaf } }) => (leaf as { name: string }).name);
  const grads = gradients(loss, parameters);
  const executable = await compile(Object.fromEntries(names.map((name, i) => [outputName(name), grads[i]!])));
  return {
    async gradients(batch, values) {
      const results = await executable.run({ ...batch, ...parameterFeeds(values) });
      return Object.fromEntries(names.map((name) => [name, results[outputName(name)]!.data as Float32Array]));
    },
    release: () => executable.release(),
  };
}
