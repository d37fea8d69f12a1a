import type { Rng } from "../../random.ts";
import type { Candidate } from "./candidates.ts";
import type { Job } from "./jobs.ts";

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
 * Sends every candidate to the targeted postings and then to others: a different speciality of the same family,
 * the neighbouring family, or any family. Among those it prefers the posting with the fewest applications,
 * so that every posting has enough candidates to rank.
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
