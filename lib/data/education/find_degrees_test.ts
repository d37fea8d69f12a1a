import { assertEquals } from "@std/assert";
import { findDegrees } from "./find_degrees.ts";

Deno.test("findDegrees() tells a degree in progress from a stated one", () => {
  const mentions = findDegrees("B.Sc. in Physics, now pursuing a Master's degree", []);
  assertEquals(mentions.map(({ level, status }) => [level, status]), [["bachelor", "stated"], [
    "master",
    "unfinished",
  ]]);
});
