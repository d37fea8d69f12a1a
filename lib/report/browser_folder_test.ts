import { assert, assertEquals } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";

const SCRIPT = `
import { browserFolder } from ${JSON.stringify(import.meta.resolve("./browser_folder.ts"))};
const { path } = await browserFolder();
Deno.writeTextFileSync(path + "/profile", "x");
console.log(path);
await new Promise((resolve) => setTimeout(resolve, 60_000));
`;

permittedTest(
  "browserFolder() removes folders of processes that were killed, and none of those that live",
  () =>
    withFolder(async (folder) => {
      const start = async () => {
        const child = new Deno.Command(Deno.execPath(), {
          args: ["eval", "-q", `--config=${import.meta.dirname}/../../deno.json`, SCRIPT],
          env: { TMPDIR: folder },
          stdout: "piped",
        }).spawn();
        const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
        const path = (await reader.read()).value!.trim();
        return {
          path,
          end: async () => {
            child.kill("SIGKILL");
            await child.status;
            await reader.cancel();
          },
        };
      };
      const killed = await start();
      await killed.end();
      assert((await Deno.stat(`${killed.path}/profile`)).isFile);
      const living = await start(), third = await start();
      const there = Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`).sort();
      assertEquals(there, [living.path, third.path].sort());
      await living.end();
      await third.end();
    }),
);
