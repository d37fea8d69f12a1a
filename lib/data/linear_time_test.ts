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

/** How the least of up to eight costs grows from one length to another. Under 30 ms nothing can be told, nor need be. */
function growth(of: (text: string) => unknown, piece: string, [short, long]: readonly [number, number]): number {
  // Multiples of 12, so that abbreviations of several pieces ("M. M. M.") come out even and take the same paths.
  const text = (length: number) =>
    `Education\nB.A. in Law\n${piece.repeat(12 * Math.ceil(length / 12 / piece.length))}x`;
  const [few, many] = [text(short), text(long)];
  of(text(500));
  let [before, after, ratio] = [Infinity, Infinity, Infinity];
  for (let times = 0; times < 8 && ratio > 2.3; times++) {
    before = Math.min(before, cost(() => of(few)));
    after = Math.min(after, cost(() => of(many)));
    ratio = after < 30 ? 1 : (after / before) ** (1 / Math.log2(long / short));
  }
  return ratio;
}

for (const [name, of] of Object.entries(FUNCTIONS)) {
  permittedTest(`${name}() takes at most 2.3 times as long for twice the text, whatever it repeats`, () => {
    for (const piece of PIECES) {
      const ratio = growth(of, piece, [16_000, 64_000]);
      assertEquals([piece, ratio <= 2.3, ratio], [piece, true, ratio]);
    }
  });

  permittedTest(`${name}() takes time in proportion up to a megabyte`, () => {
    for (const piece of ["B.", "M. ", "Elm University 1, ", " ", "<p a=1 "]) {
      const ratio = growth(of, piece, [62_500, 1_000_000]);
      assertEquals([piece, ratio <= 2.3, ratio], [piece, true, ratio]);
    }
  });
}
