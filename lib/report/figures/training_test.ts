import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { EpochRecord } from "../../train/mod.ts";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { epochCurves, lossCurves, multiplierCurves } from "./training.ts";
import { permittedTest } from "../../_testing.ts";

// Losses 0.95, 0.90, … and a term that begins in step 4.
const steps = Array.from({ length: 12 }, (_, i) => ({
  step: i + 1,
  epoch: 1 + Math.floor(i / 6),
  loss: 0.95 - 0.05 * i,
  learningRate: 0.001 * (12 - i) / 12,
  ...(i < 3 ? {} : { terms: { adversary: 2 - 0.1 * i, [HOSTILE_NAME]: 0.1 } }),
}));
const losses = lossCurves({ name: "demo", steps });
const curves = losses.data as { name: string; x: number[]; y: (number | null)[] }[];

permittedTest("lossCurves() looks as reviewed", () => assertSnapshot(losses));

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
  assertEquals(losses.title, "The training loss fell from 0.950 to 0.400 in 12 steps");
  assertStringIncludes(losses.alt, "adversary: from 1.700 to 0.900.");
  assertEquals(losses.layout.shapes!.map(({ x0 }) => x0), [6.5]);
});

Deno.test("lossCurves() draws long runs as means of several steps", () => {
  const long = Array.from({ length: 1201 }, (_, i) => ({ step: i + 1, epoch: 1, loss: i % 3, learningRate: 1 }));
  const [each] = lossCurves({ name: "long", steps: long }).data as typeof curves;
  assertEquals([each!.name, each!.y.length, each!.x[0]], ["mean of 3 steps", 401, 2]);
  assertEquals(each!.y.slice(0, 2), [1, 1]);
});

Deno.test("multiplierCurves() shows what each bound came to weigh, and needs one", () => {
  const weighed = steps.map(({ step, epoch }) => ({
    step,
    epoch,
    multipliers: { "tpr.education.positive": step / 10, "flipRate.all": 0 },
  }));
  const { title, alt, data } = multiplierCurves({ name: "demo", steps: weighed });
  assertEquals(title, "Of 2 bounds ended with a weight of 0.000 to 1.200");
  assertStringIncludes(alt, "tpr, education, positive 1.200; flip rate, all 0.000.");
  assertEquals((data[0] as { y: number[] }).y.slice(0, 2), [0.1, 0.2]);
  assertThrows(() => multiplierCurves({ name: "demo", steps }), RangeError, "steps with multipliers");
});

Deno.test("lossCurves() tells a loss that stays or rises, shows names as text, and needs a step", () => {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  assertEquals(lossCurves({ name: "x", steps: [first] }).title, "The training loss stayed at 0.950 in 1 step");
  assertEquals(
    lossCurves({ name: "x", steps: [last, first] }).title,
    "The training loss rose from 0.400 to 0.950 in 2 steps",
  );
  assert(plotTexts([losses.data, losses.layout]).every((text) => !/<script|<a |%\{x\} /.test(text)));
  assertThrows(() => lossCurves({ name: "x", steps: [] }), RangeError, "at least one step");
});

const epochs = [[0.85, 0.3, 0.35, true], [0.89, 0.25, null, true], [0.88, 0.1, 0.2, true], [0.9, 0.15, 0.25, false]]
  .map(([rocAuc, parity, odds, best], i) => ({
    epoch: i + 1,
    step: 50 * (i + 1),
    trainLoss: 0.5 - 0.05 * i,
    validationLoss: 0.45,
    rocAuc,
    averagePrecision: 0.7,
    gaps: [
      { attribute: "education", gap: "demographicParityDifference", value: parity },
      { attribute: "education", gap: "equalizedOddsDifference", value: odds },
      { attribute: "gender", gap: "equalizedOddsDifference", value: 0.9 },
    ],
    best,
  })) as EpochRecord[];
const constraint = { gap: "demographicParityDifference", max: 0.12 } as const;
const kept = epochCurves({ name: "fair", epochs, attribute: "education", constraint });

permittedTest("epochCurves() looks as reviewed", () => assertSnapshot(kept));

Deno.test("epochCurves() shows AUC and the attribute's differences, and marks the epoch kept and the bound", () => {
  const curves = kept.data as { name: string; y: (number | null)[]; marker: { size: number[] } }[];
  assertEquals(curves.map(({ name }) => name), [
    "validation ROC-AUC",
    "demographic parity difference",
    "equalized odds difference",
    "training loss",
    "validation loss",
  ]);
  assertEquals(curves[0]!.y, [0.85, 0.89, 0.88, 0.9]);
  assertEquals(curves[2]!.y, [0.35, null, 0.2, 0.25]);
  // Epoch 3: the last that was best when it came.
  assertEquals(curves[0]!.marker.size, [7, 7, 12, 7]);
  assertEquals(
    kept.title,
    "Epoch 3 of 4 is kept: validation ROC-AUC 0.880, demographic parity difference 0.100 within its bound 0.12",
  );
  assertStringIncludes(
    kept.alt,
    "Epoch 2: ROC-AUC 0.890, demographic parity difference 0.250, equalized odds difference undefined",
  );
});

Deno.test("epochCurves() says so when the bound is broken, when there are no differences, and when no epoch is kept", () => {
  assertStringIncludes(
    epochCurves({ name: "x", epochs, attribute: "education", constraint: { ...constraint, max: 0.05 } }).title,
    "0.100 above its bound 0.05",
  );
  const plain = epochCurves({ name: "x", epochs: epochs.slice(0, 1) });
  assertEquals([plain.title, plain.data.length], ["The only epoch is kept: validation ROC-AUC 0.850", 3]);
  assertEquals(
    epochCurves({ name: "x", epochs: epochs.slice(3) }).title,
    "No epoch is kept",
  );
  assertThrows(() => epochCurves({ name: "x", epochs: [] }), RangeError, "at least one epoch");
});

Deno.test("curves of a training give its history as rows", () => {
  assertEquals(losses.rows[3], {
    step: 4,
    epoch: 1,
    loss: steps[3]!.loss,
    learningRate: steps[3]!.learningRate,
    adversary: 1.7,
    [HOSTILE_NAME]: 0.1,
  });
  assertEquals(kept.rows.map(({ kept }) => kept), [false, false, true, false]);
});
