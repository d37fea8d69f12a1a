import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../random.ts";
import { fitPlatt } from "./base_model.ts";

Deno.test("fitPlatt() without a prior gives the log-odds of two scores", () => {
  // Half of the low and three quarters of the high scores match: log-odds of 0 and ln 3.
  const { scale, bias } = fitPlatt([0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 1, 1], 0);
  assertAlmostEquals(bias, 0, 1e-9);
  assertAlmostEquals(scale, Math.log(3), 1e-9);
});

/** Cosines and labels drawn from sigmoid(scale · x + bias). */
function sample(n: number, scale: number, bias: number, seed: number) {
  const rng = new Rng(seed);
  const x = Array.from({ length: n }, () => 2 * rng.uniform() - 1);
  return { x, labels: x.map((v) => Number(rng.uniform() < 1 / (1 + Math.exp(-(scale * v + bias))))) };
}

function gradient(x: readonly number[], labels: readonly number[], scale: number, bias: number, prior: number) {
  const errors = x.map((v, i) => labels[i]! - 1 / (1 + Math.exp(-(scale * v + bias))));
  return [
    errors.reduce((sum, e, i) => sum + e * x[i]!, 0) - prior * scale,
    errors.reduce((sum, e) => sum + e, 0),
  ];
}

Deno.test("fitPlatt() finds the scale and bias that labels were drawn with", () => {
  const { x, labels } = sample(20_000, 12, -7, 1);
  const { scale, bias } = fitPlatt(x, labels);
  // Three standard errors of the estimate, from the inverse of the information at the optimum.
  assertAlmostEquals(scale, 12, 0.9);
  assertAlmostEquals(bias, -7, 0.6);
});

Deno.test("fitPlatt() ends where the derivative of the penalised likelihood is zero, whatever the data", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 5,
        maxLength: 40,
      }),
      (rows) => {
        const x = rows.map(([v]) => v), labels = rows.map(([, label]) => label);
        fc.pre(Math.max(...x) - Math.min(...x) > 0.05 && labels.some((l) => l > 0.1) && labels.some((l) => l < 0.9));
        const { scale, bias } = fitPlatt(x, labels);
        for (const slope of gradient(x, labels, scale, bias, 1e-2)) assertLess(Math.abs(slope), 1e-6);
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});

Deno.test("fitPlatt() stays finite where labels are separable, all alike, or cosines all equal", () => {
  const separable = fitPlatt([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]);
  assert(Number.isFinite(separable.scale) && separable.scale > 5);
  assertAlmostEquals(-separable.bias / separable.scale, 0.5, 1e-6); // the boundary lies in the middle
  const alike = fitPlatt([0.1, 0.5, 0.9], [1, 1, 1]);
  assert(Number.isFinite(alike.scale) && Number.isFinite(alike.bias) && alike.bias > 0);
  const equal = fitPlatt([0.5, 0.5, 0.5, 0.5], [0, 1, 1, 1]);
  assertAlmostEquals(1 / (1 + Math.exp(-(equal.scale * 0.5 + equal.bias))), 0.75, 1e-2);
  assertEquals(fitPlatt([], []), { scale: 0, bias: 0 });
});

Deno.test("fitPlatt() gives a negative scale where higher cosines match less", () => {
  const { x, labels } = sample(2000, -4, 0, 3);
  assertLess(fitPlatt(x, labels).scale, -3);
});
