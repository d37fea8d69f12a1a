/** `deno task audit-model`: which résumés a model retrieves for jobs when they differ in one value of an axis alone. */
import { type Axis, withValue } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { type AttributeAudit, type AuditedOccupation, auditSelections, selectTop } from "../evaluate/mod.ts";
import { Rng } from "../random.ts";
import type { EmbeddedTexts } from "./infer.ts";
import { cosine, type Role } from "./token_cache.ts";

/** A résumé or a job, and what it is for. */
export interface OccupationText {
  readonly text: string;
  readonly occupation: string;
}

/** What to audit with, and how. */
export interface ModelAuditOptions {
  readonly axis: Axis;
  readonly resumes: readonly OccupationText[];
  readonly jobs: readonly OccupationText[];
  /** Share of an occupation's résumés, every value counted, that is selected for a job. */
  readonly top: number;
  /** The most résumés of an occupation; drawn where there are more. */
  readonly most: number;
  readonly seed: number;
  readonly resamples: number;
  readonly confidence: number;
  /** The model. */
  readonly embed: (texts: readonly string[], role: Role) => Promise<EmbeddedTexts>;
}

/** An audit of one model along one axis. */
export interface ModelAudit {
  readonly axis: Axis;
  readonly top: number;
  readonly confidence: number;
  readonly resumes: number;
  readonly jobs: number;
  readonly occupations: number;
  /** Occupations of résumés alone, or of jobs alone. */
  readonly leftOut: number;
  /** Word pieces of each value: a model may know those of one less well. */
  readonly pieces: readonly number[];
  readonly attributes: readonly AttributeAudit[];
}

/**
 * Gives every résumé every value of the axis, and selects for each job the best of its occupation.
 * @throws {InputError} If no occupation has both résumés and jobs.
 */
export async function auditModel(options: ModelAuditOptions): Promise<ModelAudit> {
  const { axis, top, most, seed, resamples, confidence, embed } = options;
  const rng = new Rng(seed);
  const jobs = Map.groupBy(distinct(options.jobs), ({ occupation }) => occupation);
  const pools = [...Map.groupBy(distinct(options.resumes), ({ occupation }) => occupation)]
    .flatMap(([name, all]) => {
      const own = jobs.get(name)?.map(({ text }) => text);
      const drawn = rng.derive(name).shuffle(all.map(({ text }) => text)).slice(0, most);
      return own === undefined ? [] : [{ name, jobs: own, resumes: drawn }];
    });
  if (pools.length === 0) {
    throw new InputError(
      `audit-model: expected occupations that have both résumés and jobs, found none: the résumés are for ` +
        `${namesOf(options.resumes)}, the jobs for ${namesOf(options.jobs)}`,
    );
  }
  const texts = pools.flatMap(({ resumes }) =>
    axis.values.flatMap((value) => resumes.map((resume) => withValue(axis, value, resume)))
  );
  // Without what stands around every text: special tokens, and the model's instruction.
  const { tokens: [around, ...tokens] } = await embed(["", ...axis.values], "resume");
  const { embeddings: jobEmbeddings } = await embed(pools.flatMap(({ jobs }) => jobs), "job");
  const { embeddings } = await embed(texts, "resume");
  let [job, first] = [0, 0];
  const occupations = pools.map(({ name, jobs, resumes }): AuditedOccupation => {
    const pool = embeddings.slice(first, first += axis.values.length * resumes.length);
    const selected = axis.values.map(() => new Array<number>(resumes.length).fill(0));
    for (const own of jobEmbeddings.slice(job, job += jobs.length)) {
      selectTop(pool.map((embedding) => cosine(own, embedding)), top).forEach((chosen, i) => {
        if (chosen) selected[Math.floor(i / resumes.length)]![i % resumes.length]!++;
      });
    }
    return { name, jobs: jobs.length, selected };
  });
  return {
    ...{ axis, top, confidence },
    resumes: pools.reduce((n, { resumes }) => n + resumes.length, 0),
    jobs: jobEmbeddings.length,
    occupations: pools.length,
    leftOut: new Set([...options.resumes, ...options.jobs].map(({ occupation }) => occupation)).size - pools.length,
    pieces: tokens.map((count) => count - around!),
    attributes: auditSelections({ attributes: axis.attributes, occupations }, { rng, resamples, confidence }),
  };
}

function distinct(texts: readonly OccupationText[]): OccupationText[] {
  return [...new Map(texts.map((own) => [`${own.occupation}\n${own.text}`, own])).values()];
}

function namesOf(texts: readonly OccupationText[]): string {
  const names = [...new Set(texts.map(({ occupation }) => occupation))];
  return names.slice(0, 5).join(", ") + (names.length > 5 ? " …" : "");
}
