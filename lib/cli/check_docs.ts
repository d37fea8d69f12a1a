/** Part of `deno task check`: `deno doc --lint` on the modules that `deno.json` exports, all together. */
import config from "../../deno.json" with { type: "json" };

/** A schema of zod is the type: what it stands for is not written a second time so that documentation finds it. */
const SCHEMA = /references private type '(output|input|\w+Schema)'/;

/** The types that folders export at their doors: the surface names few of them, but a stranger can import any. */
async function doorTypes(root: URL): Promise<Set<string>> {
  const types = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(new URL("lib/", root))) {
    const door = new URL(`lib/${name}/mod.ts`, root);
    if (!isDirectory || !await exists(door)) continue;
    for (const [, names] of (await Deno.readTextFile(door)).matchAll(/export (?:type )?\{([^}]*)\}/g)) {
      for (const own of names!.split(",")) types.add(own.replace(/^\s*type /, "").trim());
    }
  }
  return types;
}

async function exists(path: URL): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** What is wrong with the documentation of modules, a paragraph each; types in `known` may be referred to. */
export async function docOffences(
  modules: readonly string[],
  known: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...modules],
    env: { NO_COLOR: "1" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  return text.split(/^(?=error\[)/m).filter((part) => {
    const referred = /references private type '(\w+)'/.exec(part)?.[1];
    const isKnown = referred !== undefined && (known.has(referred) || isForeign(referred, part));
    return part.startsWith("error[") && !SCHEMA.test(part) && !isKnown;
  });
}

/** Whether a type is one of a package, which documents it itself. */
function isForeign(type: string, offence: string): boolean {
  const file = /--> (.+?):\d+/.exec(offence)?.[1];
  const imported = new RegExp(`^import [^;]*\\b${type}\\b[^;]* from "[^.]`, "m");
  return file !== undefined && imported.test(Deno.readTextFileSync(file));
}

if (import.meta.main) {
  const root = new URL("../../", import.meta.url);
  const modules = Object.values(config.exports).map((path) => new URL(path, root).href);
  const offences = await docOffences(modules, await doorTypes(root));
  for (const offence of offences) console.error(offence.replace(/\n\n[^]*/, "\n"));
  if (offences.length > 0) {
    console.error(`error: ${offences.length} faults in the documentation of what is exported`);
    Deno.exit(1);
  }
}
