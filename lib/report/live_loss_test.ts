import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Displayable, JUPYTER_DISPLAY } from "./show.ts";
import { liveLoss } from "./live_loss.ts";

const step = (i: number) => ({ kind: "step" as const, step: i, epoch: 1, loss: 1 / i, learningRate: 0.001 });

Deno.test("liveLoss() draws the first step, then in its place, and at last what a fast run would have drawn", async () => {
  const runs = await Promise.all([0, 60_000].map(async (interval) => {
    const shown: { text: string; update: boolean; display_id: string }[] = [];
    const live = liveLoss("demo", {
      interval,
      // deno-lint-ignore require-await -- Jupyter's display is asynchronous
      display: async (value, options) => {
        shown.push({ text: (value as Displayable)[JUPYTER_DISPLAY]()["text/plain"] as string, ...options });
      },
    });
    for (const i of [1, 2, 3]) await live.update(step(i));
    await live.update({ kind: "epoch" });
    await live.close();
    return shown;
  }));
  const [often, seldom] = runs;
  assertEquals(often!.map(({ update }) => update), [false, true, true]);
  assertEquals(seldom!.map(({ update }) => update), [false, true]);
  assertEquals(often!.at(-1), seldom!.at(-1));
  assertStringIncludes(often!.at(-1)!.text, "fell from 1.000 to 0.333 in 3 steps");
  assertEquals(new Set(runs.flat().map(({ display_id }) => display_id)).size, 1);
});

Deno.test("liveLoss() outside a notebook shows nothing", async () => {
  const live = liveLoss("demo");
  await live.update(step(1));
  await live.close();
});
