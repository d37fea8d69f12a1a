/** Configurations, what `--set` does to them, and sweeps. */
import { z } from "zod";
import { planSweep } from "../../cli/sweep/trials.ts";
import { applyOverride, loadConfig, parseConfig, readConfigFile } from "../../train/mod.ts";
import type { Input } from "../mutate.ts";
import { checkFinite, expectThat, optionsOf, type Target } from "../target.ts";
import { bytes, filesOf, head, optionsOnly, testText } from "./seeds.ts";

const CONFIGS = `${import.meta.dirname}/../../../configs`;
/** Each with what it extends. */
const presets = await Promise.all(
  ["demo", "demo-fair", "bge-large-fair"].map(async (name) =>
    JSON.stringify(await readConfigFile(`${CONFIGS}/${name}.json`))
  ),
);

const everything = JSON.stringify({
  ...parseConfig({
    data: { columns: { groundTruth: "truth" }, groups: [{ name: "education", extract: "degree" }] },
    fairness: {
      attributes: ["education"],
      constraints: [{ metric: "demographicParityDifference", attribute: "education", atMost: 0.1 }],
    },
    evaluation: { counterfactuals: true },
  }),
});

const texts = [...presets, everything];

const config: Target = {
  name: "configuration",
  seeds: [
    ...texts.map((text): Input => ({ files: { "run.json": bytes(text) } })),
    {
      files: filesOf({
        "run.json": { extends: ["base.json", "parts/fair.json"], name: "own" },
        "base.json": { extends: "parts/fair.json", training: { epochs: 2 } },
        "parts/fair.json": { fairness: { attributes: ["education"], demographicParity: { weight: 1 } } },
      }),
    },
  ],
  run: async () => checkFinite(await loadConfig("run.json"), "the configuration"),
};

const ASSIGNMENTS = [
  ["training.epochs=2", "lora.rank=16"],
  ["data.columns.label=fit", 'data.labels={"No Fit":0,"Good Fit":1}', "name=mine"],
  ["selection.window=[1,2]", "selection.maxGap=0.1", "fairness.demographicParity.weight=1"],
  ["data.groups.0.name=gender", "data.groups.0.column=gender", 'fairness.attributes=["gender"]'],
  ['data.mask=["degree"]', "selection.window=null", "training.objective=pair", "evaluation.resamples=50"],
  ["model.maxLength=auto", "model.source=BAAI/bge-small-en-v1.5", "device=auto"],
];

const set: Target = {
  name: "--set",
  seeds: optionsOnly(ASSIGNMENTS),
  run: (input) => {
    const base = JSON.parse(presets[0]!);
    for (const assignment of optionsOf(input, z.array(z.string()))) {
      applyOverride(base, assignment);
    }
    checkFinite(parseConfig(base), "the configuration");
    expectThat(!("x" in {}) && Object.keys(Object.prototype).length === 0, "every object has a new key");
  },
};

const base = {
  name: "base",
  data: {
    path: "pairs.csv",
    columns: { candidateId: "person", jobId: "job_id", groundTruth: "truth" },
    groups: [{ name: "town", column: "town" }],
  },
};

const SWEEPS = [
  { name: "plain", base: "base.json" },
  {
    name: "parity",
    base: "base.json",
    variants: { plain: {}, parity: { "balance.batches": "balanced" }, masked: { "data.mask": ["degree"] } },
    reference: "plain",
    fixed: ["plain"],
    seeds: [1, 2, 3],
    grid: { "fairness.demographicParity.weight": [0.3, 1] },
  },
  {
    name: "random",
    base: "base.json",
    random: {
      samples: 4,
      seed: 1,
      space: { "training.learningRate": { log: [1e-5, 1e-3] }, "lora.rank": { choice: [2, 4] } },
    },
    evaluation: null,
  },
];

const sweep: Target = {
  name: "sweep",
  seeds: SWEEPS.map((own): Input => ({
    files: filesOf({
      "sweep.json": own,
      "base.json": base,
      "pairs.csv": head(testText("golden_outputs/inputs/pairs.csv"), 40),
    }),
  })),
  changes: (file) => file !== "pairs.csv",
  run: async () => {
    const { trials, points } = await planSweep("sweep.json");
    expectThat(trials.length > 0 && points.length > 0, "a sweep has no trials");
    checkFinite(trials, "trials");
  },
};

export const CONFIGURATIONS: readonly Target[] = [config, set, sweep];
