import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { fairness, fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { countLevels, reliability } from "./reliability.ts";
import { permittedTest } from "../../_testing.ts";

const { evaluation, table } = fairness();
const figure = reliability(evaluation, { table });

permittedTest("reliability() looks as reviewed", () => assertSnapshot(figure));

Deno.test("reliability() says whom scores over-predict", () => {
  assertStringIncludes(figure.title, "over-predict “");
  assertStringIncludes(figure.title, "“no positives” (+0.");
});

Deno.test("reliability() finds nothing where labels follow the scores", () => {
  const rng = new Rng(6);
  const scores = Array.from({ length: 200 }, () => rng.uniform());
  const labels = scores.map((score) => Number(rng.uniform() < score));
  const own = fairness({ ...fairnessRows([["a", 100], ["b", 100]]), tuned: scores, labels });
  assertEquals(
    reliability(own.evaluation, { table: own.table }).title,
    "Scores of the tuned model neither over-predict nor under-predict any group significantly",
  );
});

Deno.test("reliability() gives no all-clear where an interval has no width", () => {
  const certain = evaluation.models.map((model) => {
    const bias = model.overall.calibration!.bias!;
    const interval = { ...bias.interval!, low: 0.35, high: 0.35 };
    const calibration = { ...model.overall.calibration, bias: { value: 0.35, interval } };
    return { ...model, overall: { ...model.overall, calibration } };
  });
  assertEquals(
    reliability({ ...evaluation, models: certain }).title,
    "Scores of the tuned model differ from what comes true by +0.35 for everybody; not tested",
  );
});

Deno.test("reliability() counts rows in each bin, and shows names as text", () => {
  const counts = (figure.data as { mode: string; text: string[] }[]).filter(({ mode }) => mode === "text");
  assertEquals(counts.flatMap(({ text }) => text.map(Number)).reduce((sum, n) => sum + n), 140);
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});

Deno.test("reliability() writes each count beneath its own point, within the axis, and lower where two would touch", () => {
  const traces = figure.data as { mode: string; x: number[]; y: number[]; xaxis: string }[];
  for (const counts of traces.filter(({ mode }) => mode === "text")) {
    const points = traces.find(({ mode, xaxis }) => mode !== "text" && xaxis === counts.xaxis)!;
    assertEquals(counts.x, points.x);
    assert(counts.x.every((x) => x >= -0.03 && x <= 1.03));
  }
  assertEquals(countLevels([0, 0.1, 0.2, 0.5]), [0, 1, 0, 0]);
  assertEquals(countLevels([0, 0.01, 0.02]), [0, 1, 2]);
});

permittedTest("reliability() without rows shows everybody's bins", async () => {
  const everybody = reliability(evaluation);
  await assertSnapshot(everybody);
  const own = evaluation.models[1]!.overall.reliability!.filter(({ meanScore }) => meanScore !== null);
  assertEquals(everybody.rows.map(({ meanScore }) => meanScore), own.map(({ meanScore }) => meanScore));
  assertEquals(everybody.rows.map(({ positiveRate }) => positiveRate), own.map(({ positiveRate }) => positiveRate));
  const unlabelled = fairness(fairnessRows(), { labels: null, groundTruth: null }).evaluation;
  assertThrows(() => reliability(unlabelled), InputError, "expected labels");
});

Deno.test("reliability() refuses scores that are not probabilities", () => {
  const scores = Object.fromEntries(
    Object.entries(table.scores).map(([name, own]) => [name, { ...own as object, probabilities: null }]),
  ) as unknown as typeof table.scores;
  assertThrows(() => reliability(evaluation, { table: { ...table, scores } }), InputError, "tuned: expected scores");
});
