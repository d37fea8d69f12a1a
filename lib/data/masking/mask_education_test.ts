import { assert, assertEquals } from "@std/assert";
import { generateDemo } from "../demo/generate.ts";
import { SCHOOLS } from "../demo/lexicon.ts";
import { extractEducation } from "../education/extract_education.ts";
import type { Example } from "../example.ts";
import { maskEducation, maskExamples } from "./mask_education.ts";

const mask = (text: string) => maskEducation(text).text;

// Every sentence below was written for this test.

Deno.test("maskEducation() keeps sentences grammatical, article and case included", () => {
  for (
    const [text, masked] of [
      ["Holds an MBA in Finance from Stanford University.", "Holds a qualification in Finance from a school."],
      ["I earned a B.S. in Biology at the University of Maine.", "I earned a qualification in Biology at a school."],
      ["The University of Maine awarded me a PhD.", "A school awarded me a qualification."],
      ["Bachelor of Science in Physics, Elm College, 2011.", "Qualification in Physics, school, some year."],
      ["MASTER OF ARTS IN HISTORY", "QUALIFICATION IN HISTORY"],
      ["High school graduate with a diploma from Oak High School.", "Graduate with a qualification from a school."],
      ["Graduated from high school in 2009.", "Graduated in some year."],
      ["Bachelor of Engineering from Elm College", "Qualification in Engineering from a school"],
      ["I have two bachelor's degrees.", "I have two qualifications."],
      [
        "Was awarded an associate degree (2014) by Lane Community College.",
        "Was awarded a qualification (some year) by a school.",
      ],
      ["I am a doctoral candidate in law.", "I am a student in law."],
      ["My Ivy League university taught me Latin.", "My university taught me Latin."],
      ["B.A., English, summa cum laude, GPA: 3.9/4.0", "Qualification, English, grades"],
    ] as const
  ) assertEquals(mask(text), masked);
});

Deno.test("maskEducation() writes out the field that an abbreviation implies, where none follows", () => {
  assertEquals(mask("Holds a J.D. from Elm College."), "Holds a qualification in law from a school.");
  assertEquals(mask("Education\nMBA: Finance\n"), "Education\nQualification: Finance\n");
});

Deno.test("maskEducation() masks the layout of sections as well as sentences", () => {
  const text = "Education\nElm University\n2004\nB.A. : History\nSkills\nArchives since 2004\n";
  assertEquals(mask(text), "Education\nSchool\nSome year\nQualification : History\nSkills\nArchives since 2004\n");
});

Deno.test("maskEducation() masks a school wherever it is named again", () => {
  assertEquals(
    mask(
      "Worked at Borealis Bakery for many years, up before dawn. Holds a B.A. from Elm College. " +
        "Bakes. ".repeat(30) + "Ran for Elm College.",
    ),
    "Worked at Borealis Bakery for many years, up before dawn. Holds a qualification from a school. " +
      "Bakes. ".repeat(30) + "Ran for a school.",
  );
  assertEquals(
    mask("Passed the GED. Ran track for Oak Hill High School."),
    "Passed the qualification. Ran track for a school.",
  );
});

Deno.test("maskEducation() knows famous schools by one word, but not firms and places of that name", () => {
  assertEquals(mask("A Harvard alum who studied at Oxford."), "A school alum who studied at a school.");
  for (
    const text of [
      "Maintained Princeton Instruments cameras.",
      "An eye for the Oxford comma.",
      "Wrote for Harvard Business Review and read the MIT license.",
      "Head office in Cambridge, MA, branch in Princeton, NJ.",
      "Billing at Duke Energy; sold Columbia Sportswear.",
    ]
  ) assertEquals(mask(text), text);
});

Deno.test("maskEducation() masks degrees and schools of other languages, and keeps what leads to the field", () => {
  for (
    const [text, masked] of [
      ["Education\nLicence en droit, Université de Lyon", "Education\nQualification en droit, school"],
      ["Istruzione\nLaurea Magistrale in Fisica, Politecnico di Milano", "Istruzione\nQualification in Fisica, school"],
      ["Formação\nMestrado em Direito, Universidade de São Paulo", "Formação\nQualification em Direito, school"],
      ["Wykształcenie\nLicencjat, Uniwersytet Warszawski", "Wykształcenie\nQualification, school"],
    ] as const
  ) assertEquals(mask(text), masked);
});

Deno.test("maskEducation() keeps skills, products and job titles", () => {
  for (
    const text of [
      "Led Master Data Management and the master schedule as Scrum Master.",
      "MS Office, MS SQL Server, AS/400 and JD Edwards.",
      "Senior Sales Associate, Associate of the Month in 2012.",
      "Renovated a bachelor pad; supplied The Bachelor, season 4.",
      "Certified by the Project Management Institute in 2015.",
      "Maintained High Standards and High Performance servers.",
      "Kept 2014 invoices from 2015 to 2019.",
    ]
  ) assertEquals([text, mask(text)], [text, text]);
});

Deno.test("maskEducation() leaves the degrees of other people, and says so", () => {
  const { text, kept } = maskEducation("Supervised PhD students in the laboratory.");
  assertEquals(text, "Supervised PhD students in the laboratory.");
  assertEquals(kept.map(({ text, reason }) => [text, reason]), [["PhD", "someone else's"]]);
});

