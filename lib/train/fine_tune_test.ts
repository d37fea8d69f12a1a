import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { PartialConfig } from "./config.ts";
import { InputError } from "../errors.ts";
import { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { pairRows, printer, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { readHistory } from "./history.ts";
import { lockOutput } from "../lock.ts";
import { fineTune, type FineTuneOptions } from "./fine_tune.ts";
import { openRun } from "./open_model.ts";
import { permittedTest } from "../_testing.ts";

/** What a run leaves behind and must not depend on interruptions. */
const FILES = ["adapter_model.safetensors", "run.json", "metrics/history.jsonl", "metrics/epoch_metrics.csv"];

async function filesOf(run: string): Promise<string[]> {
  return await Promise.all(FILES.map(async (file) => (await Deno.readFile(`${run}/${file}`)).toBase64()));
}

/** A folder with model and pairs, and a function that trains there. */
function inTinyFolder(
  test: (
    train: (
      run: string,
      changes?: PartialConfig,
      options?: FineTuneOptions,
    ) => Promise<{ outcome: string; text: string }>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await writePairs(`${folder}/pairs.csv`, pairRows(48));
    await test(async (run, changes, options) => {
      const { print, printed } = printer();
      const config = tinyConfig(folder, changes);
      const { outcome } = await quietly(() => fineTune(config, { output: `${folder}/${run}`, print, ...options }));
      return { outcome, text: printed() };
    }, folder);
  });
}

/** Aborts while the first message that matches is printed, or as soon as the history has so many lines. */
function abortAt(history: string, steps: number): FineTuneOptions & { stop: () => void } {
  const controller = new AbortController();
  const watch = setInterval(() => {
    try {
      if (Deno.readTextFileSync(history).split("\n").length > steps) controller.abort();
    } catch {
      // Not written yet.
    }
  }, 1);
  return { signal: controller.signal, stop: () => clearInterval(watch) };
}

const assertRefused = (run: () => Promise<unknown>, message: string) => assertRejects(run, InputError, message);

permittedTest(
  "fineTune() gives the same bytes for the same seed, and others for another",
  () =>
    inTinyFolder(async (train, folder) => {
      const changes = { lora: { dropout: 0.1, dora: true }, training: { accumulation: 2 } };
      await train("a", changes);
      await train("b", changes);
      await train("c", { ...changes, training: { accumulation: 2, seed: 43 } });
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((run) => filesOf(`${folder}/${run}`)));
      assertEquals(a, b);
      assert(a![0] !== c![0]);
    }),
);

permittedTest(
  "fineTune() tells of every step and epoch what its histories hold",
  () =>
    inTinyFolder(async (train, folder) => {
      const told: Parameters<NonNullable<FineTuneOptions["onEvent"]>>[0][] = [];
      await train("run", {}, { onEvent: (event) => void told.push(event) });
      const { steps, epochs } = await readHistory(`${folder}/run/metrics`);
      assertEquals(told.flatMap((event) => event.kind === "step" ? [event.loss] : []), steps.map(({ loss }) => loss));
      assertEquals(
        told.flatMap((event) => event.kind === "epoch" ? [event.validation.rocAuc] : []),
        epochs.map(({ rocAuc }) => rocAuc),
      );
      assert(steps.length > 0 && epochs.length > 0);
    }),
);

permittedTest(
  "fineTune() goes on after an interruption at any step to the bytes of an uninterrupted run",
  () =>
    inTinyFolder(async (train, folder) => {
      const changes = { lora: { dropout: 0.1 }, training: { epochs: 3 }, selection: { patience: 2 } };
      await train("whole", changes);
      const whole = await filesOf(`${folder}/whole`);
      // 8 steps per epoch: within the first, at its end, and within the last one.
      for (const steps of [1, 8, 19]) {
        const { stop, ...interruption } = abortAt(`${folder}/run${steps}/metrics/unfinished/history.jsonl`, steps);
        const first = await train(`run${steps}`, changes, interruption);
        stop();
        assertEquals(first.outcome, "interrupted");
        const step = Number(/interrupted after step (\d+); the same command with --resume/.exec(first.text)?.[1]);
        assert(step >= steps && step < 24, `${step}`);
        const second = await train(`run${steps}`, changes, { resume: true });
        assertEquals(second.outcome, "finished");
        assertStringIncludes(second.text, `resuming after step ${step}\n`);
        assertEquals(await filesOf(`${folder}/run${steps}`), whole);
      }
    }),
);

