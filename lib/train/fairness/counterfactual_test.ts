import { pairwiseCosine } from "../objectives.ts";
import { assertGradients, assertNothing, row, testGolden } from "./_testing.ts";
import { counterfactualEmbeddings, counterfactualScores } from "./counterfactual.ts";

testGolden(
  "counterfactual_mse",
  (x) => counterfactualScores(pairwiseCosine(x.anchor!, x.embedding!), pairwiseCosine(x.anchor!, x.counterfactual!)),
);

const x = { shape: [3, 2], data: [1, 0.2, 0.5, 0.5, -0.3, 0.9] },
  twin = { shape: [3, 2], data: [0.9, 0.3, 9, 9, 0.1, 1] };

Deno.test("counterfactual losses leave out items without a twin", async () => {
  const hasTwin = row(1, 0, 1);
  await assertGradients((t) => counterfactualEmbeddings(t.x!, t.twin!, t.hasTwin), { x, twin, hasTwin }, ["x", "twin"]);
  const scores = { a: row(0.3, 0.5, 0.9), b: row(0.1, 7, 0.8), hasTwin };
  await assertGradients((t) => counterfactualScores(t.a!, t.b!, t.hasTwin), scores, ["a", "b"]);
});

Deno.test("counterfactual losses are 0 with a gradient of 0 when nothing has a twin", async () => {
  const hasTwin = row(0, 0, 0);
  await assertNothing((t) => counterfactualEmbeddings(t.x!, t.twin!, t.hasTwin), { x, twin, hasTwin }, "x", "no twins");
});

Deno.test("counterfactual losses are 0 with a gradient of 0 for twins that are the same text", async () => {
  await assertNothing((t) => counterfactualEmbeddings(t.x!, t.twin!), { x, twin: x }, "x", "equal twins");
});
