/** How a table is written and what its values mean: the same options in every command, and keys of `data` in files. */
import { z } from "zod";
import { DECIMAL, parseShard } from "../data/mod.ts";
import { anyTexts, flag, option, optionalText, texts } from "./command.ts";

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

/** A share as people type it: `0.02` or `2%`. */
const shareText = z.string().transform((text, context) => {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const share = Number(digits) / (percent === "%" ? 100 : 1);
  if (share > 0 && share < 1) return share;
  context.addIssue(`expected a share in (0, 1) such as 2% or 0.02, found ${text}`);
  return z.NEVER;
});

export const AUDIT_OPTIONS = {
  favourable: option(
    z.enum(["high", "low"]).default("high"),
    "--favourable <end>",
    "which scores people hope for; with low, as for a risk, selected means a score below the threshold, and label 1 " +
      "is what nobody hopes for",
  ),
  reference: option(
    texts.default([]),
    "--reference <group>",
    "the group that the others are compared with, one per --group; the highest rate of the large groups otherwise",
  ),
  exclude: option(texts.default([]), "--exclude <group>", "leave out a group, and count it; repeatable"),
  keepUnknown: option(
    flag,
    "--keep-unknown",
    'compare groups called "Unknown", "Prefer not to say" and the like too, which are left out otherwise',
  ),
  minShare: option(
    shareText.exactOptional(),
    "--min-share <share>",
    "groups below this share of the rows, such as 2%, have no ratio and are not the reference",
  ),
  standard: option(
    z.enum(["eeoc", "nyc-ll144"]).exactOptional(),
    "--standard <name>",
    "eeoc: four fifths with tests, by the Uniform Guidelines; nyc-ll144: the table of New York City's Local Law 144, " +
      "with rates above the median score unless a threshold is given. No legal advice",
  ),
};
