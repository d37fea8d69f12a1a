import { assertEquals, assertStringIncludes } from "@std/assert";
import { liveLoss } from "./live_loss.ts";

const step = (i: number) => ({ kind: "step" as const, step: i, epoch: 1, loss: 1 / i, learningRate: 0.001 });

Deno.test("liveLoss() draws the first step, then in its place, and at last what a fast run would have drawn", async () => {
  const runs = await Promise.all([0, 60_000].map(async (interval) => {
    const shown: { title: string; fleeting: boolean }[] = [];
    const live = liveLoss("demo", {
      interval,
      // deno-lint-ignore require-await -- Jupyter's display is asynchronous
      redraw: async ({ title }, options) => {
        shown.push({ title, ...options });
      },
    });
    for (const i of [1, 2, 3]) await live.update(step(i));
    await live.update({ kind: "epoch" });
    return shown;
  }));
  const [often, seldom] = runs;
  assertEquals(often!.map(({ fleeting }) => fleeting), [true, true, true, false]);
  assertEquals(seldom!.map(({ fleeting }) => fleeting), [true, false]);
  assertEquals(often!.at(-1), seldom!.at(-1));
  assertStringIncludes(often!.at(-1)!.title, "fell from 1.000 to 0.333 in 3 steps");
});

Deno.test("liveLoss() outside a notebook shows nothing", async () => {
  const live = liveLoss("demo");
  await live.update(step(1));
  await live.close();
});
