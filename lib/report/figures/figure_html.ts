import { html } from "../html/html.ts";
import type { Figure } from "./figure.ts";
import { DARK_COLORS } from "./palette.ts";

/**
 * A figure as HTML: its title and subtitle as a caption, its text alternative, and its JSON, which {@linkcode FIGURE_SCRIPT}
 * draws. Without the script or without Plotly the text alternative stays.
 *
 * @param figure The figure.
 * @returns A `<figure>` element; everything in it is escaped.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { makeFigure } from "./figure.ts";
 * import { figureHtml } from "./figure_html.ts";
 *
 * const figure = makeFigure({ name: "a", title: "1 < 2", subtitle: "All", alt: "One.", data: [], layout: {} });
 * assertStringIncludes(figureHtml(figure), "<strong>1 &lt; 2</strong>");
 * ```
 */
export function figureHtml({ name, title, subtitle, alt, data, layout }: Figure): string {
  // In JSON, < occurs in texts only, and an element <script> ends at the first </script>.
  const json = JSON.stringify({ data, layout }).replaceAll("<", "\\u003c");
  return html`
    <figure class="figure" data-figure="${name}" style="margin: 1.5em 0">
      <figcaption style="margin-bottom: 0.5em"><strong>${title}</strong><br><small>${subtitle}</small></figcaption>
      <div class="figure-plot" role="img" aria-label="${alt}" style="min-height: ${layout.height!}px">
        <p>${alt}</p>
      </div>
      <script type="application/json">${{ markup: json }}</script>
    </figure>
  `.markup;
}

/**
 * The script, without its element, that draws every figure of a page that is not drawn yet, with the Plotly that the page has
 * loaded. It follows the page into dark mode: `data-theme` of the root element, JupyterLab's theme, or the reader's preference
 * if the page's CSS says `color-scheme: light dark`. Prints are light.
 */
export const FIGURE_SCRIPT = `(() => {
  const DARK = ${JSON.stringify(DARK_COLORS)};
  const inDark = (value) => typeof value === "string"
    ? /^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(value) ? (DARK[value.slice(0, 7)] ?? value.slice(0, 7)) + value.slice(7) : value
    : Array.isArray(value) ? value.map(inDark)
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, inDark(v)])) : value;
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    const { dataset } = document.documentElement;
    if (dataset.theme) return dataset.theme === "dark";
    if (document.body.dataset.jpThemeLight) return document.body.dataset.jpThemeLight === "false";
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") && preference.matches;
  };
  const draw = (figure, dark) => {
    const plot = figure.querySelector(".figure-plot");
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    if (figure.dataset.drawn === undefined) plot.replaceChildren();
    figure.dataset.drawn = dark ? "dark" : "light";
    const [shownData, shownLayout] = dark ? inDark([data, layout]) : [data, layout];
    window.Plotly.react(plot, shownData, shownLayout, { responsive: true, displayModeBar: false });
  };
  const drawAll = (dark = isDark()) => {
    if (!window.Plotly) return;
    for (const figure of document.querySelectorAll("[data-figure]")) {
      if (figure.dataset.drawn !== (dark ? "dark" : "light")) draw(figure, dark);
    }
  };
  if (!window.figuresFollowTheme) {
    window.figuresFollowTheme = true;
    preference.addEventListener("change", () => drawAll());
    new MutationObserver(() => drawAll()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    window.addEventListener("beforeprint", () => drawAll(false));
    window.addEventListener("afterprint", () => drawAll());
  }
  if (document.readyState === "complete") drawAll();
  else window.addEventListener("load", () => drawAll());
})();`;
