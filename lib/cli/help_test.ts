import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { permittedTest } from "../_testing.ts";

const TASKS = Object.keys(config.tasks).filter((task) => !["check", "test"].includes(task)); // those are Deno's own
const ROOT = `${import.meta.dirname}/../..`;

/** Runs a program in the project with nothing in its environment but what is given and what finding Deno takes. */
async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const kept = Object.fromEntries(
    ["PATH", "HOME", "DENO_DIR"].flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name)!]] : []),
  );
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: ROOT,
    stdin: "null",
    clearEnv: true,
    env: { ...kept, ...env },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

permittedTest(
  "--help of every task works with the permissions of the task, whatever the environment says",
  async () => {
    // NO_COLOR hid that commander asks for other variables, so it is one case of several.
    const environments: Record<string, string>[] = [{}, { CLICOLOR_FORCE: "1", FORCE_COLOR: "1" }, { NO_COLOR: "1" }];
    for (const [i, task] of TASKS.entries()) {
      const env = environments[i % environments.length]!;
      const { code, stdout, stderr } = await run(Deno.execPath(), ["task", "--quiet", task, "--help"], env);
      assertEquals([code, stderr], [0, ""], task);
      assertMatch(stdout, new RegExp(`^Usage: deno task ${task} `), task);
      assertMatch(stdout, new RegExp(`\nExamples:\n  deno task ${task}`), task);
    }
  },
);

permittedTest("tasks that may read few variables of the environment ask for no others", async () => {
  const sets = config.permissions as Record<string, { env?: boolean | string[] }>;
  const limited = TASKS.filter((task) => {
    const [, name] = / -P=(\S+) /.exec(config.tasks[task as keyof typeof config.tasks].command)!;
    return sets[name!]!.env !== true;
  });
  assertEquals(TASKS.filter((task) => !limited.includes(task)), ["notebooks"]);
  // A pseudo-terminal, on which Deno would ask the person and wait.
  const terminal = Deno.build.os === "linux" && (await run("sh", ["-c", "command -v script"])).code === 0;
  const environments: Record<string, string>[] = [{}, { CLICOLOR_FORCE: "1" }, { NO_COLOR: "1" }];
  for (const [i, task] of limited.entries()) {
    for (const env of ["metrics", "prepare"].includes(task) ? environments : [environments[i % 3]!]) {
      const command = `${Deno.execPath()} task --quiet ${task} --help`;
      const [program, args] = terminal ? ["script", ["-qec", command, "/dev/null"]] : ["sh", ["-c", command]];
      const { code, stdout } = await run(program as string, args as string[], env);
      assertEquals([task, code], [task, 0], stdout);
      assertMatch(stdout, new RegExp(`^Usage: deno task ${task} `), task);
    }
  }
});

Deno.test("every task that runs the project names a set of permissions, and no set is everything", () => {
  for (const [task, { command }] of Object.entries(config.tasks)) {
    for (const [run] of command.matchAll(/deno (run|test)\b[^&]*/g)) {
      const [, name] = / -P=(\S+) /.exec(run) ?? [];
      assertEquals([task, name !== undefined && name in config.permissions], [task, true]);
    }
    assertEquals([task, /(-A|--allow)/.test(command)], [task, false]);
  }
  const all = ["read", "write", "env", "ffi", "sys", "run", "net", "import"];
  for (const [name, set] of Object.entries(config.permissions as Record<string, Record<string, unknown>>)) {
    assertEquals([name, all.every((kind) => set[kind] === true)], [name, false]);
  }
});
