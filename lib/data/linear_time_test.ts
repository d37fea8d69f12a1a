/** Cleaning, extraction, masking and counterfactuals take time in proportion to any text, however hostile. */
import { assertEquals } from "@std/assert";
import process from "node:process";
import { permittedTest } from "../_testing.ts";
import { cleanText } from "./cleaning/clean_text.ts";
import { educationCounterfactuals } from "./counterfactuals/education_counterfactuals.ts";
import { extractEducation } from "./education/extract_education.ts";
import { maskEducation } from "./masking/mask_education.ts";

const FUNCTIONS: Record<string, (text: string) => unknown> = {
  cleanText,
  extractEducation,
  maskEducation,
  educationCounterfactuals: (text) => educationCounterfactuals(text, {}),
};

/** What repeats in a hostile text: beginnings of names, degrees, dates, tags; signs, white space, letters of all kinds. */
const PIECES = [
  ...[
    "B.",
    "Ph.D.",
    "M. ",
    "B. S. ",
    "PhD ",
    "GED ",
    "MA, ",
    "a B.A. ",
    "Bachelor ",
    "Master of ",
    "high school diploma ",
  ],
  ...[
    "University of ",
    "Elm University 1, ",
    "School of Business, ",
    "Elm-",
    "attended ",
    "at Harvard ",
    "pursuing a ",
  ],
  ...["Education\n", "Education  ", "Education: B.A., Elm College. ", "\nB.A.: History", "\nHigh School\n"],
  ...["2011 ", "2011-", "5/96 ", "1.1", "0", "May ", "graduated in 2011. ", "GPA ", "GPA   ", "top ", "cum laude, "],
  ...[
    " ",
    "\u00a0",
    "\t",
    "\n",
    "\r",
    ".",
    ",",
    "(",
    ")",
    "-",
    "–",
    "'",
    "&",
    "/",
    "\\",
    "x",
    "É",
    "e\u0301",
    "学",
    "👩",
  ],
  ...["of of of ", "A ", "B a c h e l o r ", "\\n", "\\xe2", "Ã©", "â€", "Å‚", "&amp;", "\u200b"],
  ...["<", "<p>", "</p>", "<p a=1 ", "<div hidden>", "<!--", "<script>", "<a href='"],
];

/** Milliseconds of processor time, so that a busy machine does not count. */
function cost(run: () => void): number {
  const before = process.cpuUsage().user;
  run();
  return (process.cpuUsage().user - before) / 1000;
}

/**
 * How the time grows when a text gets twice as long, from the least of up to twelve costs. As much text is read in either
 * measurement, the short one as often as it goes into the long one, because the clock of a processor may tick in
 * hundredths of a second. Under 30 ms nothing can be told, nor need be.
 */
function growth(of: (text: string) => unknown, piece: string, [short, long]: readonly [number, number], most: number) {
  // Multiples of 12, so that abbreviations of several pieces ("M. M. M.") come out even and take the same paths.
  const text = (length: number) =>
    `Education\nB.A. in Law\n${piece.repeat(12 * Math.ceil(length / 12 / piece.length))}x`;
  const [few, many, times] = [text(short), text(long), long / short];
  of(text(500));
  let [before, after, ratio] = [Infinity, Infinity, Infinity];
  for (let tries = 0; tries < 12 && ratio > most; tries++) {
    after = Math.min(after, cost(() => of(many)));
    if (after < 30) return 1;
    before = Math.min(before, cost(() => Array.from({ length: times }, () => of(few))));
    ratio = 2 * (after / before) ** (1 / Math.log2(times));
  }
  return ratio;
}

for (const [name, of] of Object.entries(FUNCTIONS)) {
  // Between 2, which is linear, and 4, which is quadratic; over two doublings a busy machine leaves no closer bound.
  permittedTest(`${name}() takes at most 2.8 times as long for twice the text, whatever it repeats`, () => {
    for (const piece of PIECES) {
      const ratio = growth(of, piece, [16_000, 64_000], 2.8);
      assertEquals([piece, ratio <= 2.8, ratio], [piece, true, ratio]);
    }
  });

  permittedTest(`${name}() takes at most 2.3 times as long for twice the text up to a megabyte`, () => {
    for (const piece of ["B.", "M. ", "Elm University 1, ", " ", "<p a=1 "]) {
      const ratio = growth(of, piece, [62_500, 1_000_000], 2.3);
      assertEquals([piece, ratio <= 2.3, ratio], [piece, true, ratio]);
    }
  });
}
