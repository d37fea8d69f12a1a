import { writeTable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { fileError, writeAtomic } from "../../files.ts";
import { audit } from "../../evaluate/mod.ts";
import { auditCsv, auditHtml, auditJson, auditText } from "../../report/mod.ts";
import { readColumns } from "./read_columns.ts";

/** The options of `deno task metrics`. */
export interface MetricsCommandOptions {
  /** `--input`: a CSV, TSV or JSONL file with a row per scored pair. */
  readonly input: string;
  /** `--score`: column of scores; higher means more likely selected. */
  readonly score: string;
  /** `--group`, repeatable: columns that say who a person is. */
  readonly group: readonly string[];
  /** `--label`: column of true labels. */
  readonly label?: string | undefined;
  /** `--positive`: value of the label column that counts as 1; any other counts as 0. */
  readonly positive?: string | undefined;
  /** `--threshold`: selected means score ≥ threshold. */
  readonly threshold?: number | undefined;
  /** `--acceptance-rate`: selects this share of all rows. */
  readonly acceptanceRate?: number | undefined;
  /** `--rank-by`: column of the job within which rows are ranked. */
  readonly rankBy?: string | undefined;
  /** `--top-k`: places at the top of each job. */
  readonly topK?: number | undefined;
  /** `--counterfactual-score`: column of the scores of twins. */
  readonly counterfactualScore?: string | undefined;
  /** `--weight`: column of sample weights. */
  readonly weight?: string | undefined;
  /** `--control`: column within whose levels groups are compared too. */
  readonly control?: string | undefined;
  /** `--cluster`: column of what rows belong together, such as the candidate. */
  readonly cluster?: string | undefined;
  /** `--intersections`: audits the intersection of the group columns too. */
  readonly intersections?: boolean | undefined;
  /** `--confidence`: level of the intervals. */
  readonly confidence?: number | undefined;
  /** `--resamples`: bootstrap resamples and permutations. */
  readonly resamples?: number | undefined;
  /** `--seed`: seed of all chance. */
  readonly seed?: number | undefined;
  /** `--drop-missing`: leaves rows with missing values out and counts them. */
  readonly dropMissing?: boolean | undefined;
  /** `--delimiter`: one character between fields. */
  readonly delimiter?: string | undefined;
  /** `--json`: prints JSON instead of tables. */
  readonly json?: boolean | undefined;
  /** `--output`: folder for `audit.json`, `audit.html` and CSV tables. */
  readonly output?: string | undefined;
}

/**
 * Audits a scored table: reads the columns, computes, prints, and writes the files asked for.
 *
 * @param options The parsed command line.
 * @param print Where the report goes; the terminal if absent.
 * @throws {InputError} If an option, a column or a value is not as expected.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { runMetricsCommand } from "./command.ts";
 *
 * const input = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(input, "score,school\n0.9,A\n0.2,B\n0.8,A\n0.4,B\n");
 * let printed = "";
 * await runMetricsCommand({ input, score: "score", group: ["school"], resamples: 20 }, (text) => printed += text);
 * assertStringIncludes(printed, 'school: "B" is selected at 0.0 %, "A" at 100.0 %');
 * await Deno.remove(input);
 * ```
 */
export async function runMetricsCommand(
  options: MetricsCommandOptions,
  print: (text: string) => void = printToTerminal,
): Promise<void> {
  checkOptions(options);
  // Before the work, so that a mistyped folder does not cost it.
  if (options.output !== undefined) await makeFolder(options.output);
  const input = await readColumns(options.input, {
    score: options.score,
    groups: options.group,
    label: options.label,
    positive: options.positive,
    weight: options.weight,
    job: options.rankBy,
    counterfactualScore: options.counterfactualScore,
    control: options.control,
    cluster: options.cluster,
  }, options);
  const result = audit(input, options);
  if (options.output !== undefined) {
    const bytes = (text: string) => [new TextEncoder().encode(text)];
    await writeAtomic(`${options.output}/audit.json`, bytes(auditJson(result)));
    await writeAtomic(`${options.output}/audit.html`, bytes(auditHtml(result)));
    for (const { file, columns, rows } of auditCsv(result)) {
      await writeTable(`${options.output}/${file}`, columns, rows);
    }
  }
  print(options.json ? auditJson(result) : auditText(result));
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(`--output ${path}`, "cannot be made", error);
  }
}

function printToTerminal(text: string): void {
  // Blocking, and in full: console.log may be cut off when the process exits behind a pipe.
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

function checkOptions(options: MetricsCommandOptions): void {
  const { threshold, acceptanceRate, topK, confidence, resamples, seed } = options;
  const expect = (flag: string, value: number | undefined, wanted: string, holds: (value: number) => boolean) => {
    if (value !== undefined && !holds(value)) throw new InputError(`${flag}: expected ${wanted}, found ${value}`);
  };
  if (options.group.length === 0) throw new InputError("--group: expected at least one column, found none");
  const twice = options.group.find((name, i) => options.group.indexOf(name) !== i);
  if (twice !== undefined) throw new InputError(`--group: expected distinct columns, found "${twice}" twice`);
  if (threshold !== undefined && acceptanceRate !== undefined) {
    throw new InputError("--threshold, --acceptance-rate: expected one of the two, found both");
  }
  if (topK !== undefined && options.rankBy === undefined) {
    throw new InputError("--top-k: expected --rank-by with it, found none");
  }
  if (options.positive !== undefined && options.label === undefined) {
    throw new InputError("--positive: expected --label with it, found none");
  }
  if (options.intersections && options.group.length < 2) {
    throw new InputError(`--intersections: expected at least two --group columns, found ${options.group.length}`);
  }
  expect("--threshold", threshold, "a number", Number.isFinite);
  expect("--acceptance-rate", acceptanceRate, "a share in (0, 1)", (value) => value > 0 && value < 1);
  expect("--top-k", topK, "a whole number ≥ 1", (value) => Number.isInteger(value) && value >= 1);
  expect("--confidence", confidence, "a level in (0, 1) such as 0.95", (value) => value > 0 && value < 1);
  expect("--resamples", resamples, "a whole number ≥ 1", (value) => Number.isInteger(value) && value >= 1);
  expect("--seed", seed, "a whole number", Number.isInteger);
}
