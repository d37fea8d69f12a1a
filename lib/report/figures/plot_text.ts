import stringWidth from "string-width";

// What Plotly takes as markup (`<b>`, `<a href>`, `&amp;`), as a formula (`$…$`, where MathJax is loaded) or as a
// placeholder (`%{x}`) is written as numeric references, which it decodes last.
const MARKUP = /[&<>$%"']/g;
// deno-lint-ignore no-control-regex -- they are not allowed in XML, and an SVG is XML
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]+|[\ud800-\udbff](?![\udc00-\udfff])/g;
// Arabic, Hebrew and the like, and the invisible marks that steer direction.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Text from data as Plotly must get it to show it as it is: in titles, tick labels, trace names, hover texts,
 * annotations.
 *
 * Plotly reads a subset of HTML in every text. Right-to-left text is isolated, so that the number beside it stays
 * there.
 */
export function plotText(text: string): string {
  const clean = text.replace(CONTROLS, " ").replace(/(^|[^\ud800-\udbff])[\udc00-\udfff]/g, "$1 ");
  const escaped = clean.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`);
  if (!RIGHT_TO_LEFT.test(clean)) return escaped;
  return `\u2066${balanced(escaped)}\u2069`;
}

/**
 * A text from data, to be put into a sentence: right-to-left text is isolated, so that it does not reorder what follows
 * it.
 */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${balanced(text)}\u2069` : text;
}

/**
 * Without the marks that would reach beyond a text: overrides, and isolates that are not both opened and closed in it.
 */
function balanced(text: string): string {
  const open: number[] = [];
  const kept = new Set<number>();
  const letters = [...text];
  letters.forEach((letter, i) => {
    if (/[\u2066-\u2068]/.test(letter)) open.push(i);
    if (letter === "\u2069" && open.length > 0) kept.add(i).add(open.pop()!);
  });
  return letters.filter((letter, i) => !/[\u202a-\u202e\u2066-\u2069]/.test(letter) || kept.has(i)).join("");
}

/** Breaks a text into lines at spaces, and shortens what is left after the last line by `…`. */
export function wrapLines(text: string, width: number, lines = Infinity): string[] {
  const result = [""];
  // A no-break space holds a number and its unit together; so does the space of a percentage.
  for (const word of text.trim().replace(/(?<=\d) (?=%)/g, "\u00a0").split(/[^\S\u00a0]+/)) {
    const last = result.at(-1)!;
    if (last === "") result[result.length - 1] = word;
    else if (stringWidth(last) + 1 + stringWidth(word) <= width) result[result.length - 1] = `${last} ${word}`;
    else if (result.length < lines) result.push(word);
    // No further line: what is left is shortened below.
    else result[result.length - 1] = `${last} ${word}`;
  }
  return result.map((line) => shorten(line, width));
}

/** A text on several lines for Plotly, escaped. */
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
