/** `deno task evaluate`: measures a finished run again, on its own test split or on other labelled pairs. */
import { z } from "zod";
import { evaluationText } from "../report/mod.ts";
import { evaluateRun } from "../train/mod.ts";
import { PAIR_OPTIONS } from "./table_options.ts";
import { deviceOption, option, optionalPath, path, terminalWidth, verb } from "./command.ts";
import { keepOnlyFor } from "./permissions.ts";

/** The option that names a finished run. */
export const RUN_OPTION = option(
  path,
  "--run <folder>",
  "the folder of the run, for example models/lora_adapters/demo",
);

export const evaluate = verb(
  [
    "evaluate",
    "Measure a finished run again: base model beside tuned model, overall and by group",
    "deno task evaluate --run models/lora_adapters/demo",
    "deno task evaluate --run models/lora_adapters/mine --input other_pairs.csv --output other",
  ],
  z.object({
    run: RUN_OPTION,
    input: option(optionalPath, "-i, --input <file>", "labelled pairs to measure instead of the run's own test split"),
    device: deviceOption("where the run's configuration says"),
    precision: option(
      z.enum(["fp32", "int8"]).exactOptional(),
      "--precision <precision>",
      "fp32 or int8, for both models; default: that of the run, int8 if it was trained so",
    ),
    output: option(
      optionalPath,
      "-o, --output <folder>",
      "also write evaluation.json, its tables and predictions.csv here",
    ),
    ...PAIR_OPTIONS,
  }),
  async (options) => {
    await keepOnlyFor(options.run, options.output, options.input);
    const { evaluation, run } = await evaluateRun({ ...options, table: options });
    const title = options.input ?? `Test split of ${run.config.name}, epoch ${run.bestEpoch}`;
    console.log(evaluationText(evaluation, { width: terminalWidth(), title }));
    if (options.output !== undefined) console.log(`tables   ${options.output}`);
  },
);
