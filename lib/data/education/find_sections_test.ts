import { assertEquals } from "@std/assert";
import {
  educationSections,
  endingAfter,
  findSections,
  nearby,
  overlapping,
  startingFrom,
  Taken,
} from "./find_sections.ts";

Deno.test("findSections() takes what stands under an education heading", () => {
  const text = "Education:\nB.A., History\nSkills\nLatin";
  assertEquals(findSections(text).map(({ start, end }) => text.slice(start, end).trim()), ["B.A., History"]);
});

Deno.test("educationSections() ends a section in a paragraph with the sentence", () => {
  const text = "Education: B.A., Elm College. Sales clerk since 2015.";
  assertEquals(educationSections(text).map(({ start, end }) => text.slice(start, end)), [" B.A., Elm College."]);
});

const pieces = [{ start: 0, end: 3 }, { start: 5, end: 9 }, { start: 9, end: 12 }];

Deno.test("endingAfter() and startingFrom() give places in an ordered list", () => {
  assertEquals([0, 3, 8, 12].map((place) => endingAfter(pieces, place)), [0, 1, 1, 3]);
  assertEquals([0, 1, 9, 10].map((place) => startingFrom(pieces, place)), [0, 1, 2, 3]);
});

Deno.test("overlapping() wants a letter in common, nearby() at most so many between", () => {
  assertEquals(overlapping(pieces, { start: 3, end: 9 }), [pieces[1]!]);
  assertEquals(overlapping(pieces, { start: 8, end: 10 }), pieces.slice(1));
  assertEquals(nearby(pieces, { start: 12, end: 13 }, 2), [pieces[2]!]);
  assertEquals(nearby(pieces, { start: 12, end: 13 }, 3), pieces.slice(1));
});

Deno.test("Taken says whether any letter of a piece is taken", () => {
  const taken = new Taken("0123456789");
  taken.add({ start: 2, end: 4 });
  assertEquals([[0, 2], [3, 9], [4, 5]].map(([start, end]) => taken.has({ start: start!, end: end! })), [
    false,
    true,
    false,
  ]);
});
