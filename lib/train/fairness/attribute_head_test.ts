import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { assertGradients, type Build, oneHot } from "./_testing.ts";
import { headLogits, initHead } from "./attribute_head.ts";
import { crossEntropy } from "./cross_entropy.ts";

for (const hidden of [0, 5]) {
  Deno.test(`the gradients of a head of hidden width ${hidden} equal finite differences`, async () => {
    const rng = new Rng(3);
    const head = initHead({ features: 4, classes: 3, hidden }, rng);
    const names = Object.keys(head);
    assertEquals(names.length, hidden === 0 ? 2 : 4);
    const x = { shape: [6, 4], data: Array.from({ length: 24 }, () => rng.normal()) };
    const feeds = { x, target: oneHot([0, 1, 2, -1, 2, 0], 3), ...head };
    const build: Build = (tensors) => crossEntropy(headLogits(tensors.x!, tensors), tensors.target!);
    await assertGradients(build, feeds, ["x", ...names]);
  });
}

Deno.test("initHead() draws within ±1/√in and the same for the same seed", () => {
  const size = { features: 100, classes: 3, hidden: 16 };
  const head = initHead(size, new Rng(1));
  assertEquals(head, initHead(size, new Rng(1)));
  assert(head["hidden.weight"]!.data.every((x) => Math.abs(x) <= 0.1));
  assert(Math.max(...head["hidden.weight"]!.data) > 0.09);
  assert(head["weight"]!.data.every((x) => Math.abs(x) <= 0.25));
});
