/**
 * Whom a model retrieves when résumés differ in nothing but a name, or another value of an axis: after the audit of
 * Wilson & Caliskan, "Gender, race, and intersectional bias in resume screening via language model retrieval" (AIES
 * 2024). Every résumé is given every value; for each job, those with the highest scores are selected.
 *
 * A group is a handful of values, and another list of names would have given other numbers: so groups are compared by
 * exchanging whole values between them, and intervals resample values and résumés. Fisher's test of rows, as if each
 * were a person of its own, is given beside it, because such audits are published with tests of rows.
 */
import { bootstrapInterval, crossedDraws, disparityInterval, fisherExact, groupPairs, holm } from "../metrics/mod.ts";
import { reachIdeal } from "../metrics/mod.ts";
import type { GroupPair, Interval, Value } from "../metrics/mod.ts";
import type { Rng } from "../random.ts";

/** How often a résumé was selected with each value. */
export interface AuditedOccupation {
  readonly name: string;
  readonly jobs: number;
  /** `[values][resumes]` at how many of the jobs it was selected. */
  readonly selected: readonly (readonly number[])[];
}

/** Selections, and the groups of the values. */
export interface AuditInput {
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly occupations: readonly AuditedOccupation[];
}

/** How to resample and test. */
export interface AuditOptions {
  readonly rng: Rng;
  readonly resamples?: number | undefined;
  readonly confidence?: number | undefined;
}

/** A group of an attribute over all occupations. */
export interface AuditedGroup {
  readonly group: string;
  readonly values: number;
  readonly selectionRate: number;
  readonly interval: Interval;
}

/** Two groups; the reference is the one that is selected more over all occupations. */
export interface AuditedPair extends Pick<GroupPair, "group" | "reference" | "counts" | "referenceCounts"> {
  readonly ratio: Value;
  readonly difference: Value;
  /** Whole values exchanged between the groups; `null` where there is nothing to exchange. */
  readonly pValue: number | null;
  /** That, adjusted (Holm) for all tests of its kind: those of all pairs, or of all pairs and occupations. */
  readonly holmP: number | null;
  /** Fisher's exact test of rows. */
  readonly fisherP: number;
}

/** In how many occupations a pair differs significantly, and which group is ahead there. */
export interface SignificantShare {
  readonly group: string;
  readonly reference: string;
  readonly tests: number;
  /** Occupations where the reference, or the group, is ahead, by exchanged values. */
  readonly favoursReference: number;
  readonly favoursGroup: number;
  /** The same where `holmP` is significant, and by Fisher's test of rows. */
  readonly adjusted: number;
  readonly byRows: readonly [favoursReference: number, favoursGroup: number];
}

/** An attribute of the values, or the combination of all. */
export interface AttributeAudit {
  readonly attribute: string;
  readonly groups: readonly AuditedGroup[];
  readonly pairs: readonly (AuditedPair & { readonly interval: Interval })[];
  readonly occupations: readonly { readonly occupation: string; readonly pairs: readonly AuditedPair[] }[];
  readonly shares: readonly SignificantShare[];
}

/** Which of `[rows]` scores are selected: the highest share of them, and what equals the last. */
export function selectTop(scores: ArrayLike<number>, share: number): boolean[] {
  const sorted = Float64Array.from(scores).sort().reverse();
  const last = sorted[Math.max(1, Math.round(share * sorted.length)) - 1]!;
  return Array.from(scores, (score) => score >= last);
}

/** Audits every attribute, and, where there are several, their combination. */
export function auditSelections(input: AuditInput, options: AuditOptions): AttributeAudit[] {
  return Object.entries(withCombination(input.attributes)).map(([attribute, groups]) =>
    auditAttribute({ attribute, groups, occupations: input.occupations }, options)
  );
}

/** Attributes with the group of each value, and, where there are several, their combination. */
export function withCombination(attributes: AuditInput["attributes"]): AuditInput["attributes"] {
  const names = Object.keys(attributes);
  if (names.length < 2) return attributes;
  const combined = attributes[names[0]!]!.map((_, value) => names.map((name) => attributes[name]![value]).join(" "));
  return { ...attributes, [names.join(" × ")]: combined };
}

interface AttributeInput {
  readonly attribute: string;
  /** `[values]` */
  readonly groups: readonly string[];
  readonly occupations: readonly AuditedOccupation[];
}

function auditAttribute(
  { attribute, groups, occupations }: AttributeInput,
  { rng, resamples = 1000, confidence = 0.95 }: AuditOptions,
): AttributeAudit {
  const cells = cellsOf(occupations);
  const rated = rates(groups, cells, { rng: rng.derive(attribute), resamples });
  const order = rated.names.map((_, g) => g).sort((a, b) => rated.estimates[b]! - rated.estimates[a]!);
  const compared = pairsOf(order);
  const compare = (own: readonly AuditedOccupation[], within: string): AuditedPair[] => {
    const values = counted(own);
    return compared.map(([group, reference]) =>
      comparedPair(values, groups, {
        pair: [rated.names[group]!, rated.names[reference]!],
        rng: rng.derive(`${attribute} ${within}`),
        permutations: Math.max(resamples, 999),
      })
    );
  };
  const overall = adjusted(compare(occupations, "all"));
  const each = occupations.map((own) => ({ occupation: own.name, pairs: compare([own], own.name) }));
  const all = adjusted(each.flatMap(({ pairs }) => pairs));
  const size = overall.length;
  const byOccupation = each.map(({ occupation }, o) => ({ occupation, pairs: all.slice(o * size, (o + 1) * size) }));
  const interval = (draws: Float64Array, estimate: number) => bootstrapInterval({ estimate, draws, level: confidence });
  return {
    attribute,
    groups: order.map((g) => ({
      group: rated.names[g]!,
      values: groups.filter((own) => own === rated.names[g]).length,
      selectionRate: rated.estimates[g]!,
      interval: interval(rated.draws[g]!, rated.estimates[g]!),
    })),
    pairs: overall.map((pair, p) => {
      const [group, reference] = compared[p]!;
      const draws = rated.draws[group]!.map((value, i) => value / rated.draws[reference]![i]!);
      const estimate = pair.ratio.value ?? NaN;
      const interval = disparityInterval({ estimate, draws, level: confidence }, 1);
      return { ...pair, interval: reachIdeal(interval, 1, pair.pValue) };
    }),
    occupations: byOccupation,
    shares: overall.map((pair, p) => shareOf(pair, byOccupation.map(({ pairs }) => pairs[p]!), 1 - confidence)),
  };
}

