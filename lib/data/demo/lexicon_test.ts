import { assertEquals, assertGreaterOrEqual, assertMatch, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import {
  drawNumbers,
  EMPLOYERS,
  FAMILIES,
  fill,
  JOB_TEMPLATES,
  listOf,
  phrase,
  RESUME_TEMPLATES,
  sample,
  withArticle,
  yearsText,
} from "./lexicon.ts";

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

Deno.test("withArticle() goes by sound, also for spelled-out abbreviations", () => {
  const phrases = ["FP&A analyst", "SEO specialist", "IT technician", "ERP systems analyst", "B.S. in English"];
  assertEquals(phrases.map((text) => withArticle(text).split(" ")[0]), ["an", "an", "an", "an", "a"]);
  assertEquals(withArticle("office manager"), "an office manager");
  assertEquals(withArticle("mobile app developer"), "a mobile app developer");
});

Deno.test("listOf() joins with a serial comma", () => {
  assertEquals([["a"], ["a", "b"], ["a", "b", "c"]].map(listOf), ["a", "a and b", "a, b, and c"]);
});

Deno.test("yearsText() agrees in number and has no words beyond eleven", () => {
  const rng = new Rng(1);
  const seen = new Set(Array.from({ length: 50 }, () => yearsText(1, rng)));
  assertEquals([...seen].sort(), ["1 year", "one year"]);
  assertEquals(yearsText(12, rng), "12 years");
});

Deno.test("drawNumbers() stays in range, on the step, and groups thousands", () => {
  const rng = new Rng(2);
  for (let i = 0; i < 200; i++) {
    const value = Number(drawNumbers("{900-1500/200}", rng).replace(",", ""));
    assertEquals([900, 1100, 1300, 1500].includes(value), true);
  }
  assertEquals(drawNumbers("{1234567-1234567} of {3-3}", rng), "1,234,567 of 3");
});

Deno.test("fill() capitalizes a slot written with a capital and refuses an unknown slot", () => {
  assertEquals(fill("{Did} and {did}", { did: "led" }), "Led and led");
  assertThrows(() => fill("{who}", {}), RangeError, `Expected a value for the slot "who" of "{who}"`);
});

Deno.test("sample() draws without replacement and leaves its input as it was", () => {
  const items = [1, 2, 3, 4, 5];
  assertEquals(sample(items, 9, new Rng(3)).sort(), items);
  assertEquals(new Set(sample(items, 4, new Rng(3))).size, 4);
  assertEquals(items, [1, 2, 3, 4, 5]);
});

Deno.test("phrase() favors one way of saying a skill three times in four", () => {
  const rng = new Rng(4);
  const firsts = Array.from({ length: 2000 }, () => phrase("a|b", "first", rng)).filter((way) => way === "a").length;
  assertMatch(String(firsts), /^1[45]\d\d$/); // 1500 expected, standard deviation 19
  assertEquals(phrase("only", "second", rng), "only");
});

Deno.test("withArticle() goes by sound", () => {
  assertEquals(withArticle("HR generalist"), "an HR generalist");
  assertEquals(withArticle("sales representative"), "a sales representative");
});

Deno.test("drawNumbers() puts a comma in thousands", () => {
  assertEquals(drawNumbers("posted {1200-1200} entries", new Rng(1)), "posted 1,200 entries");
});

Deno.test("fill() writes a slot with a capital in upper case", () => {
  assertEquals(fill("{Title} at {employer}.", { title: "recruiter", employer: "Oakline" }), "Recruiter at Oakline.");
});
