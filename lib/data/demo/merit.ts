import type { Rng } from "../../random.ts";
import type { Application } from "./applications.ts";

/** What the résumé shows of a fit is positive above this share of the required skills. */
const NEEDED_SHARE = 0.4;
/** Weight of the share of required skills. */
const SKILL_WEIGHT = 8;
/** What each missing year of experience costs. */
const YEAR_WEIGHT = 1;
/** Standard deviation of the interview, which no text shows; it overturns about 4 % of the judgements. */
const INTERVIEW = 1.2;

/** The share of the posting's required skills that the candidate's résumé lists, 0 to 1. */
export function skillShare({ candidate, job }: Application): number {
  return job.required.filter((skill) => candidate.skills.includes(skill)).length / job.required.length;
}

/** How well the résumé fits the posting; above 0 is qualified on paper. */
export function fit(application: Application): number {
  const missingYears = Math.max(0, application.job.minYears - application.candidate.years);
  return SKILL_WEIGHT * (skillShare(application) - NEEDED_SHARE) - YEAR_WEIGHT * missingYears;
}

/**
 * Whether the candidate is truly able to do the job: the fit on paper plus a normally distributed interview.
 * Education plays no part in it.
 */
export function isQualified(application: Application, rng: Rng): boolean {
  return fit(application) + INTERVIEW * rng.normal() > 0;
}
