/** `quality.json`, read back. */
import { z } from "zod";
import { readJson } from "../files.ts";
import { COUNTERFACTUAL_METRICS, type Quality, QUALITY_METRICS } from "./quality.ts";

const Value = z.union([
  z.object({ value: z.number() }),
  z.object({ value: z.null(), reason: z.string() }),
]);
const Interval = z.object({
  low: z.number().nullable(),
  high: z.number().nullable(),
  level: z.number(),
  method: z.string(),
  resamples: z.int(),
  undefinedResamples: z.int(),
  bias: z.number().nullable(),
});
const Estimate = z.object({ estimate: Value, interval: Interval });
const Group = { group: z.string(), count: z.int(), small: z.boolean() };
const Excluded = z.array(z.object({ group: z.string(), reason: z.string() }));
const among = { groups: z.array(z.object(Group)), excluded: Excluded };
const Gap = z.object({
  estimate: z.union([
    z.object({ value: z.number(), ...among }),
    z.object({ value: z.null(), reason: z.string(), ...among }),
  ]),
  interval: Interval,
  pValue: z.number().nullable(),
});

/** An estimate for each name. */
const named = <Name extends string>(names: readonly Name[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, Estimate])) as Record<Name, typeof Estimate>);

const ModelSchema = z.object({
  threshold: z.number(),
  overall: named(QUALITY_METRICS),
  groundTruthRocAuc: Estimate.optional(),
  counterfactual: z.object({ rows: z.int(), metrics: named(COUNTERFACTUAL_METRICS) }).optional(),
  attributes: z.record(
    z.string(),
    z.object({
      groups: z.array(z.object({ ...Group, positives: z.int(), metrics: named(QUALITY_METRICS) })),
      gaps: z.object({
        demographicParityDifference: Gap,
        equalizedOddsDifference: Gap,
        groundTruthEqualizedOddsDifference: Gap.optional(),
      }),
    }),
  ),
});

// What else a probe says of itself passes as it is.
const Probe = z.looseObject({
  people: z.int(),
  groups: z.array(z.object({ ...Group, recall: Estimate })),
  accuracy: Estimate,
  balancedAccuracy: Estimate,
  macroAuc: Estimate,
  majorityAccuracy: Value,
  chanceBalancedAccuracy: Value,
  excluded: Excluded,
  folds: z.int(),
  confidence: z.number(),
  resamples: z.int(),
  permutations: z.int(),
  pValues: z.object({ balancedAccuracy: z.number().nullable(), macroAuc: z.number().nullable() }),
});

const QualitySchema = z.object({
  rows: z.int(),
  positives: z.int(),
  candidates: z.int().nullable(),
  confidence: z.number(),
  resamples: z.int(),
  base: ModelSchema,
  tuned: ModelSchema,
  change: z.object({
    overall: z.record(z.string(), Estimate),
    gaps: z.record(z.string(), z.record(z.string(), Estimate)),
  }),
  leakage: z.record(
    z.string(),
    z.object({ base: Probe, tuned: Probe, change: named(["accuracy", "balancedAccuracy", "macroAuc"]) }),
  ).optional(),
});

/**
 * Reads what a run measured.
 *
 * @param path A `quality.json`.
 * @returns Its contents.
 * @throws {InputError} When it cannot be read, or a number that reports need is not in it; the message names the key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureQuality } from "./quality.ts";
 * import { readQuality } from "./read_quality.ts";
 *
 * const model = { scores: [0.9, 0.4, 0.6, 0.1], threshold: 0.5 };
 * const quality = measureQuality(
 *   { labels: [1, 1, 0, 0], groundTruth: null, attributes: { town: ["a", "b", "a", "b"] }, models: { base: model, tuned: model } },
 *   { seed: 1, resamples: 20, confidence: 0.95, smallGroup: 30 },
 * );
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, JSON.stringify(quality));
 * assertEquals(await readQuality(path), quality);
 * await Deno.remove(path);
 * ```
 */
export async function readQuality(path: string): Promise<Quality> {
  // The schema checks what readers rely on; what it leaves open only adds lines to a table.
  return await readJson(path, QualitySchema) as unknown as Quality;
}
