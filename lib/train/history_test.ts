import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { History, readHistory } from "./history.ts";

const step = (step: number) =>
  ({
    kind: "step",
    step,
    epoch: Math.ceil(step / 2),
    loss: 1 / step,
    terms: step === 2 ? { parity: 0.25 } : {},
    multipliers: step === 3 ? { "tpr.town.positive": 0.5 } : {},
    learningRate: 0.1,
    gradNorm: 1,
    items: 4,
  }) as const;
const epoch = (epoch: number) => ({
  kind: "epoch",
  epoch,
  step: 2 * epoch,
  trainLoss: 0.5,
  validation: {
    constraints: [],
    loss: 0.25,
    rocAuc: null,
    averagePrecision: 0.75,
    gaps: { "town, county": { demographicParityDifference: 0.125, equalizedOddsDifference: null } },
    intervals: {
      rocAuc: { low: null, high: null },
      gaps: {
        "town, county": {
          demographicParityDifference: { low: 0, high: 0.5 },
          equalizedOddsDifference: { low: null, high: null },
        },
      },
    },
    utility: 0.25,
    gap: 0.125,
  },
  bestAt: ["utility"],
  stopsEarly: false,
} as const);

const ATTRIBUTES = ["town, county"];

async function begin(folder: string, step: number, epoch: number, from?: string[]): Promise<History> {
  const history = await History.open(folder, { step, epoch, attributes: ATTRIBUTES, ...(from ? { from } : {}) });
  await history.write();
  return history;
}

const texts = (folder: string) =>
  Promise.all(["history.jsonl", "epoch_metrics.csv"].map((file) => Deno.readTextFile(`${folder}/${file}`)));

permittedTest(
  "History writes a line of JSON per step and a row per epoch, empty where a number is undefined",
  () =>
    withFolder(async (folder) => {
      const history = await begin(folder, 0, 0);
      await history.step(step(1));
      await history.step(step(2));
      await history.epoch(epoch(1), true);
      assertEquals(await texts(folder), [
        '{"step":1,"epoch":1,"loss":1,"learningRate":0.1,"gradNorm":1}\n' +
        '{"step":2,"epoch":1,"loss":0.5,"learningRate":0.1,"gradNorm":1,"terms":{"parity":0.25}}\n',
        "epoch,step,train_loss,validation_loss,validation_roc_auc,validation_average_precision," +
        '"town, county_demographic_parity_difference","town, county_equalized_odds_difference",best,' +
        "validation_roc_auc_low,validation_roc_auc_high," +
        '"town, county_demographic_parity_difference_low","town, county_demographic_parity_difference_high",' +
        '"town, county_equalized_odds_difference_low","town, county_equalized_odds_difference_high"\n' +
        "1,2,0.5,0.25,,0.75,0.125,,1,,,0,0.5,,\n",
      ]);
    }),
);

permittedTest(
  "History drops what lies beyond the checkpoint, and the line that a killed process did not finish",
  () =>
    withFolder(async (folder) => {
      const whole = await begin(folder, 0, 0);
      for (const e of [1, 2]) {
        for (const s of [2 * e - 1, 2 * e]) await whole.step(step(s));
        await whole.epoch(epoch(e), true);
      }
      const expected = await texts(folder), digest = whole.digest();
      await whole.step(step(5));
      await Deno.writeTextFile(`${folder}/history.jsonl`, '{"step":6,"ep', { append: true });
      await Deno.writeTextFile(`${folder}/epoch_metrics.csv`, "3,6,0.", { append: true });
      assertEquals((await begin(folder, 4, 2)).digest(), digest);
      assertEquals(await texts(folder), expected);

      const again = await begin(folder, 2, 1);
      for (const s of [3, 4]) await again.step(step(s));
      await again.epoch(epoch(2), true);
      assertEquals(await texts(folder), expected);
    }),
);

permittedTest(
  "History starts anew for a new run, and names the folder that is missing",
  () =>
    withFolder(async (folder) => {
      await (await begin(folder, 0, 0)).step(step(1));
      await begin(folder, 0, 0);
      assertEquals((await texts(folder))[0], "");
      await assertRejects(
        () => begin(`${folder}/none`, 0, 0),
        InputError,
        "none/history.jsonl cannot be written",
      );
    }),
);

const STEPS = '{"step":1,"epoch":1,"loss":0.5,"learningRate":0.001,"gradNorm":2,"terms":{"adversary":0.7}}\n';
const EPOCHS = "epoch,step,train_loss,validation_loss,validation_roc_auc,validation_average_precision," +
  "degree_level_demographic_parity_difference,degree_level_equalized_odds_difference,best\n";

permittedTest(
  "readHistory() reads steps with their terms, and epochs with the gaps of every attribute",
  () =>
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
    }),
);

permittedTest(
  "readHistory() reads the intervals of an epoch, which older files do not have",
  () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/history.jsonl`, STEPS);
      const header = EPOCHS.trimEnd() + ",validation_roc_auc_low,validation_roc_auc_high," +
        "degree_level_demographic_parity_difference_low,degree_level_demographic_parity_difference_high\n";
      await Deno.writeTextFile(`${folder}/epoch_metrics.csv`, `${header}1,49,0.5,0.4,0.88,,0.25,,1,0.8,0.9,0.1,\n`);
      const { epochs: [epoch] } = await readHistory(folder);
      assertEquals(epoch!.rocAucInterval, { low: 0.8, high: 0.9 });
      assertEquals(epoch!.gaps[0]!.interval, { low: 0.1, high: null });
    }),
);

permittedTest("readHistory() names file, line and column of what is wrong", () =>
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
    await Deno.writeTextFile(`${folder}/epoch_metrics.csv`, `${EPOCHS}1,49,0.5,1e999,0.88,,0.25,,1\n`);
    await assertRejects(() => readHistory(folder), InputError, '"validation_loss": expected a number, found 1e999');
  }));
