/** Whom an attribute compares: which groups are left out, and which one the others are compared with. */
import { InputError, listed, nearName } from "../errors.ts";
import { crossGroups, type GroupCount } from "../metrics/mod.ts";
import type { DecidedModel, EvaluateOptions, EvaluationContext } from "./evaluate.ts";
import type { AttributeEvaluation } from "./evaluation.ts";
import { someGroups, takeModel, takeTable } from "./some_rows.ts";
import { countRows, type NamedGroups, type ScoredTable, takeGroups } from "./table.ts";

/** What the user says about the groups, checked. */
export interface Scope {
  readonly exclude: ReadonlySet<string>;
  readonly keepUnknown: boolean;
  readonly reference: readonly string[];
  /** Groups below this share of the rows have no ratio, and are nobody's reference. */
  readonly minShare: number | null;
  /** Rows in all, of which that is a share. */
  readonly rows: number;
  /** Groups with fewer rows are not the reference, if there are larger ones. */
  readonly smallBelow: number;
}

type LeftOut = AttributeEvaluation["leftOut"];

/** How forms spell that somebody's group is not known, without blanks and punctuation. */
const UNKNOWN = new RegExp(
  "^(" + [
    "unknown.*",
    "(gender|sex|race|ethnicity|raceethnicity|education)?(not|un)(known|disclosed|stated|specified|reported|provided|" +
    "declared|available|answered|identified|given|recorded|selected|indicated)",
    "undisclosed.*",
    "(no|non)(answer|response|data|information)",
    "(i)?(prefer|prefers|preferred|choose|chose|chosen|wish|wishes|opt|opted)(red)?not(to)?(say|answer|disclose|state|" +
    "specify|respond|identify|selfidentify|report|provide|share|reveal|declare|indicate).*",
    "(i)?(do|does|did)(not|nt)(wish|want|care)to(say|answer|disclose|state|specify|respond|identify|selfidentify|" +
    "report|provide|share|reveal|declare|indicate).*",
    "(i)?(would)?rathernot(say|answer|disclose|state).*",
    "(i)?(decline|declined|declines|refuse|refused|refuses)(to.*)?",
    "missing(data)?",
  ].join("|") + ")$",
);

/** Whether a group's name says that nobody knows it, such as `Prefer not to say`. */
export function isUnknownGroup(name: string): boolean {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}?]/gu, "");
  return plain === "" || /^\?+$/.test(plain) || UNKNOWN.test(plain);
}

/**
 * Checks what the user says about the groups. Throws an InputError if a group that is named is no group of any
 * attribute, or two references are of one attribute.
 */
export function scopeOf(
  table: ScoredTable,
  options: Pick<EvaluateOptions, "exclude" | "reference" | "minShare" | "keepUnknown" | "smallBelow">,
  smallBelow: number,
): Scope {
  const { exclude = [], reference = [], minShare = null, keepUnknown = false } = options;
  const levels = table.attributes.map(({ groups }) => groups.names);
  const crossed = levels.length > 1 ? crossedNames(table) : [];
  for (const name of exclude) checkName("--exclude", name, levels.flat());
  for (const name of reference) {
    checkName("--reference", name, [...levels.flat(), ...crossed]);
    if (exclude.includes(name)) throw new InputError(`--reference: expected a group that is compared, found "${name}"`);
    if (!keepUnknown && isUnknownGroup(name)) {
      throw new InputError(
        `--reference: expected a group that is compared, found "${name}", which is left out as unknown; --keep-unknown ` +
          "keeps it",
      );
    }
  }
  table.attributes.forEach(({ name, groups }) => {
    const own = reference.filter((group) => groups.names.includes(group));
    if (own.length > 1) {
      throw new InputError(
        `--reference: expected one group of "${name}", found ${own.map((own) => `"${own}"`).join(", ")}`,
      );
    }
  });
  return { exclude: new Set(exclude), keepUnknown, reference, minShare, rows: countRows(table), smallBelow };
}

const crossedNames = ({ attributes }: ScoredTable) =>
  attributes.reduce((names, { groups }) => names * groups.names.length, 1) > 300
    ? []
    : crossGroups(attributes.map(({ groups }) => groups)).names;

function checkName(option: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = nearName(name, names);
  throw new InputError(
    `${option}: expected one of the groups (${listed(names)}), found "${name}"${
      near === undefined ? "" : `; did you mean "${near}"?`
    }`,
  );
}

