/** `deno task prepare`: cleans a table, extracts education, assigns a split, and says what it did. */
import { bold, yellow } from "@std/fmt/colors";
import { type Config, exampleColumns } from "../train/mod.ts";
import { type PrepareReport, prepareTable } from "../data/mod.ts";
import { tableText } from "../report/mod.ts";

/**
 * Prepares `input` into `output` with the columns, groups and split sizes of a configuration.
 *
 * @param config Names the columns, the labels and the groups, and how large the parts are.
 * @param input A table of pairs.
 * @param output Where the prepared table goes.
 * @param print Shown what was done.
 * @returns What was done.
 * @throws {InputError} When a column is missing, a value cannot be understood, or a file cannot be used.
 */
export async function prepareRun(
  config: Config,
  input: string,
  output: string,
  print: (text: string) => void = console.log,
): Promise<PrepareReport> {
  const { labels, groups, validation, test } = config.data;
  const report = await prepareTable({
    input,
    output,
    columns: exampleColumns(config),
    labels: labels ?? undefined,
    groups,
    validation,
    test,
    seed: config.training.seed,
  });
  const { rowsRead, rowsWritten, rowsCleaned, duplicates, withSchool } = report;
  print(`${bold(input)} → ${bold(output)}`);
  print(
    `${rowsRead} rows read, ${rowsCleaned} cleaned, ${duplicates} duplicates dropped, ${rowsWritten} written; ` +
      `${withSchool} name a school\n`,
  );
  const levels = Object.entries(report.education).map(([level, count]) => [level, String(count)]);
  print(tableText({ columns: [{ title: "education" }, rightAligned("rows")], rows: levels }));
  const parts = ["train", "validation", "test"] as const;
  const columns = [...["attribute", "group", "label"].map((title) => ({ title })), ...parts.map(rightAligned)];
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

const rightAligned = (title: string) => ({ title, align: "right" as const });
