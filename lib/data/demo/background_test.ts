import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { dealBackgrounds, GROUP_SHARES } from "./background.ts";

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
