import { assert, assertEquals } from "@std/assert";
import { permittedTest } from "./_testing.ts";

permittedTest("the surface is at most 150 names, each listed explicitly", async () => {
  const text = await Deno.readTextFile(`${import.meta.dirname}/mod.ts`);
  const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
  assertEquals(/export \* from/.test(code), false);
  const names = [...code.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list]) =>
    list!.split(",").map((name) => name.trim())
  );
  const listed = names.filter((name) => name !== "").map((name) => name.replace("type ", ""));
  assertEquals(new Set(listed).size, listed.length);
  assert(listed.length + 1 <= 150, `${listed.length + 1} names`); // and the namespace of figures
});

interface Dependency {
  specifier: string;
  isDynamic?: boolean;
  code?: { specifier?: string };
}

permittedTest("importing the public surface loads no tokenizer, TensorFlow.js or data frames", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${import.meta.dirname}/mod.ts`],
    stderr: "null",
  }).output();
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    roots: string[];
    modules: { specifier: string; dependencies?: Dependency[] }[];
  };
  const byName = new Map(modules.map((module) => [module.specifier, module.dependencies ?? []]));
  const reached = new Set<string>(roots);
  for (const specifier of reached) { // grows while it is walked
    for (const { isDynamic, code } of byName.get(specifier) ?? []) {
      if (!isDynamic && code?.specifier) reached.add(code.specifier);
    }
  }
  const packages = [...reached].flatMap((specifier) => /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1] ?? []);
  assertEquals([...new Set(packages)].sort(), [
    "cli-progress",
    "deno-std",
    "entities",
    "htmlparser2",
    "ml-matrix",
    "onnx-proto",
    "re2js",
    "string-width",
    "zod",
  ]);
});
