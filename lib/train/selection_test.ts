import { assertEquals } from "@std/assert";
import {
  BEST_KINDS,
  type BestCheckpoints,
  bestKinds,
  chosenCheckpoint,
  type EpochScore,
  epochsSinceBest,
  normalisedMix,
  type SelectionRules,
} from "./selection.ts";

const RULES: SelectionRules = { higherIsBetter: true, maxGap: null, window: null, improvement: "utility" };

const epochsOf = (...scores: readonly [utility: number, gap: number | null][]): EpochScore[] =>
  scores.map(([utility, gap], i) => ({ epoch: i + 1, utility, gap }));

/** Goes through epochs as a training does, and returns the number of each best one. */
function bestOf(epochs: readonly EpochScore[], rules: SelectionRules): Record<string, number | undefined> {
  const best: BestCheckpoints = { utility: null, fairness: null, constrained: null };
  for (const epoch of epochs) {
    for (const kind of bestKinds(epoch, best, rules)) best[kind] = { ...epoch, parameters: {} };
  }
  const chosen = chosenCheckpoint(best, rules);
  return {
    ...Object.fromEntries(BEST_KINDS.map((kind) => [kind, best[kind]?.epoch])),
    chosen: chosen?.checkpoint.epoch,
  };
}

Deno.test("the most useful, the fairest, and the most useful epoch within the bound are best", () => {
  const epochs = epochsOf([0.7, 0.05], [0.8, 0.12], [0.9, 0.3], [0.85, 0.121]);
  const best = bestOf(epochs, { ...RULES, maxGap: 0.12 });
  assertEquals(best, { utility: 3, fairness: 1, constrained: 2, chosen: 2 });
  assertEquals(bestOf(epochs, RULES), { utility: 3, fairness: 1, constrained: undefined, chosen: 3 });
});

Deno.test("a smaller loss is the better one where the utility is a loss", () => {
  assertEquals(bestOf(epochsOf([0.5, 0.1], [0.4, 0.1]), { ...RULES, higherIsBetter: false }).utility, 2);
});

Deno.test("of equals the earlier epoch stays, and of equal differences the more useful wins", () => {
  assertEquals(bestOf(epochsOf([0.8, 0.1], [0.8, 0.1]), RULES), {
    utility: 1,
    fairness: 1,
    constrained: undefined,
    chosen: 1,
  });
  assertEquals(bestOf(epochsOf([0.8, 0.1], [0.9, 0.1]), RULES).fairness, 2);
});

Deno.test("only epochs of the window are best, and none while it has not begun", () => {
  const epochs = epochsOf([0.9, 0.1], [0.7, 0.2], [0.8, 0.3], [0.95, 0.05]);
  assertEquals(bestOf(epochs, { ...RULES, window: [2, 3] }), {
    utility: 3,
    fairness: 2,
    constrained: undefined,
    chosen: 3,
  });
  assertEquals(bestOf(epochs.slice(0, 1), { ...RULES, window: [2, 3] }).chosen, undefined);
});

Deno.test("where no epoch keeps to the bound, the fairest is chosen; where every difference is undefined, the most useful", () => {
  assertEquals(bestOf(epochsOf([0.7, 0.4], [0.8, 0.3], [0.9, 0.5]), { ...RULES, maxGap: 0.1 }).chosen, 2);
  assertEquals(bestOf(epochsOf([0.7, null], [0.8, null]), { ...RULES, maxGap: 0.1 }).chosen, 2);
});

Deno.test("normalisedMix() scales utility and fairness over their own ranges", () => {
  const epochs = epochsOf([0.5, 0.4], [0.75, 0.2], [1, 0.4]);
  assertEquals(normalisedMix(epochs, true), [0, 0.75, 0.5]);
  // A loss: smaller is better, and nothing is said of fairness where differences are undefined.
  assertEquals(normalisedMix(epochsOf([2, null], [1, null]), false), [0, 0.5]);
  assertEquals(normalisedMix(epochsOf([1, 0.2]), true), [0]);
});

Deno.test("epochsSinceBest() counts from the best epoch by utility or by the mix, within the window", () => {
  const epochs = epochsOf([0.8, 0.1], [0.9, 0.2], [0.85, 0.3]);
  assertEquals(epochsSinceBest(epochs, RULES), 1);
  assertEquals(epochsSinceBest(epochs, { ...RULES, improvement: "mix" }), 1); // 0.5, 0.75, 0.25
  assertEquals(epochsSinceBest(epochsOf([0.8, 0.1], [0.9, 0.4], [0.85, 0.4]), { ...RULES, improvement: "mix" }), 2);
  assertEquals(epochsSinceBest(epochs, { ...RULES, window: [3, 5] }), 0);
  assertEquals(epochsSinceBest(epochs, { ...RULES, window: [4, 5] }), 0);
});
