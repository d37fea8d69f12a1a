/** `deno task report`: the findings about finished runs as a page, and a model card. */
import { tmpdir } from "node:os";
import { z } from "zod";
import { fileError, makeFolder, writeText } from "../files.ts";
import { lockOutput } from "../lock.ts";
import { figureName, figuresOf, findBrowser, modelCard, openRenderer, plotlyScript } from "../report/mod.ts";
import { reportPage, reportSections } from "../report/mod.ts";
import type { PageLink } from "../report/mod.ts";
import { readReport } from "./report_run.ts";
import { flag, option, path, texts, verb } from "./command.ts";
import { keepOnly } from "./permissions.ts";

const REPORT_OPTIONS = z.object({
  run: option(texts, "--run <folder>", "a run's folder; the first is the subject, further ones are compared"),
  output: option(
    path.default("reports"),
    "-o, --output <folder>",
    "where index.html, model_card.md and figures/ go",
  ),
  standalone: option(flag, "--standalone", "put Plotly into the page instead of a file beside it"),
});

export const report = verb(
  [
    "report",
    "Write the findings about finished runs as a page, and a model card",
    "deno task report --run models/lora_adapters/demo",
    "deno task report --run models/lora_adapters/demo-fair --run models/lora_adapters/demo --output reports",
  ],
  REPORT_OPTIONS,
  async (options) => {
    // Where Playwright has the browser's profile.
    await keepOnly({ write: [options.output, tmpdir()] });
    await reportRuns(options);
  },
);

/**
 * Writes `index.html` and `model_card.md`, and with Chromium `figures/<run>/*.svg`. The same runs give the same bytes.
 * Throws an InputError when a run cannot be read or a file be written.
 */
export async function reportRuns(
  { run, output, standalone = false }: z.output<typeof REPORT_OPTIONS>,
  print: (text: string) => void = console.log,
): Promise<void> {
  const report = await readReport(run);
  const sections = reportSections(report);
  await makeFolder(output);
  await using _output = await lockOutput(output);
  const title = `Fairness report: ${report.subject.name}`;
  const plotly = await plotlyScript(output, standalone);
  const pages = await sisterPages(output);
  const figures = `figures/${figureName(report.subject.name)}`;
  const pictures = await findBrowser() === null ? undefined : figures;
  await writeText(`${output}/index.html`, reportPage(title, sections, { pages, plotly, pictures }));
  await writeText(`${output}/model_card.md`, modelCard(report));
  print(`report      ${output}/index.html\nmodel card  ${output}/model_card.md`);
  if (pictures === undefined) {
    print("Without Chromium there are no pictures of the figures: install it, or set CHROME_PATH to it");
    return;
  }
  const folder = `${output}/${figures}`;
  await makeFolder(folder, output);
  await using renderer = await openRenderer();
  for (const figure of figuresOf(sections)) await writeText(`${folder}/${figure.name}.svg`, await renderer.svg(figure));
  print(`figures     ${folder}`);
}

/** The rendered notebooks beside the report, and the report itself. */
async function sisterPages(output: string): Promise<PageLink[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(output)) if (/^\d\d_\w+\.html$/.test(name)) names.push(name);
  } catch (error) {
    throw fileError(output, "cannot be read", error);
  }
  if (names.length === 0) return [];
  const links = names.sort().map((href) => ({ title: href.slice(3, -5).replaceAll("_", " "), href }));
  return [{ title: "Report" }, ...links];
}
