/** `deno task explain`: which words of a résumé make its score, or carry the difference between groups. */
import { z } from "zod";
import { writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { makeFolder, readTextFile, writeText } from "../files.ts";
import { explanationPage, groupExplanationPage, partsTable, plotlyScript, tableText } from "../report/mod.ts";
import { wordDifferenceTable, wordTable } from "../report/mod.ts";
import { explainGroups, explainPair, type FinishedRun, openRun, ownSplits } from "../train/mod.ts";
import { deviceOption, option, optionalText, verb } from "./command.ts";
import { RUN_OPTION } from "./evaluate.ts";
import { keepOnlyFor } from "./permissions.ts";

const count = z.int("expected a whole number ≥ 1").min(1, "expected a whole number ≥ 1").exactOptional();

export const EXPLAIN_OPTIONS = z.object({
  run: RUN_OPTION,
  resume: option(optionalText, "--resume <text>", "a résumé, or @ and the file that holds it"),
  job: option(optionalText, "--job <text>", "the job it is scored for, or @ and the file that holds it"),
  groups: option(
    optionalText,
    "--groups <attribute>",
    "instead of one pair: what carries the difference between the groups of the test split furthest apart",
  ),
  pairs: option(count, "--pairs <count>", "with --groups: the most pairs of each group; default: all"),
  output: option(optionalText, "-o, --output <folder>", "also write a page and a CSV table here"),
  device: deviceOption("where the run's configuration says"),
}).superRefine(({ resume, job, groups, pairs }, context) => {
  const refuse = (wrong: boolean, message: string) => wrong && context.addIssue(message);
  const pair = resume !== undefined || job !== undefined;
  refuse(pair && groups !== undefined, "--groups: expected it without --resume and --job, found both");
  refuse(pair && (resume === undefined || job === undefined), "--resume, --job: expected both, found one");
  refuse(!pair && groups === undefined, "expected --resume and --job, or --groups, found neither");
  refuse(pairs !== undefined && groups === undefined, "--pairs: expected --groups with it, found none");
});

type ExplainOptions = z.output<typeof EXPLAIN_OPTIONS>;

export const explain = verb(
  [
    "explain",
    "Say which words of a résumé make its score, or carry the difference between groups",
    "deno task explain --run models/lora_adapters/demo --resume @resume.txt --job 'We look for a nurse'",
    "deno task explain --run models/lora_adapters/demo --groups education --pairs 40 --output explained",
  ],
  EXPLAIN_OPTIONS,
  async (options) => {
    await keepOnlyFor(options.run, options.output);
    await explainScores(options);
  },
);

/** Computes, prints, and writes the files asked for. Throws an InputError if the run or a file cannot be used. */
export async function explainScores(
  options: ExplainOptions,
  print: (text: string) => void = console.log,
): Promise<void> {
  const { output, groups } = options;
  if (output !== undefined) await makeFolder(output);
  const run = await openRun(options.run, options.device);
  if (groups === undefined) await explainOne(run, options, print);
  else await explainAttribute(run, { ...options, groups }, print);
}

async function explainOne(run: FinishedRun, options: ExplainOptions, print: (text: string) => void): Promise<void> {
  const pair = { resume: await textOf(options.resume!), job: await textOf(options.job!) };
  const explanation = await explainPair(run, pair);
  print(tableText(wordTable(explanation)));
  const { output } = options;
  if (output === undefined) return;
  await writeText(`${output}/explanation.html`, explanationPage(explanation.resume, explanation));
  const rows = explanation.words.map((word) => ({ ...word }));
  await writeTable(`${output}/words.csv`, ["word", "start", "end", "contribution", "kind"], rows);
}

async function explainAttribute(
  run: FinishedRun,
  { groups, pairs, output }: ExplainOptions & { readonly groups: string },
  print: (text: string) => void,
): Promise<void> {
  const explanation = await explainGroups(run, (await ownSplits(run.file)).examples, { attribute: groups, pairs });
  print(tableText(partsTable(explanation)));
  print(tableText(wordDifferenceTable(explanation)));
  if (output === undefined) return;
  const plotly = await plotlyScript(output, true);
  await writeText(`${output}/explanation.html`, groupExplanationPage(explanation, plotly));
  const rows = explanation.words.map(({ interval: { low, high }, pairs: [higher, lower], ...word }) => (
    { ...word, low, high, pairs_higher: higher, pairs_lower: lower }
  ));
  const columns = ["word", "kind", "difference", "low", "high", "pairs_higher", "pairs_lower"];
  await writeTable(`${output}/words.csv`, columns, rows);
}

async function textOf(value: string): Promise<string> {
  const text = value.startsWith("@") ? await readTextFile(value.slice(1)) : value;
  if (text.trim() === "") throw new InputError(`${value}: expected a text, found none`);
  return text;
}
