import type { Rng } from "../../random.ts";
import type { Family, Speciality } from "./lexicon.ts";
import type { Job } from "./jobs.ts";
import { sample } from "./text.ts";

/** What a candidate can do, before education is known. */
export interface Candidate {
  readonly id: string;
  readonly family: Family;
  /** The specialities the résumé shows: two for all-rounders, none for generalists. */
  readonly specialities: readonly Speciality[];
  /** The speciality the résumé claims in its title, which a skill-poor candidate may do without the skills. */
  readonly claimed: Speciality | null;
  /** Skills of the family's specialities that the résumé lists, as they stand in the lexicon. */
  readonly skills: readonly string[];
  readonly years: number;
  /** The postings the candidate is drawn around: one per speciality, or the one a generalist hopes for. */
  readonly targets: readonly Job[];
}

/** Shares of the kinds of candidates; the rest are specialists. */
const SHARE = { allRounder: 0.25, skillPoor: 0.2, tooJunior: 0.14, claimsTitle: 0.3 };

function drawYears(minYears: number, rng: Rng): number {
  const short = minYears >= 3 && rng.uniform() < SHARE.tooJunior;
  return short ? 1 + rng.int(minYears - 2) : minYears + rng.int(8);
}

/** Skills from the posting's requirements and from the rest of its speciality. */
function drawSkills(job: Job, required: number, others: number, rng: Rng): string[] {
  const rest = job.speciality.skills.filter((skill) => !job.required.includes(skill));
  return [...sample(job.required, required, rng), ...sample(rest, others, rng)];
}

/**
 * Draws candidates, the same number around each posting (give or take one): specialists who show three or four
 * of its five required skills, all-rounders who show three of each of two postings, and skill-poor candidates who
 * show none or one.
 *
 * @param count Number of candidates.
 * @param jobs The postings, with those of one family adjacent.
 */
export function makeCandidates(count: number, jobs: readonly Job[], rng: Rng): Candidate[] {
  const slots = rng.shuffle(Array.from({ length: count }, (_, i) => jobs[i % jobs.length]!));
  return slots.map((job, i) => {
    const own = rng.derive(`candidate ${i}`);
    const kind = own.uniform();
    const base = { id: `c${String(i + 1).padStart(3, "0")}`, family: job.family };
    if (kind < SHARE.allRounder) {
      const second = own.pick(jobs.filter((other) => other.family === job.family && other !== job));
      const years = drawYears(Math.max(job.minYears, second.minYears), own);
      const skills = [...drawSkills(job, 3, 0, own), ...drawSkills(second, 3, 0, own)];
      const specialities = [job.speciality, second.speciality];
      return { ...base, specialities, claimed: job.speciality, skills, years, targets: [job, second] };
    }
    const years = drawYears(job.minYears, own);
    if (kind < SHARE.allRounder + SHARE.skillPoor) {
      const skills = drawSkills(job, own.int(2), own.int(2), own);
      const claimed = own.uniform() < SHARE.claimsTitle ? job.speciality : null;
      return { ...base, specialities: [], claimed, skills, years, targets: [job] };
    }
    const skills = drawSkills(job, 3 + own.int(2), 1, own);
    return { ...base, specialities: [job.speciality], claimed: job.speciality, skills, years, targets: [job] };
  });
}
