import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fisherExact, holm } from "./exact.ts";

Deno.test("fisherExact() equals SciPy's fisher_exact, and less half of hypergeom.pmf for the mid-p value", () => {
  const cases: [selected: number, rows: number, selected: number, rows: number, p: number, midP: number][] = [
    [9, 60, 60, 200, 0.02034980606181805, 0.016050980838127754],
    [26, 100, 60, 200, 0.5008811658533313, 0.4588181326495046],
    [3, 3, 60, 200, 0.028908037484139563, 0.014454018742069781],
    [0, 5, 5, 5, 0.007936507936507938, 0.005952380952380954],
    [104, 300, 61, 300, 0.00011564512195708201, 0.00010007060816885377],
    [1, 10, 11, 14, 0.0027594561852200836, 0.0020864180912639656],
    [5, 1000, 900, 100000, 0.23510017399369904, 0.20455011599919903],
    [480, 1000, 520, 1000, 0.08111006057913307, 0.07750509951677395],
    [3, 7, 3, 7, 1, 0.796037296037296],
    [0, 4, 0, 9, 1, 0.5],
  ];
  for (const [a, n, b, m, p, midP] of cases) {
    const found = fisherExact({ selected: a, rows: n }, { selected: b, rows: m });
    assertAlmostEquals(found.p, p, 1e-12);
    assertAlmostEquals(found.midP, midP, 1e-12);
  }
});

Deno.test("fisherExact() is the same whichever group comes first, and in millions of rows", () => {
  for (const [a, n, b, m] of [[9, 60, 60, 200], [0, 3, 2, 2], [400_000, 1_000_000, 401_000, 1_000_000]] as const) {
    const [one, other] = [{ selected: a, rows: n }, { selected: b, rows: m }];
    assertAlmostEquals(fisherExact(one, other).p, fisherExact(other, one).p, 1e-12);
  }
  assertEquals(fisherExact({ selected: 0, rows: 0 }, { selected: 1, rows: 2 }).p, 1);
  assertEquals(fisherExact({ selected: 0, rows: 1e5 }, { selected: 1e5, rows: 1e5 }).p, 0);
  assertThrows(() => fisherExact({ selected: 3, rows: 2 }, { selected: 1, rows: 2 }), RangeError, "3 of 2");
  assertThrows(() => fisherExact({ selected: 0.5, rows: 2 }, { selected: 1, rows: 2 }), RangeError, "0.5 of 2");
});

Deno.test("holm() equals statsmodels' multipletests, and leaves undefined p-values out", () => {
  const close = (found: (number | null)[], expected: number[]) =>
    expected.forEach((p, i) => assertAlmostEquals(found[i]!, p, 1e-12));
  close(holm([0.0203, 0.501, 0.029]), [0.0609, 0.501, 0.0609]);
  close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  assertEquals(holm([0.5, null, 0.6]), [1, null, 1]);
});
