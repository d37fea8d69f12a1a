/** What strangers put where a value is expected. */
import type { Rng } from "../random.ts";

/** A value that JSON can be made to say, and JavaScript's values cannot: how it is written. */
export class Written {
  constructor(readonly text: string) {}
}

const NUMBERS = [0, -0, 1, -1, 2, 0.5, -0.5, 1e-320, 1e60, -1e60, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21];
/** Infinity once they are read. */
const ENDLESS = ["1e999", "-1e999"];

const KEYS = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "", " ", "0", "a.b"];

const WORDS = [
  ...["NaN", "Infinity", "-Infinity", "null", "undefined", "true", "1e999", "1e308", "-0", "0x10", "1_000", "0,5"],
  ...["__proto__", "constructor", "../../etc/passwd", "/dev/zero", "CON", "=1+1", "@SUM(A1)", "${x}", "%s", "Unknown"],
  ...["<script>alert(1)</script>", "</script>", "<!--", "]]>", "&#0;", "&amp;lt;", "<b", "{{x}}", "\\u0000", "\\n"],
  ...["(.*)*x", "(?=a)", "[", "(", "*", "a{1000}{1000}", "\\1", "(?i)"],
  ...["Bachelor of Science", "M.B.A.", "Ph.D. (in progress)", "Harvard University", "Class of 2010", "B.", "GED"],
];

const CHARACTERS = [
  ..."\0\x01\x07\b\t\n\v\f\r\x1b\x7f\x85\xa0,;|\"'`\\/=<>&#$%{}[]()*_-+.:?!~^",
  ...["\r\n", '""', '","', "\u00ad", "\u200b", "\u200d", "\u202e", "\u2028", "\u2066", "\u3000", "\ufeff", "\ufffd"],
  ...["\ud800", "\udc00", "İ", "ß", "Σ", "ﬁ", "e\u0301", "中", "𠀀", "👩‍👩‍👧", "１", "Ａ", "א", "ا"],
];

const REPEATED = [
  "(",
  "[",
  "{",
  '"',
  "> ",
  "* ",
  "_",
  "B.",
  "a ",
  "\n",
  ",",
  "<b>",
  "&",
  "\\",
  "e\u0301",
  "M.S. ",
  "x",
];

/** A key that a program may trip over. */
export const hostileKey = (rng: Rng): string => rng.uniform() < 0.7 ? rng.pick(KEYS) : hostileText(rng).slice(0, 60);

/** Some text, from one character to some thousand. */
export function hostileText(rng: Rng): string {
  const kind = rng.uniform();
  if (kind < 0.45) return rng.pick(WORDS);
  if (kind < 0.85) return rng.pick(CHARACTERS);
  return rng.pick(REPEATED).repeat(2 ** (1 + rng.int(rng.uniform() < 0.2 ? 12 : 7)));
}

/** Some number. */
export function hostileNumber(rng: Rng): number | Written {
  return rng.uniform() < 0.15 ? new Written(rng.pick(ENDLESS)) : rng.pick(NUMBERS);
}

/** A value of any type. */
export function hostileValue(rng: Rng): unknown {
  const kind = rng.int(12);
  if (kind < 4) return hostileNumber(rng);
  if (kind < 7) return hostileText(rng);
  if (kind === 7) return rng.pick([null, true, false]);
  if (kind === 8) return rng.pick([[], {}, [[]], [{}], [null], ""]);
  if (kind === 9) return own({}, hostileKey(rng), hostileNumber(rng));
  if (kind === 10) return Array.from({ length: 1 + rng.int(40) }, () => hostileNumber(rng));
  const depth = 2 ** (2 + rng.int(rng.uniform() < 0.3 ? 13 : 6));
  return new Written(rng.pick([["[", "]"], ['{"a":', "}"]]).map((end) => end.repeat(depth)).join("0"));
}

/** Gives an object a key of its own, `__proto__` too. */
export function own<T extends object>(object: T, key: string, value: unknown): T {
  return Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
