/** Training shared by processes that Debian's Open MPI starts. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { permitted, whenPermitted, withFolder } from "../_testing.ts";
import { openSafetensors, readTensor } from "../model/safetensors.ts";
import type { PartialConfig } from "../train/config.ts";
import { pairRows, tinyConfig, writePairs, writeTinyModel } from "../train/_testing.ts";
import { MPI_LIBRARIES } from "../train/mpi/library.ts";
import { type Ended, start } from "./_testing.ts";

const version = await whenPermitted(async () => {
  try {
    return new TextDecoder().decode((await new Deno.Command("mpirun", { args: ["--version"] }).output()).stdout);
  } catch {
    return "";
  }
});
const isThere = permitted && version.includes("Open MPI");

function mpiTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: isThere ? name : `${name} (needs mpirun of Open MPI: apt-get install openmpi-bin)`,
    fn,
    ignore: !isThere,
  });
}

/** Runs `train` in a folder; on one process without MPI if there are no ranks. */
async function trainer(folder: string, changes: PartialConfig) {
  await writeTinyModel(`${folder}/model`);
  await writePairs(`${folder}/pairs.csv`, pairRows(48));
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(tinyConfig(folder, changes)));
  return (name: string, ranks: number | null, ...more: string[]) => {
    const args = ["train", "--config", `${folder}/config.json`, "--output", `${folder}/${name}`, ...more];
    return ranks === null ? start(args) : start([...args, "--distributed", "mpi"], { launcher: mpirun(ranks, folder) });
  };
}

/** Open MPI, with processes that leave their numbers in a folder by rank. */
const mpirun = (ranks: number, folder: string) => [
  ...["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", `${ranks}`],
  ...["sh", "-c", `echo $$ > ${folder}/pid$OMPI_COMM_WORLD_RANK; exec "$@"`, "sh"],
];

async function ok({ ended }: { ended: Promise<Ended> }): Promise<Ended> {
  const end = await ended;
  assertEquals(end.code, 0, end.stderr + end.stdout);
  return end;
}

const bytes = async (folder: string) => (await Deno.readFile(`${folder}/adapter_model.safetensors`)).toBase64();

async function largestDifference(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all(
    [one, other].map((folder) => openSafetensors(`${folder}/adapter_model.safetensors`)),
  );
  let largest = 0;
  for (const name of a!.tensors.keys()) {
    const [x, y] = [await readTensor(a!, name), await readTensor(b!, name)];
    x.forEach((value, i) => largest = Math.max(largest, Math.abs(value - y[i]!)));
  }
  return largest;
}

const FAIR: PartialConfig = {
  lora: { dropout: 0.1 },
  training: { epochs: 1, miniBatchSize: 2 },
  balance: { weights: "reweighing" },
  fairness: {
    demographicParity: { weight: 1 },
    adversary: { weight: 0.1, steps: 2 },
    constraints: [{ metric: "demographicParityDifference", attribute: "town", atMost: 0.1 }],
  },
};

mpiTest(
  "two and four ranks give the bytes of one with the same mini-batches, fairness terms and bounds included",
  () =>
    withFolder(async (folder) => {
      const train = await trainer(folder, FAIR);
      const [two] = await Promise.all([ok(train("two", 2)), ok(train("one", null))]);
      await ok(train("four", 4));
      for (const name of ["two", "four"]) assertEquals(await bytes(`${folder}/${name}`), await bytes(`${folder}/one`));
      // Rank 0 alone speaks.
      assertEquals(two.stdout.split("\n").filter((line) => line.includes("epoch 1/1")).length, 1);
      assertMatch(two.stdout, /2 ranks share each batch of 8 pairs; rank 0 computes with \d+ threads?\r?\n/);
      assertMatch(two.stdout, /2 ranks: of [\d.]+ s rank 0 waited for others [\d.]+% and exchanged [\d.]+%/);
    }),
);

mpiTest(
  "ranks find negatives in each other's parts of the batch: contrast, twice the same bytes",
  () =>
    withFolder(async (folder) => {
      const train = await trainer(folder, {
        lora: { layers: [1, 1] }, // what the frozen layer gives is shared as well
        training: { epochs: 1, objective: "contrastive", hardNegatives: 1, learningRate: 5e-4 },
        fairness: { distribution: { weight: 0.5, distance: "embeddingMmd" } },
      });
      await Promise.all([ok(train("one", null)), ok(train("two", 2))]);
      await ok(train("again", 2));
      assert(await largestDifference(`${folder}/one`, `${folder}/two`) < 1e-6);
      assertEquals(await bytes(`${folder}/again`), await bytes(`${folder}/two`));
    }),
);

/** Waits until something holds, at most two minutes. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It did not come about in two minutes");
}

function isGone(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return false;
  } catch (error) {
    assert(error instanceof Deno.errors.NotFound, `${error}`);
    return true;
  }
}

mpiTest(
  "a rank that is killed ends all, and another number of ranks goes on to the same bytes",
  () =>
    withFolder(async (folder) => {
      const train = await trainer(folder, { ...FAIR, training: { ...FAIR.training, epochs: 8, checkpointEvery: 1 } });
      const killed = train("shared", 3);
      const steps = () =>
        Deno.readTextFile(`${folder}/shared/metrics/unfinished/history.jsonl`).then(
          (text) => text.split("\n").length,
          () => 0,
        );
      await until(async () => await steps() >= 5);
      const pid = async (rank: number) => Number(await Deno.readTextFile(`${folder}/pid${rank}`));
      Deno.kill(await pid(1), "SIGKILL");
      const { code, stdout } = await killed.ended;
      assert(code !== 0 && !stdout.includes("epoch 8/8"), stdout);
      for (const rank of [0, 2]) {
        const own = await pid(rank);
        await until(() => isGone(own));
      }
      const [resumed] = await Promise.all([ok(train("shared", 2, "--resume")), ok(train("one", null))]);
      assertMatch(resumed.stdout, /resuming after step \d+/);
      assertEquals(await bytes(`${folder}/shared`), await bytes(`${folder}/one`));
    }),
);

mpiTest("a mistake is said once, and ends all ranks", () =>
  withFolder(async (folder) => {
    const train = await trainer(folder, {});
    const { code, stderr } = await train("wrong", 2, "--set", "training.batchSiz=4").ended;
    assertEquals(code, 2);
    assertEquals(stderr.split("\n").filter((line) => line.startsWith("error:")).length, 1, stderr);
    assertMatch(stderr, /^error: .*unknown key "training.batchSiz", did you mean "training.batchSize"$/m);
  }));

Deno.test({
  name: "--distributed without a launcher, or with an unknown way, is one line",
  ignore: !permitted,
  fn: async () => {
    const alone = await start(["train", "--distributed", "mpi"]).ended;
    assertEquals([alone.code, alone.stderr], [
      2,
      "error: --distributed mpi: expected to be started by mpirun or srun, found neither: " +
      "mpirun -np 4 deno task train --distributed mpi …\n",
    ]);
    const unknown = await start(["train", "--distributed", "nccl"]).ended;
    assertEquals(unknown.code, 2);
    assertMatch(
      unknown.stderr,
      /^error: option '--distributed <how>' argument 'nccl' is invalid\. Allowed choices are mpi\.\n$/,
    );
  },
});

Deno.test("deno.json lets training load the MPI libraries of distributions and no others", () => {
  const { ffi } = project.permissions.model;
  assertEquals(ffi.filter((path) => path.includes("libmpi")), MPI_LIBRARIES.map(([, path]) => path));
});
