import { assert } from "@std/assert";
import { add, mul, softplus, sub } from "../../graph/operations.ts";
import { gradients } from "../../graph/gradients.ts";
import { compileOnnx as compile } from "../../graph/onnx/session.ts";
import { reduceMean, reduceSum } from "../../graph/operations.ts";
import { input, type TensorData } from "../../graph/tensor.ts";
import type { Parameters } from "../../model/lora.ts";
import { Rng } from "../../random.ts";
import { adamwStep } from "../../graph/adamw.ts";
import { combine } from "./combine.ts";
import { adversary } from "./heads.ts";
import type { FairnessTerm } from "./term.ts";
import { distribution, parity } from "./terms.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

// 240 people: a merit, a noisy trace of their group, and a historical label that held the group against them.
const PEOPLE = (() => {
  const rng = new Rng(11);
  return Array.from({ length: 240 }, (_, i) => {
    const group = i % 2, merit = rng.normal();
    const label = Number(merit - 1.5 * group + 0.75 + 0.5 * rng.normal() > 0);
    return { group, label, merit, features: [merit + rng.normal(), group - 0.5 + 0.5 * rng.normal()] };
  });
})();

const features = input("features", ["items", 2]), weights = input("weights", [2]), bias = input("bias", []);
const label = input("label", ["items"]);
const resume = mul(features, weights); // "embeddings"
const logit = add(reduceSum(resume, { axes: [1] }), bias);
const mainLoss = reduceMean(sub(softplus(logit), mul(label, logit)));

interface Gaps {
  demographicParity: number;
  equalizedOdds: number;
}

/** Trains on batches of twelve with AdamW; returns the gaps of mean probabilities over all people. */
async function trainedOnce(list: readonly FairnessTerm[], seed: number): Promise<Gaps> {
  const terms = combine(list, { attributes: { school: ["other", "top"] }, warmup: 50 });
  const joined = terms.build({ embeddings: resume, job: resume, resume, cosine: logit, logit, label });
  const parameters: Parameters = {
    weights: { shape: [2], data: Float32Array.of(1, 0) },
    bias: { shape: [], data: new Float32Array(1) },
    ...structuredClone(terms.parameters),
  };
  const names = Object.keys(parameters);
  const grads = gradients(add(mainLoss, joined.loss), [weights, bias, ...joined.parameters]);
  const outputs = { ...joined.outputs, ...Object.fromEntries(grads.map((g, i) => [`gradient ${names[i]}`, g])) };
  const executable = await compile(outputs, { threads: 1 });
  const zeros = (name: string) => new Float32Array(parameters[name]!.data.length);
  const moments = names.map((name) => ({ first: zeros(name), second: zeros(name) }));
  const rng = new Rng(seed);
  let state = terms.state;
  for (let step = 0; step < 500; step++) {
    const people = Array.from({ length: 12 }, () => rng.pick(PEOPLE));
    const items = people.map(({ group, label }) => ({
      job: 0,
      resume: 0,
      label,
      negatives: [],
      groups: { school: group },
    }));
    const results = await executable.run({
      ...terms.feeds({ items, step, rows: () => float([0], []) }, state),
      ...Object.fromEntries(names.map((name) => [name, float(parameters[name]!.shape, parameters[name]!.data)])),
      features: float([12, 2], people.flatMap(({ features }) => features)),
      label: float([12], people.map(({ label }) => label)),
    });
    state = terms.read(results).state;
    names.forEach((name, i) => {
      const gradient = results[`gradient ${name}`]!.data as Float32Array;
      const isHead = name in terms.parameters;
      const options = { learningRate: isHead ? 0.1 : 0.03, weightDecay: isHead ? 1 : 0 };
      adamwStep(parameters[name]!.data, gradient, { ...moments[i]!, step: step + 1, ...options });
    });
  }
  await executable.release();

  const [onMerit, onGroup] = parameters.weights!.data as unknown as [number, number];
  const logits = PEOPLE.map(({ features: [merit, trace] }) =>
    onMerit * merit! + onGroup * trace! + parameters.bias!.data[0]!
  );
  const gap = (counted: (label: number) => boolean) => {
    const rate = (group: number) => {
      const own = logits.filter((_, i) => PEOPLE[i]!.group === group && counted(PEOPLE[i]!.label));
      return own.reduce((sum, z) => sum + 1 / (1 + Math.exp(-z)), 0) / own.length;
    };
    return Math.abs(rate(0) - rate(1));
  };
  return {
    demographicParity: gap(() => true),
    equalizedOdds: Math.max(gap((label) => label === 1), gap((label) => label === 0)),
  };
}

/** Means over two orders of the batches. */
async function trained(list: readonly FairnessTerm[]): Promise<Gaps> {
  const [a, b] = [await trainedOnce(list, 12), await trainedOnce(list, 22)];
  return {
    demographicParity: (a.demographicParity + b.demographicParity) / 2,
    equalizedOdds: (a.equalizedOdds + b.equalizedOdds) / 2,
  };
}

function float(shape: readonly number[], data: ArrayLike<number>): TensorData {
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

const plain = await whenPermitted(() => trained([]));

const moving = { attribute: "school", classes: 2, spread: "variance", decay: 0.9 } as const;
const HALVING: { term: FairnessTerm; criterion: keyof Gaps }[] = [
  { term: parity({ ...moving, criterion: "demographicParity", weight: 30 }), criterion: "demographicParity" },
  { term: parity({ ...moving, criterion: "equalizedOdds", weight: 30 }), criterion: "equalizedOdds" },
  ...([["scoreWasserstein", 1], ["scoreMmd", 2], ["embeddingHsic", 4]] as const).map(([distance, weight]) => ({
    term: distribution({ attribute: "school", distance, weight }),
    criterion: "demographicParity" as const,
  })),
];

permittedTest("a plain model inherits the planted gap", () => {
  assert(plain.demographicParity > 0.15, `found ${plain.demographicParity}`);
});

for (const { term, criterion } of HALVING) {
  permittedTest(`${term.name} halves the gap of ${criterion} in batches of twelve`, async () => {
    const fair = (await trained([term]))[criterion];
    assert(fair < plain[criterion] / 2, `plain ${plain[criterion]}, with the term ${fair}`);
  });
}

permittedTest("an adversary whose head decays lowers the gap", async () => {
  const term = adversary({ attribute: "school", classes: 2, features: 2, hidden: 0, weight: 1 }, new Rng(13));
  const fair = (await trained([term])).demographicParity;
  assert(fair < plain.demographicParity * 0.75, `plain ${plain.demographicParity}, with the term ${fair}`);
});
