/** Part of `deno task check`: `deno doc --lint` on the modules that `deno.json` exports, all together. */
import config from "../../deno.json" with { type: "json" };

/** A schema of zod is the type: what it stands for is not written a second time so that documentation finds it. */
const SCHEMA = /references private type '(output|input|\w+Schema)'/;

/** What is wrong with the documentation of modules, a paragraph each. */
export async function docOffences(modules: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...modules],
    env: { NO_COLOR: "1" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  return text.split(/^(?=error\[)/m).filter((part) => part.startsWith("error[") && !SCHEMA.test(part));
}

if (import.meta.main) {
  const root = new URL("../../", import.meta.url);
  const offences = await docOffences(Object.values(config.exports).map((path) => new URL(path, root).href));
  for (const offence of offences) console.error(offence.replace(/\n\n[^]*/, "\n"));
  if (offences.length > 0) {
    console.error(`error: ${offences.length} faults in the documentation of what is exported`);
    Deno.exit(1);
  }
}
