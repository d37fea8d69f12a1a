import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import { writeEvaluation } from "./evaluation_csv.ts";
import {
  PREDICTION_COLUMNS,
  type Predictions,
  predictionsInput,
  readPredictions,
  seedRunOf,
  writePredictions,
} from "./predictions.ts";

/** Four pairs of two people; the tuned model decides by group. */
const predictions: Predictions = {
  rows: [2, 3, 4, 5],
  people: ["p1", "p1", "p2", "p2"],
  jobs: ["cook", "nurse", "cook", "nurse"],
  labels: [1, 0.25, 0.5, 0],
  groundTruth: [1, 0, 0, 0],
  groups: { "education, stated": ["degree", "degree", "none", "none"] },
  models: {
    base: {
      scores: Float64Array.of(0.75, 0.5, 0.25, 0.125),
      threshold: 0.5,
      probabilities: null,
      counterfactual: null,
    },
    tuned: {
      scores: Float64Array.of(0.8, 0.3, 0.4, 0.1),
      threshold: NaN,
      decisions: Float64Array.of(1, 0, 1, 0),
      probabilities: Float64Array.of(0.9, 0.2, 0.4, 0.05),
      counterfactual: Float64Array.of(0.7, NaN, 0.6, 0.1),
      counterfactualDecisions: Float64Array.of(1, NaN, 1, 0),
    },
  },
};
const decided = {
  base: { decisions: [1, 1, 0, 0], counterfactualDecisions: null },
  tuned: { decisions: [1, 0, 1, 0], counterfactualDecisions: [1, NaN, 1, 0] },
};

async function written(folder: string): Promise<void> {
  await writePredictions(`${folder}/predictions.csv`, predictions);
  await writeEvaluation(folder, evaluate(predictionsInput(predictions, "four pairs"), { resamples: 20 }));
}

permittedTest(
  "predictions that were written read back as they were, undefined numbers as empty cells",
  () =>
    withFolder(async (folder) => {
      await written(folder);
      assertEquals((await readPredictions(folder)).predictions, predictions);
      const [header, , second] = (await Deno.readTextFile(`${folder}/predictions.csv`)).split("\n");
      assertEquals(
        header,
        PREDICTION_COLUMNS.toSpliced(3, 0, '"education, stated"').filter((name) =>
          !["base_probability", "base_counterfactual_score", "base_counterfactual_selected"].includes(name)
        ).join(","),
      );
      assertEquals(second, "3,p1,nurse,degree,0.25,0,0.5,1,0.3,0,0.2,,");
    }),
);

permittedTest(
  "an evaluation of predictions that were read is the evaluation that was written beside them",
  () =>
    withFolder(async (folder) => {
      await written(folder);
      const { evaluation, predictions } = await readPredictions(folder);
      assertEquals(evaluate(predictionsInput(predictions, "four pairs"), { resamples: 20 }), evaluation);
    }),
);

permittedTest("readPredictions() names file, row and column of what is wrong", () =>
  withFolder(async (folder) => {
    await written(folder);
    const path = `${folder}/predictions.csv`;
    const text = await Deno.readTextFile(path);
    const reading = async (text: string) => {
      await Deno.writeTextFile(path, text);
      return (await assertRejects(() => readPredictions(folder), InputError)).message;
    };
    assertEquals(
      await reading(text.replace("0.25,0.5,1", "0.25,much,1").replace("0.25,0,0.5", "0.25,0,much")),
      `${path}, row 2, column "base_score": expected a number, found "much"`,
    );
    assertEquals(
      await reading(text.replace("p2,cook,none", "p2,cook,nobody")),
      `${path}, row 3, column "education, stated": expected a group of evaluation.json, found "nobody"`,
    );
    assertEquals(
      await reading(text.replace(/,0,(?=0\.3,)/, ",2,").replace(/(0\.3),0,/, "$1,2,")),
      `${path}, row 2, column "tuned_selected": expected 0 or 1, found "2"`,
    );
    assertEquals(
      await reading(text.replace("tuned_selected", "tuned_chosen")),
      `${path}: expected a column "tuned_selected", found none`,
    );
    assertEquals(
      await reading(text.trimEnd().split("\n").slice(0, 3).join("\n")),
      `${path}: expected the 4 rows of evaluation.json, found 2`,
    );
  }));

permittedTest(
  "seedRunOf() gives the decisions that were written, and what probes found",
  () =>
    withFolder(async (folder) => {
      await written(folder);
      const read = await readPredictions(folder);
      const base = seedRunOf(read.evaluation, read.predictions, "base");
      assertEquals([...base.decisions], decided.base.decisions);
      assertEquals([base.labels, base.groundTruth, base.counterfactual, base.leakage], [
        [1, 0, 1, 0],
        [1, 0, 0, 0],
        null,
        null,
      ]);
      const tuned = seedRunOf(read.evaluation, read.predictions, "tuned");
      assertEquals([...tuned.decisions], decided.tuned.decisions);
      assertEquals(Array.from(tuned.counterfactual!.decisions), decided.tuned.counterfactualDecisions);
    }),
);
