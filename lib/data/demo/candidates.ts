import type { Rng } from "../../random.ts";
import { EMPLOYERS, FAMILIES, fill, JOB_TEMPLATES, listOf, phrase, sample, withArticle, yearsText } from "./lexicon.ts";
import type { Family, Speciality } from "./lexicon.ts";

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
function drawSkills(job: Job, [required, others]: [number, number], rng: Rng): string[] {
  const rest = job.speciality.skills.filter((skill) => !job.required.includes(skill));
  return [...sample(job.required, required, rng), ...sample(rest, others, rng)];
}

/**
 * Draws candidates, the same number around each posting (give or take one): specialists who show three or four of its
 * five required skills, all-rounders who show three of each of two postings, and skill-poor candidates who show none or
 * one.
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
      const skills = [...drawSkills(job, [3, 0], own), ...drawSkills(second, [3, 0], own)];
      const specialities = [job.speciality, second.speciality];
      return { ...base, specialities, claimed: job.speciality, skills, years, targets: [job, second] };
    }
    const years = drawYears(job.minYears, own);
    if (kind < SHARE.allRounder + SHARE.skillPoor) {
      const skills = drawSkills(job, [own.int(2), own.int(2)], own);
      const claimed = own.uniform() < SHARE.claimsTitle ? job.speciality : null;
      return { ...base, specialities: [], claimed, skills, years, targets: [job] };
    }
    const skills = drawSkills(job, [3 + own.int(2), 1], own);
    return { ...base, specialities: [job.speciality], claimed: job.speciality, skills, years, targets: [job] };
  });
}

/** A candidate who applied for a job. */
export interface Application {
  readonly candidate: Candidate;
  readonly job: Job;
}

/** How the applications beyond the targeted postings are spread. */
const SPREAD = { sameFamily: 0.45, nearFamily: 0.35 };

/** Every candidate applies twice, and this share of them a third time. */
const THIRD_APPLICATION = 0.4;

/**
 * Sends every candidate to the targeted postings and then to others: a different speciality of the same family, the
 * neighbouring family, or any family. Among those it prefers the posting with the fewest applications, so that every
 * posting has enough candidates to rank.
 */
export function makeApplications(candidates: readonly Candidate[], jobs: readonly Job[], rng: Rng): Application[] {
  const load = new Map(jobs.map((job) => [job, 0]));
  const applications: Application[] = [];
  const send = (candidate: Candidate, job: Job) => {
    load.set(job, load.get(job)! + 1);
    applications.push({ candidate, job });
  };
  candidates.forEach((candidate) => candidate.targets.forEach((job) => send(candidate, job)));

  const thirds = rng.shuffle(candidates.map((_, i) => i < candidates.length * THIRD_APPLICATION));
  candidates.forEach((candidate, i) => {
    const taken = new Set(candidate.targets);
    const total = thirds[i] ? 3 : 2;
    while (taken.size < total) {
      const kind = rng.uniform();
      const wanted = jobs.filter((job) => {
        if (taken.has(job)) return false;
        if (kind < SPREAD.sameFamily) return job.family === candidate.family;
        const near = job.family.family === candidate.family.near;
        return kind < SPREAD.sameFamily + SPREAD.nearFamily ? near : !near && job.family !== candidate.family;
      });
      const fewest = Math.min(...wanted.map((job) => load.get(job)!));
      const job = rng.pick(wanted.filter((job) => load.get(job) === fewest));
      taken.add(job);
      send(candidate, job);
    }
  });
  return applications;
}

/** What the résumé shows of a fit is positive above this share of the required skills. */
const NEEDED_SHARE = 0.4;
/** Weight of the share of required skills. */
const SKILL_WEIGHT = 8;
/** What each missing year of experience costs. */
const YEAR_WEIGHT = 1;
/** Standard deviation of the interview, which no text shows; it overturns about 4% of the judgements. */
const INTERVIEW = 1.2;

/** The share of the posting's required skills that the candidate's résumé lists, 0 to 1. */
function skillShare({ candidate, job }: Application): number {
  return job.required.filter((skill) => candidate.skills.includes(skill)).length / job.required.length;
}

/** How well the résumé fits the posting; above 0 is qualified on paper. */
export function fit(application: Application): number {
  const missingYears = Math.max(0, application.job.minYears - application.candidate.years);
  return SKILL_WEIGHT * (skillShare(application) - NEEDED_SHARE) - YEAR_WEIGHT * missingYears;
}

/**
 * Whether the candidate is truly able to do the job: the fit on paper plus a normally distributed interview. Education
 * plays no part in it.
 */
export function isQualified(application: Application, rng: Rng): boolean {
  return fit(application) + INTERVIEW * rng.normal() > 0;
}

/** How many of a speciality's ten skills its posting requires. */
const REQUIRED_SKILLS = 5;

/** A job posting with what it requires. */
export interface Job {
  readonly id: string;
  readonly family: Family;
  readonly speciality: Speciality;
  readonly required: readonly string[];
  readonly minYears: number;
  readonly text: string;
}

/** The title with its level: "junior recruiter", "assistant office manager", "senior copywriter". */
export function titleAtLevel(title: string, level: "entry" | "middle" | "senior"): string {
  if (level === "middle") return title;
  if (level === "senior") return `senior ${title}`;
  return /(manager|supervisor|editor)$/.test(title) ? `assistant ${title}` : `junior ${title}`;
}

/** An employer's name and the description of its industry, where people of the family may work. */
export function drawEmployer(family: Family, rng: Rng): { name: string; description: string } {
  const industry = EMPLOYERS[rng.pick(family.industries ?? Object.keys(EMPLOYERS))]!;
  return { name: rng.pick(industry.names), description: industry.description };
}

/** One posting per speciality, with the three levels of seniority turning from family to family. */
export function makeJobs(rng: Rng): Job[] {
  return FAMILIES.flatMap((family, f) =>
    family.specialities.map((speciality, s): Job => {
      const level = (["entry", "middle", "senior"] as const)[(f + s) % 3]!;
      const minYears = { entry: 1, middle: 3 + rng.int(2), senior: 6 + rng.int(3) }[level];
      const required = sample(speciality.skills, REQUIRED_SKILLS, rng);
      const [duty, duty2] = sample(speciality.duties, 2, rng) as [string, string];
      const employer = drawEmployer(family, rng);
      const title = titleAtLevel(speciality.title, level);
      const values = {
        title,
        aTitle: withArticle(title),
        employer: employer.name,
        industry: employer.description,
        do: duty,
        do2: duty2,
        skills: listOf(required.map((skill) => phrase(skill, "first", rng))),
        years: yearsText(minYears, rng),
        focus: rng.pick(speciality.focus),
      };
      const text = [JOB_TEMPLATES.opening, JOB_TEMPLATES.duties, JOB_TEMPLATES.requirements]
        .map((templates) => fill(rng.pick(templates), values)).join(" ");
      return { id: `j${String(f * 3 + s + 1).padStart(2, "0")}`, family, speciality, required, minYears, text };
    })
  );
}
