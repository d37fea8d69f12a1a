import stringWidth from "string-width";

// What Plotly takes as markup (`<b>`, `<a href>`, `&amp;`), as a formula (`$…$`, where MathJax is loaded) or as a placeholder
// (`%{x}`) is written as numeric references, which it decodes last.
const MARKUP = /[&<>$%"']/g;
// deno-lint-ignore no-control-regex -- they are not allowed in XML, and an SVG is XML
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]+|[\ud800-\udbff](?![\udc00-\udfff])/g;
// Arabic, Hebrew and the like, and the invisible marks that steer direction.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Text from data as Plotly must get it to show it as it is: in titles, tick labels, trace names, hover texts, annotations.
 *
 * Plotly reads a subset of HTML in every text. Right-to-left text is isolated, so that the number beside it stays there.
 *
 * @param text Any text.
 * @returns The escaped text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { plotText } from "./plot_text.ts";
 *
 * assertEquals(plotText("B.A. <b> & $5"), "B.A. &#60;b&#62; &#38; &#36;5");
 * ```
 */
export function plotText(text: string): string {
  const clean = text.replace(CONTROLS, " ").replace(/(^|[^\ud800-\udbff])[\udc00-\udfff]/g, "$1 ");
  const escaped = clean.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`);
  if (!RIGHT_TO_LEFT.test(clean)) return escaped;
  // Marks that the text opens and does not close would reach beyond it.
  return `\u2068${escaped.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;
}

/**
 * Breaks a text into lines at spaces, and shortens what is left after the last line by `…`.
 *
 * @param text Any text.
 * @param width Letters per line; wide letters count twice.
 * @param lines Lines at most; no limit if absent.
 * @returns The lines, not yet escaped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wrapLines } from "./plot_text.ts";
 *
 * assertEquals(wrapLines("Higher National Diploma", 16), ["Higher National", "Diploma"]);
 * assertEquals(wrapLines("Diplom-Wirtschaftsingenieurin", 16, 1), ["Diplom-Wirtscha…"]);
 * ```
 */
export function wrapLines(text: string, width: number, lines = Infinity): string[] {
  const result = [""];
  // A no-break space holds a number and its unit together.
  for (const word of text.trim().split(/[^\S\u00a0]+/)) {
    const last = result.at(-1)!;
    if (last === "") result[result.length - 1] = word;
    else if (stringWidth(last) + 1 + stringWidth(word) <= width) result[result.length - 1] = `${last} ${word}`;
    else if (result.length < lines) result.push(word);
    // No further line: what is left is shortened below.
    else result[result.length - 1] = `${last} ${word}`;
  }
  return result.map((line) => shorten(line, width));
}

/**
 * A text on several lines for Plotly, escaped.
 *
 * @param text Any text.
 * @param width Letters per line.
 * @param lines Lines at most; no limit if absent.
 * @returns The escaped lines, joined by `<br>`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wrapText } from "./plot_text.ts";
 *
 * assertEquals(wrapText("less < more", 7), "less &#60;<br>more");
 * ```
 */
export function wrapText(text: string, width: number, lines?: number): string {
  return wrapLines(text, width, lines).map(plotText).join("<br>");
}

function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let short = "";
  for (const { segment } of graphemes.segment(text)) {
    if (stringWidth(short) + stringWidth(segment) > width - 1) break;
    short += segment;
  }
  return short.trimEnd() + "…";
}
