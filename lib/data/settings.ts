/** The parts of a configuration that this folder reads. Comments give the reason of each default. */
import { z } from "zod";
import { DECIMAL } from "./cell_values.ts";
import type { GroupSource } from "./load_examples.ts";
import { MASK_KINDS } from "./masking/find_mentions.ts";

const text = z.string().min(1);
const fraction = z.number().min(0).max(1);

const Columns = z.strictObject({
  resume: text.default("resume"),
  job: text.default("job"),
  // How well they match; null where nobody knows, as before a table is prepared or scored.
  label: text.nullable().default("label"),
  // Without these, equal texts count as one candidate or one job.
  candidateId: text.nullable().default(null),
  jobId: text.nullable().default(null),
  // A second, trusted label that is only reported, never trained on.
  groundTruth: text.nullable().default(null),
  // A column with train, validation or test; null makes the split here.
  split: text.nullable().default(null),
  // What a teacher, such as a reranker, makes of the pair, for training.teacher.
  teacherScore: text.nullable().default(null),
});

/** The columns of `predictions.csv` beside the groups. */
const PREDICTION_COLUMNS = [
  "row",
  "candidate_id",
  "job_id",
  "label",
  "ground_truth",
  "base_score",
  "tuned_score",
  "base_counterfactual_score",
  "tuned_counterfactual_score",
];

// One object and not a union of two, whose messages would be about the alternative that was not meant.
const Group = z.strictObject({
  name: text.refine(
    (name) => !PREDICTION_COLUMNS.includes(name),
    "expected a name that is no other column of predictions.csv",
  ),
  column: text.optional(),
  extract: z.literal("degree").optional(),
  // Groups that count as others, as {"Hispanic": "Hispanic or Latino"}.
  map: z.record(text, text).optional(),
}).transform(({ name, column, extract, map }, { addIssue, value }): GroupSource => {
  const joined = map === undefined ? {} : { map };
  if (column !== undefined && extract === undefined) return { name, column, ...joined };
  if (column === undefined && extract !== undefined) return { name, extract, ...joined };
  addIssue({ code: "custom", message: 'expected either "column" or "extract"', input: value });
  return z.NEVER;
});

/** Schema of how a table is written; options of the commands have the same names. */
export const TableSettings = z.object({
  // Between the fields of a CSV; null finds it out.
  delimiter: text.nullable().default(null),
  // Such as "windows-1252"; null takes UTF-8, UTF-16, or Windows-1252 with a note.
  encoding: text.nullable().default(null),
  // Between the whole and its parts.
  decimal: DECIMAL.default("."),
  // What stands where a value is missing; null takes NA, N/A, NaN, None, null and the like.
  missing: z.array(z.string()).nullable().default(null),
});

/** Schema of `data`: the table, what its columns hold, what is masked, and how it is divided. */
export const DataSettings = z.strictObject({
  path: text.default("data/raw/demo.csv"),
  ...TableSettings.shape,
  columns: Columns.prefault({}),
  // What each text in the label column means, in [0, 1]; null takes the numbers in the column themselves.
  labels: z.record(z.string(), fraction).refine(
    (labels) => Object.keys(labels).length > 0,
    "expected at least one label",
  )
    .nullable().default(null),
  // The attributes whose groups are compared; "extract" reads the highest degree out of the résumé.
  groups: z.array(Group).min(1).default([{ name: "education", extract: "degree" }]),
  // What of a résumé's educational background is replaced by neutral words, after groups have been read from it: for
  // training, evaluation and inference alike.
  mask: z.array(z.enum(MASK_KINDS)).default([]),
  validation: z.number().gt(0).lt(1).default(0.15),
  test: z.number().gt(0).lt(1).default(0.2),
});

/** {@linkcode DataSettings} with every key. */
export type DataSettings = z.output<typeof DataSettings>;

/** Schema of `balance`: how a large group, or a common label, is kept from drowning the others. */
export const BalanceSettings = z.strictObject({
  // The attributes whose groups are balanced, crossed if there are several; null takes the first of data.groups.
  attributes: z.array(text).min(1).nullable().default(null),
  // What is made equal: "labelAndGroup" shows as many matches as failures of every group, "group" keeps its label rate.
  by: z.enum(["labelAndGroup", "group", "label"]).default("labelAndGroup"),
  // Leaves out, or repeats, training rows before training.
  resample: z.enum(["none", "undersample", "oversample"]).default("none"),
  // AIF360's weights in the pair objective: label and group become independent, and every row is used once.
  weights: z.enum(["none", "reweighing"]).default("none"),
  // "balanced" batches hold every cell, so that rates can be estimated from a batch; "inverseFrequency" draws rows of
  // small cells more often.
  batches: z.enum(["shuffled", "balanced", "inverseFrequency"]).default("shuffled"),
});

/** {@linkcode BalanceSettings} with every key. */
export type BalanceSettings = z.output<typeof BalanceSettings>;
