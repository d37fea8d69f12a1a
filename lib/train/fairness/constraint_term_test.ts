import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { evaluate } from "../../graph/_reference_testing.ts";
import { assertClose, finiteDifferences } from "../../graph/_testing.ts";
import { gradients } from "../../graph/gradients.ts";
import { input, type Tensor } from "../../graph/tensor.ts";
import type { Constraint } from "../settings.ts";
import { parseConfig } from "../config.ts";
import { degenerateFeeds, type Feeds, oneHot, row, runOnnx } from "./_testing.ts";
import { ascend, constraintTerm, excessOf } from "./constraint_term.ts";
import type { TermInputs } from "./term.ts";
import { permittedTest } from "../../_testing.ts";

const { dual } = parseConfig({}).fairness;

function constraint(changes: Partial<Constraint>): Constraint {
  return { metric: "demographicParityDifference", attribute: "education", against: "label", ...changes };
}

/** A term's inputs from tensors by name; what it remembers is `state.<name>`. */
function inputsOf(x: Readonly<Record<string, Tensor>>): TermInputs {
  const state = Object.entries(x).flatMap(([name, tensor]) =>
    name.startsWith("state.") ? [[name.slice("state.".length), tensor]] : []
  );
  return {
    job: x.job!,
    resume: x.x!,
    cosine: x.score!,
    logit: x.score!,
    label: x.label!,
    scale: x.scale!,
    populationWeight: x.populationWeight!,
    groups: () => x.groups!,
    texts: () => x.other!,
    input: (name) => x[name]!,
    parameters: {},
    state: Object.fromEntries(state),
  };
}

/** Feeds of what a term remembers, with multipliers of its own. */
function stateFeeds(term: ReturnType<typeof constraintTerm>, multiplier: number): Feeds {
  return Object.fromEntries(
    Object.entries(term.state!).map(([name, { shape, data }]) => [
      `state.${name}`,
      { shape: [...shape] as number[], data: name.endsWith("multipliers") ? data.map(() => multiplier) : data },
    ]),
  ) as unknown as Feeds;
}

/** The loss of a term, and what it remembers next, of inputs as the feeds are. */
function built(term: ReturnType<typeof constraintTerm>, feeds: Feeds) {
  const x = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape }]) => {
      const fixed = name.startsWith("state.") || name === "scale";
      return [name, input(name, shape.map((size, axis) => axis === 0 && !fixed ? "items" : size))] as const;
    }),
  );
  const result = term.build(inputsOf(x));
  assert("next" in result);
  return { ...result, score: x.score! };
}

Deno.test("ascend() is a step of projected gradient ascent by hand", () => {
  const graph = (radius: number) =>
    ascend(input("multipliers", [3]), input("excess", [3]), { rate: 0.1, proportional: 0, radius });
  const feeds = { multipliers: row(0.2, 0.01, 0), excess: row(0.5, -0.3, 0.4) };
  const after = (radius: number) => [...evaluate({ next: graph(radius) }, feeds).next!.data];
  // 0.2 + 0.1·0.5; 0.01 − 0.1·0.3 is below 0; 0.1·0.4.
  [0.25, 0, 0.04].forEach((expected, i) => assertAlmostEquals(after(20)[i]!, expected, 1e-7));
  // A sum of 0.29 is scaled back to 0.145.
  [0.125, 0, 0.02].forEach((expected, i) => assertAlmostEquals(after(0.145)[i]!, expected, 1e-7));
});

