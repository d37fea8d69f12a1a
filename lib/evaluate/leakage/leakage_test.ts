import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { permitted, permittedTest } from "../../_testing.ts";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { compareLeakage, type Leakage, LEAKAGE_METRICS, leakageProbe } from "./leakage.ts";

const QUICK = { seed: 1, resamples: 200, permutations: 199 };

/** People of `k` groups, the first the largest, whose embeddings are `shift` apart in as many directions. */
function people(n: number, k: number, width: number, shift: number, seed: number) {
  const rng = new Rng(seed);
  const codes = Array.from({ length: n }, (_, i) => i < 8 * k ? i % k : Math.floor(k * rng.uniform() ** 1.5));
  return {
    groups: codes.map((code) => `group ${code}`),
    embeddings: codes.map((code) =>
      Float32Array.from({ length: width }, (_, j) => rng.normal() + (j === code ? shift : 0))
    ),
  };
}

Deno.test("leakageProbe() finds nothing in embeddings that say nothing", async () => {
  const input = people(120, 3, 20, 0, 2);
  const { balancedAccuracy, macroAuc, chanceBalancedAccuracy, pValues } = await leakageProbe(input, QUICK);
  assertEquals(chanceBalancedAccuracy, { value: 1 / 3 });
  const { low, high } = balancedAccuracy.interval;
  assert(low! < 1 / 3 && 1 / 3 < high!);
  assert(macroAuc.interval.low! < 0.5 && 0.5 < macroAuc.interval.high!);
  assertLess(0.1, pValues.balancedAccuracy!);
  assertLess(0.1, pValues.macroAuc!);
});

Deno.test("leakageProbe() raises a false alarm about as often as it says", async () => {
  let alarms = 0, outside = 0;
  for (let seed = 0; seed < 60; seed++) {
    const found = await leakageProbe(people(60, 2, 4, 0, 1000 + seed), { ...QUICK, seed });
    alarms += Number(found.pValues.macroAuc! <= 0.05);
    outside += Number(found.macroAuc.interval.low! > 0.5 || found.macroAuc.interval.high! < 0.5);
  }
  // Over 400 such samples: 3.5% alarms, 2.5% intervals that miss; with predictions held fixed 11% each.
  assertLess(alarms, 6);
  assertLess(outside, 6);
});

Deno.test("leakageProbe() recovers groups that are far apart, and says which", async () => {
  const input = people(150, 4, 20, 7, 3);
  const found = await leakageProbe(input, QUICK);
  assertLess(0.97, found.balancedAccuracy.estimate.value!);
  assertLess(0.99, found.macroAuc.estimate.value!);
  assertEquals(found.pValues, { balancedAccuracy: 1 / 200, macroAuc: 1 / 200 });
  assertEquals(found.people, 150);
  assertEquals(found.groups.map(({ group }) => group), ["group 0", "group 1", "group 2", "group 3"]);
  const recalls = found.groups.map(({ recall }) => recall.estimate.value!);
  assertAlmostEquals(recalls.reduce((a, b) => a + b) / 4, found.balancedAccuracy.estimate.value!, 1e-12);
  const hits = found.groups.reduce((sum, { count }, c) => sum + count * recalls[c]!, 0);
  assertAlmostEquals(hits / 150, found.accuracy.estimate.value!, 1e-12);
  assertEquals(found.majorityAccuracy, { value: Math.max(...found.groups.map(({ count }) => count)) / 150 });
});

permittedTest("leakageProbe() with a network sees what no straight line does", async () => {
  const rng = new Rng(4);
  const sides = Array.from({ length: 200 }, () => [rng.int(2), rng.int(2)] as const);
  const input = {
    groups: sides.map(([a, b]) => a === b ? "same" : "different"),
    embeddings: sides.map((side) => Float32Array.of(...side.map((v) => 2 * v - 1 + 0.4 * rng.normal()), rng.normal())),
  };
  const straight = await leakageProbe(input, QUICK);
  assertLess(0.05, straight.pValues.balancedAccuracy!);
  assertLess(straight.balancedAccuracy.interval.low!, 0.5);
  const network = await leakageProbe(input, { ...QUICK, model: "mlp" });
  assertEquals([straight.model, network.model], ["logistic", "mlp"]);
  assertLess(0.9, network.balancedAccuracy.estimate.value!);
  assertEquals(network.pValues.balancedAccuracy, 1 / 200);
});

Deno.test("several rows of a person teach nothing about this person", async () => {
  const rng = new Rng(5);
  // Everybody is far from everybody else and thrice there: whoever is known by a copy is named rightly.
  const persons = Array.from({ length: 40 }, (_, i) => ({
    name: `person ${i}`,
    group: i % 2 ? "BA" : "PhD",
    place: Float32Array.from({ length: 60 }, () => rng.normal()),
  }));
  const rows = [...persons, ...persons, ...persons];
  const input = { embeddings: rows.map(({ place }) => place), groups: rows.map(({ group }) => group) };
  const clusters = rows.map(({ name }) => name);
  const apart = await leakageProbe({ ...input, clusters }, QUICK);
  assertLess(Math.abs(apart.balancedAccuracy.estimate.value! - 0.5), 0.15);
  assertLess(0.05, apart.pValues.balancedAccuracy!);
  assertEquals([apart.people, apart.groups.map(({ count }) => count)], [40, [20, 20]]);
  assertLess(0.8, (await leakageProbe(input, QUICK)).balancedAccuracy.estimate.value!);

  // Copies add nothing: the interval is as wide as that of as many people.
  const once = await leakageProbe(
    { embeddings: input.embeddings.slice(0, 40), groups: input.groups.slice(0, 40) },
    QUICK,
  );
  const width = ({ accuracy: { interval } }: Leakage) => interval.high! - interval.low!;
  assertLess(Math.abs(width(apart) / width(once) - 1), 0.3);
});

