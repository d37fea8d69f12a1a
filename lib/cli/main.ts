/** `deno task <verb>`: each verb parses its options and calls one function. */
import { setColorEnabled } from "@std/fmt/colors";
import { Command, InvalidArgumentError, Option } from "commander";
import type { MetricsCommandOptions } from "./metrics/command.ts";
import { type Config, loadConfig } from "../train/mod.ts";
import { DEVICES } from "../graph/mod.ts";
import { InputError } from "../errors.ts";
import type { NotebooksCommandOptions } from "./notebooks/command.ts";
import type { ReportOptions } from "./report.ts";

const collect = (value: string, previous: string[]) => [...previous, value];

const deviceOption = (otherwise: string) =>
  new Option("-d, --device <name>", `where to compute; default: ${otherwise}`).choices(["auto", ...DEVICES]);

const program = new Command("deno task")
  .description("Fine-tunes sentence encoders with LoRA and measures how they treat groups of people")
  .configureHelp({ showGlobalOptions: true })
  .showSuggestionAfterError();

program.command("train")
  .description("Fine-tune a sentence encoder with LoRA, evaluate it by group, and write adapter and tables")
  .option("-c, --config <file>", "the run's configuration", "configs/demo.json")
  .option("-s, --set <key=value>", "override a key, for example training.epochs=2; repeatable", collect, [])
  .addOption(deviceOption("the configuration's"))
  .option("-r, --resume", "continue from the last checkpoint of this configuration")
  .option("-o, --output <folder>", "write everything here instead of models/ and reports/")
  .action(async (options: TrainFlags) => {
    const { trainRun } = await import("../train/train.ts");
    const set = options.device ? [...options.set, `device=${options.device}`] : options.set;
    const config = await loadConfig(options.config, set);
    const { resume = false, output } = options;
    const outcome = await interruptible((signal) => trainRun(config, { resume, output, signal }));
    if (outcome === "interrupted") Deno.exit(130);
  });

program.command("sweep")
  .description("Train a grid or a random search of configurations over seeds, and compare them with intervals")
  .requiredOption("-c, --config <file>", "the sweep: base configuration, variants, seeds, grid; see configs/sweeps/")
  .requiredOption(
    "-o, --output <folder>",
    "where tables and trials go; trials that are finished there are not repeated",
  )
  .option("--only <variant>", "train this variant alone")
  .option("--keep-runs", "keep the adapters of finished trials as well, not only their numbers and predictions")
  .action(async (options: { config: string; output: string; only?: string; keepRuns?: boolean }) => {
    const { runSweep } = await import("./sweep/run_sweep.ts");
    const outcome = await interruptible((signal) => runSweep(options.config, { ...options, signal }));
    if (outcome !== "finished") Deno.exit(outcome === "interrupted" ? 130 : 1);
  });

program.command("evaluate")
  .description("Measure a finished run again: base model beside tuned model, overall and by group")
  .requiredOption("--run <folder>", "the folder of the run, for example models/lora_adapters/demo")
  .option("-i, --input <file>", "labelled pairs to measure instead of the run's own test split")
  .addOption(deviceOption("where the run's configuration says"))
  .option("-o, --output <folder>", "also write quality.json, quality.csv and predictions.csv here")
  .action(async (options: { run: string; input?: string; output?: string; device?: Config["device"] }) => {
    const { evaluateRun } = await import("../train/evaluate_run.ts");
    await evaluateRun(options);
  });

program.command("infer")
  .description("Score new pairs, or embed texts, with a run's adapter")
  .requiredOption("--run <folder>", "the folder of the run, for example models/lora_adapters/demo")
  .option("-i, --input <file>", "CSV, TSV or JSONL with the columns of the run's configuration")
  .option("-o, --output <file>", "where the rows go, with their scores: .csv, .tsv or .jsonl")
  .option("--embed <column>", "write the embedding of this column's texts instead of scores; needs a .jsonl output")
  .option("--text <text>", "embed this text and print the result as a line of JSON; repeatable", collect, [])
  .addOption(deviceOption("where the run's configuration says"))
  .option("--role <role>", "whether --text or --embed holds a job or a resume", role, "resume")
  .action(async (options: InferFlags) => {
    const { inferRun } = await import("../train/infer.ts");
    await inferRun(options);
  });

program.command("prepare")
  .description("Clean a table of pairs, extract education from the résumés, and assign a split")
  .requiredOption("-i, --input <file>", "CSV, TSV or JSONL")
  .requiredOption("-o, --output <file>", "CSV, TSV or JSONL")
  .option("-c, --config <file>", "names the columns, groups and split sizes", "configs/demo.json")
  .option("-s, --set <key=value>", "override a key of the configuration; repeatable", collect, [])
  .action(async (options: { input: string; output: string; config: string; set: string[] }) => {
    const { prepareRun } = await import("./prepare.ts");
    await prepareRun(await loadConfig(options.config, options.set), options.input, options.output);
  });

