/** `deno task prepare`: cleans a table, extracts education, assigns a split, and says what it did. */
import { bold, yellow } from "@std/fmt/colors";
import { dirname } from "@std/path";
import { z } from "zod";
import { type Config, loadConfig } from "../train/mod.ts";
import { exampleOptions, overrideData, partPath, type PrepareReport, prepareTable, type Shard } from "../data/mod.ts";
import { makeFolder, refuseSameFile } from "../files.ts";
import { lockOutput } from "../lock.ts";
import { showCount } from "../progress.ts";
import { right, tableText } from "../report/mod.ts";
import { option, path, verb } from "./command.ts";
import { folderOf, keepOnly } from "./permissions.ts";
import { PAIR_OPTIONS, SHARD_OPTION, TABLE_FORMATS } from "./table_options.ts";
import { CONFIG_OPTIONS } from "./train.ts";

export const prepare = verb(
  [
    "prepare",
    "Clean a table of pairs, extract education from the résumés, and assign a split",
    "deno task prepare --input data/raw/pairs.csv --output data/processed/pairs.csv --config mine.json",
  ],
  z.object({
    input: option(path, "-i, --input <file>", TABLE_FORMATS),
    output: option(path, "-o, --output <file>", "CSV, TSV or JSONL"),
    config: option(CONFIG_OPTIONS.config, "-c, --config <file>", "names the columns, groups and split sizes"),
    ...SHARD_OPTION,
    set: option(CONFIG_OPTIONS.set, "-s, --set <key=value>", "override a key of the configuration; repeatable"),
    ...PAIR_OPTIONS,
  }),
  async ({ input, output, config, set, shard, ...options }) => {
    const { data, ...others } = await loadConfig(config, set);
    await keepOnly({ write: [folderOf(output)], tables: [input] });
    await prepareRun({ ...others, data: overrideData(data, options) }, { input, output, shard });
  },
);

/**
 * Prepares `input` into `output` with the columns, groups and split sizes of a configuration. Throws an InputError when
 * a column is missing, a value cannot be understood, or a file cannot be used.
 */
export async function prepareRun(
  config: Config,
  { input, output, shard, print = console.log }: {
    readonly input: string;
    readonly output: string;
    readonly shard?: Shard | undefined;
    readonly print?: (text: string) => void;
  },
): Promise<PrepareReport> {
  refuseSameFile("prepare", input, output);
  const place = shard ? partPath(output, shard) : output;
  await makeFolder(dirname(place));
  await using _output = await lockOutput(place, "file");
  const { validation, test } = config.data;
  let count = showCount("reading", "rows");
  const report = await prepareTable({
    onRow(step, rows) {
      if (step === "writing" && rows === 1) {
        count.stop();
        count = showCount(step, "rows");
      }
      count.update(rows);
    },
    input,
    output,
    shard,
    ...exampleOptions(config.data),
    validation,
    test,
    seed: config.training.seed,
  });
  count.stop();
  const { rowsRead, rowsWritten, rowsCleaned, duplicates, withSchool } = report;
  print(`${bold(input)} → ${bold(place)}`);
  print(
    `${rowsRead} rows read, ${rowsCleaned} cleaned, ${duplicates} duplicates dropped, ${rowsWritten} written; ` +
      `${withSchool} name a school\n`,
  );
  const levels = Object.entries(report.education).map(([level, count]) => [level, String(count)]);
  print(tableText({ columns: ["education", right("rows")], rows: levels }));
  const parts = ["train", "validation", "test"] as const;
  const columns = ["attribute", "group", "label", ...parts.map((part) => right(part))];
  print(tableText({
    columns,
    rows: report.distribution.map(({ attribute, group, label, ...counts }) => [
      attribute,
      group,
      label === null ? "–" : label === 1 ? "positive" : "negative",
      ...parts.map((part) => String(counts[part])),
    ]),
  }));
  for (const note of report.notes) print(yellow(`! ${note}`));
  return report;
}
