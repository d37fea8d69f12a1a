import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Rng } from "../random.ts";
import { measureQuality, type QualityInput } from "./quality.ts";
import { formatQuality } from "../report/quality_text.ts";

const OPTIONS = { seed: 1, resamples: 120, confidence: 0.95, smallGroup: 30 };

/** Candidates in three pairs each; the base model prefers those with a degree, the tuned one does not. */
function pairs(people: number): QualityInput & { clusters: string[] } {
  const rng = new Rng(8);
  const rows = Array.from({ length: 3 * people }, (_, i) => Math.floor(i / 3));
  const talent = Array.from({ length: people }, () => rng.normal());
  const groundTruth = rows.map((c) => talent[c]! > 0 ? 1 : 0);
  const scores = (bonus: number) =>
    rows.map((c) => 1 / (1 + Math.exp(-talent[c]! - (c % 2 ? bonus : 0) - 0.5 * rng.normal())));
  return {
    labels: rows.map((c) => talent[c]! + (c % 2 ? 0.5 : 0) + 0.5 * rng.normal() > 0 ? 1 : 0),
    groundTruth,
    attributes: { education: rows.map((c) => c % 2 ? "degree" : "none") },
    clusters: rows.map((c) => `person ${c}`),
    models: { base: { scores: scores(1.5), threshold: 0.5 }, tuned: { scores: scores(0), threshold: 0.5 } },
  };
}

const { clusters, ...rows } = pairs(150);
const byRow = measureQuality(rows, OPTIONS);
const byCandidate = measureQuality({ ...rows, clusters }, OPTIONS);

Deno.test("measureQuality() finds the gap of the base model, and none beyond chance in the tuned one", () => {
  const [before, after] = [byCandidate.base, byCandidate.tuned].map(({ attributes }) =>
    attributes.education!.gaps.demographicParityDifference
  );
  assert(before!.interval.low! > 0.05 && before!.pValue! < 0.02);
  assert(after!.interval.low === 0 && after!.pValue! > 0.05);
});

Deno.test("measureQuality() reports a change that is tuned minus base, with an interval around it", () => {
  const { base, tuned, change } = byRow;
  for (const name of ["demographicParityDifference", "equalizedOddsDifference"] as const) {
    const [before, after] = [base, tuned].map(({ attributes }) => attributes.education!.gaps[name].estimate.value!);
    const { estimate, interval } = change.gaps.education![name]!;
    assertAlmostEquals(estimate.value!, after! - before!, 1e-12);
    assert(interval.low! <= estimate.value! && estimate.value! <= interval.high!);
  }
  const auc = change.overall.groundTruthRocAuc!.estimate.value!;
  assertAlmostEquals(auc, tuned.groundTruthRocAuc!.estimate.value! - base.groundTruthRocAuc!.estimate.value!, 1e-12);
});

Deno.test("measureQuality() widens intervals where whole candidates are resampled, and moves no value", () => {
  const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
  const numbers = (quality: typeof byRow) => [
    quality.base.overall.selectionRate,
    quality.base.groundTruthRocAuc!,
    quality.tuned.attributes.education!.groups[0]!.metrics.selectionRate,
    quality.base.attributes.education!.gaps.demographicParityDifference,
  ];
  const [plain, clustered] = [numbers(byRow), numbers(byCandidate)];
  assertEquals(clustered.map(({ estimate }) => estimate), plain.map(({ estimate }) => estimate));
  // Rows of a candidate that were copies would widen them by √3.
  clustered.forEach(({ interval }, i) => assert(width(interval) > 1.15 * width(plain[i]!.interval), `number ${i}`));
});

Deno.test("measureQuality() without ground truth or clusters has neither, and the report says what was resampled", () => {
  const plain = measureQuality({ ...rows, groundTruth: null }, OPTIONS);
  assertEquals([plain.candidates, byCandidate.candidates], [null, 150]);
  assert(
    !("groundTruthRocAuc" in plain.base) &&
      !("groundTruthEqualizedOddsDifference" in plain.base.attributes.education!.gaps),
  );
  assertStringIncludes(formatQuality(byCandidate, "Test"), "that resample 150 candidates");
  assert(!formatQuality(plain, "Test").includes("candidates"));
});
