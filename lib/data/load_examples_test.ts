import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkTrainable, labelClass, textId } from "./example.ts";
import { exampleReader, loadExamples, type LoadExamplesOptions } from "./load_examples.ts";
import { maskEducation } from "./masking/mask_education.ts";
import { permittedTest } from "../_testing.ts";

async function load(content: string, options: LoadExamplesOptions) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/pairs.csv`, content);
    return await loadExamples(`${folder}/pairs.csv`, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const columns = { resume: "cv", job: "ad", label: "fit" };
const fails = (content: string, message: string, options: Partial<LoadExamplesOptions> = {}) =>
  assertRejects(() => load(content, { columns, ...options }), InputError, message);

permittedTest("loadExamples() fills every field from its column", async () => {
  const content =
    "who,cv,ad,post,fit,truth,part,edu\nc1,I weld,Welder,j1,0.25,1,Dev,associate\nc2,I cook,Cook,j2,1,,train,bachelor\n";
  const { examples, notes } = await load(content, {
    columns: { ...columns, candidateId: "who", jobId: "post", groundTruth: "truth", split: "part" },
    groups: [{ name: "education", column: "edu" }],
  });
  assertEquals(examples[0], {
    row: 1,
    resume: "I weld",
    job: "Welder",
    label: 0.25,
    candidateId: "c1",
    jobId: "j1",
    groups: { education: "associate" },
    groundTruth: 1,
    split: "validation",
  });
  assertEquals([examples[1]!.groundTruth, examples[1]!.split], [null, "train"]);
  assertEquals(notes.length, 2);
  assertEquals(notes[0], 'Only one candidate has education "associate": nothing can be said of that group');
});

permittedTest("loadExamples() names candidates and jobs by their text when no column does", async () => {
  const { examples } = await load("cv,ad\nI weld,Welder\nI  weld ,Cook\n", { columns: { resume: "cv", job: "ad" } });
  assertEquals(examples.map((e) => e.candidateId), [textId("I weld"), textId("I weld")]);
  assertEquals(examples[0]!.jobId === examples[1]!.jobId, false);
  assertEquals(examples[0]!.label, null);
});

permittedTest("loadExamples() maps labels, and ground truth by the same names or as a number", async () => {
  const labels = { "No Fit": 0, "Potential Fit": 0.5, "Good Fit": 1 };
  const content = "cv,ad,fit,truth\na,b,Good Fit,Potential Fit\nc,d, No Fit ,0.75\n";
  const { examples } = await load(content, { columns: { ...columns, groundTruth: "truth" }, labels });
  assertEquals(examples.map((e) => [e.label, e.groundTruth]), [[1, 0.5], [0, 0.75]]);
});

permittedTest("loadExamples() takes the degree from the résumé on demand", async () => {
  const { examples, notes } = await load("cv,ad\nI hold an MBA.,x\nI hold an MBA!,x\nGED in 2001,x\n", {
    columns: { resume: "cv", job: "ad" },
    groups: [{ name: "education", extract: "degree" }],
  });
  assertEquals(examples.map((e) => e.groups["education"]), ["master", "master", "high school"]);
  assertEquals(notes, ['Only one candidate has education "high school": nothing can be said of that group']);
});

permittedTest("loadExamples() notes an attribute that does not vary", async () => {
  const groups = [{ name: "city", column: "city" }];
  const { notes } = await load("cv,ad,fit,city\na,b,1,X\nc,d,0,X\n", { columns, groups });
  assertEquals(notes, ['Everybody has city "X": there is no other group to compare with']);
});

permittedTest("loadExamples() names row, column, value and known labels of a wrong label", async () => {
  await fails("cv,ad,fit\na,b,1\nc,d,maybe\n", 'row 2, column "fit": expected a number from 0 to 1, found "maybe"');
  await fails("cv,ad,fit\na,b,2\n", 'found "2"');
  await fails("cv,ad,fit\na,b,\n", 'row 1, column "fit": expected a label, found an empty value');
  await fails("cv,ad,fit\na,b,good fit\n", 'expected one of "No Fit", "Good Fit", found "good fit"', {
    labels: { "No Fit": 0, "Good Fit": 1 },
  });
  await fails("cv,ad,fit\na,b,constructor\n", 'found "constructor"', { labels: { yes: 1 } });
  await fails("cv,ad,fit\na,b,yes\n", 'Labels: expected a number from 0 to 1 for "yes", found 3', {
    labels: { yes: 3 },
  });
});

permittedTest("loadExamples() names missing columns, empty texts and empty groups", async () => {
  await fails(
    "cv,ad,fits\na,b,1\n",
    'expected a column "fit", found the columns "cv", "ad", "fits"; did you mean "fits"?',
  );
  await fails("cv,ad,fit\n,b,1\n", 'row 1, column "cv": expected the text of a résumé, found an empty value');
  await fails('cv,ad,fit\na," ",1\n', 'row 1, column "ad": expected the text of a job');
  await fails("cv,ad,fit,edu\na,b,1,\n", 'row 1, column "edu": expected a group', {
    groups: [{ name: "education", column: "edu" }],
  });
  await fails("cv,ad,fit\n", "expected at least one row under the header");
});

permittedTest("loadExamples() refuses an unknown split and an attribute named twice", async () => {
  await fails("cv,ad,fit,part\na,b,1,holdout\n", 'expected one of "train", "validation", "test", found "holdout"', {
    columns: { ...columns, split: "part" },
  });
  const group = { name: "education", extract: "degree" } as const;
  await fails("cv,ad,fit\na,b,1\n", 'Groups: expected distinct names, found "education" twice', {
    groups: [group, group],
  });
});

Deno.test("checkTrainable() asks for labels on both sides of one half", () => {
  const of = (...labels: (number | null)[]) => labels.map((label, i) => ({ row: i + 1, label }));
  checkTrainable(of(0.4, 0.5), "a.csv");
  assertThrows(() => checkTrainable([], "a.csv"), InputError, "a.csv: expected examples to train on, found none");
  assertThrows(() => checkTrainable(of(0, null), "a.csv"), InputError, "a.csv, row 2: expected a label");
  assertThrows(() => checkTrainable(of(0, 0.4), "a.csv"), InputError, "all 2 are below it");
  assertThrows(() => checkTrainable(of(1, 0.5), "a.csv"), InputError, "all 2 are at or above it");
});

Deno.test("labelClass() refuses an example without label", () => {
  assertThrows(() => labelClass({ row: 3, label: null }), TypeError, "row 3 has no label");
});

Deno.test("exampleReader() reads a single row", () => {
  const read = exampleReader("pairs.csv", { columns: { resume: "cv", job: "ad" } });
  assertEquals(read({ row: 1, values: { cv: "I weld", ad: "Welder" } }).job, "Welder");
});

permittedTest("loadExamples() maps labels and reads groups out of the résumé", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(path, "cv,ad,fit\nI hold a B.Sc. in Botany,Gardener,Good Fit\n");
  const { examples } = await loadExamples(path, {
    columns: { resume: "cv", job: "ad", label: "fit" },
    labels: { "No Fit": 0, "Potential Fit": 0.5, "Good Fit": 1 },
    groups: [{ name: "education", extract: "degree" }],
  });
  assertEquals([examples[0]?.label, examples[0]?.groups], [1, { education: "bachelor" }]);
  await Deno.remove(path);
});

permittedTest(
  "loadExamples() reads a résumé in HTML as the same résumé in plain text, and counts the cleaning",
  async () => {
    const read = (name: string) =>
      loadExamples(new URL(`../testdata/resumes/${name}.csv`, import.meta.url).pathname, {
        columns: { resume: "resume", job: "job", label: "label" },
        groups: [{ name: "education", extract: "degree" }, { name: "truth", column: "truth" }],
      });
    const html = await read("res_html"), plain = await read("res_plain");
    // Eight of each of five levels, as ../shared/cases says.
    for (const { examples } of [html, plain]) {
      for (const level of ["high school", "associate", "bachelor", "master", "doctorate"]) {
        assertEquals(examples.filter(({ groups }) => groups["education"] === level).length, 8);
      }
      for (const { groups } of examples) assertEquals(groups["education"], groups["truth"]);
    }
    for (const [i, { resume }] of html.examples.entries()) {
      const masked = (text: string) => maskEducation(text).replacements.map(({ text }) => text);
      assertEquals(masked(resume), masked(plain.examples[i]!.resume));
    }
    assertEquals([html.notes, plain.notes], [["40 of 40 résumés cleaned: HTML 40"], []]);
  },
);

permittedTest("loadExamples() reads values as the configuration says they are written", async () => {
  const content = "cv;ad;fit;truth;edu\na;b;0,25;?;Ma\u0301ster\nc;d;1;0,5;PhD\ne;f;true;1,0;None\n";
  const groups = [{ name: "edu", column: "edu", map: { PhD: "doctorate", None: "no degree" } }];
  const { examples, notes } = await load(content, {
    columns: { ...columns, groundTruth: "truth" },
    groups,
    decimal: ",",
    missing: ["?", "None"],
  });
  assertEquals(examples.map(({ label, groundTruth }) => [label, groundTruth]), [[0.25, null], [1, 0.5], [1, 1]]);
  assertEquals(examples.map(({ groups }) => groups["edu"]), ["M\u00e1ster", "doctorate", "no degree"]);
  assertEquals(notes.length, 3);
});

permittedTest("loadExamples() takes a spelled-out missing value for one, and says so", async () => {
  const groups = [{ name: "edu", column: "edu" }];
  await fails("cv,ad,fit\nNaN,b,1\n", 'expected the text of a résumé, found "NaN", which stands for a missing one');
  await fails("cv,ad,fit\na,b,N/A\n", 'row 1, column "fit": expected a label, found "N/A", which stands for');
  await fails(
    "cv,ad,fit,edu\na,b,1,nan\n",
    'column "edu": expected a group (write "unknown" where it is), found "nan"',
    {
      groups,
    },
  );
  await fails("cv,ad,fit\na,b,0x1\n", 'found "0x1"; the column holds "0x1" (1); data.labels says what each means');
});

permittedTest("loadExamples() matches labels by value, and notes groups of similar names", async () => {
  const { examples, notes } = await load("cv,ad,fit,edu\na,b,2.0,BA\nc,d,1,B.A.\ne,f,TRUE,MA\n", {
    columns,
    labels: { "2": 1, "1": 0, "true": 1 },
    groups: [{ name: "edu", column: "edu" }],
  });
  assertEquals(examples.map(({ label }) => label), [1, 0, 1]);
  assertEquals(
    notes[0]!.startsWith('Column "edu": "BA" (1), "B.A." (1) differ only in case, blanks or punctuation'),
    true,
  );
});
