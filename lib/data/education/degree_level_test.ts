import { assertEquals } from "@std/assert";
import { compareGroups } from "./degree_level.ts";

Deno.test("compareGroups() puts degree levels by rank and other names by the alphabet", () => {
  const levels = ["master", "bachelor", "high school", "none mentioned", "doctorate", "associate"];
  assertEquals(levels.sort(compareGroups).slice(0, 3), ["none mentioned", "high school", "associate"]);
  assertEquals(["rural", "city"].sort(compareGroups), ["city", "rural"]);
});
