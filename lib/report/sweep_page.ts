/** What a sweep found, as a page: accuracy against disparities, and what a point of fairness costs. */
import { type Evaluation, type Front, metricTitle } from "../evaluate/mod.ts";
import { figureHtml } from "./figures/figure.ts";
import { costCurve, paretoPlot } from "./figures/pareto.ts";
import { levelText, number } from "./format.ts";
import { html, join } from "./html/html.ts";
import { FIGURE_SCRIPT, page, type PageScript } from "./html/page.ts";

/** What a sweep found on one table. */
export interface SweepTableResult {
  /** Its models, over seeds. */
  readonly evaluation: Evaluation;
  /** What fairness costs from plain to strict, if the sweep walked that way. */
  readonly fronts?: readonly Front[];
}

/** How much a front covers, in a line. */
export function frontText({ metric, attribute, hypervolume: { value, low, high }, seeds }: Front): string {
  return `Front along ${metricTitle(metric).toLowerCase()} by ${attribute}: hypervolume ${number(value)} [${
    number(low)
  }, ${number(high)}] over ${seeds} seed${seeds === 1 ? "" : "s"}; 0.500 would be perfect.`;
}

/** A page with a Pareto plot for each disparity of each attribute, of evaluations over seeds. */
export function sweepPage(name: string, tables: readonly SweepTableResult[], plotly: PageScript): string {
  const title = `${name}: accuracy against disparities`;
  const sections = tables.map(({ evaluation, fronts = [] }) => {
    const { models, data, settings } = evaluation;
    const seeds = Math.max(...models.map(({ seeds }) => seeds));
    const figures = models[0]!.attributes.flatMap(({ attribute, disparities }) =>
      disparities.map(({ metric }) => figureHtml(paretoPlot(evaluation, { name: data.source, attribute, metric })))
    );
    return html`<section>
<h2>${data.source}</h2>
<p>ROC-AUC: mean over up to ${seeds} seeds. Disparities (${
      models[0]!.attributes[0]!.disparities.map(({ metric }) => metricTitle(metric).toLowerCase()).join(", ")
    }): between the groups’ rates over the decisions of all of them. Bars: ${
      levelText(settings.confidence)
    } intervals over people and seeds.</p>
${join(fronts.map((front) => html`<p>${frontText(front)}</p>${{ markup: figureHtml(costCurve(front)) }}`))}
${join(figures.map((markup) => ({ markup })))}
</section>`;
  });
  const body = html`<h1>${title}</h1>
${join(sections)}`;
  return page({ title, body, scripts: [plotly, { code: FIGURE_SCRIPT }] });
}
