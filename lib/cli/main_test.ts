import { assertEquals, assertMatch } from "@std/assert";
import { pairRows, tinyConfig, withFolder, writePairs, writeTinyModel } from "../train/_testing.ts";
import { permittedTest } from "../_testing.ts";

const CLI = `${import.meta.dirname}/main.ts`;

/** The command line as its tasks start it, in a process of its own. */
function command(...args: string[]): Deno.Command {
  const permissions = ["read", "write", "env", "ffi", "sys"].map((name) => `--allow-${name}`);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...permissions, CLI, ...args],
    cwd: `${import.meta.dirname}/../..`,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Runs to the end. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await command(...args).output();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Starts a training, sends a signal once its history has so many steps, and returns how it ended. */
async function interrupted(signal: Deno.Signal, history: string, steps: number, ...args: string[]) {
  const process = command(...args).spawn();
  const ended = process.output();
  const watch = setInterval(() => {
    try {
      if (Deno.readTextFileSync(history).split("\n").length <= steps) return;
    } catch {
      return; // Not written yet.
    }
    clearInterval(watch);
    process.kill(signal);
  }, 1);
  const { code, signal: killedBy, stdout } = await ended;
  clearInterval(watch);
  return { code, killedBy, stdout: text(stdout) };
}

permittedTest(
  "train: a process killed or interrupted at any step resumes to the bytes of an uninterrupted run",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      await writePairs(`${folder}/pairs.csv`, pairRows(48));
      const config = {
        device: "cpu",
        model: { source: `${folder}/model`, pooling: "mean", maxLength: 24 },
        data: {
          path: `${folder}/pairs.csv`,
          columns: { candidateId: "person" },
          groups: [{ name: "town", column: "town" }],
        },
        training: { epochs: 10, batchSize: 4, learningRate: 5e-3, checkpointEvery: 3 },
        evaluation: { resamples: 20 },
      };
      await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
      const train = (name: string) => ["train", "--config", `${folder}/config.json`, "--output", `${folder}/${name}`];
      const bytes = async (name: string) =>
        await Promise.all(
          ["adapter_model.safetensors", "run.json", "metrics/history.jsonl", "metrics/predictions.csv"]
            .map(async (file) => (await Deno.readFile(`${folder}/${name}/${file}`)).toBase64()),
        );
      const history = (name: string) => `${folder}/${name}/metrics/unfinished/history.jsonl`;
      // Other steps in every run of the tests: 160 in all.
      const steps = crypto.getRandomValues(new Uint8Array(2)).map((byte) => 4 + byte % 80);

      const [whole, killed, stopped] = await Promise.all([
        run(...train("whole")),
        interrupted("SIGKILL", history("killed"), steps[0]!, ...train("killed")),
        interrupted("SIGINT", history("stopped"), steps[1]!, ...train("stopped")),
      ]);
      assertEquals([whole.code, killed.killedBy], [0, "SIGKILL"], `killed after step ${steps[0]}`);
      assertEquals([stopped.code, stopped.killedBy], [130, null], `stopped after step ${steps[1]}`);
      assertMatch(stopped.stdout, /\ninterrupted after step \d+; the same command with --resume continues from here\n/);

      const resumed = await Promise.all(["killed", "stopped"].map((name) => run(...train(name), "--resume")));
      assertEquals(resumed.map(({ code }) => code), [0, 0], resumed[0]!.stderr + resumed[1]!.stderr);
      const expected = await bytes("whole");
      assertEquals(await bytes("killed"), expected, `killed after step ${steps[0]}`);
      assertEquals(await bytes("stopped"), expected, `stopped after step ${steps[1]}`);
    }),
);

permittedTest(
  "sweep: ends with 130 after Ctrl-C, 1 where a trial has failed, and 0 when all is trained",
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
      await sweepOf(1e-3);
      const history = `${folder}/a/runs/other_seed-1/metrics/unfinished/history.jsonl`;
      const first = await interrupted("SIGINT", history, 2, ...sweep("a"));
      assertEquals(first.code, 130);
      assertMatch(first.stdout, /^interrupted; the same command continues from here$/m);
      const second = await run(...sweep("a"));
      assertEquals(second.code, 0, second.stderr);
      assertMatch(second.stdout, /^s: 2 trials, 1 finished before\n2\/2 other_seed-1\n/);
      assertMatch(await Deno.readTextFile(`${folder}/a/runs/other_seed-1/log.txt`), /^resuming after step \d+$/m);
      await sweepOf(1e6);
      assertEquals((await run(...sweep("b"))).code, 1);
    }),
);

permittedTest(
  "a mistake on the command line ends with exit code 2, one clear line and no trace",
  async () => {
    const cases: [string[], RegExp][] = [
      [
        ["train", "--config", "nowhere.json"],
        /^error: nowhere\.json: no such configuration file; the presets are in conf/,
      ],
      [["train", "--set", "lora.rnk=4"], /^error: .*unknown key "lora\.rnk", did you mean "lora\.rank"$/],
      [["train", "--set", "training.epochs"], /^error: --set training\.epochs: expected key=value/],
      [["train", "--set", "data.path=nowhere.csv"], /^error: nowhere\.csv: file not found$/],
      [["sweep", "--config", "nowhere.json", "--output", "x"], /^error: nowhere\.json cannot be read: no such file/],
      [["evaluate"], /^error: required option '--run <folder>' not specified$/],
      [["infer", "--run", "nowhere", "--text", "x"], /^error: nowhere: expected the folder of a finished run/],
      [["infer", "--run", "nowhere", "--role", "boss"], /'boss' is invalid/],
      [["prepare", "--input", "nowhere.csv", "--output", "x.csv"], /^error: nowhere\.csv: file not found$/],
      [["metrics", "--input", "a.csv", "--score", "s", "--group", "g", "--threshold", "x"], /Expected a number\.$/],
    ];
    await Promise.all(cases.map(async ([args, message]) => {
      const { code, stdout, stderr } = await run(...args);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr.trimEnd(), message);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }));
  },
);

permittedTest("an unknown verb or option suggests the one that was meant", async () => {
  const [verb, option] = await Promise.all([run("trian"), run("train", "--confg", "x.json")]);
  assertEquals(verb.stderr, "error: unknown command 'trian'\n(Did you mean train?)\n");
  assertEquals(option.stderr, "error: unknown option '--confg'\n(Did you mean --config?)\n");
  assertEquals([verb.code, option.code], [2, 2]);
});

permittedTest("--help lists every verb, and each verb says what it does", async () => {
  const [all, train] = await Promise.all([run("--help"), run("train", "--help")]);
  assertEquals([all.code, train.code], [0, 0]);
  for (const verb of ["train", "sweep", "evaluate", "infer", "prepare", "metrics"]) {
    assertMatch(all.stdout, new RegExp(`^  ${verb} \\[?options`, "m"));
  }
  assertMatch(train.stdout, /--set <key=value> +override a key/);
});
