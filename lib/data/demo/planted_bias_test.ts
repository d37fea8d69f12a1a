import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { type Background, dealBackgrounds, decideWithBias, GROUP_SHARES, PLANTED_BIAS } from "./planted_bias.ts";

Deno.test("the shares of the groups sum to one, and so do the tiers of each group", () => {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  assertAlmostEquals(sum(Object.values(GROUP_SHARES).map(({ share }) => share)), 1, 1e-12);
  for (const { tiers } of Object.values(GROUP_SHARES)) assertAlmostEquals(sum(Object.values(tiers)), 1, 1e-12);
});

Deno.test("dealBackgrounds() gives every stratum every group in nearly its share", () => {
  const strata = Array.from({ length: 900 }, (_, i) => ["00", "01", "11"][i % 3]!);
  const dealt = dealBackgrounds(strata, new Rng(5));
  for (const stratum of ["00", "01", "11"]) {
    const members = dealt.filter((_, i) => strata[i] === stratum);
    for (const [education, { share }] of Object.entries(GROUP_SHARES)) {
      const count = members.filter((background) => background.education === education).length;
      assertAlmostEquals(count / members.length, share, 0.02, `${education} in ${stratum}`);
    }
  }
});

Deno.test("dealBackgrounds() depends on the generator only", () => {
  const strata = Array.from({ length: 50 }, () => "0");
  assertEquals(dealBackgrounds(strata, new Rng(6)), dealBackgrounds(strata, new Rng(6)));
});

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
