import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { makeCandidates, makeJobs } from "./candidates.ts";
import type { Background } from "./planted_bias.ts";
import { writeResume } from "./resume.ts";

const rng = new Rng(9);
const candidates = makeCandidates(60, makeJobs(rng.derive("jobs")), rng.derive("candidates"));

Deno.test("writeResume() of two backgrounds differs in the sentences on education alone", () => {
  const noDegree: Background = { education: "high school", schoolTier: "none" };
  const doctor: Background = { education: "doctorate", schoolTier: "elite" };
  for (const candidate of candidates) {
    const [one, other] = [noDegree, doctor].map((background) =>
      writeResume(candidate, background, rng.derive(candidate.id)).split(/(?<=\.) (?=[A-Z0-9])/)
    ) as [string[], string[]];
    assertEquals(one.length, other.length);
    const changed = one.flatMap((sentence, i) => sentence === other[i] ? [] : [sentence]);
    assert(changed.length === 1 || changed.length === 2, one.join(" "));
    for (const sentence of changed) assert(/High School|high school|GED/.test(sentence), sentence);
  }
});

Deno.test("writeResume() lists the skills that merit counts, and the years", () => {
  for (const candidate of candidates) {
    const resume = writeResume(candidate, { education: "bachelor", schoolTier: "state" }, rng.derive(candidate.id));
    for (const skill of candidate.skills) {
      assert(skill.split("|").some((way) => resume.includes(way)), `${skill}: ${resume}`);
    }
    assert(/\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|\d+) years?\b/i.test(resume), resume);
  }
});
