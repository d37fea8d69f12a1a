import { assert, assertEquals } from "@std/assert";
import { Rng } from "../random.ts";
import { decisionDisparities } from "./audit_disparities.ts";
import { gapInterval } from "./gap_interval.ts";

const rest = { level: 0.95, resamples: 1000, undefinedResamples: 0, bias: 0 };

Deno.test("gapInterval() mirrors for ratios what it does for differences", () => {
  const bca = { low: 0.7, high: 0.9, method: "bca", ...rest } as const;
  const percentile = { low: 0.6, high: 0.8, method: "percentile", ...rest } as const;
  const ends = (pValue: number | null) => {
    const { low, high } = gapInterval({ bca, percentile, ideal: 1, pValue });
    return [low, high];
  };
  assertEquals(ends(0.001), [0.6, 0.9]);
  assertEquals(ends(null), [0.6, 0.9]);
  assertEquals(ends(0.4), [0.6, 1]);
});

Deno.test("gapInterval() leaves an interval without ends alone", () => {
  const none = { low: null, high: null, method: "bca", ...rest, bias: null } as const;
  assertEquals(gapInterval({ bca: none, percentile: none, ideal: 0, pValue: null }), none);
});

Deno.test("decisionDisparities() cover the true gap where BCa alone does not", () => {
  // With equal rates BCa contains the true gap, 0, in no sample at all; four small gaps are the next hardest case.
  const rng = new Rng(3);
  for (const rates of [[0.3, 0.3, 0.3, 0.3], [0.3, 0.32, 0.34, 0.36]]) {
    const gap = Math.max(...rates) - Math.min(...rates);
    let covered = 0;
    for (let sample = 0; sample < 40; sample++) {
      const codes = Int32Array.from({ length: 600 }, (_, i) => i % 4);
      const predictions = Uint8Array.from(codes, (code) => rng.uniform() < rates[code]! ? 1 : 0);
      const groups = { names: ["a", "b", "c", "d"], codes };
      const [parity] = decisionDisparities({ predictions, groups }, {
        rng: rng.derive(`${sample}`),
        resamples: 100,
        level: 0.95,
      });
      const { low, high } = parity!.interval!;
      if (low! <= gap && gap <= high!) covered++;
    }
    // 0.95 of 40 is 38; below 33 has a chance of about one in a thousand.
    assert(covered >= 33, `${covered} of 40 for ${rates}`);
  }
});
