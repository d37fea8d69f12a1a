import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { assertClose, finiteDifferences } from "../../graph/_testing.ts";
import { add, mul, sigmoid } from "../../graph/operations.ts";
import { gradients } from "../../graph/gradients.ts";
import { toHalf } from "../../graph/half_precision.ts";
import { compileOnnx as compile } from "../../graph/onnx/session.ts";
import { reduceMean, reduceSum } from "../../graph/operations.ts";
import { evaluate, type ReferenceFeed } from "../../graph/_reference_testing.ts";
import { ShapeError } from "../../graph/tensor.ts";
import type { TensorData } from "../../graph/tensor.ts";
import { Rng } from "../../random.ts";
import { ATTRIBUTES, batchOf, combined, ITEMS, shared } from "./_terms_testing.ts";
import { combine } from "./combine.ts";
import { adversary } from "./heads.ts";
import { groupMeans, maxDifference } from "./rates.ts";
import type { FairnessTerm } from "./term.ts";
import { baseDistillation, counterfactual, distribution, parity } from "./terms.ts";
import { permittedTest } from "../../_testing.ts";

const meanLogit: FairnessTerm = { name: "mean", weight: 0.5, build: ({ logit }) => reduceMean(logit) };
const gap: FairnessTerm = {
  name: "gap",
  weight: 2,
  build: ({ logit, groups }) => maxDifference(groupMeans(sigmoid(logit), groups("education"))),
};
const nothing = { attributes: ATTRIBUTES, warmup: 0 };

Deno.test("combine() adds weight times loss, in value and in gradient", () => {
  const { loss, outputs, feeds, embeddings } = combined([meanLogit, gap], 0);
  const results = evaluate({ loss, ...outputs, slope: gradients(loss, [embeddings])[0]! }, feeds);
  const [mean, largest] = ["loss of mean", "loss of gap"].map((name) => results[name]!.data[0]!);
  assertClose([mean!], evaluate({ mean: reduceMean(shared.logit) }, feeds).mean!.data, 1e-15, "own loss");
  assertClose(results.loss!.data, [0.5 * mean! + 2 * largest!], 1e-12, "loss");
  assertClose(results.slope!.data, finiteDifferences(loss, "embeddings", feeds), 1e-7, "gradient");
});

Deno.test("combine() lets weights rise over the warm-up", () => {
  const terms = combine([gap], { attributes: ATTRIBUTES, warmup: 4 });
  const strengths = [0, 1, 4, 9].map((step) => terms.feeds(batchOf(ITEMS, step).batch, {})["strength of gap"]!.data[0]);
  assertEquals(strengths, [0, 0.5, 2, 2]);
});

Deno.test("a term's own parameters learn at full strength, the encoder at its weight", () => {
  const options = { attribute: "education", features: 3, classes: 3, hidden: 0 };
  const slopesAt = (weight: number) => {
    const { loss, feeds, embeddings, parameters } = combined([adversary({ ...options, weight }, new Rng(1))], 0);
    const [encoder, head] = gradients(loss, [embeddings, parameters[0]!]);
    const results = evaluate({ encoder: encoder!, head: head! }, feeds);
    return { encoder: results.encoder!.data, head: results.head!.data };
  };
  const full = slopesAt(1), half = slopesAt(0.5), none = slopesAt(0);
  assertEquals([full.head, full.head], [half.head, none.head]);
  assertClose(half.encoder, full.encoder.map((x) => x / 2), 1e-12, "encoder");
  assert(full.encoder.some((x) => x !== 0) && none.encoder.every((x) => x === 0));
});

permittedTest(
  "combine() carries state from batch to batch and reports each term's loss without its weight",
  async () => {
    const options = { attribute: "education", classes: 3, spread: "variance", decay: 0.5 } as const;
    const selected = parity({ ...options, weight: 3, criterion: "demographicParity" });
    const terms = [parity({ ...options, weight: 0.1, criterion: "equalizedOdds" }), selected];
    const { loss, outputs, feeds, terms: together } = combined(terms, 0);
    const executable = await compile({ loss, ...outputs }, { threads: 1 });
    const first = together.read(await executable.run(asData(feeds)));
    const again = asData(feeds), next = together.feeds(batchOf(ITEMS, 1).batch, first.state);
    const second = together.read(await executable.run({ ...again, ...next }));
    await executable.release();
    const counts = "equalizedOdds.education.positive.counts";
    assertEquals([...first.state[counts]!.data], [1, 1, 0]);
    assertEquals([...second.state[counts]!.data], [1.5, 1.5, 0]);
    assertEquals(Object.keys(second.losses), ["equalizedOdds.education", "demographicParity.education"]);
    // The same batch again leaves its own means as they are.
    assertClose(
      [second.losses["equalizedOdds.education"]!],
      [first.losses["equalizedOdds.education"]!],
      1e-6,
      "penalty",
    );
  },
);

permittedTest(
  "all ready-made terms together: gradients are finite and equal the reference on ONNX Runtime",
  async () => {
    const { loss, outputs, feeds, embeddings, parameters } = combined(everything(), 0);
    const grads = gradients(loss, [embeddings, ...parameters]);
    const graph = { loss, ...outputs, ...Object.fromEntries(grads.map((g, i) => [`gradient ${i}`, g])) };
    const exact = evaluate(graph, feeds);
    const executable = await compile(graph, { threads: 1 });
    const rounded = await executable.run(asData(feeds));
    await executable.release();
    for (const [name, { data }] of Object.entries(exact)) {
      assert(data.every(Number.isFinite), name);
      assertClose(rounded[name]!.data as Float32Array, data, 2e-5, name);
    }
  },
);