program.command("metrics")
  .description("Audit any table of scores, whoever made it: quality, gaps between groups, ranking, twins")
  .requiredOption("-i, --input <file>", "CSV, TSV or JSONL with a row per scored pair")
  .requiredOption("--score <column>", "scores; higher means more likely selected")
  .requiredOption("--group <column>", "who a person is; repeatable", collect, [])
  .option("--label <column>", "true labels; without it, what needs none is reported")
  .option("--positive <value>", "the label that counts as 1, any other as 0")
  .option("--threshold <number>", "selected means a score of at least this", number)
  .option("--acceptance-rate <share>", "select this share of all rows instead", number)
  .option("--rank-by <column>", "the job within which rows are ranked")
  .option("--top-k <count>", "places at the top of each job", number)
  .option("--counterfactual-score <column>", "scores of the same rows with the person's group changed")
  .option("--weight <column>", "sample weights")
  .option("--control <column>", "also compare groups within each level of this column")
  .option("--cluster <column>", "whose rows belong together, such as the candidate: intervals resample them together")
  .option("--intersections", "also compare the intersections of the groups")
  .option("--confidence <level>", "of the intervals", number, 0.95)
  .option("--resamples <count>", "bootstrap resamples and permutations", number, 1000)
  .option("--seed <number>", "of all chance", number, 42)
  .option("--drop-missing", "leave out rows with missing values, and count them")
  .option("--delimiter <character>", "between the fields of a CSV")
  .option("--json", "print JSON instead of tables")
  .option("-o, --output <folder>", "also write audit.json, audit.html and CSV tables here")
  .action(async (options: MetricsCommandOptions) => {
    const { runMetricsCommand } = await import("./metrics/command.ts");
    await runMetricsCommand(options);
  });

program.command("notebooks")
  .description("Run the notebooks with Deno's Jupyter kernel and render them to reports/ as pages that open offline")
  .option("--only <name>", "a notebook, or the beginning of its name, such as 01; repeatable", collect, [])
  .option("--render-only", "render the outputs that the notebooks have, without running them")
  .option("--standalone", "put Plotly into each page instead of a file that they share")
  .option("-o, --output <folder>", "write notebooks, pages and figures here; the project stays as it is")
  .action(async (options: NotebooksCommandOptions) => {
    const { runNotebooksCommand } = await import("./notebooks/command.ts");
    await runNotebooksCommand(options);
  });

program.command("report")
  .description("Write the findings about finished runs as a page, and a model card")
  .requiredOption("--run <folder>", "a run's folder; the first is the subject, further ones are compared", collect, [])
  .option("-o, --output <folder>", "where index.html, model_card.md and figures/ go", "reports")
  .option("--standalone", "put Plotly into the page instead of a file beside it")
  .action(async (options: ReportOptions) => {
    const { reportRuns } = await import("./report.ts");
    await reportRuns(options);
  });

program.command("devices")
  .description("List what can be trained on here: devices, memory, speed, and what is missing for the others")
  .action(async () => {
    const { devicesCommand } = await import("./devices.ts");
    await devicesCommand();
  });

program.command("verify-device")
  .description("Hold what a device computes against the CPU: operations, gradients, and training")
  .requiredOption("-d, --device <device>", "for example webgpu, cuda, tfjs or tfjs:wasm")
  .option("--precision <precision>", "fp32 or fp16", "fp32")
  .option("--models <names>", "which models to train there; tiny alone takes seconds on any device", "tiny,minilm")
  .action(async (options: { device: string; precision: string; models: string }) => {
    const { verifyCommand } = await import("./verify_device.ts");
    if (!await verifyCommand(options)) Deno.exit(1);
  });

/** The flags of `train`. */
export interface TrainFlags {
  config: string;
  set: string[];
  device?: Config["device"];
  resume?: boolean;
  output?: string;
}

/** The flags of `infer`. */
export interface InferFlags {
  run: string;
  input?: string;
  output?: string;
  embed?: string;
  text: string[];
  device?: Config["device"];
  role: "job" | "resume";
}

/** The first Ctrl-C ends the current step and saves; a second one ends at once, as Deno does without a listener. */
async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = () => {
    Deno.removeSignalListener("SIGINT", interrupt);
    interruption.abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  const outcome = await run(interruption.signal);
  Deno.removeSignalListener("SIGINT", interrupt);
  return outcome;
}

function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === "" || !Number.isFinite(parsed)) throw new InvalidArgumentError("Expected a number.");
  return parsed;
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
