import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { History } from "./history.ts";
import { withFolder } from "./_testing.ts";

const step = (step: number) =>
  ({
    kind: "step",
    step,
    epoch: Math.ceil(step / 2),
    loss: 1 / step,
    terms: step === 2 ? { parity: 0.25 } : {},
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
    loss: 0.25,
    rocAuc: null,
    averagePrecision: 0.75,
    gaps: { "town, county": { demographicParityDifference: 0.125, equalizedOddsDifference: null } },
    utility: 0.25,
    gap: 0.125,
  },
  keptFor: ["utility"],
  stopsEarly: false,
} as const);

const ATTRIBUTES = ["town, county"];

const texts = (folder: string) =>
  Promise.all(["history.jsonl", "epoch_metrics.csv"].map((file) => Deno.readTextFile(`${folder}/${file}`)));

Deno.test("History writes a line of JSON per step and a row per epoch, empty where a number is undefined", () =>
  withFolder(async (folder) => {
    const history = await History.open(folder, 0, 0, ATTRIBUTES);
    await history.step(step(1));
    await history.step(step(2));
    await history.epoch(epoch(1), true);
    assertEquals(await texts(folder), [
      '{"step":1,"epoch":1,"loss":1,"learningRate":0.1,"gradNorm":1}\n' +
      '{"step":2,"epoch":1,"loss":0.5,"learningRate":0.1,"gradNorm":1,"terms":{"parity":0.25}}\n',
      "epoch,step,train_loss,validation_loss,validation_roc_auc,validation_average_precision," +
      '"town, county_demographic_parity_difference","town, county_equalized_odds_difference",best\n' +
      "1,2,0.5,0.25,,0.75,0.125,,1\n",
    ]);
  }));

Deno.test("History drops what lies beyond the checkpoint, and the line that a killed process did not finish", () =>
  withFolder(async (folder) => {
    const whole = await History.open(folder, 0, 0, ATTRIBUTES);
    for (const e of [1, 2]) {
      for (const s of [2 * e - 1, 2 * e]) await whole.step(step(s));
      await whole.epoch(epoch(e), true);
    }
    const expected = await texts(folder);
    await whole.step(step(5));
    await Deno.writeTextFile(`${folder}/history.jsonl`, '{"step":6,"ep', { append: true });
    await Deno.writeTextFile(`${folder}/epoch_metrics.csv`, "3,6,0.", { append: true });
    await History.open(folder, 4, 2, ATTRIBUTES);
    assertEquals(await texts(folder), expected);

    const again = await History.open(folder, 2, 1, ATTRIBUTES);
    for (const s of [3, 4]) await again.step(step(s));
    await again.epoch(epoch(2), true);
    assertEquals(await texts(folder), expected);
  }));

Deno.test("History starts anew for a new run, and names the folder that is missing", () =>
  withFolder(async (folder) => {
    await (await History.open(folder, 0, 0, ATTRIBUTES)).step(step(1));
    await History.open(folder, 0, 0, ATTRIBUTES);
    assertEquals((await texts(folder))[0], "");
    await assertRejects(
      () => History.open(`${folder}/none`, 0, 0, ATTRIBUTES),
      InputError,
      "none/history.jsonl cannot be written",
    );
  }));
