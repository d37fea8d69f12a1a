/** What a sweep trades for what: for each table and disparity, the recipes by accuracy and disparity. */
import { type Evaluation, metricTitle } from "../evaluate/mod.ts";
import { figureHtml } from "./figures/figure.ts";
import { paretoPlot } from "./figures/pareto.ts";
import { levelText } from "./format.ts";
import { html, join } from "./html/html.ts";
import { FIGURE_SCRIPT, page, type PageScript } from "./html/page.ts";

/** A page with a Pareto plot for each disparity of each attribute, of evaluations over seeds. */
export function sweepPage(name: string, evaluations: readonly Evaluation[], plotly: PageScript): string {
  const title = `${name}: accuracy against disparities`;
  const sections = evaluations.map((evaluation) => {
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
${join(figures.map((markup) => ({ markup })))}
</section>`;
  });
  const body = html`<h1>${title}</h1>
${join(sections)}`;
  return page({ title, body, scripts: [plotly, { code: FIGURE_SCRIPT }] });
}
