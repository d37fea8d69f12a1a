import type { Rng } from "../../random.ts";

/** Highest degree. */
export type Education = "high school" | "associate" | "bachelor" | "master" | "doctorate";

/** Standing of the school that the résumé names; "none" if it names nothing beyond high school. */
export type SchoolTier = "elite" | "state" | "community" | "none";

/** A candidate's educational background. */
export interface Background {
  readonly education: Education;
  readonly schoolTier: SchoolTier;
}

/** Shares of the education groups among candidates, and of the school tiers within each group. */
export const GROUP_SHARES: Readonly<
  Record<Education, { readonly share: number; readonly tiers: Readonly<Partial<Record<SchoolTier, number>>> }>
> = {
  "high school": { share: 0.18, tiers: { none: 0.8, community: 0.2 } },
  associate: { share: 0.2, tiers: { community: 0.92, state: 0.08 } },
  bachelor: { share: 0.32, tiers: { elite: 0.18, state: 0.7, community: 0.12 } },
  master: { share: 0.18, tiers: { elite: 0.3, state: 0.7 } },
  doctorate: { share: 0.12, tiers: { elite: 0.4, state: 0.6 } },
};

/**
 * Deals backgrounds out as cards are dealt, so that every stratum (candidates with the same record) holds
 * every group in nearly its share. Education is thereby independent of merit by design, and the true
 * selection rates of the groups differ less than in a plain random draw.
 *
 * @param strata One key per candidate; candidates with equal keys are interchangeable.
 * @returns One background per candidate, in the order of `strata`.
 */
export function dealBackgrounds(strata: readonly string[], rng: Rng): Background[] {
  const order = rng.shuffle(strata.map((_, i) => i)).sort((a, b) => strata[a]!.localeCompare(strata[b]!, "en"));
  const cells = Object.entries(GROUP_SHARES).flatMap(([education, { share, tiers }]) =>
    Object.entries(tiers).map(([tier, part]) => ({
      background: { education: education as Education, schoolTier: tier as SchoolTier },
      share: share * part,
      dealt: 0,
    }))
  );
  const backgrounds: Background[] = [];
  order.forEach((candidate, turn) => {
    const owed = ({ share, dealt }: typeof cells[number]) => share * (turn + rng.uniform()) - dealt;
    const debts = cells.map(owed);
    const cell = cells[debts.indexOf(Math.max(...debts))]!;
    cell.dealt++;
    backgrounds[candidate] = cell.background;
  });
  return backgrounds;
}
