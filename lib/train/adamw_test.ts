import { assertAlmostEquals, assertEquals } from "@std/assert";
import { adamwStep, clipGradients } from "./adamw.ts";
import { learningRateFactor } from "./schedule.ts";

// Expected numbers: torch 2.13 in float64 under transformers' linear schedule, see testdata/losses.json.
const { adamw } = JSON.parse(await Deno.readTextFile(`${import.meta.dirname}/../testdata/losses.json`));
const flat = (tensors: Record<string, number[] | number[][]>, name: string) => Float64Array.from(tensors[name]!.flat());

Deno.test("clipping, the warm-up schedule and AdamW equal six steps of torch, gradients of norm 0 to 500 included", () => {
  const names = ["w", "b"];
  const parameters = names.map((name) => flat(adamw.inputs.params, name));
  const moments = parameters.map((p) => ({ first: new Float64Array(p.length), second: new Float64Array(p.length) }));
  adamw.expected.steps.forEach((expected: Record<string, number & number[]>, step: number) => {
    const gradients = names.map((name) => flat(adamw.inputs.grads[step], name));
    assertAlmostEquals(clipGradients(gradients, 1), expected.grad_norm!, 1e-9);
    const learningRate = 0.01 * learningRateFactor("linear", step, 2, 6);
    assertAlmostEquals(learningRate, expected.lr!, 1e-15);
    parameters.forEach((parameter, i) => {
      adamwStep(parameter, gradients[i]!, moments[i]!, step + 1, { learningRate, weightDecay: 0.01 });
      const want = flat(expected as unknown as Record<string, number[]>, names[i]!);
      want.forEach((value, j) => assertAlmostEquals(parameter[j]!, value, 1e-9, `step ${step + 1}, ${names[i]}[${j}]`));
    });
  });
});

Deno.test("clipGradients() leaves small gradients as they are", () => {
  const gradients = [Float64Array.of(0.3, 0.4)];
  assertAlmostEquals(clipGradients(gradients, 1), 0.5, 1e-15);
  assertEquals(gradients, [Float64Array.of(0.3, 0.4)]);
});
