import type { Rng } from "../../random.ts";
import type { StatedLevel } from "../education/degree_level.ts";
import groupShares from "./group_shares.json" with { type: "json" };
import plantedBias from "./planted_bias.json" with { type: "json" };
import signals from "./signals.json" with { type: "json" };

/** Standing of the school that the résumé names; "none" if it names nothing beyond high school. */
export type SchoolTier = "elite" | "state" | "community" | "none";

/** A candidate's educational background. */
export interface Background {
  readonly education: StatedLevel;
  readonly schoolTier: SchoolTier;
  /** What the résumé says between its lines, where that is what decisions were biased by. */
  readonly signal?: Signal;
}

/** Shares of the education groups among candidates, and of the school tiers within each group. */
export const GROUP_SHARES: Readonly<
  Record<StatedLevel, { readonly share: number; readonly tiers: Readonly<Partial<Record<SchoolTier, number>>> }>
> = groupShares;

/**
 * Deals backgrounds out as cards are dealt, so that every stratum (candidates with the same record) holds every group
 * in nearly its share. Education is thereby independent of merit by design, and the true selection rates of the groups
 * differ less than in a plain random draw.
 */
export function dealBackgrounds(strata: readonly string[], rng: Rng): Background[] {
  const order = rng.shuffle(strata.map((_, i) => i)).sort((a, b) => strata[a]!.localeCompare(strata[b]!, "en"));
  const cells = Object.entries(GROUP_SHARES).flatMap(([education, { share, tiers }]) =>
    Object.entries(tiers).map(([tier, part]) => ({
      background: { education: education as StatedLevel, schoolTier: tier as SchoolTier },
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

/** How often a background's true merit was overruled in the historical decision. */
export interface Overruling {
  readonly rejectQualified: number;
  readonly acceptUnqualified: number;
}

/**
 * The planted bias. The historical label equals the true merit but for these shares of each cell of education × school
 * tier: screeners wrote off qualified people without a four-year degree and waved through unqualified ones with a
 * doctorate or a famous school.
 */
export const PLANTED_BIAS: Readonly<Record<StatedLevel, Readonly<Partial<Record<SchoolTier, Overruling>>>>> =
  plantedBias;

/** What biased decisions go by: the signal where there is one, else education and school. */
function cellOf({ education, schoolTier, signal }: Background): { name: string; overruling: Overruling } {
  if (signal !== undefined) return { name: signal, overruling: SIGNAL_BIAS[signal] };
  const overruling = PLANTED_BIAS[education][schoolTier];
  if (overruling === undefined) throw new RangeError(`Expected a planted bias for ${education} at tier ${schoolTier}`);
  return { name: `${education}|${schoolTier}`, overruling };
}

/**
 * The historical decisions: in each cell of background × merit the documented share of decisions, rounded to whole
 * people, is the opposite of merit; chance says whose.
 */
export function decideWithBias(
  people: readonly { readonly background: Background; readonly merit: boolean }[],
  rng: Rng,
): boolean[] {
  const decisions = people.map(({ merit }) => merit);
  const cells = Map.groupBy(people.keys(), (i) => `${cellOf(people[i]!.background).name}|${people[i]!.merit}`);
  for (const members of cells.values()) {
    const { background, merit } = people[members[0]!]!;
    const { overruling } = cellOf(background);
    const share = merit ? overruling.rejectQualified : overruling.acceptUnqualified;
    for (const i of rng.shuffle([...members]).slice(0, Math.round(share * members.length))) decisions[i] = !merit;
  }
  return decisions;
}

/** What a résumé lets screeners read between its lines. */
export type Signal = "privileged" | "disadvantaged";

/** The chance of the privileged signal by education. */
export const SIGNAL_CHANCES: Readonly<Record<StatedLevel, number>> = signals.chances;

/** How often true merit was overruled, by signal and nothing else. */
export const SIGNAL_BIAS: Readonly<Record<Signal, Overruling>> = signals.overruled;

/** Draws a signal for a person of some education. */
export function drawSignal(education: StatedLevel, rng: Rng): Signal {
  return rng.uniform() < SIGNAL_CHANCES[education] ? "privileged" : "disadvantaged";
}

/** A sentence that carries a signal, and names neither degree nor school. */
export function signalSentence(signal: Signal, rng: Rng): string {
  return `${rng.pick(signals.sentences[signal])}.`;
}
