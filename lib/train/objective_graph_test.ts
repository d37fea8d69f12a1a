import { assertAlmostEquals, assertEquals } from "@std/assert";
import { evaluate } from "../graph/_reference_testing.ts";
import { input } from "../graph/tensor.ts";
import {
  HEAD,
  knownMatches,
  negativesPerItem,
  objectiveBatch,
  objectiveLoss,
  type ObjectiveSettings,
  type TrainingItem,
} from "./objective_graph.ts";

const settings = (objective: ObjectiveSettings["objective"], hardNegatives = 0): ObjectiveSettings => ({
  objective,
  temperature: 0.5,
  margin: 0.3,
  hardNegatives,
});
const item = (job: number, resume: number, label = 1, negatives: number[] = []): TrainingItem => ({
  job,
  resume,
  label,
  negatives,
});
const none = () => false;

Deno.test("objectiveBatch() holds each distinct text once and refers to it by row", () => {
  const { texts, feeds } = objectiveBatch([item(70, 5), item(70, 6, 0), item(71, 5, 0.5)], settings("pair"), {
    matches: none,
  });
  assertEquals(texts, [70, 71, 5, 6]);
  assertEquals([...feeds.jobRow!.data], [0, 0, 1]);
  assertEquals([...feeds.resumeRow!.data], [2, 3, 2]);
  assertEquals([feeds.label!.shape, [...feeds.label!.data]], [[3], [1, 0, 0.5]]);
});

Deno.test("objectiveBatch() excludes known matches from the negatives, but never an item's own positive", () => {
  const items = [item(1, 10), item(1, 11), item(2, 12), item(2, 10)];
  const { feeds } = objectiveBatch(items, settings("contrastive"), { matches: knownMatches(items) });
  assertEquals(feeds.excluded!.shape, [4, 4]);
  assertEquals([...feeds.excluded!.data], [
    ...[0, 1, 0, 1], // job 1 matches 10 and 11; the fourth candidate is résumé 10 again
    ...[1, 0, 0, 1],
    ...[1, 0, 0, 1], // job 2 matches 12 and 10
    ...[1, 0, 1, 0],
  ]);
});

Deno.test("objectiveBatch() excludes a hard negative for every job that it matches, also on the diagonal", () => {
  const items = [item(1, 10, 1, [20, 21]), item(2, 11, 1, [10, 20])];
  const { texts, feeds } = objectiveBatch(items, settings("contrastive", 2), { matches: knownMatches(items) });
  assertEquals(texts, [1, 2, 10, 11, 20, 21]);
  assertEquals([[...feeds.negativeRow0!.data], [...feeds.negativeRow1!.data]], [[4, 2], [5, 4]]);
  // Of the first negatives, 20 and 10, the second matches job 1.
  assertEquals([...feeds.negativeExcluded0!.data], [0, 1, 0, 0]);
  assertEquals([...feeds.negativeExcluded1!.data], [0, 0, 0, 0]);
  const own = objectiveBatch([item(1, 10, 1, [10])], settings("contrastive", 1), {
    matches: knownMatches([item(1, 10)]),
  });
  assertEquals([...own.feeds.negativeExcluded0!.data], [1]);
});

Deno.test("objectiveBatch() feeds what objectiveLoss() asks for and nothing else", () => {
  for (const [objective, hardNegatives] of [["pair", 0], ["cosent", 0], ["contrastive", 2], ["triplet", 5]] as const) {
    const wanted = settings(objective, hardNegatives);
    const items = [0, 1].map((i) => item(i, 10 + i, i, Array.from({ length: 5 }, (_, k) => 20 + k)));
    const { texts, feeds } = objectiveBatch(items, wanted, { matches: none });
    assertEquals(texts.length, 4 + negativesPerItem(wanted));
    const { loss, head } = objectiveLoss(input("embeddings", ["texts", 3]), wanted);
    const data = Array.from({ length: 3 * texts.length }, (_, i) => Math.sin(i + 1));
    const given = Object.entries({ ...feeds, embeddings: { shape: [texts.length, 3], data } })
      .map(([name, { shape, data }]) => [name, { shape: [...shape], data: [...data].map(Number) }] as const);
    const scale = head.length > 0
      ? { [HEAD.scale]: { shape: [], data: [5] }, [HEAD.bias]: { shape: [], data: [-1] } }
      : {};
    assertEquals(Number.isFinite(evaluate({ loss }, { ...Object.fromEntries(given), ...scale }).loss!.data[0]), true);
  }
});

Deno.test("a known match in the batch does not change the contrastive loss, however near it is", () => {
  // Items 1 and 2 share their job; résumé 2 moves from far to near without being pushed away.
  const loss = (angle: number, matches: (job: number, resume: number) => boolean) => {
    const items = [item(0, 1), item(2, 3)];
    const { texts, feeds } = objectiveBatch(items, settings("contrastive"), { matches });
    const angles: Record<number, number> = { 0: 0, 1: 0.4, 2: 2, 3: angle };
    const data = texts.flatMap((text) => [Math.cos(angles[text]!), Math.sin(angles[text]!)]);
    const given = Object.fromEntries(
      Object.entries({ ...feeds, embeddings: { shape: [texts.length, 2], data } })
        .map(([name, { shape, data }]) => [name, { shape: [...shape], data: [...data].map(Number) }]),
    );
    return evaluate({ loss: objectiveLoss(input("embeddings", ["texts", 2]), settings("contrastive")).loss }, given)
      .loss!.data[0]!;
  };
  const all = (job: number, resume: number) => job === 0 && resume === 3 || job === 2 && resume === 1;
  assertAlmostEquals(loss(1, all), 0, 1e-9); // nothing is left to be told from
  assertEquals(loss(1, none) > 0.1, true);
});

Deno.test("knownMatches() are the items with a label of at least one half", () => {
  const matches = knownMatches([item(1, 2, 1), item(1, 3, 0.5), item(1, 4, 0.49), item(12, 3, 1)]);
  assertEquals([matches(1, 2), matches(1, 3), matches(1, 4), matches(1, 23), matches(12, 3)], [
    true,
    true,
    false,
    false,
    true,
  ]);
});

Deno.test("negativesPerItem() is what each objective uses", () => {
  assertEquals(
    (["pair", "cosent", "triplet", "contrastive"] as const).map((objective) =>
      negativesPerItem(settings(objective, 3))
    ),
    [0, 0, 1, 3],
  );
});
