import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decide, pairedGroups } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { gainOf, groupChangeForest } from "./group_change_forest.ts";

function input(labels: "labels" | "groundTruth" = "labels") {
  const rows = fairnessRows();
  return pairedGroups({
    labels: rows[labels],
    before: decide(rows.base, 0.5),
    after: decide(rows.tuned, 0.6),
    groups: rows.groups,
    clusters: rows.clusters,
  }, { rng: new Rng(1), resamples: 200, level: 1 - 0.05 / 4 });
}

Deno.test("groupChangeForest() says who gains and who pays, and escapes names", async () => {
  const changes = input();
  const figure = groupChangeForest({
    attribute: "education",
    from: "base",
    to: "tuned",
    changes,
    groundTruth: input("groundTruth"),
    confidence: 0.95,
    candidates: 70,
    smallGroup: 30,
  });
  await assertSnapshot(figure);
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => /<(?!\/?b>|br>)|[$"]|%\{/.test(text)), []);
  const { relative } = changes.groups.find(({ group }) => group === "degree")!.rates.selectionRate;
  assertStringIncludes(
    figure.alt,
    `degree ${relative.estimate.value! < 0 ? "−" : ""}${Math.abs(relative.estimate.value!).toFixed(3)} [`,
  );
  assertStringIncludes(figure.subtitle, "all groups together");
});

Deno.test("gainOf() holds back where the interval contains 0, and on a few rows", () => {
  const { groups } = input();
  for (const group of groups) {
    const { low, high } = group.rates.selectionRate.relative.interval;
    const gain = gainOf(group, "selectionRate");
    assertEquals(gain === "unclear", group.small || (low! <= 0 && high! >= 0), group.group);
    if (gain !== "unclear") assertEquals(gain, low! > 0 ? "gains" : "pays");
  }
  assert(groups.some((group) => gainOf(group, "selectionRate") !== "unclear"));
});

Deno.test("groupChangeForest() does not name a winner where nothing changes", () => {
  const rows = fairnessRows();
  const decisions = decide(rows.base, 0.5);
  const changes = pairedGroups({ before: decisions, after: decisions, groups: rows.groups }, {
    rng: new Rng(1),
    resamples: 20,
  });
  const common = {
    attribute: "education",
    from: "base",
    to: "tuned",
    confidence: 0.95,
    candidates: null,
    smallGroup: 3,
  };
  assertEquals(
    groupChangeForest({ ...common, changes }).title,
    "From base to tuned, compared with everybody, no education group gains or pays in selection beyond chance",
  );
});
