import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { EMPLOYERS, FAMILIES, JOB_TEMPLATES, RESUME_TEMPLATES } from "./lexicon.ts";

Deno.test("every family names an existing neighbor, existing industries, and three full specialities", () => {
  assertEquals(new Set(FAMILIES.map(({ family }) => family)).size, 16);
  for (const { family, near, industries = [], specialities, skills, achievements } of FAMILIES) {
    assertEquals(FAMILIES.find((other) => other.family === near)?.near, family, `${family} and ${near} are neighbors`);
    assertEquals(industries.filter((industry) => !(industry in EMPLOYERS)), [], family);
    assertEquals([specialities.length, skills.length, achievements.length], [3, 10, 8], family);
    for (const { title, skills, achievements, duties, focus } of specialities) {
      assertEquals([skills.length, achievements.length, duties.length, focus.length], [10, 8, 6, 3], title);
    }
  }
});

Deno.test("a skill that a posting may require has wordings of its own, apart from what everybody claims", () => {
  const required = FAMILIES.flatMap(({ specialities }) => specialities.flatMap(({ skills }) => skills))
    .flatMap((skill) => skill.split("|"));
  assertEquals(required.filter((way, i) => required.indexOf(way) !== i), []);
  for (const { family, skills, specialities } of FAMILIES) {
    const own = specialities.flatMap(({ skills }) => skills).flatMap((skill) => skill.split("|"));
    assertEquals(skills.filter((skill) => own.includes(skill)), [], family);
  }
});

Deno.test("phrases have no stray spaces, full stops or unknown slots", () => {
  const phrases = FAMILIES.flatMap((family) => [
    ...family.skills,
    ...family.achievements,
    ...family.specialities.flatMap(({ skills, achievements, duties, focus }) => [
      ...skills.flatMap((skill) => skill.split("|")),
      ...achievements,
      ...duties,
      ...focus,
    ]),
  ]);
  assertEquals(phrases.filter((text) => text !== text.trim() || /\.$| {2}/.test(text)), []);
  assertEquals(phrases.filter((text) => /[{}]/.test(text.replace(/\{\d+-\d+(\/\d+)?\}/g, ""))), []);
});

Deno.test("every slot has at least 25 sentence templates, none of them twice", () => {
  const { education, ...sections } = RESUME_TEMPLATES;
  const slots = {
    ...Object.fromEntries(Object.entries(sections).map(([name, voices]) => [name, Object.values(voices).flat()])),
    degree: [...education.degree, ...education.degreeFirst],
    highSchool: [...education.highSchool, ...education.highSchoolFirst],
    ...JOB_TEMPLATES,
  };
  for (const [slot, templates] of Object.entries(slots)) {
    assertGreaterOrEqual(new Set(templates).size, 25, slot);
    assertEquals(new Set(templates).size, templates.length, slot);
  }
});
