import { assertEquals } from "@std/assert";
import { educationSections, findSections } from "./find_sections.ts";

Deno.test("findSections() takes what stands under an education heading", () => {
  const text = "Education:\nB.A., History\nSkills\nLatin";
  assertEquals(findSections(text).map(({ start, end }) => text.slice(start, end).trim()), ["B.A., History"]);
});

Deno.test("educationSections() ends a section in a paragraph with the sentence", () => {
  const text = "Education: B.A., Elm College. Sales clerk since 2015.";
  assertEquals(educationSections(text).map(({ start, end }) => text.slice(start, end)), [" B.A., Elm College."]);
});
