import { reduceMean } from "../../graph/reduce.ts";
import { evaluate } from "../../graph/reference.ts";
import { assertClose } from "../../graph/_testing.ts";
import { assertGradients, lossGraph, row } from "./_testing.ts";
import { softDecision } from "./soft_decision.ts";

Deno.test("softDecision(): gradients by score and by threshold", async () => {
  const feeds = { score: row(0.7, 0.2, 0.61), threshold: { shape: [], data: [0.6] } };
  await assertGradients((x) => reduceMean(softDecision(x.score!, x.threshold!, 0.1)), feeds, ["score", "threshold"]);
});

Deno.test("the mean of softDecision() at a low temperature is the share of scores above the threshold", () => {
  const feeds = { score: row(0.7, 0.2, 0.61, 0.59) };
  const { loss } = evaluate(lossGraph((x) => reduceMean(softDecision(x.score!, 0.6, 1e-3)), feeds, ["score"]), feeds);
  assertClose(loss!.data, [0.5], 1e-4, "rate");
});
