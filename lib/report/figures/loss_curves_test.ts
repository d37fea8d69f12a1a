import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { lossCurves } from "./loss_curves.ts";

// Losses 0.95, 0.90, … and a term that begins in step 4.
const steps = Array.from({ length: 12 }, (_, i) => ({
  step: i + 1,
  epoch: 1 + Math.floor(i / 6),
  loss: 0.95 - 0.05 * i,
  learningRate: 0.001 * (12 - i) / 12,
  ...(i < 3 ? {} : { terms: { adversary: 2 - 0.1 * i, [HOSTILE_NAME]: 0.1 } }),
}));
const figure = lossCurves({ name: "demo", steps });
const curves = figure.data as { name: string; x: number[]; y: (number | null)[] }[];

Deno.test("lossCurves() looks as reviewed", () => assertSnapshot(figure));

Deno.test("lossCurves() shows each step, a moving mean, the terms from where they begin, and the learning rate", () => {
  const [each, mean, adversary, , rate] = curves;
  assertEquals([each!.name, mean!.name], ["each step", "mean of 3 steps"]);
  assertAlmostEquals(each!.y[1]!, 0.9, 1e-6);
  // (0.95 + 0.90) / 2 at the end, (0.95 + 0.90 + 0.85) / 3 after it.
  assertAlmostEquals(mean!.y[0]!, 0.925, 1e-6);
  assertAlmostEquals(mean!.y[1]!, 0.9, 1e-6);
  assertEquals(adversary!.y.slice(0, 3), [null, null, null]);
  assertAlmostEquals(adversary!.y[3]!, 1.65, 1e-6);
  assertAlmostEquals(rate!.y[0]!, 0.001, 1e-9);
  assertEquals(figure.title, "The training loss fell from 0.950 to 0.400 in 12 steps");
  assertStringIncludes(figure.alt, "adversary: from 1.700 to 0.900.");
  assertEquals(figure.layout.shapes!.map(({ x0 }) => x0), [6.5]);
});

Deno.test("lossCurves() draws long runs as means of several steps", () => {
  const long = Array.from({ length: 1201 }, (_, i) => ({ step: i + 1, epoch: 1, loss: i % 3, learningRate: 1 }));
  const [each] = lossCurves({ name: "long", steps: long }).data as typeof curves;
  assertEquals([each!.name, each!.y.length, each!.x[0]], ["mean of 3 steps", 401, 2]);
  assertEquals(each!.y.slice(0, 2), [1, 1]);
});

Deno.test("lossCurves() tells a loss that stays or rises, shows names as text, and needs a step", () => {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  assertEquals(lossCurves({ name: "x", steps: [first] }).title, "The training loss stayed at 0.950 in 1 step");
  assertEquals(
    lossCurves({ name: "x", steps: [last, first] }).title,
    "The training loss rose from 0.400 to 0.950 in 2 steps",
  );
  assert(plotTexts([figure.data, figure.layout]).every((text) => !/<script|<a |%\{x\} /.test(text)));
  assertThrows(() => lossCurves({ name: "x", steps: [] }), RangeError, "at least one step");
});
