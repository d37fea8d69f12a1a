/** Degree levels from none to highest; an index in this list is a rank. */
export const DEGREE_LEVELS = [
  "none mentioned",
  "high school",
  "associate",
  "bachelor",
  "master",
  "doctorate",
] as const;

/** One of {@linkcode DEGREE_LEVELS}. */
export type DegreeLevel = (typeof DEGREE_LEVELS)[number];

/** A level that a degree can have. */
export type StatedLevel = Exclude<DegreeLevel, "none mentioned">;

/** A piece of a text: `text` is `source.slice(start, end)`, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
  text: string;
}
