// deno-lint-ignore-file no-unused-vars -- page.ts makes a script of it, which runs in browsers

/**
 * Draws every figure of a page that is not drawn yet, with the Plotly that the page has loaded, and follows the page into dark
 * mode: `data-theme` of the root element, JupyterLab's theme, or the reader's preference if the page's CSS says `color-scheme:
 * light dark`. Prints are light.
 */
function drawFigures(darkColors) {
  const recolour = (text) =>
    /^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(text)
      ? (darkColors[text.slice(0, 7)] ?? text.slice(0, 7)) + text.slice(7)
      : text;
  const inDark = (value) => {
    if (typeof value === "string") return recolour(value);
    if (Array.isArray(value)) return value.map(inDark);
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inDark(part)]));
  };
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    const { dataset } = document.documentElement;
    if (dataset.theme) return dataset.theme === "dark";
    if (document.body.dataset.jpThemeLight) return document.body.dataset.jpThemeLight === "false";
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") && preference.matches;
  };
  // What is folded away has no width to be drawn in; it is drawn when it is opened.
  const isShown = (figure) => figure.closest("details:not([open])") === null;
  /** Figures that stand abreast do so on paper too, whose width no window knows. */
  const PAPER = 400;
  const draw = (figure, look) => {
    const plot = figure.querySelector(".figure-plot");
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    if (figure.dataset.drawn === undefined) plot.replaceChildren();
    figure.dataset.drawn = look;
    const [shownData, shownLayout] = look === "dark" ? inDark([data, layout]) : [data, layout];
    if (look === "print" && figure.closest(".abreast")) Object.assign(shownLayout, { width: PAPER });
    globalThis.Plotly.react(plot, shownData, shownLayout, { responsive: true, displayModeBar: false });
  };
  const drawAll = (look = isDark() ? "dark" : "light") => {
    if (!globalThis.Plotly) return;
    for (const figure of document.querySelectorAll("[data-figure]")) {
      if (figure.dataset.drawn !== look && isShown(figure)) draw(figure, look);
    }
  };
  if (!globalThis.figuresFollowTheme) {
    globalThis.figuresFollowTheme = true;
    preference.addEventListener("change", () => drawAll());
    const themes = new MutationObserver(() => drawAll());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    globalThis.addEventListener("beforeprint", () => drawAll("print"));
    document.addEventListener("toggle", () => drawAll(), true);
    globalThis.addEventListener("afterprint", () => drawAll());
  }
  if (document.readyState === "complete") drawAll();
  else globalThis.addEventListener("load", () => drawAll());
}
