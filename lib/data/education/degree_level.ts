/** Degree levels from none to highest; an index in this list is a rank. */
export const DEGREE_LEVELS = ["none mentioned", "high school", "associate", "bachelor", "master", "doctorate"] as const;

/** One of {@linkcode DEGREE_LEVELS}. */
export type DegreeLevel = (typeof DEGREE_LEVELS)[number];

/** A level that a degree can have. */
export type StatedLevel = Exclude<DegreeLevel, "none mentioned">;

/** A piece of a text: `text` is `source.slice(start, end)`, in UTF-16 units. */
export interface Span {
  /** Index of the first letter. */
  start: number;
  /** Index after the last letter. */
  end: number;
  /** What stands there. */
  text: string;
}

/** A piece of a text without its letters. */
export type Piece = Pick<Span, "start" | "end">;

/** What a pattern matched. */
export function spanOf({ index, 0: text }: RegExpExecArray): Span {
  return { start: index, end: index + text.length, text };
}

/** Whether two pieces of a text have a letter in common. */
export function overlap(a: Piece, b: Piece): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The order of groups in tables: degree levels from none to the highest, then all other names by the alphabet. */
export function compareGroups(a: string, b: string): number {
  const [rankA, rankB] = [rank(a), rank(b)];
  return rankA !== rankB ? rankA - rankB : a < b ? -1 : a > b ? 1 : 0;
}

function rank(group: string): number {
  const level = DEGREE_LEVELS.indexOf(group as DegreeLevel);
  return level === -1 ? DEGREE_LEVELS.length : level;
}
