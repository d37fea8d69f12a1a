import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import fc from "fast-check";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";
import { readTable, writeTable } from "../data/mod.ts";
import { evaluate, type Evaluation, evaluationCsv, type EvaluationInput } from "../evaluate/mod.ts";
import { fairnessCases } from "../metrics/golden_testing.ts";
import { Rng } from "../random.ts";
import { evaluationHtml } from "./evaluation_html.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { evaluationText } from "./evaluation_text.ts";
import { findingsOf } from "./findings.ts";

setColorEnabled(false);
// One seed for all runs: a failure must be the same failure for everybody.
fc.configureGlobal({ seed: 2019 });

const golden = await whenPermitted(async () =>
  (await fairnessCases()).find(({ name }) => name === "b_four_groups")!.inputs
);
const FAST = { resamples: 60 };

/** The golden case with jobs, counterfactuals, a second attribute, a control column and a group of five. */
function everything(): EvaluationInput {
  const { y_true, y_score, groups } = golden;
  const rng = new Rng(12);
  const column = (of: (i: number) => string) => Array.from({ length: y_score.length }, (_, i) => of(i));
  return {
    source: "scored.csv",
    scores: {
      score: { scores: y_score, counterfactual: y_score.map((s: number) => Math.min(1, s + 0.05 * rng.uniform())) },
    },
    labels: y_true,
    groups: {
      education: column((i) => i < 5 ? "<script>alert(1)</script>" : groups[i]!),
      gender: column((i) => i < 5 ? "x" : i % 2 === 0 ? "f" : "m"),
    },
    queries: column((i) => `job ${i % 10}`),
    control: column((i) => i % 3 === 0 ? "A" : "B"),
    dropped: 3,
    missing: { label: 3 },
  };
}
const evaluated = () => evaluate(everything(), { ...FAST, intersections: true, topK: 5 });

/** Two models of the same rows. */
const two = () => {
  const rng = new Rng(5);
  const n = 120;
  const label = Array.from({ length: n }, (_, i) => i % 2);
  const scores = (bonus: number) => label.map((l, i) => (l + (i % 3 ? bonus : 0) + rng.uniform()) / (2 + bonus));
  return evaluate({
    source: "two.csv",
    scores: { base: scores(0.8), tuned: scores(0) },
    labels: label,
    groups: { school: label.map((_, i) => i % 3 ? "A" : "B") },
  }, FAST);
};

permittedTest("evaluationText() shows a few of many queries and says where the page shows all", () => {
  const full = evaluated();
  const text = evaluationText(full);
  assertStringIncludes(text, "The most uneven 5 of 10.");
  assertEquals(new Set(text.match(/^job \d+/gm)).size < 10, true);
  for (let i = 0; i < 10; i++) assertStringIncludes(evaluationHtml(full), `>job ${i}</th>`);
});

permittedTest("evaluationText() writes scores with the decimals that their range asks for", () => {
  const input = everything();
  const scores = golden.y_score.map((s: number) => 0.68 + s / 50);
  const text = evaluationText(evaluate({ ...input, scores: { narrow: scores } }, FAST));
  assert(/Mean score +0\.6\d{4} /.test(text), text.slice(0, 900));
});

permittedTest("evaluationText() keeps to its width, and shows no control characters", () => {
  const full = evaluated();
  const evil = { ...full, data: { ...full.data, source: "evil\u001b[2J.csv" } };
  for (const width of [80, 100, 140]) {
    const text = evaluationText(evil, { width });
    assertStringIncludes(text, "evil [2J.csv");
    const long = text.split("\n").filter((line) => line.length > width);
    assertEquals(long, []);
  }
});

permittedTest("evaluationText() shows undefined numbers as dashes with a footnote", () => {
  const text = evaluationText(evaluated());
  const mark = /–([¹²³⁴⁵⁶⁷⁸⁹])/.exec(text)![1];
  assertStringIncludes(text, `\n${mark} `);
  assertStringIncludes(text, " no rows");
});

