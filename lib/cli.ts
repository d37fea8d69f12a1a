/** `deno task <verb>`: each verb parses its options and calls one function. */
import { setColorEnabled } from "@std/fmt/colors";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "./config.ts";
import { InputError } from "./errors.ts";

const collect = (value: string, previous: string[]) => [...previous, value];

const program = new Command("deno task")
  .description("Fine-tunes sentence encoders with LoRA and measures how they treat groups of people")
  .configureHelp({ showGlobalOptions: true })
  .showSuggestionAfterError();

program.command("train")
  .description("Fine-tune a sentence encoder with LoRA, evaluate it by group, and write adapter and tables")
  .option("-c, --config <file>", "the run's configuration", "configs/demo.json")
  .option("-s, --set <key=value>", "override a key, for example training.epochs=2; repeatable", collect, [])
  .option("-r, --resume", "continue from the last checkpoint of this configuration")
  .option("-o, --output <folder>", "write everything here instead of models/ and reports/")
  .action(async (options: { config: string; set: string[]; resume?: boolean; output?: string }) => {
    const { trainRun } = await import("./run/train.ts");
    const interruption = new AbortController();
    // The first Ctrl-C ends the current step and saves; a second one ends at once, as Deno does without a listener.
    const interrupt = () => {
      Deno.removeSignalListener("SIGINT", interrupt);
      interruption.abort();
    };
    Deno.addSignalListener("SIGINT", interrupt);
    const outcome = await trainRun(await loadConfig(options.config, options.set), {
      resume: options.resume ?? false,
      output: options.output,
      signal: interruption.signal,
    });
    if (outcome === "interrupted") Deno.exit(130);
    Deno.removeSignalListener("SIGINT", interrupt);
  });

program.command("evaluate")
  .description("Measure a finished run again: base model beside tuned model, overall and by group")
  .requiredOption("--run <folder>", "the folder of the run, for example models/lora_adapters/demo")
  .option("-i, --input <file>", "labelled pairs to measure instead of the run's own test split")
  .option("-o, --output <folder>", "also write quality.json, quality.csv and predictions.csv here")
  .action(async (options: { run: string; input?: string; output?: string }) => {
    const { evaluateRun } = await import("./run/evaluate_run.ts");
    await evaluateRun(options);
  });

program.command("infer")
  .description("Score new pairs, or embed texts, with a run's adapter")
  .requiredOption("--run <folder>", "the folder of the run, for example models/lora_adapters/demo")
  .option("-i, --input <file>", "CSV, TSV or JSONL with the columns of the run's configuration")
  .option("-o, --output <file>", "where the rows go, with their scores: .csv, .tsv or .jsonl")
  .option("--embed <column>", "write the embedding of this column's texts instead of scores; needs a .jsonl output")
  .option("--text <text>", "embed this text and print the result as a line of JSON; repeatable", collect, [])
  .option("--role <role>", "whether --text or --embed holds a job or a resume", role, "resume")
  .action(async (options: InferFlags) => {
    const { inferRun } = await import("./run/infer.ts");
    await inferRun(options);
  });

program.command("prepare")
  .description("Clean a table of pairs, extract education from the résumés, and assign a split")
  .requiredOption("-i, --input <file>", "CSV, TSV or JSONL")
  .requiredOption("-o, --output <file>", "CSV, TSV or JSONL")
  .option("-c, --config <file>", "names the columns, groups and split sizes", "configs/demo.json")
  .option("-s, --set <key=value>", "override a key of the configuration; repeatable", collect, [])
  .action(async (options: { input: string; output: string; config: string; set: string[] }) => {
    const { prepareRun } = await import("./run/prepare.ts");
    await prepareRun(await loadConfig(options.config, options.set), options.input, options.output);
  });

/** The flags of `infer`. */
export interface InferFlags {
  run: string;
  input?: string;
  output?: string;
  embed?: string;
  text: string[];
  role: "job" | "resume";
}

function role(value: string): "job" | "resume" {
  if (value === "job" || value === "resume") return value;
  throw new InvalidArgumentError("Expected job or resume.");
}

if (import.meta.main) {
  setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
  try {
    await program.parseAsync(["deno", "task", ...Deno.args]);
  } catch (error) {
    if (error instanceof InputError) {
      console.error(`error: ${error.message}`);
      Deno.exit(2);
    }
    throw error;
  }
}
