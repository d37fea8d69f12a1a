import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { Rng } from "../random.ts";
import type { TrainingItem } from "./objective_graph.ts";
import { countItems, stepPlan } from "./step_plan.ts";

/** Résumés of 90 to 500 tokens, three pairs to a job of 60. */
const rng = new Rng(4);
const lengths = [...Array<number>(100).fill(60), ...Array.from({ length: 300 }, () => 90 + rng.int(411))];
const tokens = lengths.map((length) => Array<number>(length).fill(7));
const items = Array.from({ length: 300 }, (_, i): TrainingItem => {
  return { job: Math.floor(i / 3), resume: 100 + i, label: i % 2, negatives: [] };
});
const set = { tokens, items };
const options = { epochs: 3, batchSize: 32, batchTokens: 3000, accumulation: 1, seed: 5 };

/** The texts of a pass, each once. */
const textsOf = (pass: readonly TrainingItem[]) => [...new Set(pass.flatMap(({ job, resume }) => [job, resume]))];
const tokensOf = (pass: readonly TrainingItem[]) => textsOf(pass).reduce((sum, text) => sum + lengths[text]!, 0);

Deno.test("stepPlan() without a budget cuts a shuffled epoch, and counts the last, smaller step", () => {
  const { epoch, total } = stepPlan({ ...set, items: items.slice(0, 100) }, {
    ...options,
    batchSize: 16,
    batchTokens: null,
    accumulation: 2,
  });
  assertEquals(epoch(0).map((passes) => passes.map((pass) => pass.length)), [...Array(3).fill([16, 16]), [4]]);
  assertEquals(total, 12);
});

Deno.test("stepPlan() keeps every pass within batchTokens and batchSize, and takes every item once in each epoch", () => {
  const { epoch, total } = stepPlan(set, options);
  const epochs = [0, 1, 2].map(epoch);
  assertEquals(total, epochs.flat().length);
  for (const steps of epochs) {
    const passes = steps.flat();
    assertEquals(passes.flat().map(({ resume }) => resume).sort((a, b) => a - b), items.map(({ resume }) => resume));
    for (const pass of passes) {
      assert(pass.length <= 32 && tokensOf(pass) <= 3000, `${pass.length} items, ${tokensOf(pass)} tokens`);
    }
    // 94,000 tokens at 3,000 a pass: what is left free of the budget is less than one pair.
    assertLess(passes.length, 40);
  }
  assert(stepPlan(set, { ...options, batchSize: 4 }).epoch(0).flat().every((pass) => pass.length <= 4));
});

Deno.test("stepPlan() brings pairs of like length together, in batches of random order", () => {
  // What attention computes: every text as long as the longest of its pass.
  const padded = (passes: readonly (readonly TrainingItem[])[]) =>
    passes.reduce((sum, pass) => {
      const own = textsOf(pass);
      return sum + own.length * Math.max(...own.map((text) => lengths[text]!)) ** 2;
    }, 0);
  const sorted = stepPlan(set, options).epoch(0).flat();
  assertLess(
    padded(sorted),
    0.75 * padded(stepPlan(set, { ...options, batchTokens: null, batchSize: 8 }).epoch(0).flat()),
  );
  const longest = sorted.map((pass) => Math.max(...textsOf(pass).map((text) => lengths[text]!)));
  const rises = longest.slice(1).filter((length, i) => length > longest[i]!).length;
  assert(rises > longest.length / 4 && rises < 3 * longest.length / 4, `${rises} of ${longest.length}`);
});

Deno.test("stepPlan() depends on seed and epoch alone", () => {
  const { epoch } = stepPlan(set, options);
  assertEquals(stepPlan(set, options).epoch(1), epoch(1));
  assertNotEquals(epoch(0), epoch(1));
  assertNotEquals(stepPlan(set, { ...options, seed: 6 }).epoch(0), epoch(0));
});

Deno.test("stepPlan() counts a text once in a pass, negatives and the longest counterfactual with it", () => {
  const text = (length: number) => Array<number>(length).fill(1);
  const item = (resume: number, more: Partial<TrainingItem> = {}): TrainingItem => {
    return { job: 0, resume, label: 1, negatives: [], ...more };
  };
  const plan = (items: TrainingItem[], batchTokens: number) =>
    stepPlan({ tokens: [10, 20, 20, 20, 30, 40].map(text), items }, { ...options, epochs: 1, batchTokens }).epoch(0)
      .flat().map((pass) => pass.length).sort();
  const three = [item(1), item(2), item(3)];
  assertEquals(plan(three, 70), [3]); // the job's 10 once
  assertEquals(plan(three, 69), [1, 2]);
  assertEquals(plan(three, 25), [1, 1, 1]); // one alone has 30, and is taken all the same
  const further = three.map((one) => ({ ...one, negatives: [4], counterfactuals: [4, 5] }));
  assertEquals(plan(further, 10 + 3 * 20 + 30 + 3 * 40), [3]);
  assertEquals(plan(further, 10 + 3 * 20 + 30 + 3 * 40 - 1), [1, 2]);
});

Deno.test("stepPlan() accumulates passes that it cut by tokens", () => {
  const one = stepPlan(set, options), two = stepPlan(set, { ...options, accumulation: 2 });
  assertEquals(two.epoch(1).flat(), one.epoch(1).flat());
  assertEquals(two.epoch(0).length, Math.ceil(one.epoch(0).length / 2));
  assertEquals(countItems(two.epoch(0)[0]!), one.epoch(0).slice(0, 2).flat(2).length);
});
