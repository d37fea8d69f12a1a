import type { Leakage } from "../../evaluate/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { modelStyle } from "./models.ts";
import { MUTED } from "./palette.ts";
import { rowAxis } from "./panels.ts";
import { wrapText } from "./plot_text.ts";
import { type RateBar, rateBars, rateValues, shareAxis } from "./rate_bars.ts";
import { theModel, wholePercent } from "../format.ts";
import { chanceText, isBeyondChance, shareText } from "./wording.ts";

/** What {@linkcode leakageBars} reads. */
export interface LeakageBarsInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** From the one that the others start from to the one that the title speaks of, probed on the same people. */
  readonly models: readonly { readonly name: string; readonly leakage: Leakage }[];
}

const ROW = 40;

/**
 * How well a fresh classifier tells a person's group from the embeddings of each model, beside chance.
 *
 * @param input What the probes found.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { leakageProbe } from "../../evaluate/leakage/leakage.ts";
 * import { Rng } from "../../random.ts";
 * import { leakageBars } from "./leakage_bars.ts";
 *
 * const rng = new Rng(1);
 * const groups = Array.from({ length: 60 }, (_, i) => i % 2 ? "degree" : "none");
 * const embeddings = groups.map((group) => Float32Array.of(rng.normal(), rng.normal() + (group === "none" ? 9 : 0)));
 * const leakage = await leakageProbe({ embeddings, groups }, { seed: 1, resamples: 50, permutations: 99 });
 * const { title } = leakageBars({ attribute: "education", models: [{ name: "tuned", leakage }] });
 * assertEquals(
 *   title,
 *   "Embeddings of the tuned model tell education: balanced accuracy 100\u00a0%, chance 50\u00a0%; beyond chance (p\u00a0=\u00a00.010)",
 * );
 * ```
 */
export function leakageBars({ attribute, models }: LeakageBarsInput): Figure {
  const { people, folds, groups, confidence, chanceBalancedAccuracy } = models[0]!.leakage;
  const chance = chanceBalancedAccuracy.value;
  const bars = models.map(({ name, leakage }, m): RateBar => ({
    at: m,
    rate: leakage.balancedAccuracy,
    of: leakage.people,
    color: modelStyle(m).color,
    small: false,
    hover: `${wrapText(name, 30)}<br>balanced accuracy ${shareText(leakage.balancedAccuracy)}`,
  }));
  return makeFigure({
    name: figureName("leakage", attribute),
    title: findingOf({ attribute, models }),
    subtitle:
      `Balanced accuracy of a probe that guesses ${attribute} (${groups.length} groups) from the embeddings of ${people} ` +
      `people, each guessed from the others in ${folds} folds, with ${
        Number((100 * confidence).toPrecision(6))
      }\u00a0% intervals. ` +
      `What a probe does not find may still be there.`,
    alt: models.map(({ name, leakage }) =>
      `${name}: balanced accuracy ${shareText(leakage.balancedAccuracy)}, ${chanceText(judged(leakage))}.`
    ).join(" ") + (chance === null ? "" : ` Chance: ${wholePercent(chance)}.`),
    data: [rateBars(bars, 0.6, "y")],
    layout: {
      yaxis: rowAxis(
        models.map(({ name }) =>
          wrapText(name, 18, 2)
        ),
        [0, 1],
        0.4,
      ),
      xaxis: {
        title: { text: "Balanced accuracy of the probe" },
        ...shareAxis(models.map(({ leakage }) => leakage.balancedAccuracy), 0.16),
      },
      shapes: chance === null ? [] : [{
        type: "line",
        x0: chance,
        x1: chance,
        y0: -0.5,
        y1: models.length - 0.5,
        line: { color: MUTED, width: 1.3, dash: "dash" },
      }],
      annotations: [
        ...rateValues(bars, "y"),
        ...(chance === null ? [] : [{
          text: `chance ${wholePercent(chance)}`,
          x: chance,
          y: -0.5,
          yanchor: "bottom" as const,
          showarrow: false,
          font: { size: 11, color: MUTED },
        }]),
      ],
    },
    height: (models.length + 0.4) * ROW + 68,
  });
}

/** The probe's own test; its interval is of an accuracy, whose chance level is not 0. */
function judged({ balancedAccuracy, pValues }: Leakage) {
  const { low, high } = balancedAccuracy.interval;
  return { estimate: balancedAccuracy.estimate, interval: { low, high }, pValue: pValues.balancedAccuracy ?? 1 };
}

function findingOf({ attribute, models }: LeakageBarsInput): string {
  const { name, leakage } = models.at(-1)!;
  const { estimate } = leakage.balancedAccuracy;
  const model = theModel(name).replace("The", "the");
  if (estimate.value === null) return `${attribute}: nothing to probe, ${estimate.reason}`;
  const chance = leakage.chanceBalancedAccuracy.value;
  const numbers = `balanced accuracy ${wholePercent(estimate.value)}${
    chance === null ? "" : `, chance ${wholePercent(chance)}`
  }`;
  const verb = isBeyondChance(judged(leakage)) ? "tell" : "are not found to tell";
  return `Embeddings of ${model} ${verb} ${attribute}: ${numbers}; ${chanceText(judged(leakage))}`;
}
