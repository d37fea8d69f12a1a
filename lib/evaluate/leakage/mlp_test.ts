import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { Matrix } from "ml-matrix";
import { permittedTest } from "../../_testing.ts";
import { evaluate } from "../../graph/_reference_testing.ts";
import { Rng } from "../../random.ts";
import { normalMatrix } from "./_testing.ts";
import { compileMlp, type Mlp, mlpGraph, mlpProbabilities, trainMlp } from "./mlp.ts";

Deno.test("mlpGraph() is softmax of two layers with tanh between, its loss the mean of cost times log loss", () => {
  const shapes = { input: [2, 1], inputBias: [2], output: [2, 2], outputBias: [2] };
  const { loss, probabilities, derivatives } = mlpGraph(Object.values(shapes));
  const values = { input: [1, -2], inputBias: [0.5, 0], output: [1, 0, 0, 3], outputBias: [0, 0.25] };
  const feeds = (moved: Partial<typeof values> = {}) => ({
    ...Object.fromEntries(
      Object.entries({ ...values, ...moved }).map(([name, data]) => [
        name,
        { shape: shapes[name as keyof typeof shapes], data },
      ]),
    ),
    x: { shape: [2, 1], data: [0.3, -1] },
    targets: { shape: [2, 2], data: [0.5, 0, 0, 2] },
  });
  const lossAt = (moved = {}) => evaluate({ loss }, feeds(moved)).loss!.data[0]!;
  const found = evaluate({ probabilities, ...derivatives }, feeds());

  const margins = [0.3, -1].map((v) => [Math.tanh(v + 0.5), 3 * Math.tanh(-2 * v) + 0.25] as const);
  const p = margins.map(([a, b]) => 1 / (1 + Math.exp(b - a)));
  p.forEach((own, i) => assertAlmostEquals(found.probabilities!.data[2 * i]!, own, 1e-12));
  assertAlmostEquals(lossAt(), -(0.5 * Math.log(p[0]!) + 2 * Math.log(1 - p[1]!)) / 2, 1e-12);
  for (const part of ["input", "inputBias", "output", "outputBias"] as const) {
    values[part].forEach((_, i) => {
      const at = (step: number) => lossAt({ [part]: values[part].map((v, j) => j === i ? v + step : v) });
      const difference = (at(1e-6) - at(-1e-6)) / 2e-6;
      assertAlmostEquals(found[`${part} gradient`]!.data[i]!, difference, 1e-8, `${part}[${i}]`);
    });
  }
});

/** Points in four corners, with noise and with features that say nothing; opposite corners are of one class. */
function corners(n: number, seed: number): { x: Matrix; labels: number[] } {
  const rng = new Rng(seed);
  const sides = Array.from({ length: n }, () => [rng.int(2), rng.int(2)]);
  const x = sides.map((s) => [...s.map((v) => 2 * v - 1 + 0.4 * rng.normal()), rng.normal(), rng.normal()]);
  return { x: new Matrix(x), labels: sides.map(([a, b]) => a! ^ b!) };
}

async function withNetwork(features: number, use: (network: Mlp) => Promise<void>) {
  const network = await compileMlp(features, 2);
  try {
    await use(network);
  } finally {
    await network.release();
  }
}

permittedTest("trainMlp() learns exclusive or and says it of new points", () =>
  withNetwork(4, async (network) => {
    const { weights } = await trainMlp(network, corners(200, 1), { rng: new Rng(3), costs: [1, 1], epochs: 80 });
    const { x, labels } = corners(500, 2);
    const p = await mlpProbabilities(network, weights, x);
    // The best that is possible with this noise is 0.988.
    assertLess(0.93, labels.filter((label, i) => p[i]![label]! > 0.5).length / labels.length);
  }));

permittedTest(
  "trainMlp() keeps the weights that did best on the rows to stop by",
  () =>
    withNetwork(30, async (network) => {
      const rng = new Rng(4);
      const labels = Array.from({ length: 60 }, () => rng.int(2));
      const noise = { x: normalMatrix(60, 30, 5), labels };
      const stop = { x: normalMatrix(40, 30, 6), labels: labels.slice(0, 40) };
      const stopped = await trainMlp(network, noise, { rng: new Rng(7), costs: [1, 1], stop });
      assert(stopped.epochs <= 5, "what is noise cannot be learned for long");
      const again = await trainMlp(network, noise, { rng: new Rng(7), costs: [1, 1], epochs: stopped.epochs });
      assertEquals(again, stopped);
    }),
);

permittedTest(
  "trainMlp() with balanced costs is not drawn to the larger class",
  () =>
    withNetwork(1, async (network) => {
      const rng = new Rng(8);
      const labels = Array.from({ length: 200 }, (_, i) => Number(i % 10 === 0));
      const x = new Matrix(labels.map((label) => [rng.normal() + label]));
      const share = async (costs: number[]) => {
        const { weights } = await trainMlp(network, { x, labels }, { rng: new Rng(9), epochs: 60, costs });
        const p = await mlpProbabilities(network, weights, x);
        return p.reduce((sum, row) => sum + row[1]!, 0) / 200;
      };
      assertLess(Math.abs(await share([1, 1]) - 0.1), 0.03);
      assertLess(0.3, await share([200 / 360, 200 / 40]));
    }),
);
