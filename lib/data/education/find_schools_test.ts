import { assertEquals } from "@std/assert";
import { findSchools } from "./find_schools.ts";

Deno.test("findSchools() finds names by their look", () => {
  const text = "University of North Harbor, 2004; Dana R. Field High School";
  const names = findSchools(text, [{ start: 0, end: text.length }], []).map((span) => span.text);
  assertEquals(names, ["University of North Harbor", "Dana R. Field High School"]);
});
