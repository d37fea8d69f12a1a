import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { confusionTable } from "../classification/confusion.ts";
import { DISPARITIES } from "./disparities.ts";
import { pairedDisparities } from "./paired_models.ts";

const { demographicParityDifference, equalizedOddsDifference } = DISPARITIES;

/** Two models that share 70% of their chance, with the given rates of selection in equal groups. */
function sample(rng: Rng, n: number, before: readonly number[], after: readonly number[]) {
  const codes = Int32Array.from({ length: n }, (_, i) => i % before.length);
  const own = Float64Array.from(codes, () => rng.uniform());
  const other = own.map((u) => rng.uniform() < 0.7 ? u : rng.uniform());
  return {
    labels: codes.map(() => rng.int(2)),
    before: codes.map((g, i) => own[i]! < before[g]! ? 1 : 0),
    after: codes.map((g, i) => other[i]! < after[g]! ? 1 : 0),
    groups: { names: before.map((_, g) => `g${g}`), codes },
  };
}

const spread = (rates: readonly number[]) => Math.max(...rates) - Math.min(...rates);

Deno.test("pairedDisparities() gives the difference of the two disparities", () => {
  const { before, after, ...rest } = sample(new Rng(1), 300, [0.2, 0.5, 0.4], [0.3, 0.3, 0.4]);
  const gaps = { parity: demographicParityDifference, odds: equalizedOddsDifference };
  const change = pairedDisparities({ before, after, ...rest }, gaps, { rng: new Rng(2), resamples: 20 });
  for (const [name, gap] of Object.entries(gaps)) {
    const of = (predictions: Int32Array) => gap.of(confusionTable({ ...rest, predictions })).value!;
    const { estimate, interval } = change[name as keyof typeof gaps];
    assertAlmostEquals(estimate.value!, of(after) - of(before), 1e-12);
    assert(interval.low! <= estimate.value! && estimate.value! <= interval.high!);
  }
});

Deno.test("pairedDisparities() covers the change of gaps that are clear of 0, and loses some where a gap closes", () => {
  const rng = new Rng(3);
  const trials = 60;
  // What 60 trials must reach at the least, from the coverage that the documentation states, less three standard
  // errors.
  const cases = [
    { before: [0.2, 0.3, 0.4], after: [0.25, 0.3, 0.35], least: 50 },
    { before: [0.3, 0.3, 0.3], after: [0.3, 0.3, 0.3], least: 57 },
    { before: [0.2, 0.3, 0.4], after: [0.3, 0.3, 0.3], least: 45 },
    { before: [0.2, 0.25, 0.3, 0.35, 0.4], after: [0.3, 0.3, 0.3, 0.3, 0.3], least: 37 },
  ];
  for (const { before, after, least } of cases) {
    const truth = spread(after) - spread(before);
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { interval } = pairedDisparities(sample(rng, 600, before, after), { parity: demographicParityDifference }, {
        rng: rng.derive(`${trial}`),
        resamples: 80,
      }).parity;
      covered += Number(interval.low! <= truth && truth <= interval.high!);
    }
    assert(covered >= least, `${covered} of ${trials} for ${before} → ${after}`);
  }
});

Deno.test("two models that decide alike differ by nothing, in every resample, also by candidate", () => {
  const { before, ...rest } = sample(new Rng(4), 200, [0.2, 0.6], [0.2, 0.6]);
  for (const clusters of [undefined, rest.groups.codes.map((_, i) => i >> 2)].map((own) => own && [...own])) {
    const { parity } = pairedDisparities(
      { ...rest, before, after: before, clusters },
      { parity: demographicParityDifference },
      {
        rng: new Rng(5),
        resamples: 40,
      },
    );
    assertEquals([parity.estimate.value, parity.interval.low, parity.interval.high], [0, 0, 0]);
  }
});
