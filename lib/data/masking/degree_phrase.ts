import type { Span, StatedLevel } from "../education/degree_level.ts";
import type { DegreeMention } from "../education/find_degrees.ts";
import names from "./degree_names.json" with { type: "json" };
import { phrasePattern } from "./rewrite.ts";

/** The words that name a degree and nothing else: neither the field of study nor the article before. */
export interface DegreePhrase extends Span {
  level: StatedLevel;
  status: DegreeMention["status"];
  /**
   * `"degree"`: a noun ("B.S.", "bachelor's degree"). `"of"`: a name that goes on in the field ("Bachelor of" before
   * Engineering). `"graduate"`: a person ("high school graduate"). `"school"`: the school stands for its diploma.
   */
  form: "degree" | "of" | "graduate" | "school";
  plural: boolean;
  /** The field that the name implies (law for "J.D.") where none is written after it, else `null`. */
  impliedField: string | null;
}

const GENERIC_SUBJECT = phrasePattern(names.genericSubjects, "y", { before: "\\s+(?:the\\s+)?" });
const IMPLIED_FIELDS: ReadonlyMap<string, string> = new Map(Object.entries(names.impliedFields));
const LEADS_TO_FIELD = /\s+in(?:\s.*)?$|\s+(?:en|em|de|ès|der|an der|w)$/isu;
const FIELD_FOLLOWS = /^[^\S\n]*(?:in\b|\(|\s*:)/;

/** Marks off the name of a degree around a mention that `findDegrees` found by its first words. */
export function degreePhrase(text: string, mention: DegreeMention): DegreePhrase {
  const { start, level, status } = mention;
  let end = mention.end;
  let form: DegreePhrase["form"] = "degree";
  const name = /^(\S+(?:\s+degrees?)?)\s+(of|in)\b/i.exec(mention.text);
  if (name !== null) {
    const [whole, head, preposition] = name as unknown as [string, string, string];
    GENERIC_SUBJECT.lastIndex = start + whole.length;
    if (GENERIC_SUBJECT.test(text)) end = GENERIC_SUBJECT.lastIndex;
    else if (preposition.toLowerCase() === "of") [end, form] = [start + whole.length, "of"];
    else end = start + head.length;
  } else if (/^(?:senior\s+)?(?:high[ -]?school|secondary school|senior high)$/i.test(mention.text)) {
    form = "school";
  } else {
    // "Licence en", "Laurea magistrale in": what leads to the field stays before it.
    end -= LEADS_TO_FIELD.exec(mention.text)?.[0].length ?? 0;
  }
  // "… degree in", "… graduate with": these words belong to the name.
  const noun = form === "of" ? null : /^[^\S\n]+(degrees?|diploma|graduates?)\b/i.exec(text.slice(end, end + 20));
  if (noun !== null) {
    end += noun[0].length;
    if (form === "school") form = "degree";
  }
  // The last dot may be that of the sentence: always after "MBA", and at the end of the text after "M.B.A." as well.
  if (text[end - 1] === "." && (!text.slice(start, end - 1).includes(".") || !/\S/.test(text.slice(end)))) end--;
  const written = text.slice(start, end);
  if (/graduates?$/i.test(written)) form = "graduate";
  const key = written.toUpperCase().replace(/[^A-Z]/g, "");
  const impliedField = FIELD_FOLLOWS.test(text.slice(end, end + 20)) ? null : IMPLIED_FIELDS.get(key) ?? null;
  return {
    start,
    end,
    text: written,
    level,
    status,
    form,
    plural: /(?:degree|graduate)s$/i.test(written),
    impliedField,
  };
}
