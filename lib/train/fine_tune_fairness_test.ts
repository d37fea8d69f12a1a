import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readEvaluation, readPredictions } from "../evaluate/mod.ts";
import type { PartialConfig } from "./config.ts";
import { readTable } from "../data/read_table.ts";
import { InputError } from "../errors.ts";
import { relu, sigmoid, sub } from "../graph/operations.ts";
import { groupMeans, maxDifference } from "./fairness/rates.ts";
import { pairRows, printer, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { inferRun } from "./infer.ts";
import { fineTune, type FineTuneOptions } from "./fine_tune.ts";
import { permittedTest } from "../_testing.ts";

type Train = (run: string, changes?: PartialConfig, options?: FineTuneOptions) => Promise<string>;

function inTinyFolder(test: (train: Train, folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await writePairs(`${folder}/pairs.csv`, pairRows(48));
    await test(async (run, changes, options) => {
      const { print, printed } = printer();
      await quietly(() => fineTune(tinyConfig(folder, changes), { output: `${folder}/${run}`, print, ...options }));
      return printed();
    }, folder);
  });
}

const FILES = ["adapter_model.safetensors", "run.json", "metrics/history.jsonl", "metrics/epoch_metrics.csv"];
const filesOf = (run: string) =>
  Promise.all(FILES.map(async (file) => (await Deno.readFile(`${run}/${file}`)).toBase64()));

const jsonOf = async (path: string) => JSON.parse(await Deno.readTextFile(path));

/** Everything at once: what can be combined with the pair objective. */
const EVERYTHING = {
  data: { mask: ["degree"] },
  balance: { batches: "balanced", weights: "reweighing" },
  fairness: {
    adversary: { weight: 0.5, hidden: 4, steps: 3 },
    attributeHead: { weight: 0.1, hidden: 0 },
    demographicParity: { weight: 1 },
    equalOpportunity: { weight: 1, spread: "maxGap" },
    equalizedOdds: { weight: 1, spread: "toOverall" },
    distribution: { weight: 1, distance: "embeddingHsic" },
    counterfactual: { weight: 1, compare: "embeddings" },
    distillation: { weight: 0.5 },
  },
  training: { accumulation: 2, epochs: 3 },
  selection: { maxGap: 0.5, improvement: "mix", balanced: true, patience: 3 },
} satisfies PartialConfig;

/** Bounds of every kind. */
const BOUNDED = {
  data: { columns: { candidateId: "person", groundTruth: "label" } },
  fairness: {
    constraints: [
      { metric: "demographicParityDifference", attribute: "town", atMost: 0.05 },
      { metric: "equalizedOddsDifference", attribute: "town", atMost: 0.1, against: "groundTruth" },
      { metric: "demographicParityRatio", attribute: "town", atLeast: 0.8 },
      { metric: "rocAuc", attribute: "town", atLeast: 0.9 },
      { metric: "flipRate", atMost: 0.01 },
    ],
  },
  training: { accumulation: 2, epochs: 3 },
} satisfies PartialConfig;

permittedTest(
  "fineTune() under bounds gives the same bytes when interrupted, and says what became of each",
  () =>
    inTinyFolder(async (train, folder) => {
      const text = await train("whole", BOUNDED);
      assertStringIncludes(text, "fairness: demographicParityDifference.town, a bound, whose weight is found");
      assertStringIncludes(text, "smallest difference from the others' selection rate");
      assertStringIncludes(text, "! no epoch keeps fairness.constraints on the validation split");
      assertStringIncludes(text, "Counterfactual flip rate at most 0.01: ");
      const history = (await Deno.readTextFile(`${folder}/whole/metrics/history.jsonl`)).trimEnd().split("\n");
      const multipliers = history.map((line) => JSON.parse(line).multipliers as Record<string, number>);
      assertEquals(Object.keys(multipliers[0]!), [
        "demographicParityDifference.town.all",
        "equalizedOddsDifference.town.groundTruth.positive",
        "equalizedOddsDifference.town.groundTruth.negative",
        "demographicParityRatio.town.all",
        "rocAuc.town.all",
        "flipRate.all",
      ]);
      // The untrained model orders pairs badly: the floor under the AUC is what pulls from the start.
      assert(multipliers.at(-1)!["rocAuc.town.all"]! > 0);
      const { constraints } = await jsonOf(`${folder}/whole/run.json`);
      assertEquals(constraints.length, 5);
      await assertSameWhenInterrupted(BOUNDED, { train, folder, steps: [2, 5] });
    }),
);

