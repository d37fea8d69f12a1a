import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { readTable } from "../read_table.ts";
import { educationCounterfactuals } from "./education_counterfactuals.ts";
import { writeCounterfactuals } from "./write_counterfactuals.ts";

Deno.test("writeCounterfactuals() writes a row per counterfactual, and one per counterfactual that is not possible", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const texts = ["Holds a B.A. in Law,\nand no more.", "Fifteen years behind the wheel."];
  const targets = [{ level: "master" }, { tier: "elite" }] as const;
  const rows = texts.map((text, i) => ({
    id: `c${i}`,
    text,
    counterfactuals: educationCounterfactuals(text, { targets, rng: new Rng(1) }),
  }));
  assertEquals(await writeCounterfactuals(path, rows), 4);
  const read = (await Array.fromAsync(readTable(path))).map(({ values }) => values);
  assertEquals(
    read.map((
      { id, level, counterfactual_level, counterfactual_tier, reason, counterfactual },
    ) => [id, level, counterfactual_level, counterfactual_tier, reason, counterfactual]),
    [
      ["c0", "bachelor", "master", "", "", "Holds an M.A. in Law,\nand no more."],
      ["c0", "bachelor", "bachelor", "elite", "no school is named", ""],
      ["c1", "", "master", "", "no degree is stated", ""],
      ["c1", "", "", "elite", "no degree is stated", ""],
    ],
  );
  assertEquals(read.map(({ original }) => original), [texts[0], texts[0], texts[1], texts[1]]);
  await Deno.remove(path);
});