/** Each pair of groups, the one selected more as the second. */
function pairsOf(order: readonly number[]): [group: number, reference: number][] {
  return order.flatMap((reference, i) => order.slice(i + 1).map((group): [number, number] => [group, reference]));
}

/** Each value with each résumé: chances to be selected, and how many were used. */
interface Cells {
  readonly values: Int32Array;
  readonly resumes: Int32Array;
  /** `[resumes]` their occupations. */
  readonly strata: number[];
  readonly chances: Float64Array;
  readonly selected: Float64Array;
}

function cellsOf(occupations: readonly AuditedOccupation[]): Cells {
  const strata = occupations.flatMap(({ selected }, o) => selected[0]!.map(() => o));
  const starts = occupations.map((_, o) => strata.indexOf(o));
  const rows = occupations.flatMap(({ jobs, selected }, o) =>
    selected.flatMap((own, value) =>
      own.map((count, resume) => ({ value, resume: starts[o]! + resume, chances: jobs, count }))
    )
  );
  return {
    values: Int32Array.from(rows, ({ value }) => value),
    resumes: Int32Array.from(rows, ({ resume }) => resume),
    strata,
    chances: Float64Array.from(rows, ({ chances }) => chances),
    selected: Float64Array.from(rows, ({ count }) => count),
  };
}

/** Selection rates by group, and what resampled values and résumés give. */
function rates(groups: readonly string[], cells: Cells, options: { readonly rng: Rng; readonly resamples: number }) {
  const names = [...new Set(groups)], codes = groups.map((group) => names.indexOf(group));
  const statistic = (weights: ArrayLike<number>) => {
    const selected = new Float64Array(names.length), chances = new Float64Array(names.length);
    for (let i = 0; i < cells.values.length; i++) {
      const g = codes[cells.values[i]!]!;
      selected[g]! += weights[i]! * cells.selected[i]!;
      chances[g]! += weights[i]! * cells.chances[i]!;
    }
    return selected.map((count, g) => count / chances[g]!);
  };
  const factors = [{ codes: cells.values, strata: codes }, { codes: cells.resumes, strata: cells.strata }];
  const estimates = statistic(new Float64Array(cells.values.length).fill(1));
  return { names, estimates, draws: crossedDraws(factors, statistic, options) };
}

/** Of each value: rows, and how many of them were selected. */
function counted(occupations: readonly AuditedOccupation[]): { rows: number; selected: number }[] {
  return occupations[0]!.selected.map((_, value) => {
    const own = occupations.map(({ selected }) => selected[value]!);
    return {
      rows: occupations.reduce((n, { jobs }, o) => n + jobs * own[o]!.length, 0),
      selected: own.flat().reduce((n, count) => n + count, 0),
    };
  });
}

function comparedPair(
  values: readonly { readonly rows: number; readonly selected: number }[],
  groups: readonly string[],
  { pair, rng, permutations }: { pair: readonly [string, string]; rng: Rng; permutations: number },
): AuditedPair {
  const rows = values.flatMap(({ rows, selected }, value) =>
    pair.includes(groups[value]!)
      ? [{ value, decision: 1, count: selected }, { value, decision: 0, count: rows - selected }]
      : []
  ).filter(({ count }) => count > 0);
  const [found] = groupPairs({
    predictions: rows.map(({ decision }) => decision),
    groups: rows.map(({ value }) => groups[value]!),
    clusters: rows.map(({ value }) => String(value)),
    counts: rows.map(({ count }) => count),
  }, { reference: pair[1], rng, permutations });
  const { group, reference, counts, referenceCounts, ratio, difference, pValue } = found!;
  return {
    ...{ group, reference, counts, referenceCounts, ratio, difference },
    pValue: pValue.value,
    holmP: null,
    fisherP: fisherExact(counts, referenceCounts).p,
  };
}

function adjusted(pairs: readonly AuditedPair[]): AuditedPair[] {
  const holmP = holm(pairs.map(({ pValue }) => pValue));
  return pairs.map((pair, i) => ({ ...pair, holmP: holmP[i]! }));
}

function shareOf({ group, reference }: AuditedPair, own: readonly AuditedPair[], level: number): SignificantShare {
  const ahead = (p: (pair: AuditedPair) => number | null, sign: number) =>
    own.filter((pair) => (p(pair) ?? 1) <= level && Math.sign(pair.difference.value ?? 0) === sign).length;
  return {
    group,
    reference,
    tests: own.length,
    favoursReference: ahead(({ pValue }) => pValue, -1),
    favoursGroup: ahead(({ pValue }) => pValue, 1),
    adjusted: own.filter(({ holmP }) => (holmP ?? 1) <= level).length,
    byRows: [ahead(({ fisherP }) => fisherP, -1), ahead(({ fisherP }) => fisherP, 1)],
  };
}
