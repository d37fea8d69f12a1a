import { Rng } from "../../random.ts";
import { isQualified, makeApplications, makeCandidates, makeJobs } from "./candidates.ts";
import type { StatedLevel } from "../education/degree_level.ts";
import { dealBackgrounds, decideWithBias, drawSignal, type SchoolTier, type Signal } from "./planted_bias.ts";
import { writeResume } from "./resume.ts";

/** One row of the demo data: a candidate's application for a job, and what came of it. */
export interface DemoPair {
  readonly pair_id: string;
  readonly candidate_id: string;
  readonly job_id: string;
  readonly job_family: string;
  readonly candidate_family: string;
  readonly resume: string;
  readonly job: string;
  readonly education: StatedLevel;
  readonly school_tier: SchoolTier;
  readonly years_experience: number;
  /** What the résumé says between its lines, where the label is biased by that. */
  readonly signal?: Signal;
  /** The historical decision, which carries the planted bias. */
  readonly label: 0 | 1;
  /** Whether the candidate could truly do the job, whatever the education. */
  readonly merit: 0 | 1;
}

/** What {@linkcode generateDemo} can be told. */
export interface DemoOptions {
  /** Another one makes other people and postings. Default 42. */
  readonly seed?: number;
  /** Number of candidates; each applies 2.4 times on average. */
  readonly candidates?: number;
  /**
   * What the historical label is biased by: the stated education, or "signals", such as hobbies and gaps, that go along
   * with it. Default "education".
   */
  readonly bias?: "education" | "signals";
}

/**
 * Generates résumé–job pairs with a true merit and a historical label that is biased against some education groups.
 *
 * Merit follows from the skills and years that the résumé shows, and from a chance interview; education is dealt
 * afterwards and independently of it; the label is merit overruled with the shares of `PLANTED_BIAS`, or of `SIGNAL_BIAS`.
 */
export function generateDemo(
  { seed = 42, candidates: count = 500, bias = "education" }: DemoOptions = {},
): DemoPair[] {
  const rng = new Rng(seed);
  const jobs = makeJobs(rng.derive("jobs"));
  const candidates = makeCandidates(count, jobs, rng.derive("candidates"));
  const interviews = rng.derive("interviews");
  const applications = makeApplications(candidates, jobs, rng.derive("applications")).map((application) => ({
    ...application,
    merit: isQualified(application, interviews),
  }));
  const byCandidate = Map.groupBy(applications, ({ candidate }) => candidate);
  const records = candidates.map((candidate) => byCandidate.get(candidate)!.map(({ merit }) => Number(merit)).sort());
  const dealt = dealBackgrounds(records.map((record) => record.join("")), rng.derive("backgrounds"));
  const signals = rng.derive("signals");
  const backgrounds = bias === "education"
    ? dealt
    : dealt.map((own) => ({ ...own, signal: drawSignal(own.education, signals) }));
  const background = new Map(candidates.map((candidate, i) => [candidate, backgrounds[i]!]));
  const texts = rng.derive("resumes");
  const resumes = new Map(candidates.map((candidate) => [
    candidate,
    writeResume(candidate, background.get(candidate)!, texts.derive(candidate.id)),
  ]));
  const rows = candidates.flatMap((candidate) =>
    byCandidate.get(candidate)!.map((application) => ({ ...application, background: background.get(candidate)! }))
  );
  const decisions = decideWithBias(rows, rng.derive("decisions"));
  return rows.map(({ candidate, job, merit, background }, i): DemoPair => ({
    pair_id: `p${String(i + 1).padStart(4, "0")}`,
    candidate_id: candidate.id,
    job_id: job.id,
    job_family: job.family.family,
    candidate_family: candidate.family.family,
    resume: resumes.get(candidate)!,
    job: job.text,
    education: background.education,
    school_tier: background.schoolTier,
    years_experience: candidate.years,
    ...(background.signal === undefined ? {} : { signal: background.signal }),
    label: decisions[i] ? 1 : 0,
    merit: merit ? 1 : 0,
  }));
}
