/** `deno task train`: fine-tunes a sentence encoder as a configuration says. */
import { z } from "zod";
import { evaluationText } from "../report/mod.ts";
import { ALONE, fineTuneAmong, loadConfig, type Ranks } from "../train/mod.ts";
import { deviceOption, flag, option, optionalPath, path, terminalWidth, texts, verb } from "./command.ts";
import { amongRanks } from "./distributed.ts";
import { interruptible } from "./interruption.ts";
import { keepOnly, RUN_FOLDERS } from "./permissions.ts";

/** Options that name a configuration. */
export const CONFIG_OPTIONS = {
  config: option(path.default("configs/demo.json"), "-c, --config <file>", "the run's configuration"),
  set: option(texts, "-s, --set <key=value>", "override a key, for example training.epochs=2; repeatable"),
};

const TRAIN_OPTIONS = z.object({
  ...CONFIG_OPTIONS,
  device: deviceOption("the configuration's"),
  resume: option(flag, "-r, --resume", "continue from the last checkpoint of this configuration"),
  output: option(optionalPath, "-o, --output <folder>", "write everything here instead of models/ and reports/"),
  distributed: option(
    z.enum(["mpi"]).exactOptional(),
    "--distributed <how>",
    "share each batch with the other processes that mpirun or srun started",
  ),
});

export const train = verb(
  [
    "train",
    "Fine-tune a sentence encoder with LoRA, evaluate it by group, and write adapter and tables",
    "deno task train",
    "deno task train --config mine.json --set training.epochs=5 --set lora.rank=16",
    "deno task train --config mine.json --resume",
    "mpirun -np 4 deno task train --config mine.json --distributed mpi",
  ],
  TRAIN_OPTIONS,
  async ({ distributed, ...options }) => {
    if (distributed === "mpi") await amongRanks((ranks) => runTraining(options, ranks));
    else await runTraining(options);
  },
);

async function runTraining(
  { config: file, set, device, ...options }: Omit<z.output<typeof TRAIN_OPTIONS>, "distributed">,
  ranks: Ranks = ALONE,
): Promise<void> {
  const config = await loadConfig(file, device ? [...set, `device=${device}`] : set);
  await keepOnly({
    write: [...RUN_FOLDERS, options.output],
    source: config.model.source,
    tables: [config.data.path],
  });
  const { result: tuned, exitCode } = await interruptible(
    (signal) => fineTuneAmong(ranks, config, { ...options, signal }),
    ranks.rank > 0,
  );
  if (tuned === null) return;
  if (tuned.outcome === "interrupted") Deno.exit(exitCode);
  const { evaluation, run, paths } = tuned;
  console.log(
    "\n" + evaluationText(evaluation, { width: terminalWidth(), title: `Test split, epoch ${run.bestEpoch}` }),
  );
  console.log(`adapter  ${paths.adapter}\ntables   ${paths.metrics}`);
}
