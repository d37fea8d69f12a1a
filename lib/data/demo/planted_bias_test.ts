import { assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { decideWithBias, PLANTED_BIAS } from "./planted_bias.ts";
import { type Background, GROUP_SHARES } from "./background.ts";

Deno.test("PLANTED_BIAS covers exactly the backgrounds that are dealt", () => {
  for (const [education, { tiers }] of Object.entries(GROUP_SHARES)) {
    const planted = PLANTED_BIAS[education as keyof typeof PLANTED_BIAS];
    assertEquals(Object.keys(planted).sort(), Object.keys(tiers).sort(), education);
  }
});

Deno.test("decideWithBias() overrules the documented share of each cell", () => {
  const highSchool: Background = { education: "high school", schoolTier: "none" };
  const elite: Background = { education: "doctorate", schoolTier: "elite" };
  const people = [highSchool, elite].flatMap((background) =>
    [true, false].flatMap((merit) => Array.from({ length: 100 }, () => ({ background, merit })))
  );
  const decisions = decideWithBias(people, new Rng(7));
  const accepted = [0, 100, 200, 300].map((from) => decisions.slice(from, from + 100).filter(Boolean).length);
  const { rejectQualified } = PLANTED_BIAS["high school"].none!;
  const { acceptUnqualified } = PLANTED_BIAS.doctorate.elite!;
  assertEquals(accepted, [100 - 100 * rejectQualified, 0, 100, 100 * acceptUnqualified]);
});

Deno.test("decideWithBias() refuses a background that it knows no bias for", () => {
  const background: Background = { education: "doctorate", schoolTier: "none" };
  assertThrows(() => decideWithBias([{ background, merit: true }], new Rng(8)), RangeError, "doctorate at tier none");
});
