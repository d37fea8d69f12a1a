import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { permittedTest } from "../_testing.ts";

permittedTest("--help of every task works with the permissions of the task", async () => {
  const own = ["check", "test"]; // Deno's own commands
  const tasks = Object.keys(config.tasks).filter((task) => !own.includes(task));
  await Promise.all(tasks.map(async (task) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", task, "--help"],
      cwd: `${import.meta.dirname}/../..`,
      env: { NO_COLOR: "1" },
    }).output();
    const [help, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
    assertEquals([code, errors], [0, ""], task);
    assertMatch(help, new RegExp(`^Usage: deno task ${task} `), task);
  }));
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
