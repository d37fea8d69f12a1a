import { assertAlmostEquals } from "@std/assert";
import { evaluate } from "../../graph/reference.ts";
import { assertGradients, lossGraph, row, runOnnx, testGolden } from "./_testing.ts";
import { assertClose } from "../../graph/_testing.ts";
import { focalLoss } from "./focal_loss.ts";

testGolden("focal", (x) => focalLoss(x.logits!, x.label!, 2));

Deno.test("focalLoss() with γ = 0 is binary cross-entropy", () => {
  const feeds = { logits: row(0.7, -2), label: row(1, 0) };
  const { loss } = evaluate(lossGraph((x) => focalLoss(x.logits!, x.label!, 0), feeds, ["logits"]), feeds);
  assertAlmostEquals(loss!.data[0]!, (Math.log1p(Math.exp(-0.7)) + Math.log1p(Math.exp(-2))) / 2, 1e-15);
});

Deno.test("focalLoss(): gradients with graded labels", async () => {
  await assertGradients(
    (x) => focalLoss(x.logits!, x.label!, 1.5),
    { logits: row(0.7, -2, 3), label: row(0.5, 0.9, 1) },
    ["logits"],
  );
});

Deno.test("focalLoss() is finite where a probability rounds to 0 or 1", async () => {
  const feeds = { logits: row(200, 200, -200), label: row(1, 0, 1) };
  const { loss, "gradient by logits": slope } = await runOnnx(
    lossGraph((x) => focalLoss(x.logits!, x.label!, 2), feeds, ["logits"]),
    feeds,
  );
  assertClose(loss!.data as Float32Array, [400 / 3], 1e-5, "loss");
  assertClose(slope!.data as Float32Array, [0, 1 / 3, -1 / 3], 1e-5, "gradient");
});
