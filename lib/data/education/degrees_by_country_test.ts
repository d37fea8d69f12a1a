import { assert, assertEquals } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { cleanText } from "../cleaning/clean_text.ts";
import { readTable } from "../read_table.ts";
import { DEGREE_LEVELS } from "./degree_level.ts";
import degrees from "./degrees_by_country.json" with { type: "json" };
import { extractEducation } from "./extract_education.ts";

const level = (written: string) =>
  extractEducation(cleanText(`Ana Field\nExperience\nClerk 2010 - 2020\nEducation\n${written}\n`)).level;

Deno.test("every country has a source, known levels and kinds, and is read as it says", () => {
  const countries = degrees.slice(1) as { country: string; english: boolean; source: string }[];
  for (const { country, english: _, source, ...levels } of countries) {
    assert(source.length > 20, country);
    for (const [name, kinds] of Object.entries(levels as Record<string, Record<string, string[]>>)) {
      assert((DEGREE_LEVELS as readonly string[]).includes(name), `${country}: ${name}`);
      for (const kind of Object.keys(kinds)) {
        assert(["phrases", "headings", "abbreviations", "ambiguous", "strict"].includes(kind), `${country}: ${kind}`);
      }
      for (const phrase of [...kinds["phrases"] ?? [], ...kinds["headings"] ?? []]) {
        assertEquals([country, phrase, level(phrase.replace("studia doktoranckie", "doktorat"))], [
          country,
          phrase,
          name,
        ]);
      }
    }
  }
});

Deno.test("extractEducation() reads degrees of many countries, accents or not", () => {
  for (
    const [expected, written] of [
      ["bachelor", "BSc (Hons) Physics, University of Leeds, 2:1"],
      ["high school", "A-levels in Maths and Physics"],
      ["bachelor", "B.E. Mechanical, Anna University 2012"],
      ["high school", "SSC 2008 82%, HSC 2010 79%"],
      ["high school", "10+2 from State Board"],
      ["bachelor", "Licence en droit, Université de Lyon"],
      ["high school", "Baccalauréat en 2010"],
      ["bachelor", "Baccalauréat en sciences, Université Laval"],
      ["master", "Diplome d'ingenieur, INSA Lyon"],
      ["high school", "Abitur 2010, Gymnasium Hamburg"],
      ["master", "Diplom-Ingenieur Maschinenbau, RWTH Aachen"],
      ["bachelor", "Dipl.-Ing. (FH) Elektrotechnik"],
      ["doctorate", "Dr. rer. nat., Universität Bonn"],
      ["bachelor", "Grado en Derecho, Universidad de Sevilla"],
      ["master", "Maestría en Educación, UNAM"],
      ["master", "Laurea Magistrale in Ingegneria Gestionale"],
      ["bachelor", "Laurea triennale in Economia"],
      ["master", "mgr inż. informatyki"],
      ["bachelor", "Inzynier, Politechnika Gdanska"],
      ["none mentioned", "Bacharelado em Direito, em andamento"],
      ["master", "Mestrado em Economia"],
      ["bachelor", "本科, 清华大学"],
      ["doctorate", "北京大学 博士"],
      ["master", "Yüksek Lisans, ODTÜ"],
      ["master", "магистр, МГУ"],
      ["master", "Diplom Betriebswirtschaft, Universität Mannheim"],
      ["bachelor", "B.A. in History. Taught PhD seminars."],
    ] as const
  ) assertEquals([written, level(written)], [written, expected]);
});

Deno.test("extractEducation() takes no English word for a foreign degree, and no degree that is somebody else's", () => {
  for (
    const text of [
      "HBO programming; Drs. Smith and Jones; FDA rules; Promotion in 2010; at a level of detail; driving licence D",
      "Master’s degree preferred but not required (job posting text pasted)",
      "Mentored PhD students and taught Master's courses.",
      "This position requires a Master's degree.",
      "Assistant to the Master of Ceremonies",
      "My wife holds a PhD.",
      "Coursework towards Bachelor of Arts",
      "Taught at the University of Elm, Bachelor of Science programme",
      "Lectured in the MBA programme",
      "Works with PhD level scientists",
      "Reviewed PhD theses",
      "Father holds a PhD",
      "B.Sc., pursuing final year",
      "Bachelor party planner",
    ]
  ) assertEquals([text, level(text)], [text, "none mentioned"]);
});

permittedTest("extractEducation() reads every level of education_abroad.csv", async () => {
  const path = new URL("../../testdata/resumes/education_abroad.csv", import.meta.url).pathname;
  for await (const { values } of readTable(path)) {
    const resume = cleanText(values["resume"]!);
    assertEquals([resume, extractEducation(resume).level], [resume, values["truth"]]);
  }
});
