import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import type { Evaluation } from "../../evaluate/mod.ts";
import { fairness, fairnessRows, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { changeForest, disparityForest, forest, gainOf, groupChangeForest } from "./forest.ts";
import { permittedTest } from "../../_testing.ts";

const { evaluation } = fairness();
const even = fairness(fairnessRows([["a", 80], ["b", 80]], 0)).evaluation;
const alone = fairness(fairnessRows([["a", 80]])).evaluation;
const rest = { level: 0.95, method: "hull", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
const line = (value: number, low: number, high: number) => ({ value, interval: { low, high, ...rest } });

permittedTest("disparityForest() looks as reviewed", () => assertSnapshot(disparityForest(evaluation)));

Deno.test("disparityForest() fills what is significant, and says so", () => {
  const { data, rows } = disparityForest(evaluation);
  const { marker } = data[0] as { marker: { symbol: string[] } };
  const tested = [
    "demographicParityDifference",
    "equalizedOddsDifference",
    "equalOpportunityDifference",
    "falsePositiveRateDifference",
    "predictiveParityDifference",
    "groundTruthEqualizedOddsDifference",
  ]
    .flatMap((metric) =>
      evaluation.models.map(({ attributes: [own] }) =>
        own!.disparities.find((disparity) => disparity.metric === metric)!.pValue! <= 0.05
      )
    );
  assertEquals(marker.symbol.map((symbol) => !symbol.endsWith("-open")), tested);
  assertEquals(rows.map(({ significant }) => significant), tested);
  assertEquals(
    disparityForest(even).title,
    "None of the 6 disparities tested of the tuned model is statistically significant",
  );
});

Deno.test("disparityForest() says why nothing can be compared, and draws no point", () => {
  const one = disparityForest(alone);
  assertEquals(one.title, "Groups cannot be compared: a disparity needs two groups, found 1");
  assertEquals((one.data[0] as { x: number[] }).x, []);
  assertStringIncludes(one.alt, "Demographic parity, base: undefined: a disparity needs two groups, found 1.");
});

permittedTest("changeForest() looks as reviewed", () => assertSnapshot(changeForest(evaluation)));

/** The evaluation with one comparison of known numbers. */
function compared(own: Partial<Evaluation["comparisons"][number]>): Evaluation {
  return { ...evaluation, comparisons: [{ ...evaluation.comparisons[0]!, ...own }] };
}

Deno.test("changeForest() counts more quality and less disparity as better, and an interval with 0 as neither", () => {
  const { title, layout } = changeForest(compared({
    to: "fair",
    overall: {
      rocAuc: line(0.09, 0.05, 0.14),
      groundTruthRocAuc: line(-0.02, -0.04, -0.01),
      f1: line(0.1, -0.1, 0.2),
      flipRate: line(-0.06, -0.08, -0.04),
    },
    attributes: [{
      attribute: "education",
      disparities: [
        { metric: "demographicParityDifference", against: null, ...line(-0.1, -0.2, -0.004) },
        { metric: "equalizedOddsDifference", against: "label", ...line(0.2, 0.1, 0.3) },
      ],
      groups: [],
    }],
  }));
  assertEquals(
    title,
    "From base to fair, better: ROC-AUC +0.09, demographic parity −0.10 and counterfactual flip rate −0.06; worse: ROC-AUC against ground truth −0.02 and equalized odds +0.20",
  );
  assertEquals(layout.annotations!.map(({ text }) => text), [
    "<b>Quality</b>: more is better",
    "better",
    "worse",
    "not significant",
    "<b>Disparities</b>: less is better",
    "better",
    "worse",
    "better",
  ]);
  assertEquals((layout.yaxis2!.ticktext as string[])[0], "Demographic parity<br>−0.10 [−0.20, −0.004]");
});

Deno.test("changeForest() shows models' names as text, and needs two models", () => {
  const [comparison] = evaluation.comparisons;
  const own = { ...comparison!, to: HOSTILE };
  const hostile = changeForest({ ...evaluation, comparisons: [own, own] });
  assertEquals(plotTexts([hostile.data, hostile.layout]).filter((text) => text.includes('"R&D"')), []);
  assertStringIncludes(hostile.title, HOSTILE);
  assertThrows(() => changeForest({ ...evaluation, comparisons: [] }), InputError, "two models");
});

const changed = groupChangeForest(evaluation);
const labelled = evaluation.comparisons[0]!.attributes[0]!.groups.filter(({ against }) => against === "label");

permittedTest("groupChangeForest() looks as reviewed, says who gains and who loses, and escapes names", async () => {
  await assertSnapshot(changed);
  assertEquals(plotTexts([changed.data, changed.layout]).filter((text) => /<(?!\/?b>|br>)|[$"]|%\{/.test(text)), []);
  const { value } = labelled.find(({ group }) => group === "degree")!.rates.selectionRate!.relative;
  assertStringIncludes(changed.alt, `degree ${value! < 0 ? "−" : ""}${Math.abs(value!).toFixed(3)} [`);
  assertStringIncludes(changed.subtitle, "all groups together");
  assertEquals(changed.rows.find(({ group, rate }) => group === "degree" && rate === "selectionRate")!.relative, value);
});

Deno.test("gainOf() holds back where the interval contains 0, and on a few rows", () => {
  const rows = fairnessRows([["a", 80], ["b", 80], ["tiny", 3]], 0);
  const raised = rows.base.map((score, i) => rows.groups[i] === "b" ? score : score + 0.3);
  const { evaluation } = fairness(rows, {
    scores: { base: { scores: rows.base, threshold: 0.6 }, tuned: { scores: raised, threshold: 0.6 } },
  });
  const labelled = evaluation.comparisons[0]!.attributes[0]!.groups.filter(({ against }) => against === "label");
  for (const group of labelled) {
    const { low, high } = group.rates.selectionRate!.relative.interval!;
    const gain = gainOf(group, "selectionRate");
    assertEquals(gain === "not significant", group.small || (low! <= 0 && high! >= 0), group.group);
    if (gain !== "not significant") assertEquals(gain, low! > 0 ? "gains" : "loses");
  }
  assertEquals(labelled.map((group) => gainOf(group, "selectionRate")), ["gains", "loses", "not significant"]);
});

Deno.test("groupChangeForest() does not name a winner where nothing changes, and refuses what was not compared", () => {
  const rows = fairnessRows();
  const same = { scores: rows.base, threshold: 0.5 };
  const { evaluation } = fairness(rows, { scores: { base: same, tuned: same } });
  assertEquals(
    groupChangeForest(evaluation).title,
    "From base to tuned, compared with everybody, no education group gains or loses significantly in selection",
  );
  assertThrows(() => groupChangeForest(evaluation, { from: "x" }), InputError, "Expected models that were compared");
});

Deno.test("forest() puts numbers beside names", () => {
  const { layout } = forest([{ heading: "Equalized odds" }, {
    label: "tuned",
    estimate: line(0.25, 0.1, 0.4),
    style: { color: "#0072b2", symbol: "circle" },
    hollow: false,
    note: "p = 0.012",
  }], "Difference between groups");
  assertEquals(layout.yaxis!.ticktext, ["<b>Equalized odds</b>", "tuned 0.25 [0.10, 0.40]"]);
});
