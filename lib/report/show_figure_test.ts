import { assertEquals, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { makeFigure } from "./figures/figure.ts";
import { shownFigure } from "./show_figure.ts";

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
