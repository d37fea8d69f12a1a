import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { readTable, writeTable } from "../data/mod.ts";
import { COMMIT, fakeHub } from "../testdata/fake_hub.ts";
import { pairRows, printer, quietly, withFolder, writeTinyModel } from "../train/_testing.ts";
import { fineTune, loadConfig } from "../train/mod.ts";
import { start } from "./_testing.ts";

const NAME = "cnamuangtoun/resume-job-description-fit";
const PATH = `hf://datasets/${NAME}/train.csv`;
const LABELS = ["No Fit", "Potential Fit", "Good Fit"];

/** A table with the columns and labels of the public one. */
async function publicTable(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const rows = pairRows(96).map(({ resume, job, label }, i) => ({
    resume_text: resume,
    job_description_text: job,
    label: LABELS[label === "0" ? 0 : 1 + i % 4 / 2]!,
  }));
  await writeTable(`${folder}/train.csv`, ["resume_text", "job_description_text", "label"], rows);
  return await Deno.readFile(`${folder}/train.csv`);
}

permittedTest(
  "the preset resume-job-fit trains on the hub's table, split so that no résumé is in two parts",
  () =>
    withFolder(async (folder) => {
      await using hub = await fakeHub({ name: NAME, files: { "train.csv": await publicTable(folder) } });
      await writeTinyModel(`${folder}/model`);
      Deno.env.set("HF_ENDPOINT", hub.options.endpoint);
      Deno.env.set("HF_HUB_CACHE", `${folder}/hub`);
      try {
        const config = await loadConfig(`${import.meta.dirname}/../../configs/resume-job-fit.json`, {
          device: "cpu",
          model: { source: `${folder}/model`, pooling: "mean", maxLength: 24 },
          training: { epochs: 1, accumulation: 1, learningRate: 5e-3 },
          evaluation: { resamples: 20 },
        });
        assertEquals(config.data.path, PATH);
        const { print, printed } = printer();
        const tuned = await quietly(() => fineTune(config, { output: `${folder}/run`, print }));
        assertEquals(tuned.outcome, "finished");
        assertMatch(printed(), new RegExp(`${PATH}: \\d+ training, \\d+ validation, \\d+ test pairs`));
        assertEquals(hub.log.filter((line) => line.endsWith("/train.csv")).length, 1);
        assertEquals(
          [...Deno.readDirSync(`${folder}/hub/datasets--cnamuangtoun--resume-job-description-fit/snapshots`)].map((
            { name },
          ) => name),
          [COMMIT],
        );
      } finally {
        Deno.env.delete("HF_ENDPOINT");
        Deno.env.delete("HF_HUB_CACHE");
      }
    }),
);

permittedTest(
  "init, prepare and metrics take a table of the hub, and write elsewhere only what they are asked for",
  () =>
    withFolder(async (folder) => {
      await using hub = await fakeHub({ name: NAME, files: { "train.csv": await publicTable(folder) } });
      const env = { HF_ENDPOINT: hub.options.endpoint, HF_HUB_CACHE: `${folder}/hub` };
      const run = async (...args: string[]) => {
        const { code, stdout, stderr } = await start(args, { env }).ended;
        assertEquals([code, stderr.includes("error")], [0, false], stderr);
        return stdout;
      };
      const columns = ["--column", "resume=resume_text", "--column", "job=job_description_text"];
      const mine = `${folder}/mine.json`;
      assertStringIncludes(
        await run("init", "--input", PATH, "--output", mine, "--yes", ...columns),
        "train.csv, 192 rows",
      );
      assertEquals((await loadConfig(mine)).data.labels, { "No Fit": 0, "Potential Fit": 0.5, "Good Fit": 1 });
      await run("prepare", "--input", PATH, "--output", `${folder}/pairs.csv`, "--config", mine);
      const rows = await Array.fromAsync(readTable(`${folder}/pairs.csv`), ({ values }) => values);
      assertEquals(rows.length, 192);
      const scored = ["metrics", "--input", PATH, "--label", "label", "--score", "label", "--group", "label"];
      const failed = await start(scored, { env: { ...env, HF_HUB_OFFLINE: "1" } }).ended;
      assertStringIncludes(failed.stderr, `${PATH}, row 1, column "label"`);
    }),
);