permittedTest(
  "fineTune() with frozen layers gives the same bytes when interrupted and when sharing what they give",
  () =>
    inTinyFolder(async (train, folder) => {
      const changes = { lora: { layers: [1, 1] as [number, number], dropout: 0.1 } };
      const kept = /layer 0 is frozen below the adapter: computed once per text and kept, 1 MiB for \d+ texts\n/;
      assertMatch((await train("whole", changes)).text, kept);
      const whole = await filesOf(`${folder}/whole`);

      const { stop, ...interruption } = abortAt(`${folder}/part/metrics/unfinished/history.jsonl`, 5);
      assertEquals((await train("part", changes, interruption)).outcome, "interrupted");
      stop();
      await train("part", changes, { resume: true });
      assertEquals(await filesOf(`${folder}/part`), whole);

      const prefixes = new FrozenPrefixes();
      assertMatch((await train("other", { ...changes, training: { seed: 3 } }, { prefixes })).text, kept);
      const { text } = await train("sharing", changes, { prefixes });
      await prefixes.release();
      assertMatch(text, /layer 0 is frozen below the adapter: (kept from an earlier run|computed once .* \d texts)\n/);
      assertEquals(await filesOf(`${folder}/sharing`), whole);
    }),
);

permittedTest(
  "fineTune() computes frozen layers in every step when asked to or short of room, to the same result",
  () =>
    inTinyFolder(async (train, folder) => {
      const lora = { layers: [1, 1] as [number, number] };
      const lastLoss = async (run: string) => {
        const lines = (await Deno.readTextFile(`${folder}/${run}/metrics/history.jsonl`)).trimEnd().split("\n");
        return JSON.parse(lines.at(-1)!).loss as number;
      };
      await train("kept", { lora });
      const { text } = await train("anew", { lora, training: { cacheFrozenLayers: false } });
      assert(!text.includes("frozen"), text);
      const prefixes = new FrozenPrefixes(10_000);
      const small = await train("no room", { lora }, { prefixes });
      await prefixes.release();
      assertMatch(small.text, /layer 0 is frozen below the adapter; 1 MiB for \d+ texts are too many to keep, so /);
      const [kept, anew, noRoom] = await Promise.all(["kept", "anew", "no room"].map(lastLoss));
      assertAlmostEquals(kept!, anew!, 1e-4);
      assertEquals(noRoom, anew);
      // Where the frozen layers are computed may change in the middle of a run.
      await train("kept", { lora, training: { cacheFrozenLayers: false } }, { resume: true });
    }),
);

permittedTest(
  "fineTune() that was already finished gives the same again with resume",
  () =>
    inTinyFolder(async (train, folder) => {
      const changes = { training: { epochs: 1 } };
      await train("run", changes);
      const before = await filesOf(`${folder}/run`);
      await train("run", changes, { resume: true });
      assertEquals(await filesOf(`${folder}/run`), before);
    }),
);

permittedTest(
  "fineTune() resumes only what was trained with the same configuration, model and data",
  () =>
    inTinyFolder(async (train, folder) => {
      await assertRefused(
        () => train("run", {}, { resume: true }),
        `--resume: there is no checkpoint ${folder}/run/checkpoint/state.safetensors; train without --resume first`,
      );
      const changes = { training: { epochs: 1 } };
      await train("run", changes);
      const other = "this checkpoint belongs to a run with another configuration, model or data";
      for (const training of [{ epochs: 2 }, { epochs: 1, learningRate: 1e-3 }, { epochs: 1, seed: 1 }]) {
        await assertRefused(() => train("run", { training }, { resume: true }), other);
      }
      await assertRefused(() => train("run", { training: { epochs: 1, precision: "int8" } }, { resume: true }), other);
      await assertRefused(() => train("run", { ...changes, lora: { rank: 8 } }, { resume: true }), other);
      await assertRefused(() => train("run", { ...changes, model: { maxLength: 6 } }, { resume: true }), other);
      // How often checkpoints are written and how the result is measured may change.
      await train("run", { training: { epochs: 1, checkpointEvery: 3 }, evaluation: { resamples: 20 } }, {
        resume: true,
      });

      const rows = pairRows(48);
      rows[0] = { ...rows[0]!, label: "0" };
      await writePairs(`${folder}/pairs.csv`, rows);
      await assertRefused(() => train("run", changes, { resume: true }), other);
    }),
);

