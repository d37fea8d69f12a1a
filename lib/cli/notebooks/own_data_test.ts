import { assertEquals } from "@std/assert";
import { permittedTest, withFolder } from "../../_testing.ts";
import { generateDemo, writeTable } from "../../data/mod.ts";
import { projectFolder } from "../../project_folder.ts";
import { cleanNotebook, outputFault } from "./kept.ts";
import { executeNotebook } from "./execute.ts";
import { startKernel } from "./kernel.ts";
import { readNotebook } from "./notebook.ts";

const ROOT = projectFolder();
const RUN = "own-data-test";

/** Runs a notebook with another object in its first cell, and says what a person would see that should not be there. */
async function run(name: string, my: unknown): Promise<string | null> {
  const notebook = await readNotebook(`${ROOT}/notebooks/${name}.ipynb`);
  const settings = notebook.cells.find(({ cell_type }) => cell_type === "code")!;
  settings.source = settings.source.replace(/const my = \{[^]*?\n\};/, `const my = ${JSON.stringify(my)};`);
  const kernel = await startKernel({ folder: `${ROOT}/notebooks`, env: { NOTEBOOK_PICTURES: "none" } });
  try {
    const executed = await executeNotebook(notebook, kernel);
    return outputFault(cleanNotebook(executed, { root: ROOT }), { ...notebook, cells: [] });
  } finally {
    await kernel.stop();
  }
}

permittedTest(
  "the notebooks run on another table: other columns, another attribute, no ids, no ground truth",
  () =>
    withFolder(async (folder) => {
      const people = generateDemo({ seed: 7, candidates: 60 });
      const rows = people.map(({ resume, job, label }, i) => ({
        cv: resume,
        posting: job,
        outcome: label,
        gender: i * 7 % 3 === 2 ? "m" : "f",
      }));
      const path = `${folder}/pairs.csv`;
      await writeTable(path, Object.keys(rows[0]!), rows);
      const data = {
        path,
        columns: { resume: "cv", job: "posting", label: "outcome" },
        groups: [{ name: "gender", column: "gender" }],
      };
      const quick = {
        model: { maxLength: 48 },
        lora: { layers: [5, 5] },
        training: { epochs: 1, batchSize: 32 },
        evaluation: { resamples: 100 },
      };
      const presets = { plain: `${folder}/plain.json`, fair: `${folder}/fair.json` };
      await Deno.writeTextFile(presets.plain, JSON.stringify({ name: "plain", ...quick }));
      const fairness = { demographicParity: { weight: 10 } };
      await Deno.writeTextFile(presets.fair, JSON.stringify({ name: "fair", ...quick, fairness }));
      const runs = { plain: RUN, fair: `${RUN}-fair` };
      const folders = Object.fromEntries(
        Object.entries(runs).map(([key, name]) => [key, `models/lora_adapters/${name}`]),
      );
      try {
        const device = "cpu";
        const bound = { metric: "demographicParityDifference", atMost: 0.1 };
        const first = { preset: presets.plain, device, data, more: null };
        assertEquals(await run("01_data_exploration", first), null);
        assertEquals(await run("02_model_training", { presets, runs, bound, device, data }), null);
        assertEquals(await run("03_fairness_evaluation", { runs: folders, input: null, device }), null);
      } finally {
        for (const parent of ["models/lora_adapters", "models/checkpoints", "reports/metrics", "data/processed"]) {
          for (const { name } of Deno.readDirSync(`${ROOT}/${parent}`)) {
            if (name.startsWith(RUN)) Deno.removeSync(`${ROOT}/${parent}/${name}`, { recursive: true });
          }
        }
      }
    }),
);
