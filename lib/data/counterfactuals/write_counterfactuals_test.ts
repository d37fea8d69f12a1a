import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { readTable } from "../read_table.ts";
import { educationTwins } from "./education_counterfactuals.ts";
import { writeTwins } from "./write_counterfactuals.ts";

Deno.test("writeTwins() writes a row per twin, and one per twin that is not possible", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const texts = ["Holds a B.A. in Law,\nand no more.", "Fifteen years behind the wheel."];
  const targets = [{ level: "master" }, { tier: "elite" }] as const;
  const rows = texts.map((text, i) => ({
    id: `c${i}`,
    text,
    twins: educationTwins(text, { targets, rng: new Rng(1) }),
  }));
  assertEquals(await writeTwins(path, rows), 4);
  const read = (await Array.fromAsync(readTable(path))).map(({ values }) => values);
  assertEquals(
    read.map(({ id, level, twin_level, twin_tier, reason, twin }) => [id, level, twin_level, twin_tier, reason, twin]),
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