for (const objective of ["pair", "contrastive", "cosent", "triplet"] as const) {
  permittedTest(`fineTune() trains with the ${objective} objective`, () =>
    inTinyFolder(async (train, folder) => {
      const training = { objective, epochs: 1, hardNegatives: 2 };
      assertEquals((await train("run", { training, selection: { by: "loss" } })).outcome, "finished");
      const isTuples = objective === "contrastive" || objective === "triplet"; // one item per match, of which half are
      const { head, bestEpoch, steps } = JSON.parse(await Deno.readTextFile(`${folder}/run/run.json`));
      assertEquals([head !== null, bestEpoch, steps], [objective === "pair", 1, 4 * (isTuples ? 1 : 2)]);
    }));
}

permittedTest(
  "fineTune() keeps the best epoch and says when it stops early",
  () =>
    inTinyFolder(async (train, folder) => {
      const { text } = await train("run", {
        training: { epochs: 6, learningRate: 1e-12, warmup: 0 },
        selection: { patience: 1 },
      });
      assertStringIncludes(text, "stopping early: 1 epoch without improvement\n");
      const epochs = (await Deno.readTextFile(`${folder}/run/metrics/epoch_metrics.csv`)).trimEnd().split("\n");
      assertEquals(epochs.length, 3); // header, the best epoch, the one without improvement
      const best = epochs[0]!.split(",").indexOf("best");
      assertEquals(epochs.map((line) => line.split(",")[best]), ["best", "1", "0"]);
      assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/run/run.json`)).bestEpoch, 1);
    }),
);

permittedTest(
  "fineTune() ends in one line when the learning rate is too high, within an epoch or at its end",
  () =>
    inTinyFolder(async (train) => {
      const training = { learningRate: 1e6, warmup: 0 };
      const { message } = await assertRefused(() => train("run", { training }), "lower training.learningRate");
      assertMatch(message, /^the loss became NaN at step \d+: /);
      await assertRefused(
        () => train("run", { training: { ...training, learningRate: 1e20, batchSize: 64 } }),
        "the embeddings are not finite numbers: lower training.learningRate",
      );
    }),
);

permittedTest(
  "fineTune() refuses a split of the table's own in which a part holds one class only, or nothing",
  () =>
    inTinyFolder(async (train, folder) => {
      const data = { columns: { candidateId: "person", split: "part" } };
      assertEquals((await train("run", { data, training: { epochs: 1 } })).outcome, "finished");
      await writePairs(
        `${folder}/pairs.csv`,
        pairRows(48).filter((row) => row.part !== "validation" || row.label === "1"),
      );
      await assertRefused(
        () => train("run", { data }),
        "Split: expected labels on both sides of 0.5 in the validation part, all 6 are at or above it; change the split",
      );
      await writePairs(`${folder}/pairs.csv`, pairRows(48).filter((row) => row.part !== "test"));
      await assertRefused(
        () => train("run", { data }),
        "the test part is empty; change the split column or do without it",
      );
    }),
);

permittedTest(
  "fineTune() refuses layers, lengths and negatives that model and data do not have",
  () =>
    inTinyFolder(async (train, folder) => {
      await assertRefused(
        () => train("run", { lora: { layers: [1, 2] } }),
        "lora.layers: expected first and last layer within 0 to 1, found [1, 2]",
      );
      await assertRefused(
        () => train("run", { model: { maxLength: 65 } }),
        "expected a maximum length of 2 to 64 tokens",
      );
      await assertRefused(
        () => train("run", { training: { objective: "contrastive", hardNegatives: 40 } }),
        "training.objective contrastive: expected 40 résumés that do not match",
      );
      await Deno.writeTextFile(`${folder}/taken`, "");
      await assertRefused(
        () => train("taken"),
        `${folder}/taken cannot be made: a file stands where a folder should be`,
      );
    }),
);

permittedTest(
  "fineTune() stops between any two batches, in frozen layers, steps, validation and evaluation, and goes on from there",
  () =>
    inTinyFolder(async (train, folder) => {
      const changes = {
        lora: { layers: [1, 1] as [number, number], dropout: 0.1 },
        evaluation: { batchTokens: 64, resamples: 20 },
      };
      /** Asked to stop at the n-th time that it looks; whether it has something to save then. */
      const at = (n: number) => {
        let held = false;
        const seen: boolean[] = [];
        const signal = {
          get aborted() {
            return seen.push(held) >= n;
          },
          hold: (now: boolean) => Promise.resolve(void (held = now)),
        };
        return { signal, seen };
      };
      const { signal, seen } = at(Infinity);
      await train("whole", changes, { signal });
      const whole = await filesOf(`${folder}/whole`);
      assert(seen.length > 30, `${seen}`);
      assertEquals([seen[0], seen[Math.floor(seen.length / 2)], seen.at(-1)], [false, true, false]);
      // The first batch of the frozen layers, their last, among the steps and validations, and in the final evaluation.
      for (const n of [1, 3, Math.floor(seen.length / 2), seen.length - 3]) {
        const first = await train(`at${n}`, changes, { signal: at(n).signal });
        assertEquals(first.outcome, "interrupted", `${n} of ${seen.length}`);
        const step = /interrupted (?:before the first step|after step (\d+); the same command with --resume)/.exec(
          first.text,
        );
        assert(step !== null, first.text);
        await assertRejects(() => Deno.stat(`${folder}/at${n}/run.json`), Deno.errors.NotFound);
        const second = await train(`at${n}`, changes, { resume: step[1] !== undefined });
        assertEquals(second.outcome, "finished");
        assertEquals(await filesOf(`${folder}/at${n}`), whole, `${n} of ${seen.length}`);
        const { models } = JSON.parse(await Deno.readTextFile(`${folder}/at${n}/metrics/evaluation.json`));
        assertEquals(models.length, 2);
      }
    }),
);

permittedTest(
  "fineTune() over a finished run leaves that as it was until the new one is complete",
  () =>
    inTinyFolder(async (train, folder) => {
      await train("run");
      const before = await filesOf(`${folder}/run`);
      const other = { training: { epochs: 3, learningRate: 0.05 }, data: { mask: ["degree" as const] } };
      const { stop, ...interruption } = abortAt(`${folder}/run/metrics/unfinished/history.jsonl`, 10);
      assertEquals((await train("run", other, interruption)).outcome, "interrupted");
      stop();
      assertEquals(await filesOf(`${folder}/run`), before);
      await openRun(`${folder}/run`);
      await train("whole", other);
      await train("run", other, { resume: true });
      assertEquals(await filesOf(`${folder}/run`), await filesOf(`${folder}/whole`));
      await openRun(`${folder}/run`);
    }),
);

permittedTest(
  "fineTune() goes on from the history of its checkpoint alone, and lets no second training into its folder",
  () =>
    inTinyFolder(async (train, folder) => {
      const history = `${folder}/run/metrics/unfinished/history.jsonl`;
      const { stop, ...interruption } = abortAt(history, 3);
      await train("run", {}, interruption);
      stop();
      const text = await Deno.readTextFile(history);
      const refused = () =>
        assertRefused(
          () => train("run", {}, { resume: true }),
          `${folder}/run/metrics: expected the history.jsonl and epoch_metrics.csv that ${folder}/run/checkpoint/state`,
        );
      for (
        const damaged of [text.replace(/"loss":0/, '"loss":1'), "\0".repeat(text.length), text.slice(0, 40), "{\n[\n"]
      ) {
        await Deno.writeTextFile(history, damaged);
        await refused();
      }
      await Deno.remove(history);
      await refused();
      await Deno.writeTextFile(history, text);
      await using _other = await lockOutput(`${folder}/run`);
      await assertRefused(
        () => train("run", {}, { resume: true }),
        `run is being written by process ${Deno.pid}: wait`,
      );
    }),
);
