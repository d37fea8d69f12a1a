import { assertEquals, assertMatch } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { docOffences } from "./check_docs.ts";

permittedTest(
  "docOffences() finds what has no word of documentation or a type that nobody can name, but for schemas and packages",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/mod.ts`;
      const offencesOf = async (text: string) => {
        await Deno.writeTextFile(path, text);
        return await docOffences([path]);
      };
      const documented =
        "/** One. @module */\n/** Two. */\nexport interface Two {\n  /** How many. */\n  n: number;\n}\n";
      assertEquals(await offencesOf(documented), []);
      const [first, ...rest] = await offencesOf(documented + "export const three: number = 3;\n");
      assertMatch(first!, /^error\[missing-jsdoc\]/);
      assertEquals(rest, []);
      const type = (name: string) => `interface ${name} {}\n/** Four. */\nexport type Four = ${name}[];\n`;
      assertMatch((await offencesOf(type("Hidden"))).join(), /references private type 'Hidden'/);
      assertEquals(await offencesOf(type("FourSchema")), []);
      const foreign = 'import type { Layout } from "plotly.js-dist-min";\n/** Five. */\nexport type Five = Layout[];\n';
      assertEquals(await offencesOf(foreign), []);
    }),
);
