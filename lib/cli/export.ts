/** `deno task export`: a run's model for other programs. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { exists, makeFolder, writeText } from "../files.ts";
import { writeWhole } from "../folders.ts";
import { lockOutput } from "../lock.ts";
import { evaluationText, modelCard, scorerPage } from "../report/mod.ts";
import { EXPORT_FORMATS, type ExportCheck, exportPage, exportRun, openRun } from "../train/mod.ts";
import { deviceOption, flag, option, text, verb } from "./command.ts";
import { RUN_OPTION } from "./evaluate.ts";
import { readReport } from "./report_run.ts";
import { keepOnlyFor } from "./permissions.ts";

const EXPORT_OPTIONS = z.object({
  run: RUN_OPTION,
  format: option(
    z.enum(EXPORT_FORMATS),
    "-f, --format <name>",
    "what loads it: PEFT, sentence-transformers (also Text Embeddings Inference), transformers.js and ONNX Runtime, or a " +
      "page that runs it in a browser",
  ),
  output: option(text, "-o, --output <folder>", "where its files go"),
  adapter: option(flag, "--adapter", "sentence-transformers: keep the adapter apart instead of merging it"),
  float32: option(flag, "--float32", "browser: weights in float32 instead of 8 bits, four times the size"),
  device: deviceOption("where the run's configuration says"),
}).superRefine(({ format, adapter, float32 }, { addIssue }) => {
  for (const [flag, given, of] of [["adapter", adapter, "sentence-transformers"], ["float32", float32, "browser"]]) {
    if (given && format !== of) addIssue(`--${flag}: expected --format ${of} with it, found ${format}`);
  }
});

export const exportVerb = verb(
  [
    "export",
    "Write a run's model as other programs load it, and compare it with the run's own embeddings",
    "deno task export --run models/lora_adapters/mine --format sentence-transformers --output exported/mine",
    "deno task export --run models/lora_adapters/mine --format browser --output exported/page",
  ],
  EXPORT_OPTIONS,
  async (options) => {
    await keepOnlyFor(options.run, options.output);
    await exportFolder(options);
  },
);

/**
 * Writes the folder and its model card, and says how close its embeddings are to the run's own. Throws an InputError if
 * the run cannot be read, or a file not be written.
 */
export async function exportFolder(
  { run: folder, format, output, adapter, float32, device }: z.output<typeof EXPORT_OPTIONS>,
  print: (text: string) => void = console.log,
): Promise<void> {
  // Before anything is written: a run whose parts do not belong together is no model to hand on.
  const report = await readReport([folder]);
  const { data, subject: { predictions } } = report;
  const tested = "missing" in data ? undefined : { examples: data.test, predictions };
  const run = await openRun(folder, device);
  await makeFolder(output);
  await using _output = await lockOutput(output);
  if (format === "sentence-transformers" && !adapter && await exists(`${output}/adapter_config.json`)) {
    throw new InputError(
      `${output}: expected no adapter_config.json, found one: Python would load that adapter in place of the weights ` +
        "written here; delete it, or choose another --output",
    );
  }
  const checks = await writeWhole(output, async (unfinished) => {
    await writeText(`${unfinished}/README.md`, modelCard(report, format));
    if (format !== "browser") return await exportRun(run, { format, output: unfinished, adapter, tested });
    const made = await exportPage(run, { float32, tested });
    await writeText(`${unfinished}/index.html`, await scorerPage(report, made));
    return [made.check];
  });
  print(`model   ${output}`);
  for (const check of checks) print(checkText(check));
}

function checkText({ file, texts, leastCosine, evaluation, flipped }: ExportCheck): string {
  const line = `${file}: cosine with the run's own embeddings of ${texts} texts at least ${leastCosine.toFixed(6)}`;
  if (evaluation === null || flipped === null) return line;
  const decided = `${flipped[0]} of ${flipped[1]} pairs of the test split are decided otherwise`;
  return `${line}; ${decided}\n\n${evaluationText(evaluation, { title: "What 8 bits change on the test split" })}`;
}