/** Interrupts a run after so many steps, resumes it, and compares what it leaves with that of the one named "whole". */
async function assertSameWhenInterrupted(
  changes: PartialConfig,
  { train, folder, steps }: { train: Train; folder: string; steps: readonly number[] },
): Promise<void> {
  const whole = await filesOf(`${folder}/whole`);
  for (const step of steps) {
    const controller = new AbortController();
    const watch = setInterval(() => {
      try {
        const history = Deno.readTextFileSync(`${folder}/part${step}/metrics/unfinished/history.jsonl`);
        if (history.split("\n").length > step) controller.abort();
      } catch {
        // Not written yet.
      }
    }, 1);
    await train(`part${step}`, changes, { signal: controller.signal });
    clearInterval(watch);
    await train(`part${step}`, changes, { resume: true });
    assertEquals(await filesOf(`${folder}/part${step}`), whole);
  }
}

permittedTest(
  "fineTune() with every fairness objective gives the same bytes when interrupted at any step",
  () =>
    inTinyFolder(async (train, folder) => {
      const text = await train("whole", EVERYTHING);
      assertStringIncludes(text, "fairness: adversary.town, weight 0.5");
      const last = (await Deno.readTextFile(`${folder}/whole/metrics/history.jsonl`)).trimEnd().split("\n").at(-1)!;
      assertEquals(
        Object.keys(JSON.parse(last).terms).sort(),
        [
          "adversary.town",
          "attributeHead.town",
          "equalOpportunity.town",
          "demographicParity.town",
          "equalizedOdds.town",
          "embeddingHsic.town",
          "counterfactual.embeddings",
          "baseDistillation",
        ].sort(),
      );

      await assertSameWhenInterrupted(EVERYTHING, { train, folder, steps: [2, 5] });
    }),
);

permittedTest(
  "fineTune() leaves what it did to the data for review, no texts among the reports, and adapters of the epochs it kept",
  () =>
    inTinyFolder(async (train, folder) => {
      await train("run", EVERYTHING);
      const header = async (file: string) => (await Deno.readTextFile(`${folder}/run/${file}`)).split("\n")[0];
      assertEquals(await header("review/balance.csv"), "step,group,label,before,after,weight");
      assertEquals(await header("review/masking.csv"), "row,candidate_id,kind,start,end,text,replacement,outcome");
      const counterfactualColumns =
        "id,level,tier,counterfactual_level,counterfactual_tier,changes,reason,original,counterfactual";
      assertEquals(await header("review/counterfactuals.csv"), counterfactualColumns);
      assertEquals(await header("review/evaluation_counterfactuals.csv"), counterfactualColumns);
      assertStringIncludes(
        (await header("metrics/epoch_metrics.csv"))!,
        "town_demographic_parity_difference,town_equalized_odds_difference,best",
      );
      for await (const { name } of Deno.readDir(`${folder}/run/metrics`)) {
        const text = await Deno.readTextFile(`${folder}/run/metrics/${name}`);
        assert(!/nurse|welder|baker|pilot/.test(text), name);
      }
      for (const kind of ["utility", "fairness"]) {
        assert((await Deno.stat(`${folder}/run/checkpoint/best_${kind}/adapter_model.safetensors`)).isFile);
      }
      const { temperature, bestEpochBy } = await jsonOf(`${folder}/run/run.json`);
      assert(temperature === null || temperature > 0);
      assert(["constrained", "fairness"].includes(bestEpochBy));
    }),
);

permittedTest(
  "a masked run never sees a degree: counterfactuals change nothing, and what it is given later is masked as well",
  () =>
    inTinyFolder(async (train, folder) => {
      await train("masked", { data: { mask: ["degree"] } });
      const { models, leakage } = await readEvaluation(`${folder}/masked/metrics/evaluation.json`);
      for (const { overall: { counterfactual } } of models) {
        assert(counterfactual!.rows > 0);
        assertEquals(counterfactual!.metrics.meanAbsoluteShift!.value, 0);
      }
      assertEquals(leakage.map(({ attribute }) => attribute), ["town"]);
      const embedding = async (text: string) => {
        const { print, printed } = printer();
        await quietly(() => inferRun({ run: `${folder}/masked`, text: [text], role: "resume", print }));
        return JSON.parse(printed()).embedding;
      };
      assertEquals(await embedding("nurse w1 master's degree"), await embedding("nurse w1 bachelor's degree"));
    }),
);