Deno.test("ready-made terms that hold nothing constant: the gradient of their sum equals finite differences", () => {
  const plain = everything().filter(({ name }) => !name.startsWith("adversary"));
  const { loss, feeds, embeddings } = combined(plain, 0);
  const { slope } = evaluate({ slope: gradients(loss, [embeddings])[0]! }, feeds);
  assertClose(slope!.data, finiteDifferences(loss, "embeddings", feeds), 1e-7, "gradient");
});

permittedTest("in half precision the terms' gradients keep two digits", async () => {
  const { loss, feeds, embeddings } = combined(everything(), 0);
  const [slope] = gradients(loss, [embeddings]);
  const exact = evaluate({ slope: slope! }, feeds).slope!.data;
  const executable = await compile(toHalf({ slope: slope! }), { threads: 1 });
  const rounded = (await executable.run(asData(feeds))).slope!.data as Float32Array;
  await executable.release();
  assertClose(rounded, exact, 2e-2 * Math.max(...exact.map(Math.abs)), "slope");
});

Deno.test("a batch of which no group is known moves nothing by its groups", () => {
  const { groups: _, ...unknown } = ITEMS[0]!;
  const terms = everything().filter(({ name }) => name.includes("education"));
  const { loss, feeds, embeddings } = combined(terms, 0, [unknown, { ...unknown, resume: 3, label: 0 }]);
  const { slope, loss: value } = evaluate({ loss, slope: gradients(loss, [embeddings])[0]! }, feeds);
  assertClose([value!.data[0]!, ...slope!.data], new Array(1 + slope!.data.length).fill(0), 1e-12, "slope");
});

Deno.test("combine() of no terms adds 0", () => {
  const { loss } = combine([], nothing).build(shared);
  assertEquals(evaluate({ loss: add(loss, 1) }, {}).loss!.data[0], 1);
});

Deno.test("combine() refuses settings that cannot be meant", () => {
  const refused = (terms: FairnessTerm[], attributes: Record<string, string[]>, message: string) =>
    assertThrows(() => combine(terms, { attributes, warmup: 0 }).build(shared), InputError, message);
  refused([{ ...gap, weight: -1 }], ATTRIBUTES, 'fairness term "gap": expected a weight of at least 0, found -1');
  refused([{ ...gap, weight: NaN }], ATTRIBUTES, "found NaN");
  refused([gap, gap], ATTRIBUTES, "expected one term of this name, found two");
  refused([gap], { educaton: ["a", "b"] }, 'unknown attribute "education", did you mean "educaton"');
  refused([gap], {}, 'unknown attribute "education"');
  refused([gap], { education: ["bachelor"] }, 'expected at least two groups to compare, found only "bachelor"');
});

Deno.test("combine() refuses a loss that is no scalar, and a state that nobody continues", () => {
  const build = (term: Partial<FairnessTerm>) => () => combine([{ ...meanLogit, ...term }], nothing).build(shared);
  assertThrows(build({ build: ({ logit }) => logit }), ShapeError, 'Fairness term "mean" of [items]');
  const state = { seen: { shape: [2], data: new Float32Array(2) } };
  assertThrows(build({ state }), ShapeError, 'State "seen" of fairness term "mean"');
  const wrong = build({ state, build: ({ logit }) => ({ loss: reduceSum(logit), next: { seen: mul(logit, 2) } }) });
  assertThrows(wrong, ShapeError, "a next value of the same shape");
});

function everything(): FairnessTerm[] {
  const rng = new Rng(5);
  const attribute = "education", classes = 3, features = 3;
  const head = { attribute, weight: 0.5, features, classes, hidden: 4, classWeights: [1, 2, 1] };
  const distances = [
    "scoreWasserstein",
    "scoreMmd",
    "scoreCorrelation",
    "embeddingMmd",
    "embeddingHsic",
    "embeddingCoral",
  ] as const;
  return [
    adversary({ ...head, seesLabel: true }, rng),
    parity({ attribute, weight: 0.3, classes, criterion: "equalizedOdds", spread: "toOverall", decay: 0.9 }),
    parity({ attribute, weight: 0.3, classes, criterion: "demographicParity", spread: "maxGap", decay: 0 }),
    ...distances.map((distance) => distribution({ attribute, weight: 0.2, distance })),
    counterfactual({ weight: 1, compare: "scores" }),
    counterfactual({ weight: 1, compare: "embeddings" }),
    baseDistillation({
      weight: 1,
      distance: "cosine",
      features,
      baseEmbedding: (text) => Float32Array.of(1, text, -1),
    }),
  ];
}

/** The same feeds, typed for an executor. */
function asData(feeds: Record<string, ReferenceFeed & { dtype?: string }>): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data, dtype }]) => [
      name,
      dtype === "int32"
        ? { dtype, shape, data: Int32Array.from(data) }
        : { dtype: "float32", shape, data: Float32Array.from(data) },
    ]),
  );
}
