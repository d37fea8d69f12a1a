import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import { evaluationJson, type ModelEvaluation } from "./evaluation.ts";
import { writeEvaluation } from "./evaluation_csv.ts";
import { readEvaluation } from "./read_evaluation.ts";

const evaluation = evaluate({
  source: "rows.csv",
  scores: { base: [0.9, 0.1, 0.8, 0.4], tuned: [0.9, 0.6, 0.8, 0.4] },
  labels: [1, 0, 1, 0],
  groups: { education: ["degree", "none", "degree", "none"] },
}, { resamples: 20 });

permittedTest("an evaluation that was written reads back as the same value", () =>
  withFolder(async (folder) => {
    await writeEvaluation(folder, evaluation);
    assertEquals(await readEvaluation(`${folder}/evaluation.json`), evaluation);
  }));

permittedTest(
  "readEvaluation() says which format it found, and which key is wrong",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/evaluation.json`;
      const reading = async (value: unknown) => {
        await Deno.writeTextFile(path, JSON.stringify(value));
        return (await assertRejects(() => readEvaluation(path), InputError)).message;
      };
      assertEquals(
        await reading({ ...evaluation, format: 1 }),
        `${path}: expected format 3, found 1; evaluate again with this version`,
      );
      assertEquals(
        await reading({ rows: 4 }),
        `${path}: expected format 3, found none; evaluate again with this version`,
      );
      assertEquals(await reading(null), `${path}: expected format 3, found none; evaluate again with this version`);
      const message = await reading({ ...evaluation, data: { ...evaluation.data, rows: "four" } });
      assertEquals(message.startsWith(`${path}, "data.rows": `), true, message);
      const { models } = evaluation, [base, tuned] = models as [ModelEvaluation, ModelEvaluation];
      const education = tuned.attributes[0]!;
      const fewer = { ...tuned, attributes: [{ ...education, groups: education.groups.slice(1) }] };
      assertEquals(
        await reading({ ...evaluation, models: [base, fewer] }),
        `${path}, "models": expected the attributes, groups and metrics of "base" under "tuned", found others`,
      );
      const { selectionRate: _, ...metrics } = education.groups[0]!.metrics;
      const lacking = (first: object) => ({
        ...education,
        groups: [{ ...education.groups[0]!, ...first }, ...education.groups.slice(1)],
      });
      assertEquals(
        await reading({ ...evaluation, models: [{ ...base, attributes: [lacking({ metrics })] }, tuned] }),
        `${path}, "models", base, education: degree: expected "selectionRate", found none`,
      );
      assertEquals(
        await reading({
          ...evaluation,
          models: [{ ...base, attributes: [lacking({ calibration: undefined })] }, tuned],
        }),
        `${path}, "models", base, education: degree: expected "calibration", found none`,
      );
      const { ece: _ece, ...calibration } = base.overall.calibration!;
      assertEquals(
        await reading({ ...evaluation, models: [{ ...base, overall: { ...base.overall, calibration } }, tuned] }),
        `${path}, "models.0.overall.calibration": expected the number "ece", found none`,
      );
      assertEquals(
        await reading({ ...evaluation, models: [base, base] }),
        `${path}, "models": expected distinct names, found "base" twice`,
      );
      assertEquals(
        await reading({ ...evaluation, models: [] }),
        `${path}, "models": expected at least one, found none`,
      );
      assertEquals(
        await reading({ ...evaluation, models: [base] }),
        `${path}, "comparisons": expected base, found "tuned"`,
      );
      await Deno.writeTextFile(path, "{");
      await assertRejects(() => readEvaluation(path), InputError, "expected JSON");
      await assertRejects(() => readEvaluation(`${folder}/none.json`), InputError, "no such file");
    }),
);

Deno.test("evaluationJson() refuses numbers that JSON would turn into null", () => {
  const broken = { ...evaluation, settings: { ...evaluation.settings, confidence: NaN } };
  assertThrows(() => evaluationJson(broken), RangeError, 'found NaN at "confidence"');
});
