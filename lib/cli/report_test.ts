import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inspectPage } from "../report/html/_testing.ts";
import { findBrowser, launchBrowser } from "../report/render.ts";
import { trainTiny, withFolder } from "../train/_testing.ts";
import { readEvaluation } from "../evaluate/read_evaluation.ts";
import { reportRuns } from "./report.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const chromium = await whenPermitted(findBrowser);
const why = chromium === null ? " (ignored: no Chromium found)" : "";
const HOSTILE = `<script>alert(1)</script>"q" 😀 مرحبا`;

async function writeReport(folder: string, runs: string[] = [`${folder}/run`]): Promise<string[]> {
  const printed: string[] = [];
  await reportRuns({ run: runs, output: `${folder}/out` }, (text) => printed.push(text));
  return printed;
}

/** A run whose attribute has the name of markup, with groups of it. */
async function withRun(run: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await trainTiny(folder, { data: { groups: [{ name: HOSTILE, column: "town" }] }, evaluation: { resamples: 20 } });
    await run(folder);
  });
}

permittedTest(
  "reportRuns() shows the numbers of evaluation.json, says what is missing, and is the same twice",
  () =>
    withRun(async (folder) => {
      await writeReport(folder);
      const page = await Deno.readTextFile(`${folder}/out/index.html`);
      const card = await Deno.readTextFile(`${folder}/out/model_card.md`);
      const { models } = await readEvaluation(`${folder}/run/metrics/evaluation.json`);
      assertEquals(models.map(({ name }) => name), ["base", "tuned"]);
      for (const { overall: { metrics } } of models) {
        assertStringIncludes(page, `data-value="${metrics.rocAuc!.value}"`);
        assertStringIncludes(card, metrics.rocAuc!.value!.toFixed(3));
      }
      assert(!page.includes("<script>alert") && !card.includes("<script>"));
      assertStringIncludes(page, "No ground-truth label is known");
      assertStringIncludes(card, "There is no ground-truth label");
      assert(!page.includes(folder) && !card.includes(folder), "no path of the machine");
      await writeReport(folder);
      assertEquals(await Deno.readTextFile(`${folder}/out/index.html`), page);
      assertEquals(await Deno.readTextFile(`${folder}/out/model_card.md`), card);
      await Deno.writeTextFile(`${folder}/pairs.csv`, "resume,job,label,person,town\n");
      await writeReport(folder);
      assertStringIncludes(await Deno.readTextFile(`${folder}/out/index.html`), "Only the test split is shown");
    }),
);

permittedTest({
  name: `a report is whole in a browser: figures drawn, tables sorted by click and key, nothing fetched${why}`,
  ignore: chromium === null,
  fn: () =>
    withRun(async (folder) => {
      // The same run beside itself stands for two that share a test split.
      await writeReport(folder, [`${folder}/run`, `${folder}/run`]);
      const browser = await launchBrowser();
      try {
        for (
          const view of [{ width: 390 }, { width: 768 }, { width: 1280 }, { width: 1280, colorScheme: "dark" }] as const
        ) {
          const { figures, ...found } = await inspectPage(browser, `${folder}/out/index.html`, view);
          assertEquals(found, { problems: [], violations: [], overflow: 0, cut: [], empty: [] });
          assertEquals(figures.length, new Set(figures).size);
        }
        const page = await browser.newPage({ offline: true, viewport: { width: 1280, height: 900 } });
        await page.goto(`file://${folder}/out/index.html`);
        const height = await page.evaluate<number>("document.documentElement.scrollHeight");
        assert(height <= 6 * 900, `${height} pixels are more than six screens`);
        const paper = new TextDecoder("latin1").decode(await page.pdf({ format: "A4" }));
        assert(paper.match(/\/Type\s*\/Page\b(?!s)/g)!.length <= 10, "at most ten printed pages");
        const head = page.locator("main table th", { hasText: /^base$/ }).first();
        await head.locator("button").click();
        assertEquals(await head.getAttribute("aria-sort"), "ascending");
        const cells = page.locator("main table").first().locator("tbody td:nth-child(2)");
        const values = (await cells.evaluateAll((cells) =>
          cells.map((cell) => (cell as unknown as { dataset: { value?: string } }).dataset.value)
        )).filter((value) =>
          value !== undefined
        ).map(Number);
        assertEquals(values, values.toSorted((a, b) => a - b));
        await head.locator("button").press("Enter");
        assertEquals(await head.getAttribute("aria-sort"), "descending");
        const panel = page.locator("[data-threshold]").first();
        await panel.locator("input").press("Home");
        // At the lowest score everybody is selected.
        const rates = await panel.locator("tbody td:nth-child(4)").allTextContents();
        assertEquals(new Set(rates), new Set(["100.0%"]));
        assertStringIncludes((await panel.locator(".sums").textContent())!, "All: 100.0% selected");
        await panel.locator(".reset").click();
        assertEquals(await panel.locator("tbody td:nth-child(4)").allTextContents() === rates, false);
        await page.locator("button.theme").click();
        assertEquals(await page.locator("html").getAttribute("data-theme"), "dark");
      } finally {
        await browser.close();
      }
    }),
});
