import { assertAlmostEquals } from "@std/assert";
import { learningRateFactor, type Schedule } from "./schedule.ts";

// Expected numbers: transformers 5.18, see testdata/losses.json.
const { schedules } = JSON.parse(await Deno.readTextFile(`${import.meta.dirname}/../testdata/losses.json`));

for (const [name, factors] of Object.entries<number[]>(schedules.expected)) {
  const [, kind, warmup, total] = name.match(/(\w+)_warmup\((\d+),(\d+)\)/)!;
  Deno.test(`learningRateFactor() is transformers' ${name}`, () => {
    factors.forEach((factor, step) => {
      const actual = learningRateFactor(kind as Schedule, step, Number(warmup), Number(total));
      assertAlmostEquals(actual, factor, 1e-12, `step ${step}`);
    });
  });
}