permittedTest("evaluationHtml() escapes what comes from the data and requests nothing", () => {
  const page = evaluationHtml(evaluated());
  assertStringIncludes(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
  assert(!page.includes("<script>alert"));
  assert(!/(?:src|href)="(?!#|data:)/.test(page), "a reference out of the page");
  assert(!page.includes("undefined<") && !page.includes("NaN"));
});

permittedTest(
  "evaluationHtml() draws who is selected, who is ranked first and what scores mean, with Plotly given",
  () => {
    const drawn = (page: string) => [...page.matchAll(/data-figure="([^"]+)"/g)].map(([, name]) => name);
    const without = evaluationHtml(evaluated());
    assert(!without.includes("drawFigures"));
    const page = evaluationHtml(evaluated(), { plotly: { file: "plotly.min.js" } });
    assertEquals(drawn(page), drawn(without));
    assert(drawn(page).some((name) => name!.startsWith("selection-rates-")));
    assertStringIncludes(page, '{ src: "plotly.min.js" }');
  },
);

permittedTest("evaluationCsv() holds every group metric and leaves undefined values empty with their reason", () => {
  const tables = new Map(evaluationCsv(evaluated()).map((table) => [table.file, table]));
  assertEquals([...tables.keys()], ["evaluation.csv", "pairs.csv", "distances.csv", "queries.csv"]);
  const { rows } = tables.get("evaluation.csv")!;
  const absent = rows.find(({ group, metric }) => group === "PhD|x" && metric === "tpr")!;
  assertEquals([absent.value, absent.undefined_because], [null, "no rows"]);
  assertEquals(
    new Set(rows.map(({ part }) => part)),
    new Set([
      "decisions",
      "calibration",
      "ranking",
      "counterfactual",
      "disparity",
      "disparity among large groups",
    ]),
  );
  for (const { columns, rows } of tables.values()) {
    for (const row of rows) assertEquals(Object.keys(row).every((key) => columns.includes(key)), true);
  }
});

permittedTest("findingsOf() warns of what is shown, and calls what is not shown open, never fine", () => {
  const findings = findingsOf(evaluated());
  assertEquals(
    new Set(findings.map(({ level }) => level)).isSubsetOf(new Set(["attention", "open", "limit", "measured"])),
    true,
  );
  assert(findings.some(({ level, text }) => level === "limit" && text.includes("fewer than 30 rows")));
  assert(
    findings.some(({ level, text }) => level === "open" && /neither shown to differ|not statistically/.test(text)),
  );
  assert(findings.some(({ text }) => text.startsWith("3 rows (0.6%) with missing values are left out (label: 3)")));
  assertEquals(findings.every(({ text }) => !/\bfine\b|chance/.test(text)), true);
});

Deno.test("findingsOf() names the groups, the ratio, the rule and the test", () => {
  const group = Array.from({ length: 200 }, (_, i) => i < 120 ? "none" : "degree");
  const scores = group.map((_, i) => i / 200);
  const evaluation = evaluate({ source: "a", scores: { score: scores }, groups: { education: group } }, {
    resamples: 50,
  });
  const first = findingsOf(evaluation).find(({ about }) => about === "selection");
  assertEquals(first, {
    level: "attention",
    about: "selection",
    text: 'education: "none" is selected at 16.7%, "degree" at 100.0%, a ratio of 0.17, below four fifths, a rule of ' +
      "thumb; the difference is statistically significant (Fisher's exact p\u00a0≤\u00a00.001, " +
      "−11.5\u00a0standard deviations)",
    adjusted: first!.adjusted,
  });
  assertEquals(
    findingsOf(evaluation).at(-1)!.text,
    "Without labels nobody can say whether decisions were right, only how they fall",
  );
});

Deno.test("findingsOf() says equivalent only within the margin that was stated", () => {
  const group = Array.from({ length: 4000 }, (_, i) => i % 2 ? "A" : "B");
  const scores = group.map((_, i) => (i * 7919 % 4000) / 4000);
  const input = { source: "a", scores: { score: scores }, groups: { school: group } };
  const level = (margin: number | null) => findingsOf(evaluate(input, { resamples: 200, margin }))[0]!.level;
  assertEquals([level(null), level(0.2)], ["open", "equivalent"]);
});

Deno.test("findingsOf() says when equal scores select more than the share asked for, and when one group is all", () => {
  const scores = Array.from({ length: 200 }, (_, i) => Math.round(2 * i / 200) / 2);
  const group = scores.map(() => "everybody");
  const evaluation = evaluate({ source: "a", scores: { s: scores }, groups: { all: group } }, {
    resamples: 20,
    acceptanceRate: 0.1,
  });
  const texts = findingsOf(evaluation).map(({ text }) => text);
  assert(texts.some((text) => text.startsWith("Equal scores at the threshold select 25.0% instead of the 10.0%")));
  assert(texts.includes("all: only one group, so there is nothing to compare"));
});

Deno.test("two models stand side by side, with their change and what is statistically significant", () => {
  const evaluation = two();
  const text = evaluationText(evaluation, { title: "Test split" });
  assertStringIncludes(text, "Test split\n120 rows · scores base, tuned · label label");
  const auc = text.split("\n").find((line) => line.startsWith("ROC-AUC "))!;
  const numbers = [...auc.matchAll(/[+−]?\d\.\d{3}/g)].map(([found]) => Number(found.replace("−", "-")));
  // Base, its interval, tuned, its interval, the change.
  assertEquals(Math.abs(numbers[3]! - numbers[0]! - numbers[6]!) < 0.0011, true, auc);
  const parity = text.split("\n").find((line) => line.startsWith("Demographic parity difference"))!;
  const { pValue } = evaluation.models[0]!.attributes[0]!.disparities[0]!;
  assertEquals(parity.includes("*"), pValue! <= 0.05);
  assertEquals(evaluationSections(evaluation).map(({ title }) => title), ["Overall", "By school"]);
});

const cell = fc.record({
  score: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  counterfactual: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  label: fc.integer({ min: 0, max: 1 }),
  group: fc.constantFrom("a", "b", "only once", "<i>&"),
  job: fc.constantFrom("cook", "nurse"),
});

/** Evaluations of a few random rows, in which much is undefined. */
const evaluations: fc.Arbitrary<Evaluation> = fc.record({
  rows: fc.array(cell, { minLength: 1, maxLength: 14 }),
  labelled: fc.boolean(),
  threshold: fc.constantFrom(0, 0.5, 1.1),
}).map(({ rows, labelled, threshold }) =>
  evaluate({
    source: "rows.csv",
    scores: {
      score: { scores: rows.map(({ score }) => score), counterfactual: rows.map((row) => row.counterfactual) },
    },
    labels: labelled ? rows.map(({ label }) => label) : null,
    groups: { group: rows.map(({ group }) => group) },
    queries: rows.map(({ job }) => job),
    control: rows.map(({ job }) => job),
  }, { threshold, topK: 2, resamples: 12 })
);

permittedTest(
  "an undefined number is an empty field with a reason in the written CSV",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/a.csv`;
      await fc.assert(
        fc.asyncProperty(evaluations, async (evaluation) => {
          for (const { columns, rows } of evaluationCsv(evaluation)) {
            if (!columns.includes("undefined_because")) continue;
            await writeTable(path, columns, rows);
            const read = await Array.fromAsync(readTable(path), ({ values }) => values);
            assertEquals(read.length, rows.length);
            for (const row of read) {
              assertEquals(row.value === "", row.undefined_because !== "", JSON.stringify(row));
              assert(row.value === "" || Number.isFinite(Number(row.value)), row.value);
            }
          }
        }),
        { numRuns: 10 },
      );
    }),
);

Deno.test("terminal and page show any evaluation without a stray undefined, NaN or markup from the data", () => {
  fc.assert(
    fc.property(evaluations, (evaluation) => {
      // The page's own scripts may speak of what is undefined; "undefined: no rows" tells a reader why.
      const page = evaluationHtml(evaluation).replace(/<script>[^]*?<\/script>/g, "");
      for (const shown of [evaluationText(evaluation), page]) {
        const stray = /.{0,40}(?:\bNaN\b|Infinity|\bundefined\b(?! |,|<|: )|\[object).{0,20}/.exec(shown);
        assert(stray === null, stray?.[0]);
      }
      assert(!evaluationHtml(evaluation).includes("<i>"));
    }),
    { numRuns: 15 },
  );
});
