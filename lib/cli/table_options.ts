/** How a table is written and what its values mean: the same options in every command, and keys of `data` in files. */
import { z } from "zod";
import { DECIMAL, parseShard } from "../data/mod.ts";
import { anyTexts, option, optionalText } from "./command.ts";

/** The formats that are read, for the help of `--input`. */
export const TABLE_FORMATS = "CSV, TSV, JSONL, JSON or Parquet, also .gz or on the hub (hf://datasets/owner/name/file)";

/** How a table is written. */
export const TABLE_OPTIONS = {
  delimiter: option(optionalText, "--delimiter <character>", "between the fields of a CSV; found out by default"),
  encoding: option(optionalText, "--encoding <name>", "such as windows-1252; UTF-8, UTF-16 and others are found out"),
  decimal: option(DECIMAL.exactOptional(), "--decimal <character>", "a comma in numbers such as 0,5"),
  missing: option(
    anyTexts,
    "--missing <text>",
    "what stands where a value is missing, instead of NA, N/A, NaN, None, null and the like; repeatable",
  ),
};

/** What the labels mean. */
export const LABEL_OPTIONS = {
  positive: option(anyTexts, "--positive <value>", "a label that counts as 1; repeatable"),
  negative: option(
    anyTexts,
    "--negative <value>",
    "a label that counts as 0, needed if there are more than two; repeatable",
  ),
};

/** Which groups are one. */
export const MERGE_OPTION = {
  merge: option(
    anyTexts,
    "--merge <[column:]from=to>",
    "count a group as another, as Latino=Hispanic; repeatable",
  ),
};

/** Which column holds what, where a configuration says it otherwise. */
export const COLUMN_OPTION = {
  column: option(
    anyTexts,
    "--column <key=name>",
    "a column, or a group's, that is named otherwise than in the configuration, as resume=Resume_str; nothing after = " +
      "means none, and for a group the degree in the résumé; repeatable",
  ),
};

/** Which part of the rows this process has. */
export const SHARD_OPTION = {
  shard: option(
    z.string().transform((text) => parseShard(text)).exactOptional(),
    "--shard <part/of>",
    "compute only this part, such as 2/8, beside the output, to be joined; auto: the part that " +
      "Slurm, Open MPI or (auto/8) Kubernetes gave this process",
  ),
};

/** All of them, for commands that have a configuration. */
export const PAIR_OPTIONS = { ...TABLE_OPTIONS, ...LABEL_OPTIONS, ...MERGE_OPTION, ...COLUMN_OPTION };