Deno.test("maskEducation() says which phrase of the allow-list kept what", () => {
  const text = "Education\nCertificate, Project Management Institute\n";
  const { kept } = maskEducation(text);
  assertEquals(kept.map(({ kind, reason, phrase }) => [kind, reason, phrase]), [
    ["school", "allow-list", "Project Management Institute"],
  ]);
});

Deno.test("maskEducation() masks only the kinds asked for", () => {
  const text = "Holds a B.A. from Elm College (2011), cum laude.";
  assertEquals(maskEducation(text, { kinds: ["year"] }).text, "Holds a B.A. from Elm College (some year), cum laude.");
});

Deno.test("maskEducation() reports every replacement with its place before and after", () => {
  for (const { resume } of generateDemo({ seed: 3, candidates: 60 })) {
    const { text, replacements } = maskEducation(resume);
    let rebuilt = "", position = 0;
    for (const { start, end, text: original, replacement, newStart, newEnd } of replacements) {
      assertEquals(resume.slice(start, end), original);
      assertEquals(text.slice(newStart, newEnd), replacement);
      rebuilt += resume.slice(position, start) + replacement;
      position = end;
    }
    assertEquals(rebuilt + resume.slice(position), text);
  }
});

Deno.test("maskEducation() leaves no degree and no school in the demo résumés, and nothing else changes", () => {
  const resumes = new Set(generateDemo().map(({ resume }) => resume));
  const names = Object.values(SCHOOLS).flat().map((name) => name.replace(/^the /, ""));
  const sentences = (text: string) => text.split(/(?<=\.) (?=[A-Z0-9])/);
  for (const resume of resumes) {
    const masked = mask(resume);
    const { level, degrees } = extractEducation(masked);
    assertEquals([level, degrees], ["none mentioned", []], masked);
    assertEquals(names.filter((name) => masked.includes(name)), [], masked);
    const kept = new Set(sentences(masked));
    const changed = sentences(resume).filter((sentence) => !kept.has(sentence));
    assert(changed.length === 1 || changed.length === 2, masked);
    for (const sentence of changed) {
      assert(
        /degree|B\.|M\.|MBA|Bachelor|Master|Associate|doctorate|Ph|diploma|GED|School|College|Univ|Inst/.test(sentence),
      );
    }
  }
});

Deno.test("maskEducation() changes nothing where nothing is said, and masks only once", () => {
  for (const text of ["", "Fifteen years behind the wheel of a delivery van."]) assertEquals(mask(text), text);
  for (const { resume } of generateDemo({ seed: 5, candidates: 60 })) assertEquals(mask(mask(resume)), mask(resume));
});

function example(row: number, resume: string): Example {
  const groups = { education: "bachelor" };
  return {
    row,
    resume,
    job: "Bachelor's degree wanted",
    label: 1,
    candidateId: `c${row}`,
    jobId: "j",
    groups,
    groundTruth: null,
    split: null,
  };
}

const examples = [
  example(1, "Holds a B.A. from Elm College (2011)."),
  example(2, "Holds a B.A. from Elm College (2011)."),
  example(3, "Supervised PhD students. Knows the Oxford comma."),
];

Deno.test("maskExamples() masks résumés only, and counts each once", () => {
  const { examples: masked, table } = maskExamples(examples);
  assertEquals(masked.map(({ resume }) => resume), [
    "Holds a qualification from a school (some year).",
    "Holds a qualification from a school (some year).",
    "Supervised PhD students. Knows the Oxford comma.",
  ]);
  assertEquals(
    masked.map(({ job, groups }) => ({ job, groups })),
    examples.map(({ job, groups }) => ({ job, groups })),
  );
  assertEquals(table, [
    { kind: "degree", resumes: 1, replacements: 1, kept: 1 },
    { kind: "school", resumes: 1, replacements: 1, kept: 0 },
    { kind: "year", resumes: 1, replacements: 1, kept: 0 },
    { kind: "prestige", resumes: 0, replacements: 0, kept: 0 },
  ]);
});

Deno.test("maskExamples() logs every replacement and everything kept, with the first row of the résumé", () => {
  const { log } = maskExamples(examples);
  assertEquals(log.map(({ row, kind, text, outcome }) => [row, kind, text, outcome]), [
    [1, "degree", "B.A.", "replaced"],
    [1, "school", "Elm College", "replaced"],
    [1, "year", "2011", "replaced"],
    [3, "degree", "PhD", "someone else's"],
  ]);
});

Deno.test("maskExamples() counts what it replaced and lists it", () => {
  const ids = { candidateId: "c1", jobId: "j1", groups: { education: "master" }, groundTruth: null, split: null };
  const { examples, table, log } = maskExamples([{ row: 1, resume: "Holds an MBA.", job: "Buyer", label: 1, ...ids }]);
  assertEquals(examples[0]?.resume, "Holds a qualification in business administration.");
  assertEquals(table[0], { kind: "degree", resumes: 1, replacements: 1, kept: 0 });
  assertEquals(log[0]?.text, "an MBA");
});
