/** Processes killed at any stage: what they leave is whole, and the same command again comes to the same bytes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { downloadModel } from "../model/hub.ts";
import { COMMIT, fakeHub, NAME, weights } from "../testdata/fake_hub.ts";
import { pairRows, tinyConfig, trainTiny, writePairs, writeTinyModel } from "../train/_testing.ts";
import { interrupted, run } from "./_testing.ts";

const lines = (path: string) => Deno.readTextFileSync(path).split("\n").length - 1;
const size = (path: string) => Deno.statSync(path).size;

/** All files below a folder, by their paths within it. */
async function filesIn(folder: string, within = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${within}`)) {
    if (isDirectory) Object.assign(files, await filesIn(folder, `${within}${name}/`));
    else files[within + name] = (await Deno.readFile(`${folder}/${within}${name}`)).toBase64();
  }
  return files;
}

permittedTest(
  "train: killed among its steps, twice, or while it is put together, it resumes to the same bytes",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      await writePairs(`${folder}/pairs.csv`, pairRows(48));
      const config = tinyConfig(folder, {
        training: { epochs: 10, batchSize: 4, checkpointEvery: 3 },
        evaluation: { resamples: 20 },
      });
      await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
      const train = (name: string) => ["train", "--config", `${folder}/config.json`, "--output", `${folder}/${name}`];
      const after = (name: string, steps: number) => () =>
        lines(`${folder}/${name}/metrics/unfinished/history.jsonl`) >= steps;
      // Other steps in every run of the tests: 160 in all.
      const [first, second, third] = crypto.getRandomValues(new Uint8Array(3)).map((byte, i) => 4 + 50 * i + byte % 40);
      const steps = `after steps ${first}, ${second} and ${third}`;

      const [whole, killed, stopped, assembled] = await Promise.all([
        run(...train("whole")),
        interrupted("SIGKILL", after("killed", first!), train("killed")),
        interrupted("SIGTERM", after("stopped", third!), train("stopped")),
        interrupted(
          "SIGKILL",
          () => size(`${folder}/assembled/metrics/unfinished/evaluation.json`) > 0,
          train("assembled"),
        ),
      ]);
      assertEquals([whole.code, killed.signal], [0, "SIGKILL"], steps);
      assertEquals([stopped.code, stopped.signal], [143, null], steps + stopped.stderr);
      assertMatch(stopped.stdout, /\ninterrupted after step \d+; the same command with --resume continues from here\n/);
      assert(assembled.signal === "SIGKILL" || assembled.code === 0);
      const early = await run("evaluate", "--run", `${folder}/killed`);
      assertEquals(early.code, 2);
      assertMatch(early.stderr, /^error: .*: expected the folder of a finished run, .* continue it with .*--resume\n$/);

      const [again] = await Promise.all([
        interrupted("SIGKILL", after("killed", second!), [...train("killed"), "--resume"]),
        run(...train("stopped"), "--resume"),
        run(...train("assembled"), "--resume"),
      ]);
      assertEquals(again.signal, "SIGKILL", steps);
      const last = await run(...train("killed"), "--resume");
      assertEquals(last.code, 0, last.stderr);
      const expected = await filesIn(`${folder}/whole`);
      for (const name of ["killed", "stopped", "assembled"]) {
        assertEquals(Object.keys(await filesIn(`${folder}/${name}`)), Object.keys(expected));
        assertEquals(await filesIn(`${folder}/${name}`), expected, `${name} ${steps}`);
      }
    }),
);

permittedTest(
  "sweep: killed in a trial and stopped in the next, it comes to the same tables; 1 where a trial has failed",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      await writePairs(`${folder}/pairs.csv`, pairRows(48));
      await Deno.writeTextFile(`${folder}/base.json`, JSON.stringify(tinyConfig(folder, { training: { epochs: 3 } })));
      const sweepOf = (rate: number) =>
        Deno.writeTextFile(
          `${folder}/sweep.json`,
          JSON.stringify({
            name: "s",
            base: `${folder}/base.json`,
            variants: { plain: {}, other: { "training.learningRate": rate } },
            seeds: [1],
          }),
        );
      const sweep = (output: string) => ["sweep", "-c", `${folder}/sweep.json`, "-o", `${folder}/${output}`];
      const inTrial = (name: string) => () =>
        lines(`${folder}/a/runs/${name}_seed-1/metrics/unfinished/history.jsonl`) >= 2;
      await sweepOf(1e-3);
      const [whole, killed] = await Promise.all([
        run(...sweep("whole")),
        interrupted("SIGKILL", inTrial("plain"), sweep("a")),
      ]);
      assertEquals([whole.code, killed.signal], [0, "SIGKILL"]);
      const stopped = await interrupted("SIGINT", inTrial("other"), sweep("a"));
      assertEquals(stopped.code, 130);
      assertMatch(stopped.stdout, /^interrupted; the same command continues from here$/m);
      const last = await run(...sweep("a"));
      assertEquals(last.code, 0, last.stderr);
      assertMatch(last.stdout, /^s: 2 trials, 1 finished before\n2\/2 other_seed-1\n/);
      assertMatch(await Deno.readTextFile(`${folder}/a/runs/other_seed-1/log.txt`), /^resuming after step \d+$/m);
      const numbers = async (output: string) =>
        Object.fromEntries(
          Object.entries(await filesIn(`${folder}/${output}`)).filter(([file]) => !file.endsWith("log.txt")),
        );
      assertEquals(await numbers("a"), await numbers("whole"));
      await sweepOf(1e6);
      assertEquals((await run(...sweep("b"))).code, 1);
    }),
);

permittedTest(
  "report: killed while it writes, it leaves no page or a whole one, and writes the same again",
  () =>
    withFolder(async (folder) => {
      await trainTiny(folder);
      const PAGES = ["index.html", "model_card.md"];
      const until = (output: string, file: string) =>
        interrupted("SIGKILL", () => size(`${folder}/${output}/${file}`) > 0, [
          "report",
          "--run",
          `${folder}/run`,
          "--output",
          `${folder}/${output}`,
        ]);
      await until("whole", "model_card.md"); // pictures, which take a browser and longer, come last
      await until("killed", "assets/plotly.min.js");
      const whole = await filesIn(`${folder}/whole`), left = await filesIn(`${folder}/killed`);
      for (const file of PAGES) assert(left[file] === undefined || left[file] === whole[file], file);
      await until("killed", "model_card.md");
      const again = await filesIn(`${folder}/killed`);
      for (const file of [...PAGES, "assets/plotly.min.js"]) assertEquals(again[file] === whole[file], true, file);
      assertEquals(Object.keys(again).filter((file) => file.endsWith(".tmp")), []);
    }),
);

permittedTest("a download that is killed goes on from the bytes that came", () =>
  withFolder(async (folder) => {
    // The connection breaks, and the process waits long before it tries again.
    await using hub = await fakeHub({ breaks: { after: 100_000, times: 1 } }, { cacheDir: folder });
    const { endpoint } = hub.options;
    const model = new URL("../model", import.meta.url).href;
    const module = `
      import { downloadModel } from "${model}/hub.ts";
      import { hubOptions } from "${model}/../hub/mod.ts";
      const options = { ...hubOptions(() => undefined), ...${JSON.stringify({ endpoint, cacheDir: folder })} };
      await downloadModel("${NAME}", "main", { ...options, retryDelays: [1e6] });`;
    const snapshot = `${folder}/models--owner--tiny/snapshots/${COMMIT}`;
    const hasPart = () =>
      [...Deno.readDirSync(snapshot)].some(({ name }) => name.endsWith(".part") && size(`${snapshot}/${name}`) > 0);
    const killed = await interrupted("SIGKILL", hasPart, [], `data:text/javascript,${encodeURIComponent(module)}`);
    assertEquals(killed.signal, "SIGKILL", killed.stderr);
    await downloadModel(NAME, "main", hub.options);
    assertMatch(hub.log.at(-1)!, /^STORE bytes=[1-9]\d*-$/);
    assertEquals(await Deno.readFile(`${snapshot}/model.safetensors`), weights);
    assertEquals([...Deno.readDirSync(snapshot)].filter(({ name }) => name.endsWith(".part")), []);
  }));
