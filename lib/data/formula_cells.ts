/**
 * Cells that a spreadsheet would run. They are written with an apostrophe before them, which makes them text
 * (https://owasp.org/www-community/attacks/CSV_Injection), and read without it.
 */

/** What starts a formula, blanks and marks that no one sees aside, or leaves the cell. */
const STARTS = /^(?:[\t\r\n]|[\s\ufeff\u200b-\u200f\u2060-\u2069]*[=+\-@\uff1d\uff0b\uff0d\uff20])/;
/** What starts so and stays what it is: numbers, and a dash for nothing. */
const HARMLESS = /^[+-]?(?:\d[\d.,]*|[.,]\d+)(?:e[+-]?\d+)?%?$|^-$/i;

const isRun = (text: string) => STARTS.test(text) && !HARMLESS.test(text);

/** Whether a cell is to be marked: the marks it has do not count, so that every cell reads back as it was. */
function needsMark(text: string): boolean {
  let marks = 0;
  while (text[marks] === "'") marks++;
  return isRun(marks === 0 ? text : text.slice(marks));
}

/** A cell that no spreadsheet runs. */
export function markFormula(text: string): string {
  return needsMark(text) ? `'${text}` : text;
}

/** The cell that {@linkcode markFormula} was given. */
export function unmarkFormula(cell: string): string {
  return cell.startsWith("'") && needsMark(cell) ? cell.slice(1) : cell;
}
