import { assertAlmostEquals, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { readBertConfig } from "../model/config.ts";
import { initLora, type Parameters } from "../model/lora.ts";
import { openSafetensors } from "../model/safetensors.ts";
import { Rng } from "../random.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import {
  HEAD,
  negativesPerItem,
  type ObjectiveSettings,
  type TrainingItem,
  type TrainingSet,
} from "./objective_graph.ts";
import { initialState, train, type TrainerOptions, type TrainerState } from "./trainer.ts";
import { stepPlan } from "./step_plan.ts";
import { compileTrainingStep } from "./training_step.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const BASE = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
const config = await whenPermitted(() => readBertConfig(`${BASE}/config.json`));
const weights = await whenPermitted(async () => (await openSafetensors(`${BASE}/model.safetensors`)).tensors);
const modules = [0, 1].flatMap((layer) =>
  ["query", "value"].map((part) => ({
    name: `encoder.layer.${layer}.attention.self.${part}`,
    inFeatures: config.hiddenSize,
    outFeatures: config.hiddenSize,
    rank: 4,
    scaling: 2,
    dora: false,
  }))
);

const SETTINGS: ObjectiveSettings = { objective: "pair", temperature: 0.05, margin: 0.3, hardNegatives: 1 };
const OPTIONS: TrainerOptions = {
  epochs: 3,
  batchSize: 4,
  accumulation: 2,
  learningRate: 5e-3,
  headLearningRate: 0.05,
  weightDecay: 0.01,
  warmup: 0.1,
  schedule: "linear",
  maxGradNorm: 1,
  seed: 7,
  patience: null,
  selection: { higherIsBetter: true, maxGap: null, window: null, improvement: "utility" },
};

/** Texts whose first word names a topic; a résumé matches the job of its topic. */
function topics(settings: ObjectiveSettings): TrainingSet {
  const rng = new Rng(3);
  const tokens: number[][] = [];
  const add = (topic: number) =>
    tokens.push([1, 10 + topic, ...Array.from({ length: 3 + rng.int(6) }, () => 40 + rng.int(50)), 2]) - 1;
  const jobs = [0, 1, 2, 3].map(add);
  const items: TrainingItem[] = [];
  for (let i = 0; i < 18; i++) {
    const topic = i % 4, resume = add(topic);
    items.push({ job: jobs[topic]!, resume, label: 1, negatives: [] });
    if (settings.objective === "pair" || settings.objective === "cosent") {
      items.push({ job: jobs[(topic + 1) % 4]!, resume, label: 0, negatives: [] });
    }
  }
  const others = (item: TrainingItem) => items.filter((other) => other.job !== item.job).map((other) => other.resume);
  const negatives = negativesPerItem(settings);
  return { tokens, items: items.map((item) => ({ ...item, negatives: others(item).slice(0, negatives) })) };
}

async function freshState(): Promise<TrainerState> {
  const lora = await initLora(modules, new Rng(1), () => Promise.reject(new Error("no DoRA here")));
  const head: Parameters = {
    [HEAD.scale]: { shape: [], data: Float32Array.of(5) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(-2) },
  };
  return initialState({ ...lora, ...head });
}

const spec = { config, weights, lora: modules, pooling: "mean", normalize: true, dropout: 0.1 } as const;

interface Trace {
  losses: number[];
  state: TrainerState;
}

