import { assert, assertAlmostEquals, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { Rng } from "../random.ts";
import { type AuditedOccupation, auditSelections, selectTop } from "./model_audit.ts";

const VALUES = 18, RESUMES = 8, JOBS = 3;

/** Selections of résumés whose scores have a part of their own, one of the value, and chance; and what a group adds. */
function occupations(rng: Rng, groups: readonly string[], favours: number): AuditedOccupation[] {
  const liking = groups.map((group) => rng.normal() + (group === "a" ? favours : 0));
  return ["nurse", "welder", "baker", "pilot"].map((name) => {
    const selected = Array.from({ length: VALUES }, () => new Array<number>(RESUMES).fill(0));
    const talents = Array.from({ length: RESUMES }, () => rng.normal());
    for (let job = 0; job < JOBS; job++) {
      const scores = liking.flatMap((own) => talents.map((talent) => talent + 0.5 * own + 0.2 * rng.normal()));
      selectTop(scores, 0.2).forEach((chosen, i) => selected[Math.floor(i / RESUMES)]![i % RESUMES]! += Number(chosen));
    }
    return { name, jobs: JOBS, selected };
  });
}

const HALVES = Array.from({ length: VALUES }, (_, i) => i % 2 === 0 ? "a" : "b");

Deno.test("selectTop() selects a share, and what is equal to the last of it", () => {
  assertEquals(selectTop([5, 1, 4, 3, 2], 0.4), [true, false, true, false, false]);
  assertEquals(selectTop([1, 1, 0, 0], 0.25), [true, true, false, false]);
  assertEquals(selectTop([1, 2], 0.01), [false, true]);
});

Deno.test("auditSelections() finds a group that is favoured, with rates and ratio as counted by hand", () => {
  const own = occupations(new Rng(1), HALVES, 3);
  const [audit] = auditSelections({ attributes: { group: HALVES }, occupations: own }, {
    rng: new Rng(2),
    resamples: 400,
  });
  const [pair] = audit!.pairs;
  const sums = ["a", "b"].map((group) =>
    own.flatMap(({ selected }) => selected.filter((_, v) => HALVES[v] === group)).flat().reduce((n, x) => n + x, 0)
  );
  const chances = 4 * RESUMES * JOBS * VALUES / 2;
  assertEquals([pair!.group, pair!.reference], ["b", "a"]);
  assertEquals(audit!.groups.map(({ selectionRate }) => selectionRate), sums.map((sum) => sum / chances));
  assertAlmostEquals(pair!.ratio.value!, sums[1]! / sums[0]!, 1e-12);
  assertLess(pair!.pValue!, 0.01);
  assert(pair!.interval.high! < 1);
  assert(audit!.shares[0]!.favoursReference >= 3);
  assertEquals(audit!.shares[0]!.favoursGroup, 0);
});

Deno.test("random labels of names are significant in no more than 5% of audits, where tests of rows often are", () => {
  const rng = new Rng(7), audits = 200;
  let found = 0, byRows = 0;
  for (let i = 0; i < audits; i++) {
    const groups = rng.shuffle([...HALVES]);
    const [audit] = auditSelections({ attributes: { group: groups }, occupations: occupations(rng, groups, 0) }, {
      rng: rng.derive(String(i)),
      resamples: 20,
    });
    if (audit!.pairs[0]!.pValue! <= 0.05) found++;
    if (audit!.pairs[0]!.fisherP <= 0.05) byRows++;
  }
  // 5% and 2.6 standard deviations of 200 draws.
  assertLessOrEqual(found, 18);
  assert(byRows > 60, `${byRows}`);
});

Deno.test("auditSelections() combines attributes, compares all pairs of groups, and adjusts for them", () => {
  const gender = HALVES.map((_, i) => i < 9 ? "x" : "y");
  const audits = auditSelections(
    { attributes: { race: HALVES, gender }, occupations: occupations(new Rng(3), HALVES, 1) },
    { rng: new Rng(4), resamples: 50 },
  );
  assertEquals(audits.map(({ attribute }) => attribute), ["race", "gender", "race × gender"]);
  const { pairs, occupations: each, groups } = audits[2]!;
  assertEquals([pairs.length, groups.length, each.length, each[0]!.pairs.length], [6, 4, 4, 6]);
  for (const { pValue, holmP } of [...pairs, ...each.flatMap(({ pairs }) => pairs)]) assert(holmP! >= pValue!);
  for (const { ratio } of pairs) assert(ratio.value! <= 1);
});

Deno.test("an interval reaches 1 where few values tell nothing, however far apart they are", () => {
  // Of 20 ways to choose three of six values, two are as far apart: p = 0.1.
  const selected = [0, 2, 0, 2, 0, 2].map((count) => [count, count]);
  const [audit] = auditSelections({
    attributes: { group: HALVES.slice(0, 6) },
    occupations: [{ name: "nurse", jobs: 2, selected }],
  }, { rng: new Rng(1), resamples: 50 });
  const { pValue, ratio, interval: { low, high } } = audit!.pairs[0]!;
  assertAlmostEquals(pValue!, 0.1, 0.03);
  assertEquals([ratio.value, low, high], [0, 0, 1]);
});
