import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { parseConfig } from "./config.ts";
import { readRunFile, RUN_PARTS, type RunFile, runPaths, runPathsAt, writeRunFile } from "./run_file.ts";
import {
  checkFiles,
  checkModel,
  clearUnfinished,
  digestUnfinished,
  putInPlace,
  takeRun,
  unfinished,
} from "./run_parts.ts";

const RUN = {
  config: parseConfig({}),
  modelFingerprint: "a".repeat(64),
  dataFingerprint: "b",
  thresholds: { base: 0.4, tuned: 0.5 },
  groupThresholds: null,
  head: null,
  temperature: null,
  bestEpoch: 1,
  bestEpochBy: "utility",
  steps: 10,
} as const satisfies RunFile;

/** Files of a run whose texts are its name: an adapter, a table that one run has and another has not, another epoch. */
async function write(folder: string, name: string, table: string): Promise<void> {
  const paths = runPaths("x", folder), next = unfinished(paths);
  await using _run = await takeRun(paths);
  await clearUnfinished(paths);
  await Deno.mkdir(`${folder}/checkpoint/unfinished/best_fairness`);
  const files = [
    `${next.adapter}/adapter_config.json`,
    `${next.adapter}/adapter_model.safetensors`,
    `${next.metrics}/evaluation.json`,
    `${next.metrics}/${table}`,
    `${folder}/checkpoint/unfinished/best_fairness/adapter_config.json`,
  ];
  for (const file of files) await Deno.writeTextFile(file, name);
  await writeRunFile(next.runFile, { ...RUN, files: await digestUnfinished(paths) });
  await putInPlace(paths);
}

const check = async (folder: string) => await checkFiles(runPaths("x", folder), await readRunFile(folder), RUN_PARTS);

async function listed(folder: string, within = ""): Promise<string[]> {
  const entries = (await Array.fromAsync(Deno.readDir(`${folder}/${within}`))).map(async ({ name, isDirectory }) =>
    isDirectory ? await listed(folder, `${within}${name}/`) : [within + name]
  );
  return (await Promise.all(entries)).flat().sort();
}

permittedTest(
  "a run replaces an older one whole: what that alone had goes, what is somebody else's stays",
  () =>
    withFolder(async (folder) => {
      await write(folder, "old", "masking.csv");
      await check(folder);
      await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
      await write(folder, "new", "queries.csv");
      await check(folder);
      assertEquals(await listed(folder), [
        "adapter_config.json",
        "adapter_model.safetensors",
        "checkpoint/best_fairness/adapter_config.json",
        "metrics/evaluation.json",
        "metrics/queries.csv",
        "notes.txt",
        "run.json",
      ]);
      for (const file of ["adapter_config.json", "metrics/queries.csv"]) {
        assertEquals(await Deno.readTextFile(`${folder}/${file}`), "new");
      }
    }),
);

permittedTest(
  "a process that ends between any two files leaves the old run, the new one, or what is refused",
  () =>
    withFolder(async (folder) => {
      const { rename } = Deno;
      const outcomes: string[] = [];
      for (let last = 0; outcomes.at(-1) !== "new"; last++) {
        await Deno.remove(`${folder}/run`, { recursive: true }).catch(() => {});
        await write(`${folder}/run`, "old", "masking.csv");
        let moved = 0;
        Deno.rename = async (from, to) => {
          // Only what is moved into its place; files take their names by renaming too.
          if (String(from).includes("unfinished/") && !String(to).includes("unfinished/") && moved++ >= last) {
            throw new Error("killed");
          }
          await rename(from, to);
        };
        try {
          await write(`${folder}/run`, "new", "queries.csv").catch((error) => assertEquals(error.message, "killed"));
        } finally {
          Deno.rename = rename;
        }
        const problem: unknown = await check(`${folder}/run`).then(() => null, (error) => error);
        assert(problem === null || problem instanceof InputError);
        outcomes.push(problem ? "refused" : await Deno.readTextFile(`${folder}/run/adapter_config.json`));
        await write(`${folder}/run`, "again", "queries.csv");
        await check(`${folder}/run`);
        assert(!(await listed(`${folder}/run`)).some((file) => file.includes("unfinished")));
      }
      // Other epochs, two tables, two files of the adapter, and run.json.
      assertEquals(outcomes, ["old", "refused", "refused", "refused", "refused", "refused", "new"]);
    }),
);

