import { assertAlmostEquals, assertEquals } from "@std/assert";
import { evaluate } from "../../graph/_reference_testing.ts";
import { pairwiseCosine } from "../objective_graph.ts";
import { assertGradients, assertNothing, type Build, lossGraph, row, testGolden } from "./_testing.ts";
import { batchOf } from "./_terms_testing.ts";
import {
  baseDistillation,
  counterfactual,
  counterfactualEmbeddings,
  counterfactualScores,
  distillation,
  distribution,
  parity,
} from "./terms.ts";
import { permittedTest } from "../../_testing.ts";

Deno.test("terms are named after what they compare and remember what they need", () => {
  const attribute = "education", weight = 1;
  const odds = parity({ attribute, weight, classes: 2, criterion: "equalizedOdds", spread: "variance", decay: 0.9 });
  assertEquals(odds.name, "equalizedOdds.education");
  assertEquals(Object.keys(odds.state!), ["positive.sums", "positive.counts", "negative.sums", "negative.counts"]);
  assertEquals(distribution({ attribute, weight, distance: "scoreWasserstein" }).name, "scoreWasserstein.education");
});

Deno.test("counterfactual() lets the counterfactuals of a résumé take turns", () => {
  const term = counterfactual({ weight: 1, compare: "embeddings" });
  const items = [
    { job: 0, resume: 1, label: 1, negatives: [], counterfactuals: [7, 8] },
    { job: 0, resume: 2, label: 0, negatives: [] },
  ];
  const { batch, texts } = batchOf(items, 1);
  const { counterfactual: rows, hasCounterfactual } = term.feeds!(batch);
  assertEquals([[...rows!.data].map((row) => texts[Number(row)]), [...hasCounterfactual!.data]], [[8, 2], [1, 0]]);
});

Deno.test("baseDistillation() feeds the base model's embedding of each résumé", () => {
  const embeddings = [[1, 0], [0, 1]].map((row) => Float32Array.from(row));
  const term = baseDistillation({ weight: 1, distance: "mse", features: 2, baseEmbedding: (i) => embeddings[i]! });
  const feeds = term.feeds!(batchOf([{ job: 0, resume: 1, label: 1, negatives: [] }]).batch);
  assertEquals([...feeds.base!.data], [0, 1]);
});

Deno.test("losses of terms on a few numbers by hand", () => {
  const value = (build: Build, feeds: Parameters<typeof lossGraph>[1]) =>
    evaluate(lossGraph(build, feeds, []), feeds).loss!.data[0]!;
  const scores = { score: row(0.9, 0.5), other: row(0.7, 0.5) };
  assertAlmostEquals(value((t) => counterfactualScores(t.score!, t.other!), scores), 0.02);
  const corners = { x: { shape: [1, 2], data: [1, 0] }, base: { shape: [1, 2], data: [0, 1] } };
  assertAlmostEquals(value((t) => distillation(t.x!, t.base!, "cosine"), corners), 1);
  assertAlmostEquals(value((t) => distillation(t.x!, t.base!, "mse"), corners), 1);
});

testGolden(
  "counterfactual_mse",
  (x) => counterfactualScores(pairwiseCosine(x.anchor!, x.embedding!), pairwiseCosine(x.anchor!, x.counterfactual!)),
);

const x = { shape: [3, 2], data: [1, 0.2, 0.5, 0.5, -0.3, 0.9] },
  changed = { shape: [3, 2], data: [0.9, 0.3, 9, 9, 0.1, 1] };

permittedTest("counterfactual losses leave out items without a counterfactual", async () => {
  const known = row(1, 0, 1);
  await assertGradients((t) => counterfactualEmbeddings(t.x!, t.other!, t.known), { x, other: changed, known }, [
    "x",
    "other",
  ]);
  const scores = { a: row(0.3, 0.5, 0.9), b: row(0.1, 7, 0.8), known };
  await assertGradients((t) => counterfactualScores(t.a!, t.b!, t.known), scores, ["a", "b"]);
});

permittedTest("counterfactual losses are 0 with a gradient of 0 when nothing has a counterfactual", async () => {
  const known = row(0, 0, 0);
  await assertNothing(
    (t) => counterfactualEmbeddings(t.x!, t.other!, t.known),
    { x, other: changed, known },
    "x",
    "none known",
  );
});

permittedTest(
  "counterfactual losses are 0 with a gradient of 0 for counterfactuals that are the same text",
  async () => {
    await assertNothing((t) => counterfactualEmbeddings(t.x!, t.other!), { x, other: x }, "x", "equal texts");
  },
);

const base = { shape: [3, 2], data: [0.9, 0.3, -1, 0.4, 0.1, 1] };

for (const distance of ["cosine", "mse"] as const) {
  permittedTest(`distillation() by ${distance}: gradients`, async () => {
    await assertGradients((t) => distillation(t.x!, t.base!, distance), { x, base }, ["x"]);
  });

  permittedTest(`distillation() by ${distance} is 0 with a gradient of 0 for a model that has not moved`, async () => {
    await assertNothing((t) => distillation(t.x!, t.base!, distance), { x, base: x }, "x", "equal embeddings");
  });
}
