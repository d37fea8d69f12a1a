import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { readBertConfig } from "../model/config.ts";
import { readAdapter } from "../model/peft.ts";
import { openSafetensors } from "../model/safetensors.ts";
import type { EncoderSpec } from "../model/mod.ts";
import { Rng } from "../random.ts";
import { combine } from "./fairness/combine.ts";
import { constraintTerm } from "./fairness/constraint_term.ts";
import { adversary } from "./fairness/heads.ts";
import type { FairnessTerm } from "./fairness/term.ts";
import { counterfactual, distribution, parity } from "./fairness/terms.ts";
import { HEAD, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";
import type { StepResult } from "./pass.ts";
import type { Ranks } from "./ranks.ts";
import { divideTexts } from "./step_in_pieces.ts";
import { compileTrainingStep, type TrainingStepOptions } from "./training_step.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const TINY = `${import.meta.dirname}/../testdata/bert_lora_tiny`;
const config = await whenPermitted(() => readBertConfig(`${TINY}/base/config.json`));
const { tensors: weights } = await whenPermitted(() => openSafetensors(`${TINY}/base/model.safetensors`));
const { modules, parameters } = await whenPermitted(() => readAdapter(`${TINY}/adapters/all_linear`, config));
const SPEC: EncoderSpec = { config, weights, lora: modules, pooling: "mean", normalize: true, dropout: 0 };

const random = new Rng(4);
const tokens = Array.from({ length: 60 }, () => Array.from({ length: 2 + random.int(9) }, () => random.int(60)));
/** 13 pairs: no number of pieces divides them evenly. */
const items = Array.from({ length: 13 }, (_, i): TrainingItem => ({
  job: i % 5,
  resume: 5 + i,
  label: i % 2,
  negatives: [20 + i],
  weight: 1 + i % 3,
  groups: { town: i % 3 },
  counterfactuals: i % 4 === 0 ? [] : [40 + i],
}));

/** Of the kinds that look at pairs, groups, embeddings, counterfactuals and at batches before, with steps of a head. */
function terms() {
  const options = { attribute: "town", classes: 3, weight: 0.7 };
  const dual = { rate: 0.5, proportional: 1, decay: 0.5, radius: 20 };
  const constraint = {
    metric: "demographicParityDifference",
    attribute: "town",
    atMost: 0.05,
    against: "label",
  } as const;
  const adversarial = adversary({ ...options, features: config.hiddenSize, hidden: 4 }, new Rng(3));
  const list: FairnessTerm[] = [
    parity({ ...options, criterion: "demographicParity", spread: "variance", decay: 0.9 }),
    distribution({ ...options, distance: "scoreWasserstein" }),
    counterfactual({ weight: 0.3, compare: "embeddings" }),
    constraintTerm(constraint, { classes: 3, dual }),
    { ...adversarial, optimizer: { ...adversarial.optimizer, steps: 2 } },
  ];
  return combine(list, { attributes: { town: ["a", "b", "c"] }, warmup: 0 });
}

/** Two passes, of which the second knows what the terms remember of the first, and a further step of a head. */
async function passes(
  objective: ObjectiveSettings["objective"],
  options: TrainingStepOptions,
  variant: Partial<EncoderSpec> = {},
): Promise<(StepResult & { head: Record<string, Float32Array> })[]> {
  const settings = { objective, temperature: 0.1, margin: 0.3, hardNegatives: 1 };
  const step = await compileTrainingStep({ ...SPEC, ...variant }, settings, { threads: 1, ...options });
  const values = {
    ...parameters,
    ...options.terms?.parameters,
    [HEAD.scale]: { shape: [], data: Float32Array.of(5) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(-1) },
  };
  const results = [];
  let state = options.terms?.state ?? {};
  for (const number of [0, 1]) {
    const result = await step.run(items, {
      tokens,
      parameters: values,
      matches: (job, resume) => (job + resume) % 7 === 0,
      rng: new Rng(number),
      terms: { state, step: number },
    });
    state = result.terms.state;
    results.push({ ...result, head: await step.headGradients(result.batch, values) });
  }
  await step.release();
  return results;
}

/** Up to a part of the largest number of a tensor. */
function assertClose(actual: Record<string, ArrayLike<number>>, expected: typeof actual, tolerance: number): void {
  assertEquals(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const largest = Math.max(...Array.from(values, Math.abs), 1e-3);
    for (let i = 0; i < values.length; i++) {
      assertAlmostEquals(actual[name]![i]!, values[i]!, tolerance * largest, `${name}[${i}]`);
    }
  }
}

function assertSame(actual: Awaited<ReturnType<typeof passes>>, expected: typeof actual, tolerance = 1e-5): void {
  actual.forEach(({ loss, gradients, terms, head }, i) => {
    const whole = expected[i]!;
    const numbers = (of: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(of).map(([name, value]) => [name, [value]]));
    const states = (of: StepResult["terms"]["state"]) =>
      Object.fromEntries(Object.entries(of).map(([name, { data }]) => [name, data]));
    assertClose({ loss: [loss] }, { loss: [whole.loss] }, tolerance);
    assertClose(numbers(terms.losses), numbers(whole.terms.losses), tolerance);
    assertClose(states(terms.state), states(whole.terms.state), tolerance);
    assertClose(gradients, whole.gradients, tolerance);
    assertClose(head, whole.head, tolerance);
  });
}

for (const objective of ["pair", "contrastive", "cosent", "triplet"] as const) {
  permittedTest(`mini-batches of the ${objective} objective have the gradients of the whole batch`, async () => {
    const whole = await passes(objective, {});
    for (const miniBatchSize of [1, 4, 13]) assertSame(await passes(objective, { miniBatchSize }), whole);
  });
}

permittedTest(
  "mini-batches have the gradients of the whole batch with fairness terms, bounds and weights",
  async () => {
    const options = { terms: terms(), weighted: true };
    const whole = await passes("pair", options);
    assert(Object.keys(whole[0]!.head).length > 0 && Object.values(whole[1]!.terms.multipliers).some((sum) => sum > 0));
    for (const miniBatchSize of [3, 5]) assertSame(await passes("pair", { ...options, miniBatchSize }), whole);
  },
);

for (
  const variant of [{ dropout: 0.3 }, { half: true }, { int8: true }, { checkpointing: true }, {
    pooling: "cls",
  }] as const
) {
  permittedTest(`mini-batches have the gradients of the whole batch, ${JSON.stringify(variant)}`, async () => {
    const whole = await passes("contrastive", {}, variant);
    const pieces = await passes("contrastive", { miniBatchSize: 5 }, variant);
    assertSame(pieces, whole, "half" in variant || "int8" in variant ? 2e-2 : 1e-5);
  });
}

/** Ranks within one process: whoever comes last gives everybody what they came for. */
function ranksOf(size: number): Ranks[] {
  let given: unknown[] = [];
  let meeting = Promise.withResolvers<typeof given>();
  const meet = (rank: number, own: unknown) => {
    given[rank] = own;
    const { promise } = meeting;
    if (Object.keys(given).length === size) {
      meeting.resolve(given);
      given = [];
      meeting = Promise.withResolvers();
    }
    return promise;
  };
  return Array.from({ length: size }, (_, rank): Ranks => ({
    rank,
    size,
    allGather: async (own) => Float32Array.from((await meet(rank, own)).flatMap((part) => [...part as Float32Array])),
    async allReduce(own) {
      const all = await meet(rank, own) as Float64Array[];
      return Float32Array.from(own, (_, i) => all.reduce((sum, part) => sum + part[i]!, 0));
    },
    fromFirst: async (value) => structuredClone((await meet(rank, value))[0]) as typeof value,
    spent: () => "",
    release: () => Promise.resolve(),
  }));
}

for (const size of [2, 3]) {
  permittedTest(`${size} ranks have the gradients of one, all of them the same bytes`, async () => {
    const options = { terms: terms(), weighted: true };
    const together = (more: TrainingStepOptions) =>
      Promise.all(ranksOf(size).map((ranks) => passes("pair", { ...options, ...more, ranks }, { dropout: 0.3 })));
    const alone = await passes("pair", options, { dropout: 0.3 });
    const [first, ...others] = await together({});
    assertSame(first!, alone);
    for (const other of others) {
      assertEquals(
        other.map(({ batch: _, ...rest }) => rest),
        first!.map(({ batch: _, ...rest }) => rest),
      );
    }
    // Mini-batches are the same pieces whoever encodes them: the same bytes.
    const pieces = await passes("pair", { ...options, miniBatchSize: 4 }, { dropout: 0.3 });
    for (const shared of await together({ miniBatchSize: 4 })) {
      assertEquals(shared.map(({ gradients }) => gradients), pieces.map(({ gradients }) => gradients));
    }
  });
}

Deno.test("divideTexts() gives each piece about as many tokens, and each text to one piece", () => {
  const lengths = Array.from({ length: 100 }, (_, i) => 1 + (i * 37) % 50);
  const pieces = divideTexts(lengths, 8);
  assertEquals(pieces.flat().sort((a, b) => a - b), lengths.map((_, i) => i));
  const tokens = pieces.map((piece) => piece.reduce((sum, text) => sum + lengths[text]!, 0));
  const mean = lengths.reduce((a, b) => a + b) / 8;
  for (const count of tokens) assert(Math.abs(count - mean) <= 50, `${tokens}`);
  assertEquals(divideTexts([5], 4), [[0]]);
});
