/** What can be typed: options of every verb, as commander splits them and our schemas check them. */
import { CommanderError } from "commander";
import { z } from "zod";
import { checkOptions, OPTIONS_OF } from "../../cli/command.ts";
import { VERBS } from "../../cli/main.ts";
import { InputError } from "../../errors.ts";
import { checkFinite, expectThat, optionsOf, type Target } from "../target.ts";
import { optionsOnly } from "./seeds.ts";

const TYPED: Readonly<Record<string, string>> = {
  init: "--input a.csv --column label=fit --yes",
  train: "--config mine.json --set training.epochs=2 --set lora.rank=16 --device cpu",
  sweep: "--config sweep.json --output sweep --keep-runs",
  evaluate: "--run a --input b.csv --output c --delimiter ; --decimal ,",
  infer: "--run a --input b.csv --output c.csv --shard 1/3",
  export: "--run a --format onnx --output b",
  explain: "--run a --groups education --pairs 40",
  prepare: "--input a.csv --output b.csv --missing - --merge town:a=b",
  join: "--output a.csv",
  mine: "--input a.csv --output b.jsonl",
  "audit-model": "--model a --resumes b.csv --resume-column c",
  metrics:
    "--input a.csv --score s --score t --threshold 0.5 --group g --label y --rank-by j --top-k 3 --confidence 0.9 --seed=7",
  "demo-data": "--bias signals",
  report: "--run a --run b",
  devices: "",
  "verify-device": "--device cpu",
  notebooks: "",
};

export const commandLine: Target = {
  name: "command line",
  seeds: optionsOnly(Object.entries(TYPED).map(([verb, typed]) => [verb, ...typed.split(" ").filter(Boolean)])),
  run: async (input) => {
    const [name = "", ...typed] = optionsOf(input, z.array(z.string()));
    const verb = VERBS.find((own) => own.name() === name);
    if (verb === undefined) throw new InputError("no such verb");
    let options: unknown = null;
    verb.configureOutput({ writeOut: () => {}, writeErr: () => {} }).action((own: unknown) => {
      options = checkOptions(OPTIONS_OF.get(verb)!, own);
    });
    try {
      await verb.parseAsync(typed, { from: "user" });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return; // --help
      expectThat(error.exitCode === 1, `exit code ${error.exitCode}`);
      throw new InputError("refused by commander");
    }
    checkFinite(options, "the options");
  },
};
