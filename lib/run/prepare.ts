/** `deno task prepare`: cleans a table, extracts education, assigns a split, and says what it did. */
import { bold, yellow } from "@std/fmt/colors";
import type { Config } from "../config.ts";
import { prepareTable } from "../data/prepare.ts";
import { textTable } from "../report/text_table.ts";
import { exampleColumns } from "./dataset.ts";

/** Prepares `input` into `output` with the columns, groups and split sizes of a configuration. */
export async function prepareRun(config: Config, input: string, output: string): Promise<void> {
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
  console.log(`${bold(input)} → ${bold(output)}`);
  console.log(
    `${rowsRead} rows read, ${rowsCleaned} cleaned, ${duplicates} duplicates dropped, ${rowsWritten} written; ` +
      `${withSchool} name a school\n`,
  );
  const levels = Object.entries(report.education).map(([level, count]) => [level, String(count)]);
  console.log(textTable([{ title: "education" }, rightAligned("rows")], levels));
  const parts = ["train", "validation", "test"] as const;
  const columns = [...["attribute", "group", "label"].map((title) => ({ title })), ...parts.map(rightAligned)];
  console.log(textTable(
    columns,
    report.distribution.map(({ attribute, group, label, ...counts }) => [
      attribute,
      group,
      label === null ? "–" : label === 1 ? "positive" : "negative",
      ...parts.map((part) => String(counts[part])),
    ]),
  ));
  for (const note of report.notes) console.log(yellow(`! ${note}`));
}

const rightAligned = (title: string) => ({ title, align: "right" as const });
