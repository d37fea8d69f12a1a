import { assertStringIncludes } from "@std/assert";
import { generateDemo } from "./generate.ts";
import { GROUP_SHARES, PLANTED_BIAS } from "./planted_bias.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

// Runs of spaces are the table's layout, not its content.
const readme = await whenPermitted(async () =>
  (await Deno.readTextFile(new URL("../../../data/README.md", import.meta.url))).replace(/ +/g, " ")
);

permittedTest("data/README.md states the sizes and rates that the data has", () => {
  const pairs = generateDemo();
  const groups = Object.keys(GROUP_SHARES).map((education) => {
    const rows = pairs.filter((pair) => pair.education === education);
    const rate = (column: "merit" | "label") => rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
    return { education, count: rows.length, merit: rate("merit"), label: rate("label") };
  });
  const best = Math.max(...groups.map(({ label }) => label));
  for (const { education, count, merit, label } of groups) {
    const cells = [education, count, percent(merit, 1), percent(label, 1), (label / best).toFixed(2)];
    assertStringIncludes(readme, `| ${cells.join(" | ")} |`);
  }
});

permittedTest("data/README.md states the planted bias", () => {
  for (const [education, tiers] of Object.entries(PLANTED_BIAS)) {
    const rules = Object.entries(tiers);
    const same = new Set(rules.map(([, rule]) => JSON.stringify(rule))).size === 1;
    for (const [tier, { rejectQualified, acceptUnqualified }] of rules) {
      const cells = [education, same ? "any" : tier, percent(rejectQualified, 0), percent(acceptUnqualified, 0)];
      assertStringIncludes(readme, `| ${cells.join(" | ")} |`);
    }
  }
});

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)}%`;
}
