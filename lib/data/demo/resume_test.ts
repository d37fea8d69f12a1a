import { assert } from "@std/assert";
import { Rng } from "../../random.ts";
import { makeCandidates } from "./candidates.ts";
import { makeJobs } from "./jobs.ts";
import { writeResume } from "./resume.ts";

Deno.test("writeResume() of two backgrounds differs in the education sentence alone", () => {
  const rng = new Rng(9);
  const candidates = makeCandidates(60, makeJobs(rng.derive("jobs")), rng.derive("candidates"));
  for (const candidate of candidates) {
    const write = (education: "high school" | "doctorate", schoolTier: "none" | "elite") =>
      writeResume(candidate, { education, schoolTier }, rng.derive(candidate.id));
    const one = write("high school", "none"), other = write("doctorate", "elite");
    const [start, end] = commonEnds(one, other);
    for (const text of [one, other]) {
      const changed = text.slice(start, text.length - end);
      assert(changed.length < 130 && !changed.includes(candidate.family.title), changed);
    }
  }
});

function commonEnds(a: string, b: string): [number, number] {
  let start = 0, end = 0;
  while (a[start] === b[start]) start++;
  while (a.at(-1 - end) === b.at(-1 - end)) end++;
  return [start, end];
}
