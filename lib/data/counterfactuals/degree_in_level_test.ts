import { assertEquals } from "@std/assert";
import { DEGREE_LEVELS, type StatedLevel } from "../education/degree_level.ts";
import { extractEducation } from "../education/extract_education.ts";
import { degreePhrase } from "../masking/find_mentions.ts";
import forms from "./degree_forms.json" with { type: "json" };
import { degreeInLevel, withField } from "./degree_in_level.ts";

const rewritten = (text: string, level: StatedLevel, plain = false) =>
  degreeInLevel(degreePhrase(text, extractEducation(text).degrees[0]!), level, plain);

Deno.test("degreeInLevel() keeps dots, capitals and plural forms", () => {
  assertEquals(rewritten("Education\nBS, Botany", "associate"), "AS");
  assertEquals(rewritten("a B.A in Botany", "doctorate"), "Ph.D");
  assertEquals(rewritten("BACHELOR'S DEGREE IN BOTANY", "master"), "MASTER'S DEGREE");
  assertEquals(rewritten("Bachelors of Science in Botany", "master"), "Masters of Science");
  assertEquals(rewritten("bachelor of arts in Botany", "associate"), "associate of arts");
  assertEquals(rewritten("Education\nBachelors, Botany", "master"), "Masters");
});

Deno.test("degreeInLevel() goes through Philosophy and back", () => {
  assertEquals(rewritten("Bachelor of Science in Botany", "doctorate"), "Doctor of Philosophy");
  assertEquals(rewritten("Doctor of Philosophy in Botany", "bachelor"), "Bachelor of Science");
});

Deno.test("degreeInLevel() falls back on plain words and the implied field", () => {
  assertEquals(rewritten("holds a J.D.", "bachelor"), "bachelor's degree in law");
  assertEquals(rewritten("Education\nBSEE 2011", "associate"), "associate's degree in electrical engineering");
  assertEquals(rewritten("B.S. in Botany", "master", true), "master's degree");
  assertEquals(rewritten("Bachelor of Engineering", "master", true), "Master's degree in");
});

Deno.test("degreeInLevel() gives high schools no field", () => {
  assertEquals(rewritten("holds an MBA", "high school"), "high school diploma");
  assertEquals(rewritten("Bachelor of Engineering", "high school"), "High school diploma");
});

Deno.test("every style of the lexicon is read as the level it stands for", () => {
  for (const style of [forms.plain, ...forms.styles] as Partial<Record<StatedLevel, string>>[]) {
    for (const level of DEGREE_LEVELS.slice(1) as StatedLevel[]) {
      const written = style[level];
      if (written === undefined) continue;
      const text = `Education\n${written[0]!.toUpperCase()}${written.slice(1)}: Botany\n`;
      assertEquals([written, extractEducation(text).level], [written, level]);
    }
  }
});

Deno.test("degreeInLevel() writes another level in the same manner", () => {
  const rewritten = (text: string) => degreeInLevel(degreePhrase(text, extractEducation(text).degrees[0]!), "master");
  assertEquals(rewritten("a B.S. in Botany"), "M.S.");
  assertEquals(rewritten("Bachelor of Engineering"), "Master of");
  assertEquals(rewritten("a High School Diploma"), "Master's Degree");
  assertEquals(rewritten("earned a J.D."), "master's degree in law");
});

Deno.test("withField() goes to the end of the field of study", () => {
  const rest = (text: string) =>
    text.slice(withField(text, degreePhrase(text, extractEducation(text).degrees[0]!), []));
  assertEquals(rest("a B.S. in Health Science from Elm University"), " from Elm University");
  assertEquals(rest("Bachelor of Arts: History\nElm University"), "\nElm University");
});
