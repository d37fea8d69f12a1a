import { assert, assertEquals } from "@std/assert";
import { permitted, withFolder } from "../../_testing.ts";
import { projectFolder } from "../../project_folder.ts";
import { findBrowser, launchBrowser } from "../../report/render.ts";
import { notebookText } from "./notebook.ts";

const ROOT = projectFolder();

/** Jupyter's own tools, where Python has them: `pip install jupyterlab`, or the one that JUPYTER names. */
async function findJupyter(): Promise<string | null> {
  const jupyter = Deno.env.get("JUPYTER") ?? "jupyter";
  try {
    const { success } = await new Deno.Command(jupyter, { args: ["nbconvert", "--version"], stderr: "null" }).output();
    const kernels = await new Deno.Command(jupyter, { args: ["kernelspec", "list"], stderr: "null" }).output();
    return success && new TextDecoder().decode(kernels.stdout).includes("deno") ? jupyter : null;
  } catch {
    return null;
  }
}

const jupyter = permitted ? await findJupyter() : null;
const browser = permitted ? await findBrowser() : null;

const CELLS = [
  `import { figures, openNotebook, show, toDataFrame } from "lib/mod.ts";
await openNotebook("01_data_exploration");
const columns = { labels: [1, 0, 0, 1], groups: ["BA", "BA", "BA", "PhD"] };`,
  `show(figures.groupSizes(columns, { attribute: "education" }));`,
  `show({ data: [{ type: "bar", y: [1, 3] }], layout: { title: { text: "Mine" } } });`,
  `await toDataFrame([{ group: "BA", n: 1200 }, { group: "PhD", n: 7 }]);`,
  `show("A sentence.");`,
];

Deno.test({
  name: `a notebook run and rendered by Jupyter's own nbconvert has every output, and draws its figures offline${
    jupyter === null || browser === null ? " (ignored: no Jupyter with Deno's kernel, or no Chromium)" : ""
  }`,
  ignore: jupyter === null || browser === null,
  fn: () =>
    withFolder(async (folder) => {
      const cells = CELLS.map((source, i) => ({
        cell_type: "code" as const,
        id: `c${i}`,
        source,
        metadata: {},
        execution_count: null,
        outputs: [],
      }));
      const kernelspec = { name: "deno", display_name: "Deno", language: "typescript" };
      const notebook = { cells, metadata: { kernelspec }, nbformat: 4 as const, nbformat_minor: 5 };
      // In the project, whose import map the kernel finds from the notebook's folder.
      const path = await Deno.makeTempFile({ dir: `${ROOT}/notebooks`, prefix: ".jupyter-test-", suffix: ".ipynb" });
      try {
        await Deno.writeTextFile(path, notebookText(notebook));
        const args = ["nbconvert", "--execute", "--to", "html", "--output-dir", folder, "--output", "page", path];
        const { success, stderr } = await new Deno.Command(jupyter!, { args, stdout: "null" }).output();
        assert(success, new TextDecoder().decode(stderr));
      } finally {
        await Deno.remove(path);
      }
      const chromium = await launchBrowser();
      try {
        const page = await chromium.newPage({ offline: true });
        await page.goto(`file://${folder}/page.html`, { waitUntil: "domcontentloaded" });
        const drawn = page.locator("[data-figure]:has(.main-svg)");
        await drawn.nth(1).waitFor({ timeout: 30_000 });
        assertEquals(await drawn.count(), 2);
        for (const figure of await drawn.all()) assert((await figure.boundingBox())!.height > 200);
        assertEquals(await page.locator("table", { hasText: "1,200" }).count(), 1);
        assertEquals(await page.locator("p", { hasText: "A sentence." }).count(), 1);
        assertEquals(await page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count(), 0);
      } finally {
        await chromium.close();
      }
    }),
});
