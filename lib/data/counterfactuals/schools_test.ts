import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { SCHOOL_NAMES, schoolEdits, schoolTier } from "./schools.ts";

Deno.test("schoolTier() tells the tier by the name", () => {
  const names = ["University of Oxford", "Oak Hill High School", "Elm County Community College", "Elm University"];
  assertEquals(names.map((name) => schoolTier(name)), ["elite", "high school", "community", "state"]);
});

Deno.test("schoolEdits() gives a school another name", () => {
  const text = "B.A. from Elm University";
  const school = { start: 10, end: 24, text: "Elm University", own: true };
  const names = { ...SCHOOL_NAMES, elite: ["the University of Oak"] };
  const edits = schoolEdits({ text, tier: "state", school, schools: [school], names }, "elite", new Rng(1));
  assertEquals(edits, [{ start: 10, end: 24, replacement: "the University of Oak" }]);
});
