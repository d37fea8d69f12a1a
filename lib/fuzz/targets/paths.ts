/** Names of files and folders, as every command takes them. */
import { z } from "zod";
import { prepareRun } from "../../cli/prepare.ts";
import { readReport } from "../../cli/report_run.ts";
import { planSweep } from "../../cli/sweep/trials.ts";
import { checkOptions } from "../../cli/command.ts";
import { METRICS_OPTIONS, runMetrics } from "../../cli/metrics.ts";
import { readNotebook } from "../../cli/notebooks/notebook.ts";
import { readHeader } from "../../data/mod.ts";
import { readPredictions } from "../../evaluate/mod.ts";
import { openSafetensors, openWeights, readAdapterConfig, resolveModel } from "../../model/mod.ts";
import { loadConfig, parseConfig, readRunFile } from "../../train/mod.ts";
import { hostileText } from "../hostile.ts";
import { optionsOf, type Target } from "../target.ts";

/** What reads a path, or writes to one. */
const OPENED: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  table: (path) => readHeader(path),
  config: (path) => loadConfig(path),
  run: (path) => readRunFile(path),
  report: (path) => readReport([path]),
  predictions: (path) => readPredictions(path),
  sweep: (path) => planSweep(path),
  notebook: (path) => readNotebook(path),
  safetensors: (path) => openSafetensors(path),
  weights: (path) => openWeights(path),
  adapter: (path) => readAdapterConfig(path),
  // A name that may be one on the hub is not looked for there.
  model: (path) => /^\w[\w.-]*\/[\w.-]+$/.test(path) ? Promise.resolve() : resolveModel(path),
  prepare: (output) => prepareRun(parseConfig({}), { input: output, output, print: () => {} }),
  metrics: (output) =>
    runMetrics(
      checkOptions(METRICS_OPTIONS, { input: "../special/file.csv", score: ["b"], group: ["a"], resamples: 1, output }),
      () => {},
    ),
};

const PLACES = ["", ".", "x.csv", "../special/file.csv", "../special/loop.csv", "../special/folder.csv", "/dev/zero"];
const MORE = [
  "../special/pipe.csv",
  "../special/file.csv/x",
  "../special/closed.csv",
  "../special/none/x",
  "/dev/stdin",
];

export const paths: Target = {
  name: "paths",
  seeds: (rng) => {
    const parts = Array.from({ length: 1 + rng.int(3) }, () => rng.uniform() < 0.4 ? hostileText(rng) : "");
    const path = rng.pick([...PLACES, ...MORE]) + parts.join(rng.pick(["", "/", ".csv"]));
    return { files: {}, options: JSON.stringify({ opened: rng.pick(Object.keys(OPENED)), path }) };
  },
  mayRefuse: true,
  run: async (input) => {
    const { opened, path } = optionsOf(input, z.object({ opened: z.string(), path: z.string() }));
    // Outside of the folder of the fuzzer nothing may be written, and that is said as the system says it.
    if (["prepare", "metrics"].includes(opened) && !path.startsWith("../special") && /^[/~]|\.\./.test(path)) return;
    await OPENED[opened]!(path);
  },
};
