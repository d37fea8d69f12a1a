import { assertEquals } from "@std/assert";
import { extractEducation } from "../education/extract_education.ts";
import { degreePhrase, findMentions, findYears } from "./find_mentions.ts";

const years = (text: string, near: string[] = [], section = false) =>
  findYears(
    text,
    section ? [{ start: 0, end: text.length }] : [],
    near.map((piece) => ({ start: text.indexOf(piece), end: text.indexOf(piece) + piece.length })),
  ).map((span) => span.text);

Deno.test("findYears() takes dates in every form in an education section, a range as one", () => {
  assertEquals(
    years("May 2011\n2004 - 2008\n9/2001 to Present\nFall, 1999\n06/04\nJune 5, 2010", [], true),
    ["May 2011", "2004 - 2008", "9/2001 to Present", "Fall, 1999", "06/04", "June 5, 2010"],
  );
});

Deno.test("findYears() takes no other numbers", () => {
  assertEquals(years("Grant of $2010; 2012.5 hours, 12015 pages, 20100; 2015%, 4/4", [], true), []);
  assertEquals(years("Marketing, 2014", [], true), ["2014"]);
});

Deno.test("findYears() elsewhere takes dates in the sentence of a degree, and after a cue", () => {
  assertEquals(years("In 2011 I completed a B.A. in law. In 2013 I moved.", ["B.A."]), ["2011"]);
  assertEquals(years("Class of 2013. Graduated in May 2012. Hired in 2014.", []), ["2013", "May 2012"]);
  assertEquals(years("B.A.\nSales clerk, 2015", ["B.A."]), []);
});

Deno.test("findMentions() finds every kind, each with its neutral words", () => {
  const { mentions } = findMentions("Holds a B.Sc. in Botany from Lakeside University (2012), cum laude.");
  assertEquals(mentions.map(({ kind, text, replacement }) => [kind, text, replacement]), [
    ["degree", "B.Sc.", "qualification"],
    ["school", "Lakeside University", "a school"],
    ["year", "2012", "some year"],
    ["prestige", ", cum laude", ""],
  ]);
});

Deno.test("findYears() takes dates beside a degree and after a word such as class of", () => {
  const text = "Sold 2014 cars in 2015. Earned a B.A. in May 2011. Class of 2011!";
  const degree = { start: text.indexOf("B.A."), end: text.indexOf("B.A.") + 4 };
  assertEquals(findYears(text, [], [degree]).map(({ text }) => text), ["May 2011", "2011"]);
});

Deno.test("degreePhrase() marks off the name from field and article", () => {
  const phrase = (text: string) => degreePhrase(text, extractEducation(text).degrees[0]!);
  assertEquals(phrase("a Bachelor of Applied Science degree in Forestry").text, "Bachelor of Applied Science degree");
  assertEquals(phrase("Master of Business Administration").text, "Master of");
  assertEquals(phrase("holds an MBA").impliedField, "business administration");
});