/** Trains, optionally stopping after some events, and returns the losses and the state. */
async function trace(
  state: TrainerState,
  options: TrainerOptions = OPTIONS,
  settings: ObjectiveSettings = SETTINGS,
  stopAfter = Infinity,
  score: (epoch: number) => number = () => 0,
): Promise<Trace> {
  if (settings.objective !== "pair") {
    for (const part of [state.parameters, state.first, state.second]) {
      delete part[HEAD.scale];
      delete part[HEAD.bias];
    }
  }
  const step = await compileTrainingStep(spec, settings);
  const losses: number[] = [];
  const validate = (_: Parameters, epoch: number) => Promise.resolve({ utility: score(epoch), gap: null });
  for await (const event of train({ set: topics(settings), step, state, validate }, options)) {
    if (event.kind === "step") losses.push(event.loss);
    if (losses.length >= stopAfter) break;
  }
  await step.release();
  return { losses, state };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

for (const objective of ["pair", "contrastive", "cosent", "triplet"] as const) {
  permittedTest(`train() lowers the ${objective} loss`, async () => {
    const settings = { ...SETTINGS, objective, temperature: 0.2 };
    const { losses } = await trace(await freshState(), { ...OPTIONS, epochs: 12, learningRate: 2e-2 }, settings);
    assertLess(mean(losses.slice(-4)), 0.75 * mean(losses.slice(0, 4)));
  });
}

permittedTest("train() gives the same bytes for the same seed, and others for another", async () => {
  const a = await trace(await freshState()), b = await trace(await freshState());
  assertEquals(a, b);
  const c = await trace(await freshState(), { ...OPTIONS, seed: 8 });
  assertEquals(a.losses[0] === c.losses[0], false);
});

for (const batchTokens of [null, 50]) {
  permittedTest(`train() continues from any step with the same bytes, batchTokens ${batchTokens}`, async () => {
    const options = { ...OPTIONS, batchTokens };
    const whole = await trace(await freshState(), options);
    const dir = await Deno.makeTempDir();
    const path = `${dir}/state.safetensors`;
    for (const steps of [1, 5, 6, 14]) { // 5 steps per epoch, or 6: within, at the end of, and after an epoch
      const interrupted = await trace(await freshState(), options, SETTINGS, steps);
      await saveCheckpoint(path, interrupted.state, { fingerprint: "same run", history: "" });
      const resumed = await trace((await loadCheckpoint(path, "same run", interrupted.state)).state, options);
      assertEquals([...interrupted.losses, ...resumed.losses], whole.losses);
      assertEquals(resumed.state, whole.state);
    }
    await Deno.remove(dir, { recursive: true });
  });
}

permittedTest("train() brings the learning rate to its end with steps that batchTokens cut", async () => {
  const step = await compileTrainingStep(spec, SETTINGS), set = topics(SETTINGS);
  const options = { ...OPTIONS, batchTokens: 50, warmup: 0, epochs: 2 };
  const validate = () => Promise.resolve({ utility: 0, gap: null });
  const rates: number[] = [], pairs: number[] = [];
  for await (const event of train({ set, step, state: await freshState(), validate }, options)) {
    if (event.kind === "step") rates.push(event.learningRate), pairs.push(event.items);
  }
  await step.release();
  const { total } = stepPlan(set, options);
  assertEquals(rates.length, total);
  rates.forEach((rate, i) => assertAlmostEquals(rate, OPTIONS.learningRate * (1 - i / total), 1e-9));
  assertEquals(pairs.reduce((sum, count) => sum + count, 0), 2 * set.items.length);
});

permittedTest("loadCheckpoint() refuses the checkpoint of another run", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/state.safetensors`;
  await saveCheckpoint(path, await freshState(), { fingerprint: "one run", history: "" });
  await assertRejects(() => loadCheckpoint(path, "another run", initialState({})), InputError, "another configuration");
  await Deno.remove(dir, { recursive: true });
});

permittedTest(
  "train() keeps the parameters of the best epoch and stops after `patience` epochs without improvement",
  async () => {
    const options = { ...OPTIONS, epochs: 6, patience: 2 };
    const scores = [0.5, 0.9, 0.7, 0.8, 1, 1];
    const { state } = await trace(await freshState(), options, SETTINGS, Infinity, (epoch) => scores[epoch - 1]!);
    assertEquals([state.epoch, state.best.utility!.epoch, state.best.utility!.utility], [4, 2, 0.9]);
    const name = Object.keys(state.parameters)[0]!;
    assertEquals(state.best.utility!.parameters[name]!.data === state.parameters[name]!.data, false);
  },
);

permittedTest("train() averages accumulated batches as one large batch would", async () => {
  // Without dropout and for a loss that is a mean over items, 2 × 4 items are the same as 1 × 8.
  const still = { ...spec, dropout: 0 };
  const run = async (batchSize: number, accumulation: number, batchTokens: number | null = null) => {
    const step = await compileTrainingStep(still, SETTINGS);
    const state = await freshState();
    const validate = () => Promise.resolve({ utility: 0, gap: null });
    const losses: number[] = [];
    const options = { ...OPTIONS, batchSize, batchTokens, accumulation, epochs: 1 };
    for await (const event of train({ set: topics(SETTINGS), step, state, validate }, options)) {
      if (event.kind === "step") losses.push(event.loss);
    }
    await step.release();
    return losses;
  };
  const [two, one] = [await run(4, 2), await run(8, 1)];
  assertEquals(two.length, one.length);
  two.forEach((loss, i) => assertLess(Math.abs(loss - one[i]!), 1e-5));
  assertGreater(two.length, 3);
  // Passes that tokens cut are of different sizes: each pair counts the same all the same.
  const [cut, whole] = [await run(8, 1000, 50), await run(1000, 1)];
  assertEquals([cut.length, whole.length], [1, 1]);
  assertAlmostEquals(cut[0]!, whole[0]!, 1e-5);
});
