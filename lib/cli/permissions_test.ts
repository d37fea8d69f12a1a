import { assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { permittedTest, withFolder } from "../_testing.ts";

const ROOT = `${import.meta.dirname}/../..`;
const tasks = project.tasks as Record<string, { command: string }>;

/** What a task is denied that keeps its permissions as its verb does. */
async function denied(task: string, kind: string): Promise<string[]> {
  const [set] = /-P=\S+/.exec(tasks[task]!.command)!;
  return await withFolder(async (folder) => {
    for (const name of ["allowed", "outside"]) await Deno.mkdir(`${folder}/${name}`);
    const acts = [`${ROOT}/lib/cli/denied_acts_testing.ts`, kind, `${folder}/allowed`, `${folder}/outside`];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--no-prompt", `--config=${ROOT}/deno.json`, set, ...acts],
      cwd: ROOT,
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    return JSON.parse(new TextDecoder().decode(stdout));
  });
}

const FILES = ["write elsewhere", "write into the project"];
const OTHERS = [
  "variables",
  "one variable",
  "the hub",
  "another host",
  "a program",
  "Deno",
  "a native library",
  "an MPI library",
];
const without = (...names: string[]) => OTHERS.filter((name) => !names.includes(name));

for (const task of ["metrics", "prepare", "init", "demo-data"]) {
  permittedTest(`${task} may read, and write what it is asked for, and nothing else`, async () => {
    assertEquals(await denied(task, "files"), [...FILES, ...OTHERS]);
  });
}

for (const task of ["metrics", "prepare", "init", "train", "evaluate", "infer"]) {
  permittedTest(`${task} on a table of the hub reaches the hub's hosts and no other`, async () => {
    assertEquals(await denied(task, "table"), [...FILES, ...without("the hub")]);
  });
}

for (const task of ["train", "evaluate", "infer", "mine", "export", "explain", "audit-model", "sweep"]) {
  permittedTest(`${task} on a model that is here reaches no host, on one of the hub the hub's alone`, async () => {
    assertEquals(await denied(task, "training"), [...FILES, ...OTHERS]);
    assertEquals(await denied(task, "hub"), [...FILES, ...without("the hub")]);
  });
}

for (const task of ["devices", "verify-device", "bench"]) {
  permittedTest(`${task} writes to no output, reaches no host and runs nothing`, async () => {
    // The test's own folders are temporary ones, which is where bench writes; a project may lie there as well.
    const mayWrite = task === "bench" && !Deno.build.os.match(/windows|darwin/) && Deno.env.get("TMPDIR") === undefined;
    assertEquals(await denied(task, "none"), [
      ...mayWrite ? FILES.slice(1).filter(() => !ROOT.startsWith("/tmp/")) : ["write to the output", ...FILES],
      ...OTHERS,
    ]);
  });
}

permittedTest("report runs a browser and nothing else, and reads the variables that one needs", async () => {
  assertEquals(await denied("report", "files"), [...FILES, ...OTHERS]);
});
