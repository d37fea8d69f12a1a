import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { confusionTable } from "../classification/confusion.ts";
import { DISPARITIES, equalizedOddsDifference, estimateDisparities } from "../fairness/disparities.ts";
import { frameIntervals } from "../fairness/frame_intervals.ts";
import { metricFrame } from "../fairness/metric_frame.ts";
import { disparityInterval, hullInterval, reachIdeal } from "./intervals.ts";

const draws = Array.from({ length: 1001 }, (_, i) => i / 1000);

Deno.test("disparityInterval() mirrors for ratios what it does for differences", () => {
  const evidence = { estimate: 0.25, draws, level: 0.9, acceleration: 0 };
  const gap = disparityInterval(evidence, 0);
  const ratio = disparityInterval({ ...evidence, estimate: 0.75 }, 1);
  assertEquals([gap.method, ratio.method], ["disparity", "disparity"]);
  assertAlmostEquals(gap.low!, 1 - ratio.high!, 1e-12);
  assertAlmostEquals(gap.high!, 1 - ratio.low!, 1e-12);
  assertEquals(gap.high, 0.95);
});

Deno.test("reachIdeal() reaches perfect fairness exactly where the test finds nothing", () => {
  const interval = disparityInterval({ estimate: 0.25, draws, level: 0.95, acceleration: 0 }, 0);
  assertEquals(reachIdeal(interval, 0, 0.051).low, 0);
  assertEquals(reachIdeal(interval, 1, 0.051).high, 1);
  assertEquals(reachIdeal(interval, 0, 0.05), interval);
  assertEquals(reachIdeal(interval, 0, null), interval);
});

Deno.test("an interval without ends stays without", () => {
  const undefinedDraws = { estimate: NaN, draws: [NaN, NaN], level: 0.95 };
  for (const interval of [disparityInterval(undefinedDraws, 0), hullInterval(undefinedDraws)]) {
    assertEquals([interval.low, interval.high, reachIdeal(interval, 0, 0.5)], [null, null, interval]);
  }
});

/** Decisions of equal groups with the given chances of selection among all, and among negatives. */
function sample(rng: Rng, n: number, rates: readonly number[]) {
  const codes = Int32Array.from({ length: n }, (_, i) => i % rates.length);
  const labels = Uint8Array.from(codes, () => rng.int(2));
  const predictions = Uint8Array.from(codes, (code) => rng.uniform() < rates[code]! ? 1 : 0);
  return { labels, predictions, groups: { names: rates.map((_, g) => `g${g}`), codes } };
}

// 0.95 of 60 is 57; 51 or fewer have a chance of about 4 in 1,000, and the seed is fixed.
const TRIALS = 60;
const LEAST = 52;
// The larger of two gaps is covered in about 90 of 100: three standard errors below 54.
const LEAST_ODDS = 47;

/** Without labels, so that the group table has little else to resample. */
function confusionOnly(
  predictions: Uint8Array,
  groups: { names: string[]; codes: Int32Array },
  options: { rng: Rng; resamples: number },
) {
  return frameIntervals({ predictions, attributes: { groups } }, { ...options, resamples: 80 }).selectionRate!;
}

Deno.test("gaps near 0 get intervals that hold, in a group table as well as alone, where BCa alone never does", () => {
  const rng = new Rng(3);
  for (const rates of [[0.3, 0.3, 0.3, 0.3], [0.3, 0.32, 0.34, 0.36]]) {
    const gap = Math.max(...rates) - Math.min(...rates);
    const covered = { alone: 0, table: 0, ratio: 0, odds: 0, bca: 0 };
    for (let trial = 0; trial < TRIALS; trial++) {
      const { groups, ...columns } = sample(rng, 600, rates);
      const options = { rng: rng.derive(`${trial}`), resamples: 120 };
      const { parity, odds } = estimateDisparities(
        { ...columns, groups },
        { parity: DISPARITIES.demographicParityDifference, odds: DISPARITIES.equalizedOddsDifference },
        options,
      );
      const { difference, ratio } = confusionOnly(columns.predictions, groups, options);
      const bca = estimateDisparities({ ...columns, groups }, { parity: DISPARITIES.demographicParityDifference }, {
        ...options,
        method: "bca",
      }).parity.interval;
      const holds = ({ low, high }: { low: number | null; high: number | null }, truth: number) =>
        low! <= truth && truth <= high!;
      covered.alone += Number(holds(parity.interval, gap));
      covered.odds += Number(holds(odds.interval, gap));
      covered.table += Number(holds(difference.betweenGroups, gap));
      covered.ratio += Number(holds(ratio.betweenGroups, Math.min(...rates) / Math.max(...rates)));
      covered.bca += Number(holds(bca, gap));
    }
    const { bca, ...joined } = covered;
    for (const [name, count] of Object.entries(joined)) {
      assert(count >= (name === "odds" ? LEAST_ODDS : LEAST), `${name}: ${count} for ${rates}`);
    }
    if (gap === 0) assertEquals(bca, 0);
  }
});

Deno.test("the highest group rate gets an interval that holds more often than BCa's", () => {
  const rng = new Rng(5);
  const covered = { hull: 0, bca: 0 };
  for (let trial = 0; trial < TRIALS; trial++) {
    const { predictions, groups } = sample(rng, 600, [0.3, 0.3, 0.3, 0.3, 0.3]);
    for (const name of ["hull", "bca"] as const) {
      const options = { rng: rng.derive(`${trial}`), resamples: 80, permutations: 0 };
      const { groupMax } = frameIntervals(
        { predictions, attributes: { groups } },
        name === "hull" ? options : { ...options, method: name },
      ).selectionRate!;
      covered[name] += Number(groupMax.low! <= 0.3 && 0.3 <= groupMax.high!);
    }
  }
  assert(covered.hull >= 49 && covered.hull > covered.bca + 8, JSON.stringify(covered));
});

Deno.test("estimateDisparities() and frameIntervals() leave the values themselves alone", () => {
  const columns = sample(new Rng(7), 200, [0.3, 0.5]);
  const { odds } = estimateDisparities(columns, { odds: DISPARITIES.equalizedOddsDifference }, {
    rng: new Rng(1),
    resamples: 20,
  });
  assertEquals(odds.estimate, equalizedOddsDifference(confusionTable(columns)));
  const { groups, ...rest } = columns;
  const frame = metricFrame({ ...rest, attributes: { groups } });
  const intervals = frameIntervals({ ...rest, attributes: { groups } }, { rng: new Rng(1), resamples: 20 });
  const { value } = frame.derived.selectionRate.difference.betweenGroups;
  const { low, high } = intervals.selectionRate!.difference.betweenGroups;
  assert(low! <= value! && value! <= high!);
});
