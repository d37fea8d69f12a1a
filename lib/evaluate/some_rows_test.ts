import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { RowCounts } from "./some_rows.ts";
import { evaluate } from "./evaluate.ts";
import { binMiddle, checkBinning } from "./histogram.ts";
import type { EvaluationInput } from "./table.ts";

/** 400 kinds of rows that stand for some 12,000, and these rows. */
function kindsAndRows(clustered = false): [counted: EvaluationInput, rows: EvaluationInput] {
  const rng = new Rng(5);
  const kinds = Array.from({ length: 400 }, (_, i) => ({
    group: ["a", "b", "c"][rng.int(3)]!,
    label: rng.int(2),
    score: rng.int(100) / 100,
    cluster: `job ${i % 40}`,
    count: 1 + rng.int(60),
  }));
  const inputOf = (list: typeof kinds, counts: number[] | null): EvaluationInput => ({
    source: "kinds",
    scores: { score: list.map(({ score }) => score) },
    labels: list.map(({ label }) => label),
    groups: { group: list.map(({ group }) => group) },
    counts,
    clusters: clustered ? list.map(({ cluster }) => cluster) : null,
  });
  const rows = kinds.flatMap((kind) => Array<typeof kind>(kind.count).fill(kind));
  return [inputOf(kinds, kinds.map(({ count }) => count)), inputOf(rows, null)];
}

Deno.test("beyond the rows from which scores are on a grid, counts give the same resamples as well", () => {
  for (const clustered of [false, true]) assertSameNumbers(kindsAndRows(clustered));
});

function assertSameNumbers(inputs: readonly EvaluationInput[]): void {
  const [counted, rows] = inputs.map((input) => evaluate(input, { resamples: 50, acceptanceRate: 0.3 }));
  assert(rows!.data.rows > 8192);
  const { data: { columns: _, ...data }, unavailable: _u, ...others } = counted!;
  const { data: { columns: _c, ...dataOfRows }, unavailable: _r, ...othersOfRows } = rows!;
  assertEquals(data, dataOfRows);
  const numbers = (value: unknown) => JSON.stringify(value).match(/-?\d+(\.\d+)?(e-?\d+)?/g)!.map(Number);
  const own = numbers(others), expected = numbers(othersOfRows);
  assertEquals(own.length, expected.length);
  own.forEach((number, i) => assertAlmostEquals(number, expected[i]!, 1e-9));
}

Deno.test("what needs the rows is refused of counts", () => {
  const [counted] = kindsAndRows();
  const queries = Array<string>(400).fill("job");
  assertThrows(() => evaluate({ ...counted, queries }), InputError, "expected rows for rankings");
  const counts = Array<number>(400).fill(0.5);
  assertThrows(() => evaluate({ ...counted, counts }), InputError, "expected a whole number ≥ 1, found 0.5");
  assertThrows(() => evaluate({ ...counted, binWidth: 0.1 }, { threshold: 0.5 }), InputError, "at the end of a bin");
});

Deno.test("RowCounts counts what is equal in every cell", () => {
  const rows = new RowCounts();
  const cells = [[7, 1], [7, NaN], [8, 1], [7, NaN], [7, 1]];
  assertEquals(cells.map((own) => rows.add(own, 2)), [true, true, true, false, false]);
  assertEquals(rows.counts, [4, 4, 2]);
});

Deno.test("a bin holds its lower end, that of the threshold exactly, and the last one below 1 also 1", () => {
  const binning = { width: 0.01, threshold: 0.57 };
  checkBinning(binning);
  const middle = (score: number) => Number(binMiddle(score, binning).toFixed(9));
  assertEquals([0, 0.57, 0.569999, 0.99, 1, -0.001].map(middle), [0.005, 0.575, 0.565, 0.995, 0.995, -0.005]);
  assertThrows(() => checkBinning({ width: 0.03, threshold: 0.5 }), InputError, "of which 1 is a multiple");
  // 1 is 0 times that, to any digit that is shown.
  assertThrows(() => checkBinning({ width: 1e12, threshold: 0.5 }), InputError, "of which 1 is a multiple");
});
