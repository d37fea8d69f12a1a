/** `front.html`: what a sweep trades for what, as figures. */
import { html, join } from "../html/html.ts";
import { FIGURE_SCRIPT, figureHtml, paretoPlot, paretoPoints } from "../figures/mod.ts";
import { page } from "../html/page.ts";
import type { Summary, TableName } from "../../evaluate/mod.ts";
import { SWEEP_TITLES, TABLE_TITLES } from "./summary_text.ts";

/** Plotly, beside the page. */
export const PLOTLY_FILE = "plotly.min.js";

/**
 * A page with the Pareto front of AUC against each gap.
 *
 * @param name The sweep's name.
 * @param summary What it found.
 * @returns The HTML of the page, which loads {@linkcode PLOTLY_FILE} from its folder; everything from the data is escaped.
 */
export function frontPage(name: string, { rows, fronts, level }: Summary): string {
  const tables = [...new Set(fronts.map(({ table }) => table))];
  const seeds = Math.max(...rows.map(({ mean }) => mean.seeds));
  const note =
    `ROC-AUC: mean over up to ${seeds} seeds. Gap: between the groups' rates over the decisions of all of them. ` +
    `Bars: ${100 * level} % intervals over candidates and seeds.`;
  const figures = (table: TableName) =>
    fronts.filter((front) => front.table === table).map((front) => ({
      markup: figureHtml(paretoPlot({
        name: table === "test" ? name : `${name} ${table}`,
        attribute: front.attribute,
        gap: SWEEP_TITLES[front.gap].toLowerCase(),
        points: paretoPoints(front, rows),
        note,
      })),
    }));
  const body = html`
    <h1>${name}: quality against gaps</h1>
    ${join(tables.map((table) => html`<h2>${TABLE_TITLES[table]}</h2>${join(figures(table))}`))}
  `;
  return page({
    title: `${name}: quality against gaps`,
    body,
    scripts: [{ file: PLOTLY_FILE }, { code: FIGURE_SCRIPT }],
  });
}
