import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../random.ts";
import { hypervolume, paretoFront } from "./pareto.ts";

const OBJECTIVES = [{ key: "auc", direction: "max" }, { key: "gap", direction: "min" }] as const;

Deno.test("paretoFront() keeps equal points, and drops one that ties in one objective and loses in the other", () => {
  const points = [
    { auc: 0.8, gap: 0.2 },
    { auc: 0.8, gap: 0.2 },
    { auc: 0.8, gap: 0.3 },
    { auc: 0.7, gap: 0.2 },
    { auc: 0.9, gap: 0.2000001 },
  ];
  assertEquals(paretoFront(points, OBJECTIVES), {
    front: [0, 1, 4],
    dominated: [{ point: 2, by: 0 }, { point: 3, by: 0 }],
    excluded: [],
  });
});

Deno.test("paretoFront() leaves out points without a number, saying which, even if they would win in the other", () => {
  const points = [{ auc: null, gap: 0 }, { auc: 0.6, gap: 0.5 }, { auc: 1, gap: null }];
  assertEquals(paretoFront(points, OBJECTIVES), {
    front: [1],
    dominated: [],
    excluded: [{ point: 0, reason: "auc is undefined" }, { point: 2, reason: "gap is undefined" }],
  });
  assertEquals(paretoFront([], OBJECTIVES).front, []);
});

Deno.test("paretoFront() of one objective is its best points", () => {
  assertEquals(paretoFront([{ gap: 0.2 }, { gap: 0.1 }, { gap: 0.1 }], [{ key: "gap", direction: "min" }]).front, [
    1,
    2,
  ]);
});

Deno.test("paretoFront() of two objectives equals the running best over sorted points", () => {
  const rng = new Rng(3);
  // A grid of few values, so that there are ties.
  const points = Array.from({ length: 200 }, () => ({ auc: rng.int(30), gap: rng.int(30) }));
  const sorted = points.map((_, i) => i).sort((a, b) =>
    points[b]!.auc - points[a]!.auc || points[a]!.gap - points[b]!.gap
  );
  let best = Infinity, at = -1;
  const expected = sorted.filter((i) => {
    const { auc, gap } = points[i]!;
    const isFront = gap < best || gap === best && auc === at;
    if (gap < best) [best, at] = [gap, auc];
    return isFront;
  });
  assertEquals(paretoFront(points, OBJECTIVES).front, expected.sort((a, b) => a - b));
});

Deno.test("paretoFront() refuses NaN and no objective", () => {
  assertThrows(() => paretoFront([{ auc: NaN, gap: 1 }], OBJECTIVES), RangeError, "point 0 has NaN");
  assertThrows(() => paretoFront([{ auc: 1 }], []), RangeError, "at least one objective");
});

Deno.test("paretoFront() on an example small enough to check by hand", () => {
  const points = [{ auc: 0.9, gap: 0.3 }, { auc: 0.88, gap: 0.1 }, { auc: 0.87, gap: 0.2 }, { auc: 0.7, gap: null }];
  assertEquals(paretoFront(points, [{ key: "auc", direction: "max" }, { key: "gap", direction: "min" }]), {
    front: [0, 1],
    dominated: [{ point: 2, by: 1 }],
    excluded: [{ point: 3, reason: "gap is undefined" }],
  });
});

Deno.test("hypervolume() by hand: dominated points and those beyond the reference add nothing", () => {
  const reference = { cost: 1, gain: 0.5 };
  const front = [{ cost: 0.1, gain: 0.8 }, { cost: 0.3, gain: 0.9 }];
  assertAlmostEquals(hypervolume(front, reference), 0.9 * 0.3 + 0.7 * 0.1);
  const more = [{ cost: 0.4, gain: 0.85 }, { cost: 1.2, gain: 1 }, { cost: 0.05, gain: 0.4 }];
  assertAlmostEquals(hypervolume([...more, ...front], reference), 0.34);
  assertEquals(hypervolume([], reference), 0);
  assertThrows(() => hypervolume([{ cost: NaN, gain: 1 }], reference), RangeError, "NaN");
});
