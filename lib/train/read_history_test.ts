import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { withFolder } from "../_testing.ts";
import { readHistory } from "./read_history.ts";

const STEPS = '{"step":1,"epoch":1,"loss":0.5,"learningRate":0.001,"gradNorm":2,"terms":{"adversary":0.7}}\n';
const EPOCHS = "epoch,step,train_loss,validation_loss,validation_roc_auc,validation_average_precision," +
  "degree_level_demographic_parity_difference,degree_level_equalized_odds_difference,best\n";

Deno.test("readHistory() reads steps with their terms, and epochs with the gaps of every attribute", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/history.jsonl`, STEPS);
    await Deno.writeTextFile(`${folder}/epoch_metrics.csv`, `${EPOCHS}1,49,0.5,0.4,0.88,,0.25,,1\n`);
    assertEquals(await readHistory(folder), {
      steps: [{ step: 1, epoch: 1, loss: 0.5, learningRate: 0.001, gradNorm: 2, terms: { adversary: 0.7 } }],
      epochs: [{
        epoch: 1,
        step: 49,
        trainLoss: 0.5,
        validationLoss: 0.4,
        rocAuc: 0.88,
        averagePrecision: null,
        gaps: [
          { attribute: "degree_level", gap: "demographicParityDifference", value: 0.25 },
          { attribute: "degree_level", gap: "equalizedOddsDifference", value: null },
        ],
        best: true,
      }],
    });
  }));

Deno.test("readHistory() names file, line and column of what is wrong", () =>
  withFolder(async (folder) => {
    await assertRejects(() => readHistory(folder), InputError, "history.jsonl cannot be read: no such file or folder");
    await Deno.writeTextFile(`${folder}/history.jsonl`, STEPS + '{"step":2}\n');
    await assertRejects(() => readHistory(folder), InputError, 'history.jsonl, line 2, "epoch": ');
    await Deno.writeTextFile(`${folder}/history.jsonl`, "{");
    await assertRejects(() => readHistory(folder), InputError, "history.jsonl, line 1: expected JSON");
    await Deno.writeTextFile(`${folder}/history.jsonl`, STEPS);
    await Deno.writeTextFile(`${folder}/epoch_metrics.csv`, `${EPOCHS}1,49,x,0.4,0.88,,0.25,,1\n`);
    await assertRejects(
      () => readHistory(folder),
      InputError,
      'row 1, column "train_loss": expected a number, found x',
    );
  }));
