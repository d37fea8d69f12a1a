import { assertEquals } from "@std/assert";
import { extractEducation } from "../education/extract_education.ts";
import { degreePhrase } from "./degree_phrase.ts";

Deno.test("degreePhrase() marks off the name from field and article", () => {
  const phrase = (text: string) => degreePhrase(text, extractEducation(text).degrees[0]!);
  assertEquals(phrase("a Bachelor of Applied Science degree in Forestry").text, "Bachelor of Applied Science degree");
  assertEquals(phrase("Master of Business Administration").text, "Master of");
  assertEquals(phrase("holds an MBA").impliedField, "business administration");
});
