import type { Evaluation } from "../../evaluate/mod.ts";
import { InputError } from "../../errors.ts";
import { levelText, modelText, wholePercent } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { findingOf } from "./titles.ts";
import { modelStyle } from "./marks.ts";
import { MUTED } from "./palette.ts";
import { remark, rowAxis, upright } from "./panels.ts";
import { wrapText } from "./plot_text.ts";
import { numbersOf, type RateBar, rateBars, rateValues, shareAxis, shareText } from "./rates.ts";
import { attributeOf, type AttributeOptions } from "./subject.ts";

const ROW = 40;

type LeakageOf = Evaluation["leakage"][number]["models"][number];

/**
 * How well a fresh classifier tells a person's group from the embeddings of each model, beside chance.
 *
 * @throws {InputError} If embeddings were not probed for the attribute.
 */
export function leakageBars(evaluation: Evaluation, options: AttributeOptions = {}): Figure {
  const attribute = attributeOf(evaluation, options);
  const probed = evaluation.leakage.find((own) => own.attribute === attribute);
  if (probed === undefined) throw new InputError(`Expected embeddings that were probed for ${attribute}, found none`);
  const { models, expected: { value: chance } } = probed;
  const { settings } = evaluation;
  const bars = models.map(({ name, balancedAccuracy, people }, m): RateBar => ({
    at: m,
    rate: balancedAccuracy,
    of: people ?? 0,
    color: modelStyle(m).color,
    small: false,
    hover: `${wrapText(name, 30)}<br>balanced accuracy ${shareText(balancedAccuracy)}`,
  }));
  return makeFigure({
    name: figureName("leakage", attribute),
    title: leakageFinding(probed, settings),
    subtitle: `Balanced accuracy of a probe that guesses ${attribute} from the embeddings of ${
      models[0]!.people
    } people, each guessed from the others, with ${
      levelText(settings.confidence)
    } intervals. What a probe does not find may still be there.`,
    alt: models.map((own) =>
      `${own.name}: balanced accuracy ${shareText(own.balancedAccuracy)}, ${findingOf(judged(own), settings).text}.`
    ).join(" ") + (chance === null ? "" : ` Chance: ${wholePercent(chance)}.`),
    rows: models.map((own) => ({
      model: own.name,
      people: own.people,
      ...numbersOf("balancedAccuracy", own.balancedAccuracy),
      pValue: own.pValues?.balancedAccuracy ?? null,
      chance,
    })),
    data: rateBars(bars, 0.6, "y"),
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
        ...shareAxis(models.map(({ balancedAccuracy }) => balancedAccuracy), 0.16),
      },
      shapes: chance === null ? [] : [
        upright(chance, { color: MUTED, width: 1.3, dash: "dash" }, [-0.5, models.length - 0.5], {}),
      ],
      annotations: [
        ...rateValues(bars, "y"),
        ...(chance === null ? [] : [remark(`chance ${wholePercent(chance)}`, { x: chance, y: -0.5 })]),
      ],
    },
    height: (models.length + 0.4) * ROW + 68,
  });
}

/** The probe's own test; its interval is of an accuracy, whose chance level is not 0. */
function judged({ balancedAccuracy, pValues }: LeakageOf) {
  return { ...balancedAccuracy, metric: "leakageBalancedAccuracy", pValue: pValues?.balancedAccuracy ?? 1 };
}

function leakageFinding(
  { attribute, models, expected: { value: chance } }: Evaluation["leakage"][number],
  settings: Evaluation["settings"],
): string {
  const last = models.at(-1)!;
  const { balancedAccuracy } = last;
  if (balancedAccuracy.value === null) return `${attribute}: nothing to probe, ${balancedAccuracy.reason}`;
  const { shown, text } = findingOf(judged(last), settings);
  const numbers = `balanced accuracy ${wholePercent(balancedAccuracy.value)}${
    chance === null ? "" : `, chance ${wholePercent(chance)}`
  }`;
  return `Embeddings of ${modelText(last.name)} ${
    shown ? "tell" : "are not found to tell"
  } ${attribute}: ${numbers}; ${text}`;
}
