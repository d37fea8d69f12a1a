import { count, intervalText, listText, number, quoted } from "../format.ts";
import type { GroupChange, PairedGroups, PairedRate } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { forest, type ForestRow } from "./forest.ts";
import { byGroup } from "./group_order.ts";
import { SMALL_MARK } from "./marks.ts";
import { BLUE, MUTED, VERMILLION } from "./palette.ts";
import { isBeyondChance } from "./wording.ts";

/** What {@linkcode groupChangeForest} reads. */
export interface GroupChangeForestInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** The two models, such as `base` and `tuned`. */
  readonly from: string;
  readonly to: string;
  /** What `pairedGroups` of both models' decisions gave, with intervals that hold for all groups together. */
  readonly changes: PairedGroups;
  /** The same against trusted labels, if there are any. */
  readonly groundTruth?: PairedGroups | undefined;
  /** At which all intervals of a rate hold together. */
  readonly confidence: number;
  /** Candidates that were resampled; `null` if rows were. */
  readonly candidates: number | null;
  readonly smallGroup: number;
}

/** What a group gets from a change of models, compared with everybody. */
export type Gain = "gains" | "pays" | "unclear";

/**
 * Whether a group gains or pays, compared with everybody: only where chance does not explain it. Of a small group that is never
 * said: a few rows that all agree have an interval without width, which is not certainty.
 *
 * @param group The group.
 * @param rate The rate.
 * @returns The verdict.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pairedGroups } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { gainOf } from "./group_change_forest.ts";
 *
 * const groups = Array.from({ length: 80 }, (_, i) => i % 2 ? "BA" : "none");
 * const before = groups.map((_, i) => Number(i % 4 < 2)), after = groups.map((group) => Number(group === "BA"));
 * const changes = pairedGroups({ before, after, groups }, { rng: new Rng(1), resamples: 100 });
 * assertEquals(changes.groups.map((group) => gainOf(group, "selectionRate")), ["gains", "pays"]);
 * ```
 */
export function gainOf({ small, rates }: GroupChange, rate: PairedRate): Gain {
  const { relative } = rates[rate];
  if (small || !isBeyondChance(relative)) return "unclear";
  return relative.estimate.value! > 0 ? "gains" : "pays";
}

const STYLES = { gains: BLUE, pays: VERMILLION, unclear: MUTED } as const;

/**
 * Who gains and who pays when one model takes the place of another: how much more, or less, the rate of selection of each group
 * changes than that of everybody.
 *
 * @param input The changes.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pairedGroups } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { groupChangeForest } from "./group_change_forest.ts";
 *
 * const groups = Array.from({ length: 80 }, (_, i) => i % 2 ? "BA" : "none");
 * const before = groups.map((_, i) => Number(i % 4 < 2)), after = groups.map((group) => Number(group === "BA"));
 * const changes = pairedGroups({ before, after, groups }, { rng: new Rng(1), resamples: 100 });
 * const { title } = groupChangeForest({
 *   attribute: "education",
 *   from: "base",
 *   to: "tuned",
 *   changes,
 *   confidence: 0.95,
 *   candidates: null,
 *   smallGroup: 30,
 * });
 * assertEquals(title, "From base to tuned, compared with everybody, “BA” gains in selection and “none” pays");
 * ```
 */
export function groupChangeForest(input: GroupChangeForestInput): Figure {
  const { attribute, from, to, confidence, candidates, smallGroup } = input;
  const blocks = blocksOf(input);
  const rows = blocks.flatMap(({ title, rate, changes }): ForestRow[] => [
    { heading: title },
    ...byGroup(changes.groups).map((group): ForestRow => {
      const gain = gainOf(group, rate);
      return {
        label: group.group + (group.small ? SMALL_MARK : ""),
        estimate: group.rates[rate].relative.estimate,
        interval: group.rates[rate].relative.interval,
        style: { color: STYLES[gain], symbol: "circle" },
        hollow: gain === "unclear",
        note: group.small ? "few rows" : gain,
        signed: true,
      };
    }),
  ]);
  const { data, layout, height } = forest(rows, "Change of the rate, less that of everybody");
  const small = input.changes.groups.some((group) => group.small);
  const unit = candidates === null ? "rows" : `${count(candidates)} candidates`;
  return makeFigure({
    name: figureName("group-changes", from, to, attribute),
    title: findingOf(input),
    subtitle:
      `How much more or less often each ${attribute} group is selected by ${to} than by ${from}, less the change of ` +
      `everybody. Hollow: chance could do that. Intervals resample ${unit} and hold for all groups together with ${
        Number((100 * confidence).toPrecision(6))
      }\u00a0%.${small ? ` ${SMALL_MARK}: fewer than ${smallGroup} rows.` : ""}`,
    alt: blocks.map(({ title, rate, changes }) =>
      `${title}: ${
        byGroup(changes.groups).map((group) => {
          const { estimate, interval } = group.rates[rate].relative;
          return estimate.value === null
            ? `${group.group} undefined, ${estimate.reason}`
            : `${group.group} ${number(estimate.value)} ${intervalText(interval, number)}, ${
              group.small ? "few rows" : gainOf(group, rate)
            }`;
        }).join("; ")
      }.`
    ).join(" "),
    data,
    layout,
    height,
  });
}

interface Block {
  readonly title: string;
  readonly rate: PairedRate;
  readonly changes: PairedGroups;
}

function blocksOf({ changes, groundTruth }: GroupChangeForestInput): Block[] {
  return [
    { title: "Selected", rate: "selectionRate", changes },
    { title: "Of label 1 (TPR)", rate: "tpr", changes },
    { title: "Of label 0 (FPR)", rate: "fpr", changes },
    ...(groundTruth === undefined ? [] : [{ title: "Of ground truth 1", rate: "tpr" as const, changes: groundTruth }]),
  ];
}

function findingOf({ from, to, attribute, changes }: GroupChangeForestInput): string {
  const start = `From ${from} to ${to}, compared with everybody,`;
  const named = (verdict: Gain) =>
    changes.groups.filter((group) => gainOf(group, "selectionRate") === verdict).map(({ group }) => quoted(group));
  const [winners, losers] = [named("gains"), named("pays")];
  const verb = (names: readonly string[], one: string, many: string) => names.length === 1 ? one : many;
  const gain = winners.length === 0
    ? ""
    : `${listText(winners)} ${verb(winners, "gains", "gain")} in selection${losers.length === 0 ? "" : " and "}`;
  const pay = losers.length === 0
    ? ""
    : `${listText(losers)} ${verb(losers, "pays", "pay")}${winners.length === 0 ? " in selection" : ""}`;
  if (gain === "" && pay === "") return `${start} no ${attribute} group gains or pays in selection beyond chance`;
  return `${start} ${gain}${pay}`;
}
