import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { escape } from "@std/html";
import { evaluate, type Evaluation } from "../evaluate/mod.ts";
import { evaluationHtml } from "./evaluation_html.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { findingsOf } from "./findings.ts";
import { answersHtml } from "./page/decision.ts";

/** Many scores of two models over groups of ten rows, the first of which is named as markup would be. */
function evaluated({ groups = 3, models = 1, labelled = true } = {}): Evaluation {
  const rows = Array.from({ length: 10 * groups }, (_, i) => i);
  const scores = rows.map((i) => i * 7 % 10 / 10);
  return evaluate({
    source: "C:\\audits\\R&D <2026>.csv",
    scores: Object.fromEntries(["base", "tuned"].slice(0, models).map((name) => [name, scores])),
    labels: labelled ? rows.map((i) => i % 2) : null,
    groups: { "<u>town": rows.map((i) => i < 10 ? `<img src=x>"` : `town ${Math.floor(i / 10)}`) },
  }, { resamples: 20 });
}

/** The page without its scripts and styles. */
const bodyOf = (evaluation: Evaluation) => evaluationHtml(evaluation).replace(/<(script|style)>[^]*?<\/\1>/g, "");

Deno.test("answersHtml() says each level in words, under its question, and escapes what is found", () => {
  const levels = ["attention", "open", "measured", "equivalent", "limit"] as const;
  const { markup } = answersHtml(
    levels.map((level) => ({ level, about: "errors", text: `"<b>" & ${level}`, adjusted: null })),
  );
  assertEquals(
    [...markup.matchAll(/<dd class="(\w+)">\s*<span class="level">(\w+)\.<\/span> (.*?)\.\s*<\/dd>/g)]
      .map(([, ...own]) => own),
    [
      ["attention", "Shown", "&quot;&lt;b&gt;&quot; &amp; attention"],
      ["open", "Open", "&quot;&lt;b&gt;&quot; &amp; open"],
    ],
  );
  assertStringIncludes(markup, "Is it wrong about some groups more often?");
  assertStringIncludes(markup, "<summary>3 more</summary>");
  assertStringIncludes(markup, "<li>Alike. &quot;&lt;b&gt;&quot; &amp; equivalent.</li>");
});

Deno.test("evaluationHtml() is titled by the file's name alone, and links to each of its sections", () => {
  const evaluation = evaluated();
  const body = bodyOf(evaluation);
  assertStringIncludes(body, "<title>Fairness audit of R&amp;D &lt;2026&gt;.csv</title>");
  assert(!body.includes("audits"), "the folder is nobody's business");
  const links = [...body.matchAll(/<li><a href="#(\w+)">(.*)<\/a><\/li>/g)].map(([, id, title]) => [id, title]);
  assertEquals(links, [["evidence", "Evidence"], ["s0", "Overall"], ["s1", "By &lt;u&gt;town"], [
    "missing",
    "Not reported",
  ]]);
  const heads = [...body.matchAll(/<h2 id="(\w+)">(.*)<\/h2>/g)].map(([, id, title]) => [id, title]);
  assertEquals(heads, [["summary", "What was found"], ...links]);
  const tables = evaluationSections(evaluation).flatMap((section) => section.tables);
  for (const { title } of tables) assertStringIncludes(body, `>${escape(title!)}</caption>`);
  assertEquals([body.includes("<img"), body.includes("<u>")], [false, false]);
});

Deno.test("evaluationHtml() answers with every finding, of one model and of several", () => {
  for (const models of [1, 2]) {
    const evaluation = evaluated({ models });
    const body = bodyOf(evaluation);
    const begin = body.indexOf('<dl class="answers">');
    const answers = body.slice(begin, body.indexOf("</dl>", begin));
    const found = findingsOf(evaluation);
    assertEquals(answers.match(/<dd class="|<li>/g)!.length, found.length);
    for (const { text } of found) assertStringIncludes(answers, escape(text));
    assertStringIncludes(body, ">Scorecard</caption>");
  }
});

Deno.test("evaluationHtml() numbers what is undefined through all its tables, and says what is not reported", () => {
  const evaluation = evaluated();
  const unavailable = [{ part: "ranking", reason: "no <queries>" }];
  const [model] = evaluation.models;
  const undefinedMetrics = {
    tpr: { value: null, reason: "no label <1>", interval: null },
    fpr: { value: null, reason: "no label 0", interval: null },
    fnr: { value: null, reason: "no label <1>", interval: null },
  };
  const overall = { ...model!.overall, metrics: { ...model!.overall.metrics, ...undefinedMetrics } };
  const body = bodyOf({ ...evaluation, unavailable, models: [{ ...model!, overall }] });
  const marks = ["True positive rate", "False positive rate", "False negative rate"].map((title) =>
    new RegExp(`>${title}</th>\\s*<td [^>]*>(.*?)</td>`).exec(body)![1]
  );
  assertEquals(marks, ["–¹", "–²", "–¹"]);
  assert(
    /<h2 id="left-out">Undefined and left out<\/h2>\s*<ol><li>no label &lt;1&gt;<\/li>\s*<li>no label 0<\/li>/.test(
      body,
    ),
  );
  assertStringIncludes(body, "<ul><li>ranking: no &lt;queries&gt;</li></ul>");
  assertEquals(bodyOf({ ...evaluation, unavailable: [] }).includes("Not reported"), false);
});

Deno.test("evaluationHtml() folds tables of 25 rows and more, and draws no figure of more than 40 groups", () => {
  const pageOf = (groups: number) => bodyOf(evaluated({ groups, labelled: false }));
  const folded = (groups: number) => pageOf(groups).includes(`<summary>Show ${groups} rows</summary>`);
  assertEquals([folded(24), folded(25)], [false, true]);
  const drawn = (groups: number) => pageOf(groups).includes('data-figure="selection-rates');
  assertEquals([drawn(40), drawn(41)], [true, false]);
});