/** Why groups are left out: they were excluded, or nobody knows them, unless there are no others. */
export function leavingOut(
  counts: readonly { readonly group: string; readonly count: number }[],
  { exclude, keepUnknown }: Pick<Scope, "exclude" | "keepUnknown">,
): { readonly known: boolean; readonly reasonOf: (group: string) => LeftOut[number]["reason"] | null } {
  const isUnknown = (group: string) => !keepUnknown && isUnknownGroup(group);
  const known = counts.some(({ group, count }) => count > 0 && !exclude.has(group) && !isUnknown(group));
  return {
    known,
    reasonOf: (group) => exclude.has(group) ? "excluded" : known && isUnknown(group) ? "unknown" : null,
  };
}

/** Attributes, models and table without the rows of groups that are left out. */
export interface Scoped {
  readonly attributes: readonly NamedGroups[];
  readonly models: readonly DecidedModel[];
  readonly context: EvaluationContext;
  readonly leftOut: LeftOut;
}

/**
 * Leaves out the groups that were excluded, and those whose name says that nobody knows the group, unless there are no
 * others. Throws an InputError if nothing is left.
 */
export function scoped(
  attributes: readonly NamedGroups[],
  models: readonly DecidedModel[],
  context: EvaluationContext,
): Scoped {
  const { scope, table } = context;
  const leftOut: LeftOut[number][] = [];
  const isLeft = new Uint8Array(table.rows);
  const restricted = attributes.map(({ name, groups }): NamedGroups => {
    const counts = countsOf(groups, table.counts);
    const { reasonOf } = leavingOut(counts, scope);
    for (const { group, count } of counts) {
      const reason = reasonOf(group);
      if (reason !== null && count > 0) {
        leftOut.push({ group: attributes.length > 1 ? `${name}: ${group}` : group, count, reason });
      }
    }
    if (!groups.names.some((group) => reasonOf(group) !== null)) return { name, groups };
    const without = someGroups(groups, (group) => reasonOf(group) === null);
    if (without.rows.length === 0) {
      throw new InputError(`--exclude: expected a group of "${name}" to be left, found none`);
    }
    without.groups.codes.forEach((code, i) => code < 0 && (isLeft[i] = 1));
    return { name, groups: without.groups };
  });
  const kept: number[] = [];
  if (leftOut.length > 0) isLeft.forEach((left, i) => left === 0 && kept.push(i));
  if (leftOut.length === 0) return { attributes, models, context, leftOut };
  if (kept.length === 0) throw new InputError("--exclude: expected a row with a group that is left, found none");
  return {
    attributes: restricted.map(({ name, groups }) => ({
      name,
      groups: takeGroups(groups, kept),
    })),
    models: models.map((model) => takeModel(model, kept)),
    context: { ...context, table: takeTable(table, kept) },
    leftOut,
  };
}

function countsOf(
  { names, codes }: NamedGroups["groups"],
  times: ScoredTable["counts"],
): { group: string; count: number }[] {
  const counts = new Float64Array(names.length);
  codes.forEach((code, i) => counts[code]! += times?.[i] ?? 1);
  return names.map((group, g) => ({ group, count: counts[g]! }));
}

/** The reference that was named for an attribute; for crossed ones the combination of theirs. */
function namedReference(attributes: readonly NamedGroups[], { reference }: Scope): string | null {
  const own = attributes.map(({ groups }) => reference.find((name) => groups.names.includes(name)));
  if (own.every((name) => name !== undefined)) return own.join("|");
  return reference.find((name) => crossGroups(attributes.map(({ groups }) => groups)).names.includes(name)) ?? null;
}

/** Whether a group has the share of the rows that was asked for; without one all have. */
export function isJudged({ count }: Pick<GroupCount, "count">, { minShare, rows }: Scope): boolean {
  return minShare === null || count >= minShare * rows;
}

/** Which groups the others may be compared with: the large ones, if there are any. */
export function eligibleGroups(
  attributes: readonly NamedGroups[],
  groups: readonly GroupCount[],
  scope: Scope,
): { readonly eligible: (group: GroupCount) => boolean; readonly from: "option" | "large" | "all" } {
  const named = namedReference(attributes, scope);
  if (named !== null) return { eligible: ({ group }) => group === named, from: "option" };
  const isLarge = (group: GroupCount) => isJudged(group, scope) && group.count >= scope.smallBelow;
  if (groups.some((group) => group.count > 0 && isLarge(group))) return { eligible: isLarge, from: "large" };
  return { eligible: (group) => isJudged(group, scope), from: "all" };
}
