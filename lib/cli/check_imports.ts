/** Part of `deno task check`: which folder of lib imports which, and whether files import each other in a circle. */

/** The folders that a folder may import; what lies directly in lib is open to all, and itself imports no folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  hub: [],
  data: ["hub"],
  graph: [],
  metrics: [],
  model: ["graph", "hub"],
  evaluate: ["data", "metrics", "graph"],
  train: ["hub", "data", "graph", "model", "metrics", "evaluate"],
  report: ["data", "metrics", "evaluate", "train"],
  cli: ["hub", "data", "graph", "model", "metrics", "evaluate", "train", "report"],
};

const DIRECTION = "imports point one way, so that a folder can be read, tested and replaced without those above it";
const DOOR = "a folder is entered through its mod.ts, so that everything else in it is free to change";
const TESTS = "_testing.ts and testdata serve tests alone, and nothing builds on bench and fuzz, so that no command " +
  "needs them";
const CIRCLE = "files that need each other's values cannot be read one after the other, nor loaded in any order";

/** An import, as `deno info --json` tells of it. */
export interface Import {
  /** Paths within lib. */
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** Whether the other file runs before this one: neither a type alone nor an `import()`. */
  readonly value: boolean;
}

/** What is wrong with imports, a line each: where, what, and what the rule is for. */
export function importOffences(imports: readonly Import[]): string[] {
  const offences = imports.flatMap(({ from, to, line }) => {
    const offence = directionOffence(from, to);
    return offence === null ? [] : [`lib/${from}:${line} imports lib/${to}: ${offence}`];
  });
  const circle = findCircle(imports.filter(({ value }) => value));
  return circle === null ? offences : [...offences, `lib/${circle.join(" → lib/")}: a circle; ${CIRCLE}`];
}

function directionOffence(from: string, to: string): string | null {
  const [source, target] = [folderOf(from), folderOf(to)];
  // Benches time what is inside, and fuzzing tries to break it, as tests look at it; testdata helps them.
  if (source === target || ["bench", "fuzz", "testdata"].includes(source) || from === "mod.ts") return null;
  if (["bench", "fuzz", "testdata"].includes(target) || to.endsWith("_testing.ts")) return TESTS;
  if (target === "" && to !== "mod.ts") return null;
  const allowed = MAY_IMPORT[source] ?? [];
  if (!allowed.includes(target)) {
    const others = allowed.length === 0 ? "" : `${allowed.join(", ")} and `;
    const name = source === "" ? "a file directly in lib" : source;
    return `${name} may import ${others}files directly in lib; ${DIRECTION}`;
  }
  return to === `${target}/mod.ts` ? null : DOOR;
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/** A circle of imports, its first file again at the end, or `null`. */
function findCircle(imports: readonly Import[]): string[] | null {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return null;
    done.add(path);
    for (const { to } of targets.get(path) ?? []) {
      const circle = visit(to, [...way, path]);
      if (circle !== null) return circle;
    }
    return null;
  };
  for (const path of targets.keys()) {
    const circle = visit(path, []);
    if (circle !== null) return circle;
  }
  return null;
}

/** A module in the output of `deno info --json`. */
interface InfoModule {
  specifier: string;
  dependencies?: { isDynamic?: boolean; code?: InfoImport; type?: InfoImport }[];
}

/** Where an import leads, and where it stands; lines are counted from 0. */
interface InfoImport {
  specifier?: string;
  span: { start: { line: number } };
}

/** The imports among the files under a folder that can be reached from some of them. */
export async function readImports(folder: URL, roots: readonly string[]): Promise<Import[]> {
  const found = new Map<string, Import>();
  for (const root of roots) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", new URL(root, folder).href],
      stderr: "inherit",
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: InfoModule[] };
    for (const { specifier, dependencies = [] } of modules) {
      for (const { isDynamic, code, type } of dependencies) {
        const target = (code ?? type)!;
        if (!specifier.startsWith(folder.href) || !target.specifier?.startsWith(folder.href)) continue;
        const [from, to] = [specifier, target.specifier].map((file) => file.slice(folder.href.length)) as [
          string,
          string,
        ];
        const line = target.span.start.line + 1;
        found.set(`${from}:${line}`, { from, to, line, value: code !== undefined && !isDynamic });
      }
    }
  }
  return [...found.values()];
}

if (import.meta.main) {
  const doors = ["mod.ts", "graph/mod.ts", "metrics/mod.ts", "report/mod.ts"];
  const roots = [...doors, "cli/main.ts", "bench/main.ts", "fuzz/main.ts"];
  const offences = importOffences(await readImports(new URL("..", import.meta.url), roots));
  for (const offence of offences) console.error(`error: ${offence}`);
  if (offences.length > 0) Deno.exit(1);
}
