import type { Rng } from "../../random.ts";
import type { Background, Education, SchoolTier } from "./background.ts";

/** How often a background's true merit was overruled in the historical decision. */
export interface Overruling {
  /** Share of qualified candidates who were rejected. */
  readonly rejectQualified: number;
  /** Share of unqualified candidates who were accepted. */
  readonly acceptUnqualified: number;
}

/**
 * The planted bias. The historical label equals the true merit but for these shares of each cell of
 * education × school tier: screeners wrote off qualified people without a four-year degree and waved through
 * unqualified ones with a doctorate or a famous school.
 */
export const PLANTED_BIAS: Readonly<Record<Education, Readonly<Partial<Record<SchoolTier, Overruling>>>>> = {
  "high school": {
    none: { rejectQualified: 0.65, acceptUnqualified: 0 },
    community: { rejectQualified: 0.65, acceptUnqualified: 0 },
  },
  associate: {
    community: { rejectQualified: 0.55, acceptUnqualified: 0 },
    state: { rejectQualified: 0.55, acceptUnqualified: 0 },
  },
  bachelor: {
    community: { rejectQualified: 0.3, acceptUnqualified: 0 },
    state: { rejectQualified: 0.05, acceptUnqualified: 0.02 },
    elite: { rejectQualified: 0, acceptUnqualified: 0.15 },
  },
  master: {
    state: { rejectQualified: 0.02, acceptUnqualified: 0.04 },
    elite: { rejectQualified: 0, acceptUnqualified: 0.15 },
  },
  doctorate: {
    state: { rejectQualified: 0, acceptUnqualified: 0.1 },
    elite: { rejectQualified: 0, acceptUnqualified: 0.18 },
  },
};

/**
 * The historical decisions: in each cell of background × merit the documented share of decisions, rounded to
 * whole people, is the opposite of merit; chance says whose.
 *
 * @param people Background and true merit of each application.
 * @returns One decision per application.
 */
export function decideWithBias(
  people: readonly { readonly background: Background; readonly merit: boolean }[],
  rng: Rng,
): boolean[] {
  const decisions = people.map(({ merit }) => merit);
  const cells = Map.groupBy(
    people.keys(),
    (i) => `${people[i]!.background.education}|${people[i]!.background.schoolTier}|${people[i]!.merit}`,
  );
  for (const members of cells.values()) {
    const { background: { education, schoolTier }, merit } = people[members[0]!]!;
    const overruling = PLANTED_BIAS[education][schoolTier];
    if (overruling === undefined) {
      throw new RangeError(`Expected a planted bias for ${education} at tier ${schoolTier}`);
    }
    const share = merit ? overruling.rejectQualified : overruling.acceptUnqualified;
    for (const i of rng.shuffle([...members]).slice(0, Math.round(share * members.length))) decisions[i] = !merit;
  }
  return decisions;
}