permittedTest(
  "checkFiles() names a file that is another one or gone; what was done to the data may be gone",
  () =>
    withFolder(async (folder) => {
      await write(folder, "a", "queries.csv");
      await Deno.writeTextFile(`${folder}/metrics/queries.csv`, "b");
      await assertRejects(
        () => check(folder),
        InputError,
        `${folder}/metrics/queries.csv: expected the file of SHA-256 ca978`,
      );
      await Deno.remove(`${folder}/metrics/queries.csv`);
      await assertRejects(
        () => check(folder),
        InputError,
        "found none: it was changed, or a training in this place was",
      );
      const paths = runPaths("x", folder);
      const files = { adapter: {}, metrics: {}, review: { "balance.csv": "0".repeat(64) }, checkpoint: {} };
      await checkFiles(paths, { ...RUN, files }, RUN_PARTS);
      await assertRejects(() => checkFiles(paths, RUN, []), InputError, "an older version wrote it");
      await writeRunFile(paths.runFile, { ...RUN, files: { ...files, adapter: { "../x": "0".repeat(64) } } });
      await assertRejects(() => readRunFile(folder), InputError, `run.json, "files.adapter`);

      await writeRunFile(paths.runFile, { ...RUN, files });
      const text = await Deno.readTextFile(paths.runFile);
      await Deno.writeTextFile(paths.runFile, JSON.stringify(JSON.parse(text))); // blanks are no content
      assertEquals((await readRunFile(folder)).files, files);
      const changed = async (next: string, found: string) => {
        await Deno.writeTextFile(paths.runFile, next);
        const wrong = `run.json: expected the content that its own SHA-256 is of, found ${found}`;
        await assertRejects(() => readRunFile(folder), InputError, wrong);
      };
      await changed(text.replace(/"tuned": [\d.]+/, '"tuned": 0.75'), "another content: it was changed since");
      await changed(text.replace(/,\s+"digest": "\w+"/, ""), "none: an older version wrote it, or it was changed");
    }),
);

permittedTest("checkModel() says what of the base model has changed", async () => {
  const base = {
    pooling: "mean",
    normalize: true,
    queryInstruction: "",
    passageInstruction: "",
    licence: null,
  } as const;
  const run = { ...RUN, base: { ...base, tokenizer: "t", settings: "s" } };
  const found = { weights: RUN.modelFingerprint, tokenizer: "t", settings: "s" };
  checkModel("run", run, found);
  const refused = (changes: Partial<typeof found>, what: string) =>
    assertRejects(async () => await checkModel("run", run, { ...found, ...changes }), InputError, what);
  await refused({ weights: "w" }, "run: the run was trained on other weights than embedded:minilm has now");
  await refused({ tokenizer: "u" }, "another tokenizer");
  await refused({ settings: "u" }, "another configuration (config.json, pooling, instructions or length)");
});

permittedTest(
  "takeRun() follows no link within the folder that was named, and lets no second training in",
  () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/elsewhere`);
      await Deno.mkdir(`${folder}/run`);
      await Deno.symlink(`${folder}/run`, `${folder}/link`);
      {
        await using _run = await takeRun(runPaths("x", `${folder}/link`)); // the user's own
        await assertRejects(() => takeRun(runPaths("x", `${folder}/run`)), InputError, "is being written by process");
      }
      await Deno.remove(`${folder}/run/metrics`);
      await Deno.symlink(`${folder}/elsewhere`, `${folder}/run/metrics`);
      await assertRejects(
        () => takeRun(runPaths("x", `${folder}/run`)),
        InputError,
        "run/metrics is a link: expected a",
      );
      assertEquals(await listed(`${folder}/elsewhere`), []);
    }),
);

permittedTest(
  "clearUnfinished() empties no folder outside, whatever links lie there",
  () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/elsewhere`);
      await Deno.writeTextFile(`${folder}/elsewhere/precious`, "");
      const paths = runPaths("x", `${folder}/run`);
      await using _run = await takeRun(paths);
      await clearUnfinished(paths);
      await Deno.symlink(`${folder}/elsewhere`, `${folder}/run/unfinished/inner`);
      await clearUnfinished(paths);
      assertEquals(await listed(`${folder}/run/unfinished`), []);
      await Deno.remove(`${folder}/run/unfinished`);
      await Deno.symlink(`${folder}/elsewhere`, `${folder}/run/unfinished`);
      await assertRejects(() => clearUnfinished(paths), InputError, "run/unfinished is a link");
      assertEquals(await listed(`${folder}/elsewhere`), ["precious"]);
    }),
);

permittedTest("runPathsAt() finds all in a run's own folder, and nothing made", () =>
  withFolder(async (folder) => {
    assertEquals(await runPathsAt(folder, "a run that nobody has"), runPaths("a run that nobody has", folder));
  }));
