import { z } from "zod";
import { METRICS } from "./metrics.ts";

const count = z.int().positive();

const Claim = z.strictObject({
  model: z.string().min(1),
  metric: z.string().refine(
    (metric) => Object.hasOwn(METRICS, metric),
    "expected the name of a metric, such as rocAuc",
  ),
  // For differences between groups.
  attribute: z.string().min(1).nullable().default(null),
  value: z.number(),
  // Where it stands, and what else it was measured on.
  source: z.string().min(1),
});

/** Schema of `evaluation`: how models are measured, and where they accept. */
export const EvaluationSettings = z.strictObject({
  // Tokens per batch when embedding: bounds memory whatever the lengths. The CPU, which is fastest there, takes at most
  // 512.
  batchTokens: count.default(4096),
  // Groups smaller than this are flagged in every table: their rates are mostly noise.
  smallGroup: count.default(30),
  // The group that ratios and pairs compare with, one per attribute; else the highest rate of the large groups.
  reference: z.array(z.string()).default([]),
  // Groups that nothing is compared with: counted, by name, and left out.
  exclude: z.array(z.string()).default([]),
  // Groups called "Unknown", "Prefer not to say" and the like are left out, unless this is true.
  keepUnknown: z.boolean().default(false),
  // Groups below this share of the rows have no ratio, and are not the reference; 0.02 in the Uniform Guidelines.
  minShare: z.number().gt(0).lt(1).nullable().default(null),
  // Of the bootstrap intervals.
  confidence: z.number().gt(0).lt(1).default(0.95),
  resamples: count.default(2000),
  // Scores every test résumé again with another education, where one can be written.
  counterfactuals: z.boolean().default(true),
  // Lets a fresh classifier guess the group from the embeddings of people who were not trained on.
  leakage: z.boolean().default(true),
  // Divides the logits of the pair objective by one number fitted on the validation split: probabilities that hold.
  temperatureScaling: z.boolean().default(true),
  // Thresholds per group of the first attribute that equalise a rate on the validation split, for the tuned model. They
  // need everybody's group, and treat people of equal score differently: read what lib/metrics says about them.
  groupThresholds: z.enum(["none", "demographicParity", "equalOpportunity", "equalizedOdds"]).default("none"),
  // What others say of their models on such data: shown in the report beside this run's numbers.
  published: z.array(Claim).default([]),
});
