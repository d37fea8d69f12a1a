import { assertEquals } from "@std/assert";
import { permittedTest, withFolder } from "../../_testing.ts";
import { planSweep } from "./plan.ts";

permittedTest(
  "every sweep of the presets can be planned, and is named like its file",
  () =>
    withFolder(async (folder) => {
      const root = `${import.meta.dirname}/../../..`;
      const files = [...Deno.readDirSync(`${root}/configs/sweeps`)].map(({ name }) => name).sort();
      for (const file of files) {
        const preset = JSON.parse(await Deno.readTextFile(`${root}/configs/sweeps/${file}`));
        // Paths are those of a command in the project's folder, where unseen people have yet to be generated.
        const base = JSON.parse(await Deno.readTextFile(`${root}/${preset.base}`));
        base.data.path = `${root}/${base.data.path}`;
        await Deno.writeTextFile(`${folder}/base.json`, JSON.stringify(base));
        const sweepFile = { ...preset, base: `${folder}/base.json`, evaluation: null };
        await Deno.writeTextFile(`${folder}/${file}`, JSON.stringify(sweepFile));
        const { sweep, trials, points } = await planSweep(`${folder}/${file}`);
        assertEquals(`${sweep.name}.json`, file);
        assertEquals(trials.length, points.length * sweep.seeds.length);
      }
    }),
);
