import { assert, assertEquals } from "@std/assert";
import { parseSweep, type PartialSweep } from "./sweep_file.ts";
import { permittedTest, withFolder } from "../../_testing.ts";
import { drawSample, planSweep, sweepPoints, sweepTrials } from "./trials.ts";

const sweepOf = (changes: Partial<PartialSweep>) => parseSweep({ name: "s", base: "a.json", ...changes });

Deno.test("sweepTrials() crosses variants, grid, samples and seeds", () => {
  const sweep = sweepOf({
    variants: { plain: {}, a: { "data.mask": ["degree"] }, b: {} },
    fixed: ["plain"],
    seeds: [1, 2, 3],
    grid: { "fairness.parity.weight": [0, 1], "fairness.adversary.weight": [0.1, 0.5, 1] },
    random: { samples: 4, space: { "training.learningRate": { log: [1e-4, 1e-2] } } },
  });
  const trials = sweepTrials(sweep);
  assertEquals(trials.length, 3 * (1 + 2 * 2 * 3 * 4));
  assertEquals(new Set(trials.map(({ id }) => id)).size, trials.length);
  assertEquals(trials.slice(0, 3).map(({ id }) => id), [
    "plain_seed-1",
    "a_parity.weight-0_adversary.weight-0.1_sample-1_seed-1",
    "a_parity.weight-0_adversary.weight-0.1_sample-2_seed-1",
  ]);
  const { overrides, values } = trials[1]!.point;
  assertEquals(overrides.slice(0, 3), [
    ["data.mask", ["degree"]],
    ["fairness.parity.weight", 0],
    ["fairness.adversary.weight", 0.1],
  ]);
  assertEquals(Object.keys(values), ["fairness.parity.weight", "fairness.adversary.weight", "training.learningRate"]);
});

Deno.test("sweepPoints() names keys by as many of their last words as tell them apart", () => {
  const ids = (keys: string[]) => sweepPoints(sweepOf({ grid: Object.fromEntries(keys.map((key) => [key, [1]])) }));
  assertEquals(ids(["device"]).map(({ id }) => id), ["plain_device-1"]);
  assertEquals(ids(["a.b.weight", "a.c.weight"]).map(({ id }) => id), ["plain_b.weight-1_c.weight-1"]);
  assertEquals(ids(["a.x.weight", "b.x.weight"]).map(({ id }) => id), ["plain_a.x.weight-1_b.x.weight-1"]);
});

Deno.test("sweepPoints() makes names of lists, texts, nulls and negative numbers", () => {
  const values = [["degree", "school"], "fp16", null, -1, 1e-7, true, "../a b", ""];
  const ids = sweepPoints(sweepOf({ grid: { "k.v": values } })).map(({ id }) => id);
  assertEquals(ids.map((id) => id.replace("plain_k.v-", "")), [
    "degree-school",
    "fp16",
    "null",
    "-1",
    "1e-7",
    "true",
    "..-a-b",
    "empty",
  ]);
});

Deno.test("drawSample() gives the same samples whatever their number and the other keys", () => {
  const rate = { "training.learningRate": { log: [1e-4, 1e-2] as [number, number] } };
  const both = { "lora.rank": { choice: [4, 8, 16] }, ...rate };
  for (let i = 0; i < 20; i++) assertEquals(drawSample(rate, 7, i), drawSample(both, 7, i).slice(1));
  const points = (samples: number) => sweepPoints(sweepOf({ random: { samples, space: both } }));
  assertEquals(points(5).map(({ values }) => values), points(9).slice(0, 5).map(({ values }) => values));
});

Deno.test("drawSample() draws evenly: in the logarithm, in the number, and among choices", () => {
  const draws = Array.from({ length: 3000 }, (_, i) =>
    Object.fromEntries(drawSample(
      {
        log: { log: [0.01, 100] },
        uniform: { uniform: [-1, 3] },
        choice: { choice: ["a", "b", "c"] },
      },
      1,
      i,
    )));
  const share = (holds: (draw: (typeof draws)[number]) => boolean) => draws.filter(holds).length / draws.length;
  // Four standard errors of a share p of 3000 draws.
  const near = (found: number, p: number) =>
    assert(Math.abs(found - p) < 4 * Math.sqrt(p * (1 - p) / 3000), `${found}`);
  // Each of four orders of magnitude is as likely as another; a uniform draw would put 90% into the last.
  for (const low of [0.01, 0.1, 1, 10]) near(share(({ log }) => Number(log) >= low && Number(log) < 10 * low), 1 / 4);
  for (const low of [-1, 0, 1, 2]) {
    near(share(({ uniform }) => Number(uniform) >= low && Number(uniform) < low + 1), 1 / 4);
  }
  for (const letter of ["a", "b", "c"]) near(share(({ choice }) => choice === letter), 1 / 3);
  assert(draws.every(({ log, uniform }) => Number(log) >= 0.01 && Number(log) <= 100 && Number(uniform) <= 3));
  // Keys are drawn apart from each other.
  near(share(({ log, uniform }) => Number(log) < 1 && Number(uniform) < 1), 1 / 4);
});

permittedTest(
  "every sweep of the presets can be planned, and is named like its file",
  () =>
    withFolder(async (folder) => {
      const root = `${import.meta.dirname}/../../..`;
      const files = [...Deno.readDirSync(`${root}/configs/sweeps`)].map(({ name }) => name).sort();
      for (const file of files) {
        const preset = JSON.parse(await Deno.readTextFile(`${root}/configs/sweeps/${file}`));
        // Paths are those of a command in the project's folder, where unseen people have yet to be generated.
        const base = JSON.parse(await Deno.readTextFile(`${root}/${preset.base}`));
        base.data.path = `${root}/${base.data.path}`;
        await Deno.writeTextFile(`${folder}/base.json`, JSON.stringify(base));
        const sweepFile = { ...preset, base: `${folder}/base.json`, evaluation: null };
        await Deno.writeTextFile(`${folder}/${file}`, JSON.stringify(sweepFile));
        const { sweep, trials, points } = await planSweep(`${folder}/${file}`);
        assertEquals(`${sweep.name}.json`, file);
        assertEquals(trials.length, points.length * sweep.seeds.length);
      }
    }),
);
