import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Example } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { permittedTest } from "../_testing.ts";
import { parseConfig, type PartialConfig } from "./config.ts";
import { pairRows, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { fineTune } from "./fine_tune.ts";
import { checkBeforeTraining } from "./preflight.ts";

/** Examples from "group label group label …", a person each. */
function examples(text: string): Example[] {
  const words = text.split(" ");
  return Array.from({ length: words.length / 2 }, (_, i) => ({
    row: i + 2,
    resume: `résumé ${i}`,
    job: `job ${i}`,
    label: Number(words[2 * i + 1]),
    groundTruth: null,
    split: null,
    candidateId: `c${i}`,
    jobId: `j${i % 2}`,
    groups: { education: words[2 * i]! },
  }));
}

function check(validation: string, test: string, changes: PartialConfig): string[] {
  const data = { path: "pairs.csv", groups: [{ name: "education", column: "education" }] };
  const config = parseConfig({ name: "x", data, ...changes });
  return checkBeforeTraining(config, {
    train: examples(`${fine} phd 1`),
    validation: examples(validation),
    test: examples(test),
  });
}

const fine = "low 1 low 0 high 1 high 0";

Deno.test("checkBeforeTraining() has nothing to say where everything can be measured", () => {
  const all: PartialConfig = {
    selection: { maxGap: 0.1, gap: "equalizedOddsDifference" },
    evaluation: { groupThresholds: "equalizedOdds" },
  };
  assertEquals(check(fine, fine, {}), []);
  assertEquals(check(fine, fine, all), []);
  assertEquals(check(`${fine} high 0 high 1`, "low 1 low 0", { ...all, training: { objective: "triplet" } }), []);
});

Deno.test("checkBeforeTraining() names the groups for which no threshold can be fitted", () => {
  const thresholds: PartialConfig = { evaluation: { groupThresholds: "equalizedOdds" } };
  const message = 'evaluation.groupThresholds: expected both labels in every group of "education" in the validation ' +
    'split, where they are fitted; "phd" has 2 × label 0 and 0 × label 1; "none" has 0 × label 0 and 1 × label 1; ' +
    "merge such groups, make data.validation larger, add rows, or set evaluation.groupThresholds";
  assertThrows(() => check(`${fine} phd 0 phd 0 none 1`, fine, thresholds), InputError, message);
  const stranger = 'pairs.csv, row 6: group "phd" of "education" is in the test split and not in the validation split';
  assertThrows(() => check(fine, `${fine} phd 0`, thresholds), InputError, stranger);
  assertEquals(check(`${fine} phd 0`, `${fine} none 0`, {}), [], "without thresholds they do not matter");
});

Deno.test("checkBeforeTraining() refuses a bound on a difference that cannot be measured", () => {
  const one = 'the demographicParityDifference of "education" cannot be measured on the validation split: ' +
    "a disparity needs two groups, found 1";
  assertThrows(() => check("low 1 low 0", fine, { selection: { maxGap: 0.1 } }), InputError, one);
  const odds: PartialConfig = { selection: { maxGap: 0.1, gap: "equalizedOddsDifference" } };
  const none = 'the equalizedOddsDifference of "education" cannot be measured';
  assertThrows(() => check("low 1 low 0 high 0", fine, odds), InputError, none);
  assertThrows(() => check("low 1 high 0", fine, odds), InputError, none);
  assertEquals(check("low 1 high 0", fine, { selection: { maxGap: 0.1 } }), []);
});

Deno.test("checkBeforeTraining() says which groups a bound does not hold for", () => {
  const odds: PartialConfig = { selection: { maxGap: 0.1, gap: "equalizedOddsDifference" } };
  assertEquals(check(`${fine} phd 0`, fine, odds), [
    'selection.maxGap bounds the equalizedOddsDifference of "education" without "phd", for which it cannot be ' +
    "measured on the validation split: true positive rate: no row with a positive label",
  ]);
});

Deno.test("checkBeforeTraining() refuses bounds that cannot be measured, and names the groups that one leaves out", () => {
  const bound = (metric: string, limits: Record<string, number> = { atMost: 0.1 }): PartialConfig =>
    ({ fairness: { constraints: [{ metric, attribute: "education", ...limits }] } }) as PartialConfig;
  const every = `${fine} phd 0`;
  assertEquals(check(fine, fine, bound("equalizedOddsDifference")), []);
  assertEquals(check(every, fine, bound("demographicParityRatio", { atLeast: 0.8 })), []);
  assertEquals(check(every, fine, bound("falsePositiveRateDifference")), []);
  assertEquals(check(every, fine, bound("equalizedOddsDifference")), [
    "fairness.constraints: equalizedOddsDifference.education is measured without a group of the validation split, and so cannot be " +
    'shown to be kept: "phd" has no label 1',
  ]);
  const refused: [string, PartialConfig, string][] = [
    [every, bound("tpr", { atLeast: 0.5 }), 'tpr.education cannot be measured on the validation split: "phd" has no'],
    [
      every,
      bound("rocAuc", { atLeast: 0.5 }),
      'rocAuc.education cannot be measured on the validation split: "phd" has',
    ],
    ["low 1 low 0 high 0", bound("equalOpportunityDifference"), '"high" has no label 1'],
    ["low 1 low 0", bound("demographicParityDifference"), "expected at least two groups"],
  ];
  for (const [validation, changes, message] of refused) {
    assertThrows(() => check(validation, fine, changes), InputError, message);
  }
});

Deno.test("checkBeforeTraining() says which label of a group no batch can hold", () => {
  const note = (batches: string) =>
    `balance.batches "${batches}": no batch can hold label 0 of "phd" (education), which the training split lacks`;
  assertEquals(check(fine, fine, { balance: { batches: "balanced" } }), [note("balanced")]);
  assertEquals(check(fine, fine, { balance: { batches: "inverseFrequency" } }), [note("inverseFrequency")]);
  assertEquals(check(fine, fine, { balance: { batches: "balanced", by: "group" } }), []);
});

Deno.test("checkBeforeTraining() finds out that a column of groups is an identifier", () => {
  const many = Array.from({ length: 301 }, (_, i) => `g${i} ${i % 2}`).join(" ");
  assertThrows(() => check(fine, many, {}), InputError, "at most 300 groups");
});

permittedTest(
  "fineTune() refuses before the first step what calibration would refuse after the last",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      const rows = pairRows(48).filter(({ part, town, label }) =>
        part !== "validation" || town === "city" || label === "0"
      );
      await writePairs(`${folder}/pairs.csv`, rows);
      const columns = { candidateId: "person", split: "part" };
      const config = (changes: PartialConfig) => tinyConfig(folder, { data: { columns }, ...changes });
      const train = (changes: PartialConfig) =>
        quietly(() => fineTune(config(changes), { output: `${folder}/run`, print: () => {} }));
      const refused: [PartialConfig, string][] = [
        [{ evaluation: { groupThresholds: "demographicParity" } }, '"rural" has 2 × label 0 and 0 × label 1'],
        [
          { selection: { maxGap: 0.1, gap: "equalizedOddsDifference" } },
          "selection.maxGap: the equalizedOddsDifference",
        ],
        [{ balance: { batches: "balanced" }, training: { batchSize: 2 } }, 'balance.batches "balanced": expected'],
      ];
      for (const [changes, message] of refused) {
        await assertRejects(() => train(changes), InputError, message);
        await assertRejects(() => Deno.stat(`${folder}/run`), Deno.errors.NotFound);
      }
    }),
);

Deno.test("checkBeforeTraining() refuses groups to leave out or to compare with that do not occur", () => {
  for (const key of ["exclude", "reference"] as const) {
    const wrong = { evaluation: { [key]: ["citty"] } };
    assertThrows(() => check(fine, fine, wrong), InputError, `evaluation.${key}: expected one of the groups (`);
  }
  const refused = (groups: string, evaluation: PartialConfig["evaluation"], message: string) =>
    assertThrows(() => check(groups, groups, { evaluation }), InputError, message);
  refused(fine, { exclude: ["low", "high", "phd"] }, 'evaluation.exclude: expected a group of "education" to be left');
  refused(fine, { exclude: ["low"], reference: ["low"] }, "evaluation.reference: expected a group that is compared");
  refused(`${fine} unknown 0`, { reference: ["unknown"] }, "left out as unknown; evaluation.keepUnknown keeps it");
  assertEquals(check(fine, fine, { evaluation: { exclude: ["phd"], reference: ["low"] } }), []);
});
