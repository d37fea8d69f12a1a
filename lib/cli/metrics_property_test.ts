import { permittedTest, withFolder } from "../_testing.ts";
import { Rng } from "../random.ts";
import { auditRandomTable, randomTable } from "./random_tables_testing.ts";

permittedTest("metrics gives a finite or undefined value for every number of 900 small random tables", async () => {
  await withFolder(async (folder) => {
    for (let seed = 0; seed < 900; seed++) await auditRandomTable(randomTable(new Rng(seed)), folder);
  });
});
