/** `deno task audit-model`: whom a model retrieves when résumés differ in a name, a year, or a gap alone. */
import { z } from "zod";
import { readAxis, readTable, writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { makeFolder, writeText } from "../files.ts";
import { lockOutput } from "../lock.ts";
import { showProgress } from "../progress.ts";
import { auditMarkdown, auditTables, auditText, tableText } from "../report/mod.ts";
import { auditModel, openTextModel, parseConfig, readRunFile } from "../train/mod.ts";
import type { ModelAudit, OccupationText } from "../train/mod.ts";
import { anyTexts, option, optionalPath, optionalText, path, text, verb } from "./command.ts";
import { keepOnly } from "./permissions.ts";

const DEMO = "data/raw/demo.csv";
const count = z.int("expected a whole number ≥ 1").min(1, "expected a whole number ≥ 1");
const share = (expected: string) => z.number(expected).gt(0, expected).lt(1, expected);

export const AUDIT_MODEL_OPTIONS = z.object({
  model: option(
    optionalText,
    "-m, --model <name>",
    "a base model: embedded:minilm (the default), a folder, a hub name",
  ),
  run: option(optionalPath, "-r, --run <folder>", "a finished run's model instead"),
  resumes: option(path.default(DEMO), "--resumes <file>", "a table of résumés, best without names of their own"),
  resumeColumn: option(text.default("resume"), "--resume-column <name>", "the column that holds them"),
  resumeOccupation: option(
    optionalText,
    "--resume-occupation <name>",
    "the column of what each is for; default: candidate_family for the demo, else all are one",
  ),
  jobs: option(optionalPath, "--jobs <file>", "a table of jobs; default: the table of résumés"),
  jobColumn: option(text.default("job"), "--job-column <name>", "the column that holds them"),
  jobOccupation: option(optionalText, "--job-occupation <name>", "the same of jobs; default: job_family for the demo"),
  axis: option(
    anyTexts,
    "--axis <name>",
    "what is varied: names (the default), graduation-year, employment-gap, or a file as in data/axes; repeatable",
  ),
  top: option(share("expected a share in (0, 1)").default(0.1), "--top <share>", "the best of them are selected"),
  most: option(count.default(5), "--most <count>", "résumés of each occupation; each takes one text a value"),
  confidence: option(
    share("expected a level in (0, 1) such as 0.95").default(0.95),
    "--confidence <level>",
    "of intervals and tests",
  ),
  resamples: option(count.default(1000), "--resamples <count>", "bootstrap resamples and permutations"),
  seed: option(z.int("expected a whole number").default(42), "--seed <number>", "of all chance"),
  output: option(optionalPath, "-o, --output <folder>", "also write audit.md, audit.json and CSV tables here"),
}).superRefine(({ model, run, resumeOccupation, jobOccupation }, context) => {
  if (model !== undefined && run !== undefined) context.addIssue("expected --model or --run, found both");
  if ((resumeOccupation === undefined) !== (jobOccupation === undefined)) {
    context.addIssue("--resume-occupation, --job-occupation: expected both, found one");
  }
});

type AuditModelOptions = z.output<typeof AUDIT_MODEL_OPTIONS>;

export const auditModelVerb = verb(
  [
    "audit-model",
    "Say whom a model selects when résumés differ in a name, a graduation year or a gap alone",
    "deno task audit-model --axis names --axis employment-gap",
    "deno task audit-model --run models/lora_adapters/mine --resumes cvs.csv --jobs jobs.csv --output audited",
  ],
  AUDIT_MODEL_OPTIONS,
  async (options) => {
    const { run, model = "embedded:minilm", resumes, jobs, output } = options;
    const source = run === undefined ? model : (await readRunFile(run)).config.model.source;
    await keepOnly({ write: ["models", output], source, tables: [resumes, jobs] });
    await auditModelRun(options);
  },
);

/** Audits, prints, writes the files asked for. Throws an InputError if a model, a table or an axis cannot be used. */
export async function auditModelRun(
  options: AuditModelOptions,
  print: (text: string) => void = console.log,
): Promise<void> {
  const { run, model = "embedded:minilm", top, most, seed, resamples, confidence, output } = options;
  const axes = await Promise.all((options.axis.length === 0 ? ["names"] : options.axis).map(readAxis));
  const demo = options.resumes === DEMO && options.jobs === undefined && options.resumeOccupation === undefined;
  const { resumeOccupation = demo ? "candidate_family" : undefined } = options;
  const { jobOccupation = demo ? "job_family" : undefined } = options;
  const resumes = await readTexts(options.resumes, options.resumeColumn, resumeOccupation);
  const jobs = await readTexts(options.jobs ?? options.resumes, options.jobColumn, jobOccupation);
  if (output !== undefined) await makeFolder(output);
  await using _output = output === undefined ? null : await lockOutput(output);
  const audits: ModelAudit[] = [];
  const opened = await openTextModel(run ?? parseConfig({ model: { source: model, maxLength: "auto" } }));
  try {
    for (const axis of axes) {
      const audit = await auditModel({
        ...{ axis, resumes, jobs, top, most, seed, resamples, confidence },
        embed: async (texts, role) => {
          const what = `${axis.title}: ${role === "job" ? "jobs" : "résumés"}`;
          const progress = showProgress(what, texts.length, { unit: "texts" });
          return await opened.embed(texts, { role, onText: progress.update }).finally(() => progress.stop());
        },
      });
      audits.push(audit);
      print([auditText(audit), ...auditTables(audit).map((table) => tableText(table))].join("\n\n"));
    }
  } finally {
    await opened.release();
  }
  if (output !== undefined) await writeAudits(output, audits, run ?? model);
}

async function readTexts(path: string, column: string, occupation: string | undefined): Promise<OccupationText[]> {
  const used = occupation === undefined ? [column] : [column, occupation];
  const texts: OccupationText[] = [];
  for await (const { values } of readTable(path, { used, requireRows: true })) {
    if (values[column]!.trim() === "") continue;
    texts.push({ text: values[column]!, occupation: occupation === undefined ? "all" : values[occupation]! });
  }
  if (texts.length === 0) throw new InputError(`${path}, column "${column}": expected at least one text, found none`);
  return texts;
}

async function writeAudits(output: string, audits: readonly ModelAudit[], model: string): Promise<void> {
  await writeText(`${output}/audit.md`, auditMarkdown(audits, model));
  await writeText(`${output}/audit.json`, JSON.stringify({ model, audits }, null, 2) + "\n");
  const all = audits.flatMap(({ axis, attributes }) => attributes.map((own) => ({ axis: axis.title, ...own })));
  const rates = all.flatMap(({ axis, attribute, groups }) =>
    groups.map(({ group, values, selectionRate, interval: { low, high } }) => (
      { axis, attribute, group, values, selected: selectionRate, low, high }
    ))
  );
  const tests = all.flatMap(({ axis, attribute, pairs, occupations }) =>
    [{ occupation: "", pairs }, ...occupations].flatMap(({ occupation, pairs }) =>
      pairs.map(({ group, reference, ratio, difference, pValue, holmP, fisherP }) => ({
        ...{ axis, attribute, occupation, group, reference },
        ...{ ratio: ratio.value, difference: difference.value, p: pValue, holm: holmP, fisher: fisherP },
      }))
    )
  );
  await writeTable(`${output}/rates.csv`, Object.keys(rates[0]!), rates);
  await writeTable(`${output}/tests.csv`, Object.keys(tests[0]!), tests);
}