Deno.test("a bound's multipliers over two batches by hand", () => {
  const term = constraintTerm(constraint({ atMost: 0.1 }), {
    classes: 2,
    dual: { rate: 0.5, proportional: 2, decay: 0.5, radius: 20 },
  });
  // Decisions: both of group 0, and one of two of group 1; the threshold with the highest F1 lies in between.
  const batch: Feeds = {
    score: row(2, 1, 3, -2),
    label: row(1, 1, 1, 0),
    groups: oneHot([0, 0, 1, 1], 2),
    populationWeight: row(1, 1, 1, 1),
  };
  const run = (state: Feeds) => {
    const feeds = { ...batch, ...state };
    const { loss, next } = built(term, feeds);
    const values = evaluate({ loss, ...next }, feeds);
    return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, [...data]]));
  };
  const first = run(stateFeeds(term, 0));
  assertEquals(first["all.sums"], [2, 1]);
  assertEquals(first["all.counts"], [2, 2]);
  // Rates 1 and ½: group 0 exceeds group 1 by 0.5 − 0.1; the other way, and each over itself, nothing does.
  const expected = [0, 0.5 * 0.4, 0, 0];
  expected.forEach((value, i) => assertAlmostEquals(first["all.multipliers"]![i]!, value, 1e-7));
  // (λ + 2·0.4)·(soft rates' excess), with sigmoids around the threshold, the highest below a logit of 1: log(28/12)
  // of the grid (i + 1)/40.
  const threshold = Math.log(29 / 11);
  const soft = [2, 1, 3, -2].map((logit) => 1 / (1 + Math.exp(threshold - logit)));
  const excess = (soft[0]! + soft[1]! - soft[2]! - soft[3]!) / 2 - 0.1;
  assertAlmostEquals(first.loss![0]!, (0.2 + 0.8) * excess, 1e-6);

  const second = run(Object.fromEntries(
    Object.entries(first).filter(([name]) => name !== "loss").map(([name, data]) => [
      `state.${name}`,
      { shape: [...term.state![name]!.shape] as number[], data },
    ]),
  ));
  // The same batch again: the same rates, and once more 0.5·0.4.
  assertEquals(second["all.counts"], [3, 3]);
  assertAlmostEquals(second["all.multipliers"]![1]!, 0.4, 1e-6);
});

Deno.test("excessOf() each kind of bound by hand", () => {
  const rates = input("rates", [2]), feeds = { rates: row(0.5, 0.3) };
  const excess = (
    changes: Partial<Constraint>,
  ) => [...evaluate({ excess: excessOf(constraint(changes), rates) }, feeds).excess!.data];
  const close = (actual: number[], expected: number[]) =>
    expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-7));
  close(excess({ atMost: 0.05 }), [-0.05, 0.15, -0.25, -0.05]);
  // 0.8·0.5 − 0.3: the four-fifths rule is broken by the second group.
  close(excess({ metric: "demographicParityRatio", atLeast: 0.8 }), [-0.1, 0.1, -0.26, -0.06]);
  close(excess({ metric: "tpr", atLeast: 0.4 }), [-0.1, 0.1]);
});

const BOUNDS: readonly Partial<Constraint>[] = [
  { metric: "demographicParityDifference", atMost: 0.05 },
  { metric: "demographicParityRatio", atLeast: 0.8 },
  { metric: "equalOpportunityDifference", atMost: 0.05 },
  { metric: "falsePositiveRateDifference", atMost: 0.05 },
  { metric: "equalizedOddsDifference", atMost: 0.05, against: "groundTruth" },
  { metric: "tpr", atLeast: 0.9 },
  { metric: "rocAuc", atLeast: 0.9 },
  { metric: "flipRate", atMost: 0.01, attribute: null },
];

for (const bound of BOUNDS) {
  permittedTest(`${bound.metric}: the gradient of the proxy is that of finite differences`, async () => {
    const term = constraintTerm(constraint(bound), { classes: bound.metric === "flipRate" ? 1 : 3, dual });
    const feeds: Feeds = {
      ...degenerateFeeds([0, 0, 2, -1, 2, 0, 1, 1], [1, 0, 1, 1, 0, 1, 1, 0], [
        0.3,
        -1.2,
        0.9,
        2,
        -0.4,
        0.1,
        -0.7,
        1.3,
      ]),
      populationWeight: row(1, 1, 1, 1, 1, 1, 1, 1),
      groundTruth: row(1, 0, 1, -1, 0, 1, 0, 1),
      job: { shape: [8, 2], data: [0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, -1, 1, 1, 0] },
      other: { shape: [8, 2], data: [1, 2, 2, 1, -1, 1, 1, 3, 0, 1, 1, 1, 2, 1, 1, -1] },
      scale: { shape: [], data: [4] },
      hasCounterfactual: row(1, 1, 0, 1, 1, 1, 0, 1),
      ...stateFeeds(term, 0.7),
    };
    const { score, loss } = built(term, feeds);
    const graph = { loss, slope: gradients(loss, [score])[0]! };
    const expected = finiteDifferences(loss, "score", feeds);
    assert(expected.some((slope) => slope !== 0));
    assertClose(evaluate(graph, feeds).slope!.data, expected, 1e-7, "in float64");
    assertClose((await runOnnx(graph, feeds)).slope!.data as Float32Array, expected, 1e-5, "on ONNX Runtime");
  });
}
