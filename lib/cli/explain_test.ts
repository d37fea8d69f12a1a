import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { Explainer, explainGroups, openRun, ownSplits } from "../train/mod.ts";
import { printer, quietly, trainTiny } from "../train/_testing.ts";
import { EXPLAIN_OPTIONS, explainScores } from "./explain.ts";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";

/** One run for all tests of this file. */
const folder = await whenPermitted(async () => {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await trainTiny(folder, { training: { epochs: 1 } });
  return folder;
});

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

permittedTest("explain: words, what surrounds them and the masked text add up to the score", async () => {
  const explainer = await Explainer.open(await openRun(`${folder}/run`));
  const resume = "nurse w1, <b>w2</b> bachelor's degree w3";
  const { score, baseline, around, words } = await explainer.explain({ resume, job: "nurse wanted w5" });
  await explainer.release();
  assertAlmostEquals(baseline + around + total(words.map(({ contribution }) => contribution)), score, 1e-3);
  assertEquals(words.map(({ start, end }) => resume.slice(start, end)), words.map(({ word }) => word));
  assertEquals(words.find(({ word }) => word === "bachelor")!.kind, "degree");
  assertEquals(words.find(({ word }) => word === "nurse")!.kind, null);
});

permittedTest("explain: a text longer than the model reads has contributions for what is read alone", async () => {
  const explainer = await Explainer.open(await openRun(`${folder}/run`));
  const resume = Array.from({ length: 60 }, (_, i) => `w${i}`).join(" ");
  const { words } = await explainer.explain({ resume, job: "nurse wanted" });
  await explainer.release();
  assertEquals(words.map(({ word }) => word), Array.from({ length: 22 }, (_, i) => `w${i}`)); // of 24 tokens
});

permittedTest("explain --groups: parts add up to the difference of the groups' mean scores", async () => {
  const run = await openRun(`${folder}/run`);
  const { examples } = await ownSplits(run.file);
  const explained = await quietly(() => explainGroups(run, examples));
  const { score, parts, groups, words } = explained;
  assertEquals([explained.attribute, groups.length], ["town", 2]);
  assertEquals(total(groups.map(({ pairs }) => pairs)), examples.length);
  assertAlmostEquals(total(parts.map(({ difference }) => difference)), score.difference, 1e-3);
  assert(score.interval.low! < score.difference && score.difference < score.interval.high!);
  assert(score.difference >= 0);
  // Towns differ in the degree alone, which stands in each résumé.
  assert(words.some(({ kind }) => kind === "degree"));
  await assertRejects(() => explainGroups(run, examples, { attribute: "age" }), InputError, "--groups: expected town");
});

permittedTest(
  "explain writes a page in which a text stays a text, and its words as a table",
  () =>
    withFolder(async (output) => {
      const { print, printed } = printer();
      const resume = "nurse <script>alert(1)</script> w1";
      const options = { run: `${folder}/run`, resume, job: "nurse wanted", output };
      await explainScores(EXPLAIN_OPTIONS.parse(options), print);
      assertStringIncludes(printed(), "Score ");
      const markup = await Deno.readTextFile(`${output}/explanation.html`);
      assert(!markup.includes("<script>alert"));
      const rows = await Array.fromAsync(readTable(`${output}/words.csv`));
      assertEquals(rows[0]!.values.word, "nurse");
    }),
);

Deno.test("explain wants a pair or an attribute", () => {
  const refused = (options: Record<string, unknown>) =>
    EXPLAIN_OPTIONS.safeParse({ run: "r", ...options }).error!.issues[0]!.message;
  assertStringIncludes(refused({}), "found neither");
  assertStringIncludes(refused({ resume: "a" }), "expected both");
  assertStringIncludes(refused({ resume: "a", job: "b", groups: "town" }), "found both");
});

permittedTest("explain --groups writes a figure and a table of words", () =>
  withFolder(async (output) => {
    const { print, printed } = printer();
    const options = { run: `${folder}/run`, groups: "town", pairs: 4, output };
    await quietly(() => explainScores(EXPLAIN_OPTIONS.parse(options), print));
    assertStringIncludes(printed(), "Words that carry most of the difference");
    assertStringIncludes(await Deno.readTextFile(`${output}/explanation.html`), "contributions-town");
    const rows = await Array.fromAsync(readTable(`${output}/words.csv`));
    assertEquals(Object.keys(rows[0]!.values).slice(0, 3), ["word", "kind", "difference"]);
  }));
