import { assertEquals, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { makeFigure } from "./figures/figure.ts";
import { liveLoss, shownFigure } from "./show_figure.ts";

const figure = (name: string) =>
  makeFigure({ name, title: name, subtitle: "", alt: name, data: [{ type: "bar", y: [1] }], layout: {} });

permittedTest(
  "of a notebook's figures the first carries Plotly, once, and those that pass by have no picture",
  async () => {
    const before = Deno.env.get("NOTEBOOK_PICTURES");
    Deno.env.set("NOTEBOOK_PICTURES", "none");
    try {
      const carries = async (...shown: Parameters<typeof shownFigure>) => {
        const bundle = await shownFigure(...shown);
        assertEquals(bundle["image/png"], undefined);
        return (bundle["text/html"] as string).includes('class="plotly-packed"');
      };
      assertEquals(await carries(figure("loss"), { fleeting: true }), true);
      assertEquals(await carries(figure("loss"), { fleeting: true }), false);
      const { "text/html": markup } = await shownFigure(figure("loss"));
      const [, packed] = /class="plotly-packed">([^<]*)</.exec(markup as string)!;
      const stream = new Blob([Uint8Array.fromBase64(packed!)]).stream().pipeThrough(new DecompressionStream("gzip"));
      assertStringIncludes(await new Response(stream).text(), "plotly.js v");
      // What stays in the file is the last copy, which must carry it again.
      assertEquals(await carries(figure("loss")), true);
      assertEquals(await carries(figure("rates")), false);
      assertEquals(await carries({ data: [{ type: "bar", y: [1] }], layout: { title: { text: "Mine" } } }), false);
    } finally {
      if (before === undefined) Deno.env.delete("NOTEBOOK_PICTURES");
      else Deno.env.set("NOTEBOOK_PICTURES", before);
    }
  },
);

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