permittedTest(
  "an unmasked run is told what another degree in the same résumé would change",
  () =>
    inTinyFolder(async (train, folder) => {
      await train("run");
      const { models, comparisons } = await readEvaluation(`${folder}/run/metrics/evaluation.json`);
      const { flipRate, gained, lost, meanAbsoluteShift } = models[1]!.overall.counterfactual!.metrics;
      assert(meanAbsoluteShift!.value! > 0);
      assertAlmostEquals(flipRate!.value!, gained!.value! + lost!.value!, 1e-12);
      assert("meanAbsoluteShift" in comparisons[0]!.overall);
      for await (const { values } of readTable(`${folder}/run/metrics/predictions.csv`)) {
        assert(Number(values.base_counterfactual_score) !== 0 && Number(values.tuned_counterfactual_score) !== 0);
      }
    }),
);

permittedTest(
  "fineTune() trains with an objective of one's own, and a checkpoint knows which",
  () =>
    inTinyFolder(async (train, folder) => {
      const terms: FineTuneOptions["terms"] = () => [{
        name: "tolerant parity",
        weight: 2,
        build: ({ logit, groups }) => relu(sub(maxDifference(groupMeans(sigmoid(logit), groups("town"))), 0.05)),
      }];
      const text = await train("own", {}, { terms });
      assertStringIncludes(text, "fairness: tolerant parity, weight 2");
      const first = (await Deno.readTextFile(`${folder}/own/metrics/history.jsonl`)).split("\n")[0]!;
      assert(JSON.parse(first).terms["tolerant parity"] >= 0);
      await assertRejects(() => train("own", {}, { resume: true }), InputError, "another configuration");
    }),
);

permittedTest(
  "groups may have thresholds of their own, fitted on the validation split",
  () =>
    inTinyFolder(async (train, folder) => {
      await train("run", { evaluation: { groupThresholds: "demographicParity" } });
      const { groupThresholds } = await jsonOf(`${folder}/run/run.json`);
      const { evaluation: { models }, predictions } = await readPredictions(`${folder}/run/metrics`);
      assertEquals(models.map(({ thresholdFrom }) => thresholdFrom), ["validation", "groups"]);
      // The counterfactual of a person is decided about by the threshold of the person's own group.
      const { decisions, counterfactualDecisions, scores, counterfactual } = predictions.models.tuned;
      const same = Array.from(
        scores,
        (score, i) => score === counterfactual![i] ? [decisions![i], counterfactualDecisions![i]] : [],
      )
        .filter(({ length }) => length > 0);
      assertEquals(same.every(([own, other]) => own === other), true);
      assertEquals([groupThresholds.attribute, Object.keys(groupThresholds.rules.rules)], ["town", ["city", "rural"]]);
    }),
);

permittedTest(
  "fineTune() refuses fairness settings that cannot be meant, before it trains",
  () =>
    inTinyFolder(async (train, folder) => {
      const refused = (changes: PartialConfig, message: string) =>
        assertRejects(() => train("x", changes), InputError, message);
      await refused(
        { fairness: { attributes: ["twon"], demographicParity: { weight: 1 } } },
        'fairness.attributes: expected names from data.groups, found "twon"; there are "town"',
      );
      await refused(
        { fairness: { demographicParity: { weight: -1 } } },
        "fairness.demographicParity.weight: expected number to be >=0, found -1",
      );
      await refused(
        { fairness: { equalizedOdds: { weight: 1 } }, training: { objective: "cosent" } },
        'fairness.equalizedOdds: expected training.objective "pair", whose pairs have a probability, found "cosent"',
      );
      await refused({ selection: { window: [2, 9] } }, "selection.window: expected a first and a last of the 2 epochs");
      await refused(
        { balance: { batches: "balanced" }, training: { batchSize: 2 } },
        "expected training.batchSize × training.accumulation of at least 4",
      );
      const rows = pairRows(48).map((row) => ({ ...row, town: row.part === "test" ? "island" : row.town }));
      await writePairs(`${folder}/pairs.csv`, rows);
      const split = { columns: { candidateId: "person", split: "part" } };
      await refused(
        { data: split, fairness: { demographicParity: { weight: 1 } } },
        'expected every group of "town" in the training split, "island" is not',
      );
      // Without fairness objectives it is no error, only a group that nothing is known about.
      await train("y", { data: split, training: { epochs: 1 } });
      const plain = rows.map((row) => ({ ...row, resume: row.resume.replace(/ (bachelor|master)'s degree/, "") }));
      await writePairs(`${folder}/pairs.csv`, plain);
      await refused(
        { fairness: { counterfactual: { weight: 1 } } },
        "expected résumés that state a degree, to write them with another one; no counterfactual could be written",
      );
    }),
);
