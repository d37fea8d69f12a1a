import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { openRun } from "../open_model.ts";
import { Explainer } from "../explain_run.ts";
import { quietly, trainTiny, withFolder } from "../_testing.ts";
import { permittedTest } from "../../_testing.ts";
import { packModel } from "./page_model.ts";
import { PageScorer, pastedResumes } from "./page_scorer.ts";

const COLUMNS = { resume: "cv_text", id: "person" };

permittedTest(
  "a page's model scores as the run does; a word that is left out adds the difference of two scores",
  () =>
    withFolder(async (folder) => {
      await trainTiny(folder, { training: { epochs: 1 } });
      const run = await openRun(`${folder}/run`);
      const [job, resume] = ["nurse wanted w1", "nurse w2 bachelor's degree w3"];
      const own = await Explainer.open(run);
      const without = "nurse w2  w3";
      const [score, less] = await quietly(() => own.scores([{ resume, job }, { resume: without, job }]));
      await own.release();

      for (const [int8, tolerance] of [[false, 1e-5], [true, 1e-2]] as const) {
        const packed = await packModel(run, { int8 });
        const scorer = await PageScorer.open(packed);
        const progress: [number, number][] = [];
        const [scored] = await scorer.score(job, resume, (done, of) => progress.push([done, of]));
        const { words, text, end } = await scorer.explain(job, resume);
        await scorer.release();
        assertAlmostEquals(scored!.score, score!, tolerance);
        assertEquals([text, end, scored!.read, progress.at(-1)], [resume, resume.length, scored!.tokens, [2, 2]]);
        assertEquals(words.map(({ word, kind }) => [word, kind]), [
          ["nurse", null],
          ["w2", null],
          ["bachelor's degree", "degree"],
          ["w3", null],
        ]);
        assertAlmostEquals(words[2]!.contribution, score! - less!, tolerance);
      }
      const [small, large] = await Promise.all([true, false].map((int8) => packModel(run, { int8 })));
      assertLess(small!.data.length, large!.data.length / 2);
    }),
);

Deno.test("pastedResumes() takes one text, several with lines of hyphens between them, or a table's column", () => {
  assertEquals(pastedResumes(" A nurse,\nwith years\n", COLUMNS), [
    { name: "A nurse,", resume: " A nurse,\nwith years\n" },
  ]);
  assertEquals(pastedResumes("one\n---\n\n-----\ntwo", COLUMNS).map(({ resume }) => resume.trim()), ["one", "two"]);
  const table = 'person;cv_text\nAnn;"a nurse;\nin Ohio"\nBo;a ""baker""\nCy; \n';
  assertEquals(pastedResumes(table, COLUMNS), [
    { name: "Ann", resume: "a nurse;\nin Ohio" },
    { name: "Bo", resume: 'a ""baker""' },
  ]);
  assertEquals(pastedResumes("id,Resume text\n7,a welder\n", { resume: "x", id: null }), [
    { name: "7", resume: "a welder" },
  ]);
  // A sentence with a comma in each line is no table of résumés.
  assertEquals(pastedResumes("Nurse, Ohio\nBaker, Iowa", COLUMNS).length, 1);
});