Deno.test("compareLeakage() sees that tuning hid the groups, and that nothing changed where nothing did", async () => {
  const { groups, embeddings: base } = people(150, 3, 10, 4, 6);
  const tuned = people(150, 3, 10, 0, 7).embeddings;
  const { change, ...probes } = await compareLeakage({ base, tuned, groups }, QUICK);
  for (const name of LEAKAGE_METRICS) {
    const [from, to] = [probes.base[name].estimate.value!, probes.tuned[name].estimate.value!];
    assertAlmostEquals(change[name].estimate.value!, to - from, 1e-12);
    assertLess(change[name].interval.high!, -0.1);
  }
  assertEquals(probes.base, await leakageProbe({ embeddings: base, groups }, QUICK));

  const same = await compareLeakage({ base, tuned: base, groups }, QUICK);
  assertEquals(same.base, same.tuned);
  for (const { estimate, interval } of Object.values(same.change)) {
    assertEquals([estimate.value, interval.low, interval.high], [0, 0, 0]);
  }
});

Deno.test("compareLeakage() takes embeddings of different lengths", async () => {
  const base = people(60, 2, 3, 5, 8), tuned = people(60, 2, 5, 0, 8);
  const { change } = await compareLeakage(
    { base: base.embeddings, tuned: tuned.embeddings, groups: base.groups },
    QUICK,
  );
  assertLess(change.macroAuc.estimate.value!, -0.2);
});

Deno.test("the result is plain data and the same for the same seed, whatever the order of keys", async () => {
  const { groups, embeddings } = people(60, 2, 6, 1, 9);
  const found = await leakageProbe({ embeddings, groups }, QUICK);
  assertEquals(JSON.parse(JSON.stringify(found)), found);
  assertEquals(await leakageProbe({ groups, embeddings }, QUICK), found);
});

Deno.test("a group with fewer people than folds is left out, a small one is flagged", async () => {
  const { groups, embeddings } = people(90, 2, 6, 3, 10);
  const few = people(4, 1, 6, 0, 11);
  const found = await leakageProbe(
    { groups: [...groups, ..."abcd".split("").map(() => "few")], embeddings: [...embeddings, ...few.embeddings] },
    QUICK,
  );
  assertEquals(found.excluded, [{ group: "few", reason: "4 people, fewer than the 5 folds" }]);
  assertEquals(found, { ...await leakageProbe({ groups, embeddings }, QUICK), excluded: found.excluded });
  const flags = (await leakageProbe({ groups, embeddings }, { ...QUICK, smallGroup: 40 })).groups;
  assertEquals(flags.map(({ count, small }) => small === count < 40), [true, true]);
  assert(flags.some(({ small }) => small));
});

Deno.test("with one group of enough people everything is undefined, with a reason", async () => {
  const embeddings = people(12, 1, 3, 0, 12).embeddings;
  const groups = embeddings.map((_, i) => i < 9 ? "BA" : "PhD");
  const found = await leakageProbe({ embeddings, groups }, QUICK);
  const reason = "fewer than two groups of at least 5 people";
  for (const name of LEAKAGE_METRICS) {
    assertEquals(found[name].estimate, { value: null, reason });
    assertEquals([found[name].interval.low, found[name].interval.high], [null, null]);
  }
  assertEquals(found.chanceBalancedAccuracy, { value: null, reason });
  assertEquals(found.pValues, { balancedAccuracy: null, macroAuc: null });
  assertEquals(found.groups.map(({ group, count }) => [group, count]), [["BA", 9]]);
  assertEquals(found.excluded, [{ group: "PhD", reason: "3 people, fewer than the 5 folds" }]);
  const compared = await compareLeakage({ base: embeddings, tuned: embeddings, groups }, QUICK);
  assertEquals(compared.change.macroAuc.estimate, { value: null, reason });
});

Deno.test("embeddings that are all alike are at chance exactly", async () => {
  const groups = Array.from({ length: 40 }, (_, i) => i % 4 === 0 ? "BA" : "PhD");
  for (const model of permitted ? ["logistic", "mlp"] as const : ["logistic"] as const) {
    const found = await leakageProbe({ embeddings: groups.map(() => [0.6, 0.8]), groups }, { ...QUICK, model });
    assertEquals(found.balancedAccuracy.estimate, { value: 0.5 });
    assertEquals(found.macroAuc.estimate, { value: 0.5 });
    assertEquals(found.pValues, { balancedAccuracy: 1, macroAuc: 1 });
  }
});

Deno.test("leakageProbe() says what is wrong", async () => {
  const { groups, embeddings } = people(20, 2, 3, 0, 13);
  const broken = [...embeddings.slice(0, 19), Float32Array.of(0, NaN, 0)];
  const probe = (input: Partial<Parameters<typeof leakageProbe>[0]>, options = {}) => () =>
    leakageProbe({ groups, embeddings, ...input }, { ...QUICK, ...options });
  await assertRejects(
    probe({ embeddings: broken }),
    InputError,
    "embeddings[19][1]: expected a finite number, found NaN",
  );
  await assertRejects(
    probe({ embeddings: [] }),
    RangeError,
    "embeddings: expected 20 embeddings, one per group name, found 0",
  );
  await assertRejects(
    probe({}, { model: "forest" }),
    RangeError,
    'Expected the probe "logistic" or "mlp", found "forest"',
  );
  const tuned = [...embeddings.slice(1), [1]];
  await assertRejects(
    () => compareLeakage({ base: embeddings, tuned, groups }, QUICK),
    RangeError,
    "tuned[19]: expected 3 numbers, found 1",
  );
});
