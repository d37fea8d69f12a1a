import { assertAlmostEquals, assertEquals } from "@std/assert";
import { permittedTest, whenPermitted } from "../_testing.ts";
import { adamwStep, clipGradients, learningRateFactor, type LearningRates } from "./adamw.ts";

// Expected numbers: torch 2.13 in float64 under transformers' linear schedule, see testdata/losses.json.
const { adamw, schedules } = whenPermitted(() =>
  JSON.parse(Deno.readTextFileSync(`${import.meta.dirname}/../testdata/losses.json`))
);
const flat = (tensors: Record<string, number[] | number[][]>, name: string) => Float64Array.from(tensors[name]!.flat());

permittedTest(
  "clipping, the warm-up schedule and AdamW equal six steps of torch, gradients of norm 0 to 500 included",
  () => {
    const names = ["w", "b"];
    const parameters = names.map((name) => flat(adamw.inputs.params, name));
    const moments = parameters.map((p) => ({ first: new Float64Array(p.length), second: new Float64Array(p.length) }));
    adamw.expected.steps.forEach((expected: Record<string, number & number[]>, step: number) => {
      const gradients = names.map((name) => flat(adamw.inputs.grads[step], name));
      assertAlmostEquals(clipGradients(gradients, 1), expected.grad_norm!, 1e-9);
      const learningRate = 0.01 * learningRateFactor(step, { schedule: "linear", warmup: 2, total: 6 });
      assertAlmostEquals(learningRate, expected.lr!, 1e-15);
      parameters.forEach((parameter, i) => {
        adamwStep(parameter, gradients[i]!, { ...moments[i]!, step: step + 1, learningRate, weightDecay: 0.01 });
        const want = flat(expected as unknown as Record<string, number[]>, names[i]!);
        want.forEach((value, j) =>
          assertAlmostEquals(parameter[j]!, value, 1e-9, `step ${step + 1}, ${names[i]}[${j}]`)
        );
      });
    });
  },
);

Deno.test("clipGradients() leaves small gradients as they are", () => {
  const gradients = [Float64Array.of(0.3, 0.4)];
  assertAlmostEquals(clipGradients(gradients, 1), 0.5, 1e-15);
  assertEquals(gradients, [Float64Array.of(0.3, 0.4)]);
});

Deno.test("clipGradients() gives the norm before clipping", () => {
  assertEquals(clipGradients([Float64Array.of(3), Float64Array.of(4)], 10), 5);
});

Deno.test("adamwStep() first moves by the learning rate times the sign of the gradient", () => {
  const w = Float64Array.of(1), first = new Float64Array(1), second = new Float64Array(1);
  adamwStep(w, Float64Array.of(0.3), { first, second, step: 1, learningRate: 0.1, weightDecay: 0 });
  assertAlmostEquals(w[0]!, 0.9, 1e-6);
});

Deno.test("learningRateFactor() rises over the warm-up and falls in a line", () => {
  const rates = { schedule: "linear", warmup: 2, total: 4 } as const;
  assertEquals([0, 1, 2, 3, 4].map((step) => learningRateFactor(step, rates)), [0, 0.5, 1, 0.5, 0]);
});

for (const [name, factors] of Object.entries<number[]>(schedules.expected)) {
  const [, schedule, warmup, total] = name.match(/(\w+)_warmup\((\d+),(\d+)\)/)!;
  // Expected numbers: transformers 5.18, see testdata/losses.json.
  Deno.test(`learningRateFactor() is transformers' ${name}`, () => {
    const rates = { schedule, warmup: Number(warmup), total: Number(total) } as LearningRates;
    factors.forEach((factor, step) => {
      assertAlmostEquals(learningRateFactor(step, rates), factor, 1e-12, `step ${step}`);
    });
  });
}
